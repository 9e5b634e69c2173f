import { assertEquals } from "@std/assert";
import { isPlainTarget } from "../../src/platform/request_target.ts";

Deno.test("isPlainTarget() takes a path as it is, and one host", () => {
  const cases: [target: string, host: string | null, plain: boolean][] = [
    ["/-/vaults/v?limit=1&marker=a%2Fb", "h:1", true],
    ["/", "h", true],
    ["/-/vaults/..a/b..", "h", true],
    ["/-/vaults/a%2Fb", "h", true],
    ["//-//vaults/", "h", true],
    ["/?x='\"../", "h", true],
    ["/-/vaults", "[::1]:9901", true],
    ["http://h:1/-/vaults", "h:1", true],
    ["https://h", "h", true],
    ["http://h:1/-/vaults", "h", false],
    ["http://elsewhere/-/vaults", "h", false],
    ["/-/vaults/..", "h", false],
    ["/-/vaults/../w", "h", false],
    ["/-/./vaults", "h", false],
    ["/-/vaults/%2e%2E/w", "h", false],
    ["http://h/-/vaults/../w", "h", false],
    ["/-\\vaults", "h", false],
    ['/-/vaults/"v"', "h", false],
    ["/-/vaults/é", "h", false],
    ["/-/vaults#v", "h", false],
    ["/-/vaults?x#v", "h", false],
    ["*", "h", false],
    ["-/vaults", "h", false],
    ["/-/vaults", null, false],
    ["/-/vaults", "", false],
    ["/-/vaults", "h, h", false],
    ["/-/vaults", "a b", false],
    ["/-/vaults", "a/b", false],
  ];
  for (const [target, host, plain] of cases) {
    assertEquals(isPlainTarget(target, host), plain, `${target} at ${host}`);
  }
});
