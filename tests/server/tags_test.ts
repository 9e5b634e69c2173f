import { assertEquals } from "@std/assert";
import {
  assertRefused,
  jsonOf,
  type TestServer,
  testVault,
} from "./testing.ts";

const INVALID = "InvalidParameterValueException";
const MISSING = "MissingParameterValueException";
const SERIALIZATION = "SerializationException";

const add = (test: TestServer, Tags: Record<string, string>) =>
  test.call({
    method: "POST",
    path: "/-/vaults/v/tags?operation=add",
    body: JSON.stringify({ Tags }),
  });

const remove = (test: TestServer, TagKeys: string[]) =>
  test.call({
    method: "POST",
    path: "/-/vaults/v/tags?operation=remove",
    body: JSON.stringify({ TagKeys }),
  });

async function tagsOf(test: TestServer) {
  return await jsonOf(await test.call({ path: "/-/vaults/v/tags" }));
}

Deno.test("Tags are added, replaced by key, and removed as often as one likes", async () => {
  await using test = await testVault();
  assertEquals(await tagsOf(test), { status: 200, Tags: {} });
  assertEquals((await remove(test, ["none"])).status, 204);
  assertEquals((await add(test, { owner: "me", Owner: "" })).status, 204);
  assertEquals((await add(test, { owner: "you", site: "a b" })).status, 204);
  assertEquals((await tagsOf(test)).Tags, {
    owner: "you",
    Owner: "",
    site: "a b",
  });
  assertEquals((await remove(test, ["owner", "none"])).status, 204);
  assertEquals((await remove(test, ["owner"])).status, 204);
  assertEquals((await tagsOf(test)).Tags, { Owner: "", site: "a b" });
});

Deno.test("Keys and values can be as long as the limit, in any script, and have any name", async () => {
  await using test = await testVault();
  // 𐐷 is one character, and two of JavaScript's units.
  const Tags = {
    ["𐐷".repeat(128)]: "𐐷".repeat(256),
    "größe_./=+-@ 7": "数",
    ["__proto__"]: "own",
    constructor: "own",
  };
  assertEquals((await add(test, Tags)).status, 204);
  const listed = await test.call({ path: "/-/vaults/v/tags" });
  assertEquals(JSON.parse(await listed.text()).Tags, Tags);
});

Deno.test("A vault has ten tags at most, and a request that would exceed that adds none", async () => {
  await using test = await testVault();
  const tags = (from: number, count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`k${from + i}`, "v"]),
    );
  const LIMIT = "LimitExceededException";
  await assertRefused(await add(test, tags(0, 11)), 400, LIMIT);
  assertEquals((await add(test, tags(0, 8))).status, 204);
  await assertRefused(await add(test, tags(7, 4)), 400, LIMIT);
  assertEquals((await tagsOf(test)).Tags, tags(0, 8));
  assertEquals((await add(test, tags(6, 4))).status, 204);
  assertEquals((await add(test, { k0: "other" })).status, 204);
  assertEquals((await tagsOf(test)).Tags, { ...tags(0, 10), k0: "other" });
  await remove(test, ["k1"]);
  assertEquals((await add(test, tags(20, 1))).status, 204);
});

Deno.test("Requests about tags that cannot be read are refused, and change nothing", async () => {
  await using test = await testVault();
  await add(test, { kept: "yes" });
  const list = (length: number) => Array(length).fill("k");
  const cases: [string, unknown, string][] = [
    ["", { Tags: { a: "b" } }, MISSING],
    ["?operation=", { Tags: { a: "b" } }, INVALID],
    ["?operation=set", { Tags: { a: "b" } }, INVALID],
    ["?operation=add", undefined, SERIALIZATION],
    ["?operation=add", [], SERIALIZATION],
    ["?operation=add", {}, MISSING],
    ["?operation=add", { Tags: null }, MISSING],
    ["?operation=add", { Tags: {} }, INVALID],
    ["?operation=add", { Tags: [] }, SERIALIZATION],
    ["?operation=add", { Tags: "a" }, SERIALIZATION],
    ["?operation=add", { Tags: { a: 1 } }, SERIALIZATION],
    ["?operation=add", { Tags: { a: null } }, SERIALIZATION],
    ["?operation=add", { Tags: { "": "b" } }, INVALID],
    ["?operation=add", { Tags: { "a:b": "c" } }, INVALID],
    ["?operation=add", { Tags: { "a\n": "b" } }, INVALID],
    ["?operation=add", { Tags: { ["k".repeat(129)]: "b" } }, INVALID],
    ["?operation=add", { Tags: { a: "v".repeat(257) } }, INVALID],
    ["?operation=add", { Tags: { a: "b*" } }, INVALID],
    ["?operation=add", { Tags: { ok: "b", "not?": "c" } }, INVALID],
    ["?operation=remove", {}, MISSING],
    ["?operation=remove", { TagKeys: "kept" }, SERIALIZATION],
    ["?operation=remove", { TagKeys: [1] }, SERIALIZATION],
    ["?operation=remove", { TagKeys: [] }, INVALID],
    ["?operation=remove", { TagKeys: list(11) }, INVALID],
    ["?operation=remove", { TagKeys: ["kept", ""] }, INVALID],
  ];
  for (const [query, body, code] of cases) {
    const response = await test.call({
      method: "POST",
      path: `/-/vaults/v/tags${query}`,
      body: JSON.stringify(body),
    });
    await assertRefused(response, 400, code);
  }
  assertEquals((await tagsOf(test)).Tags, { kept: "yes" });
  assertEquals((await remove(test, list(10))).status, 204);
});
