import { assertEquals } from "@std/assert";
import { unguardedDeno } from "../../scripts/deno_global.ts";

Deno.test("a use of Deno is found unless it was looked for first", () => {
  const cases: [code: string, lines: number[]][] = [
    ["Deno.exit(1);", [1]],
    ["f();\nconst a = Deno;", [2]],
    ["globalThis.Deno.exit(1);", [1]],
    ["function f() { return Deno.cwd(); }\nf();", [1]],
    ["if (typeof Bun === 'undefined') Deno.exit(1);", [1]],
    ["class A { [Deno.cwd()] = 1; }", [1]],
    // No global.
    ["a.Deno.exit(1);", []],
    ["const a = { Deno: 1 };", []],
    ["'Deno.exit(1)'; // Deno.exit(1)", []],
    // Looked for.
    ["const a = typeof Deno;", []],
    ["const a = typeof Deno === 'undefined' ? b : Deno.cwd();", []],
    ["const a = typeof globalThis.Deno === 'undefined' ? b : Deno.cwd();", []],
    ["if (c && typeof Deno !== 'undefined') { () => Deno.cwd(); }", []],
    ["const a = typeof Deno !== 'undefined' && Deno.cwd();", []],
    [
      "function f() { return Deno.cwd(); }\n" +
      "function g() { return typeof Deno === 'undefined' ? 1 : f(); }",
      [],
    ],
    // Looked for at one call, and not at the other.
    [
      "function f() { return Deno.cwd(); }\n" +
      "function g() { return typeof Deno === 'undefined' ? 1 : f(); }\n" +
      "f();",
      [1],
    ],
  ];
  for (const [code, lines] of cases) {
    assertEquals(unguardedDeno(code), lines, code);
  }
});
