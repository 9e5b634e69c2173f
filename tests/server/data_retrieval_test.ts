import { assertEquals } from "@std/assert";
import { createHost } from "../../src/platform/host.ts";
import {
  assertRefused,
  clientOf,
  HOUR,
  MIB,
  type TestServer,
  testVault,
  uploadArchive,
  vectorPayload,
} from "./testing.ts";

const POLICY = "/-/policies/data-retrieval";

function setRule(test: TestServer, rule: unknown): Promise<Response> {
  return test.call({
    method: "PUT",
    path: POLICY,
    body: JSON.stringify({ Policy: { Rules: [rule] } }),
  });
}

/** Asks for a stretch of an archive. */
function ask(
  test: TestServer,
  ArchiveId: string,
  parameters: Record<string, string> = {},
): Promise<Response> {
  return test.call({
    method: "POST",
    path: "/-/vaults/v/jobs",
    body: JSON.stringify({
      Type: "archive-retrieval",
      ArchiveId,
      ...parameters,
    }),
  });
}

async function assertDenied(response: Response): Promise<void> {
  await assertRefused(
    response,
    400,
    "PolicyEnforcedException",
    "InitiateJob request denied by current data retrieval policy.",
  );
}

Deno.test("A data retrieval policy is none at first, and then what was set last", async () => {
  await using test = await testVault();
  const text = async () => await (await test.call({ path: POLICY })).text();
  const none = '{"Policy":{"Rules":[{"Strategy":"None"}]}}';
  assertEquals(await text(), none);
  const rules: [rule: string, expected: string][] = [
    ['{"Strategy":"FreeTier"}', '{"Strategy":"FreeTier"}'],
    ...["1", "9007199254740993", "9223372036854775807"].map((
      bytes,
    ): [string, string] => [
      `{"Strategy":"BytesPerHour","BytesPerHour":${bytes}}`,
      `{"BytesPerHour":${bytes},"Strategy":"BytesPerHour"}`,
    ]),
    ['{"Strategy":"None","BytesPerHour":null}', '{"Strategy":"None"}'],
  ];
  for (const [rule, expected] of rules) {
    const body = `{"Policy":{"Rules":[${rule}]}}`;
    const response = await test.call({ method: "PUT", path: POLICY, body });
    assertEquals(response.status, 204);
    assertEquals(await text(), `{"Policy":{"Rules":[${expected}]}}`);
  }
});

Deno.test("A data retrieval policy that makes no sense is refused and changes nothing", async () => {
  await using test = await testVault();
  const SERIALIZATION = "SerializationException";
  const MISSING = "MissingParameterValueException";
  const INVALID = "InvalidParameterValueException";
  const rules = (...Rules: unknown[]) => ({ Policy: { Rules } });
  const bytes = (BytesPerHour: unknown) =>
    rules({ Strategy: "BytesPerHour", BytesPerHour });
  const written = (number: string) =>
    `{"Policy":{"Rules":[{"Strategy":"BytesPerHour","BytesPerHour":${number}}]}}`;
  const cases: [body: unknown, code: string][] = [
    ["", SERIALIZATION],
    ["{", SERIALIZATION],
    ["1", SERIALIZATION],
    ["[]", SERIALIZATION],
    [{ Policy: [] }, SERIALIZATION],
    [{ Policy: 1 }, SERIALIZATION],
    [{ Policy: { Rules: {} } }, SERIALIZATION],
    [rules("None"), SERIALIZATION],
    [rules(7), SERIALIZATION],
    [rules({ Strategy: 7 }), SERIALIZATION],
    [bytes("1"), SERIALIZATION],
    [bytes(true), SERIALIZATION],
    [bytes(1.5), SERIALIZATION],
    [written("1e3"), SERIALIZATION],
    [written("9223372036854775808"), SERIALIZATION],
    [{}, MISSING],
    [{ Policy: null }, MISSING],
    [{ Policy: {} }, MISSING],
    [rules({}), MISSING],
    [rules({ Strategy: "BytesPerHour" }), MISSING],
    [rules(), INVALID],
    [rules({ Strategy: "None" }, { Strategy: "None" }), INVALID],
    [rules({ Strategy: "none" }), INVALID],
    [rules({ Strategy: "None", BytesPerHour: 1 }), INVALID],
    [rules({ Strategy: "FreeTier", BytesPerHour: 1 }), INVALID],
    [bytes(0), INVALID],
    [bytes(-1), INVALID],
  ];
  await setRule(test, { Strategy: "FreeTier" });
  for (const [body, code] of cases) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await test.call({
      method: "PUT",
      path: POLICY,
      body: text,
    });
    await assertRefused(response, 400, code);
  }
  assertEquals(await clientOf(test).getDataRetrievalPolicy(), [
    { strategy: "FreeTier" },
  ]);
});

Deno.test("BytesPerHour limits what is asked for at the Standard tier within an hour", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(2 * MIB));
  const half = { RetrievalByteRange: `0-${MIB - 1}` };
  // Counts although there was no policy then.
  assertEquals((await ask(test, id, half)).status, 202);
  await clientOf(test).setDataRetrievalPolicy([
    { strategy: "BytesPerHour", bytesPerHour: 3 * MIB },
  ]);
  test.time += HOUR / 2;
  assertEquals((await ask(test, id)).status, 202);
  await assertDenied(await ask(test, id, half));
  await test.restart();
  await assertDenied(await ask(test, id, { ...half, Tier: "Standard" }));
  for (const Tier of ["Bulk", "Expedited"]) {
    assertEquals((await ask(test, id, { Tier })).status, 202);
  }
  test.time += HOUR / 2 - 1;
  await assertDenied(await ask(test, id, half));
  test.time += 1;
  // The first one is an hour old, and what was denied doesn't count.
  await assertDenied(await ask(test, id));
  assertEquals((await ask(test, id, half)).status, 202);
  await setRule(test, { Strategy: "None" });
  assertEquals((await ask(test, id)).status, 202);
});

Deno.test("What was asked for counts even when its vault is gone", async () => {
  await using test = await testVault();
  const client = clientOf(test);
  await client.setDataRetrievalPolicy([
    { strategy: "BytesPerHour", bytesPerHour: MIB },
  ]);
  const first = await uploadArchive(test, vectorPayload(MIB));
  assertEquals((await ask(test, first)).status, 202);
  await client.deleteArchive("v", first);
  await client.deleteVault("v");
  await client.createVault("v");
  const second = await uploadArchive(test, vectorPayload(1));
  await assertDenied(await ask(test, second));
});

Deno.test("FreeTier limits a day to a thirtieth of 10 GiB", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(1));
  await test.server[Symbol.asyncDispose]();
  const path = `${test.folder}/metadata.sqlite`;
  using database = createHost().openDatabase(path);
  // So much doesn't have to be stored for it to have been asked for.
  database.prepare("INSERT INTO retrievals (time, bytes) VALUES (?, ?)")
    .run(test.time, Math.floor(10 * 1024 ** 3 / 30) - 1);
  database.close();
  await test.restart();
  await setRule(test, { Strategy: "FreeTier" });
  test.time += 1;
  assertEquals((await ask(test, id)).status, 202);
  test.time += 24 * HOUR - 2;
  await assertDenied(await ask(test, id));
  test.time += 1;
  assertEquals((await ask(test, id)).status, 202);
});
