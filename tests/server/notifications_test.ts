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

const SNSTopic = "arn:aws:sns:us-west-2:012345678901:mytopic";
const ARCHIVE = "ArchiveRetrievalCompleted";
const INVENTORY = "InventoryRetrievalCompleted";

function call(test: TestServer, method: string, body?: unknown) {
  const path = "/-/vaults/v/notification-configuration";
  return test.call({ method, path, body: JSON.stringify(body) });
}

Deno.test("A notification configuration is set, replaced and deleted", async () => {
  await using test = await testVault();
  const absent = async () =>
    await assertRefused(
      await call(test, "GET"),
      404,
      "ResourceNotFoundException",
      "No notification configuration is set for vault: arn:",
    );
  await absent();
  for (
    const [sent, kept] of [
      [[INVENTORY, ARCHIVE], [INVENTORY, ARCHIVE]],
      [[ARCHIVE, ARCHIVE], [ARCHIVE]],
      [[INVENTORY], [INVENTORY]],
    ]
  ) {
    const put = await call(test, "PUT", { SNSTopic, Events: sent });
    assertEquals(put.status, 204);
    assertEquals(await jsonOf(await call(test, "GET")), {
      status: 200,
      Events: kept,
      SNSTopic,
    });
  }
  assertEquals((await call(test, "DELETE")).status, 204);
  assertEquals((await call(test, "DELETE")).status, 204);
  await absent();
});

Deno.test("A notification configuration that cannot be one is refused, and changes nothing", async () => {
  await using test = await testVault();
  const Events = [ARCHIVE];
  await call(test, "PUT", { SNSTopic, Events });
  const cases: [unknown, string][] = [
    [undefined, SERIALIZATION],
    ["text", SERIALIZATION],
    [{ Events }, MISSING],
    [{ SNSTopic }, MISSING],
    [{ SNSTopic: 1, Events }, SERIALIZATION],
    [{ SNSTopic, Events: ARCHIVE }, SERIALIZATION],
    [{ SNSTopic, Events: [null] }, SERIALIZATION],
    [{ SNSTopic, Events: [] }, INVALID],
    [{ SNSTopic, Events: ["archiveretrievalcompleted"] }, INVALID],
    [{ SNSTopic, Events: [ARCHIVE, "ArchiveDeleted"] }, INVALID],
    [{ SNSTopic: "", Events }, INVALID],
    [{ SNSTopic: "mytopic", Events }, INVALID],
    [{ SNSTopic: "arn:aws:sqs:us-west-2:012345678901:q", Events }, INVALID],
    [{ SNSTopic: "arn:aws:sns:us-west-2:12345:mytopic", Events }, INVALID],
    [{ SNSTopic: `${SNSTopic} `, Events }, INVALID],
  ];
  for (const [body, code] of cases) {
    await assertRefused(await call(test, "PUT", body), 400, code);
  }
  const { Events: kept } = await jsonOf(await call(test, "GET"));
  assertEquals(kept, Events);
});
