import { assertEquals, assertRejects } from "@std/assert";
import { ServiceError } from "../../src/errors.ts";
import { GlacierClient } from "../../src/glacier/client.ts";
import {
  assertRefused,
  jsonOf,
  KEY,
  type TestServer,
  testVault,
  vaultPolicy,
} from "./testing.ts";

const TOPIC = "arn:aws:sns:us-east-1:000000000000:done";

/** moraine's own client, without a socket. */
function clientOf(test: TestServer): GlacierClient {
  return new GlacierClient({
    region: "us-east-1",
    endpoint: "http://localhost",
    credentials: () => Promise.resolve(KEY),
    clock: { now: () => test.time },
    fetch: (request) => test.server.fetch(request),
  });
}

/** Sets everything that a vault can have; resolves to the ID of its lock, which is in progress. */
async function setAll(client: GlacierClient): Promise<string> {
  await client.addTagsToVault("v", { owner: "me", site: "" });
  await client.setVaultNotifications("v", {
    snsTopic: TOPIC,
    events: ["ArchiveRetrievalCompleted"],
  });
  await client.setVaultAccessPolicy("v", vaultPolicy("Allow"));
  return await client.initiateVaultLock("v", vaultPolicy("Deny"));
}

/** What a vault has, as the service answers it. */
async function readAll(test: TestServer) {
  const read = async (name: string) =>
    await jsonOf(await test.call({ path: `/-/vaults/v/${name}` }));
  return await Promise.all(
    ["notification-configuration", "access-policy", "lock-policy", "tags"]
      .map(read),
  );
}

Deno.test("moraine's client sets, reads and removes all that a vault can have", async () => {
  await using test = await testVault();
  const client = clientOf(test);
  const id = await setAll(client);
  assertEquals(await client.listTagsForVault("v"), { owner: "me", site: "" });
  assertEquals(await client.getVaultNotifications("v"), {
    snsTopic: TOPIC,
    events: ["ArchiveRetrievalCompleted"],
  });
  assertEquals(await client.getVaultAccessPolicy("v"), vaultPolicy("Allow"));
  assertEquals((await client.getVaultLock("v")).state, "InProgress");
  await client.completeVaultLock("v", id);
  assertEquals(await client.getVaultLock("v"), {
    policy: vaultPolicy("Deny"),
    state: "Locked",
    creationDate: "2026-11-22T12:00:00.000Z",
    expirationDate: undefined,
  });
  const aborted = client.abortVaultLock("v");
  const error = await assertRejects(() => aborted, ServiceError);
  assertEquals(error.code, "AccessDeniedException");
  await client.removeTagsFromVault("v", ["owner", "site"]);
  await client.deleteVaultNotifications("v");
  await client.deleteVaultAccessPolicy("v");
  const [notifications, policy, lock, tags] = await readAll(test);
  assertEquals([notifications.status, policy.status, lock.status, tags.Tags], [
    404,
    404,
    200,
    {},
  ]);
});

Deno.test("A restart keeps tags, notifications, policies and locks", async () => {
  await using test = await testVault();
  const client = clientOf(test);
  const id = await setAll(client);
  const inProgress = await readAll(test);
  await test.restart();
  assertEquals(await readAll(test), inProgress);
  await client.completeVaultLock("v", id);
  const locked = await readAll(test);
  await test.restart();
  assertEquals(await readAll(test), locked);
  await client.completeVaultLock("v", id);
});

Deno.test("Deleting a vault takes its tags, notifications, policies and lock with it", async () => {
  await using test = await testVault();
  const client = clientOf(test);
  const id = await setAll(client);
  await client.completeVaultLock("v", id);
  await client.createVault("other");
  await client.addTagsToVault("other", { kept: "yes" });
  await client.deleteVault("v");
  await client.createVault("v");
  const answers = await readAll(test);
  assertEquals(answers.map(({ status }) => status), [404, 404, 404, 200]);
  assertEquals(answers[3].Tags, {});
  assertEquals(await client.listTagsForVault("other"), { kept: "yes" });
  await client.initiateVaultLock("v", vaultPolicy("Deny"));
});

Deno.test("A vault that isn't there has no settings, and gets none", async () => {
  await using test = await testVault();
  const Policy = vaultPolicy("Deny");
  const config = { SNSTopic: TOPIC, Events: ["ArchiveRetrievalCompleted"] };
  const cases: [string, unknown?][] = [
    ["GET tags"],
    ["POST tags?operation=add", { Tags: { a: "b" } }],
    ["POST tags?operation=remove", { TagKeys: ["a"] }],
    ["GET notification-configuration"],
    ["PUT notification-configuration", config],
    ["DELETE notification-configuration"],
    ["GET access-policy"],
    ["PUT access-policy", { Policy }],
    ["DELETE access-policy"],
    ["GET lock-policy"],
    ["POST lock-policy", { Policy }],
    ["DELETE lock-policy"],
    ["POST lock-policy/AE863rKkWZU53SLW5be4DUcW"],
  ];
  for (const [line, body] of cases) {
    const [method, path] = line.split(" ");
    const call = async (vault: string) =>
      await test.call({
        method,
        path: `/-/vaults/${vault}/${path}`,
        body: JSON.stringify(body),
      });
    await assertRefused(
      await call("absent"),
      404,
      "ResourceNotFoundException",
      "Vault not found for ARN",
    );
    await assertRefused(
      await call("a%20b"),
      400,
      "InvalidParameterValueException",
      "Invalid vault name",
    );
  }
  await test.call({ method: "PUT", path: "/-/vaults/absent" });
  const tags = await test.call({ path: "/-/vaults/absent/tags" });
  assertEquals((await jsonOf(tags)).Tags, {});
});
