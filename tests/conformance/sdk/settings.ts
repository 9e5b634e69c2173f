import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  AbortVaultLockCommand,
  AddTagsToVaultCommand,
  CompleteVaultLockCommand,
  DeleteVaultAccessPolicyCommand,
  DeleteVaultNotificationsCommand,
  GetVaultAccessPolicyCommand,
  GetVaultLockCommand,
  GetVaultNotificationsCommand,
  InitiateVaultLockCommand,
  LimitExceededException,
  ListTagsForVaultCommand,
  RemoveTagsFromVaultCommand,
  SetVaultAccessPolicyCommand,
  SetVaultNotificationsCommand,
} from "@aws-sdk/client-glacier";
import { testVault, vaultPolicy } from "../../server/testing.ts";
import { ARN, assertSdkRefused, fieldsOf, openSdk, V } from "./client.ts";

const INVALID = "InvalidParameterValueException";
const NOT_FOUND = "ResourceNotFoundException";
const DENIED = "AccessDeniedException";

Deno.test("SDK: tags are added, replaced, removed and listed", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const list = () => fieldsOf(client.send(new ListTagsForVaultCommand(V)));
  const add = (Tags: Record<string, string>) =>
    fieldsOf(client.send(new AddTagsToVaultCommand({ ...V, Tags })));
  assertEquals(await list(), { Tags: {} });
  assertEquals(await add({ owner: "me", site: "a" }), {});
  assertEquals(await add({ site: "a b", "ключ": "" }), {});
  const Tags = { owner: "me", site: "a b", "ключ": "" };
  assertEquals(await list(), { Tags });
  const TagKeys = ["owner", "ключ", "none"];
  const remove = client.send(
    new RemoveTagsFromVaultCommand({ ...V, TagKeys }),
  );
  assertEquals(await fieldsOf(remove), {});
  assertEquals(await list(), { Tags: { site: "a b" } });

  const names = Array.from({ length: 10 }, (_, i) => [`key${i}`, "x"]);
  const many = client.send(
    new AddTagsToVaultCommand({ ...V, Tags: Object.fromEntries(names) }),
  );
  await assertRejects(() => many, LimitExceededException);
  await assertSdkRefused(many, 400, "LimitExceededException");
  await assertSdkRefused(add({ "a!": "b" }), 400, INVALID, "Invalid tag key");
  assertEquals(await list(), { Tags: { site: "a b" } });
});

Deno.test("SDK: a notification configuration is set, read and deleted", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const vaultNotificationConfig = {
    SNSTopic: "arn:aws:sns:us-east-1:000000000000:done",
    Events: ["InventoryRetrievalCompleted", "ArchiveRetrievalCompleted"],
  };
  const get = () => fieldsOf(client.send(new GetVaultNotificationsCommand(V)));
  await assertSdkRefused(get(), 404, NOT_FOUND, ARN);
  const set = client.send(
    new SetVaultNotificationsCommand({ ...V, vaultNotificationConfig }),
  );
  assertEquals(await fieldsOf(set), {});
  assertEquals(await get(), { vaultNotificationConfig });
  const wrong = client.send(
    new SetVaultNotificationsCommand({
      ...V,
      vaultNotificationConfig: { ...vaultNotificationConfig, Events: ["All"] },
    }),
  );
  await assertSdkRefused(wrong, 400, INVALID, "Invalid event: All");
  for (let i = 0; i < 2; i++) {
    const deleted = client.send(new DeleteVaultNotificationsCommand(V));
    assertEquals(await fieldsOf(deleted), {});
  }
  await assertSdkRefused(get(), 404, NOT_FOUND);
});

Deno.test("SDK: an access policy is set, read and deleted", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const policy = { Policy: vaultPolicy("Allow") };
  const get = () => fieldsOf(client.send(new GetVaultAccessPolicyCommand(V)));
  const set = (policy: { Policy?: string }) =>
    fieldsOf(client.send(new SetVaultAccessPolicyCommand({ ...V, policy })));
  await assertSdkRefused(get(), 404, NOT_FOUND, ARN);
  assertEquals(await set(policy), {});
  assertEquals(await get(), { policy });
  await assertSdkRefused(set({ Policy: "{}" }), 400, INVALID, "vault access");
  await assertSdkRefused(set({}), 400, "MissingParameterValueException");
  for (let i = 0; i < 2; i++) {
    const deleted = client.send(new DeleteVaultAccessPolicyCommand(V));
    assertEquals(await fieldsOf(deleted), {});
  }
  await assertSdkRefused(get(), 404, NOT_FOUND);
});

Deno.test("SDK: a vault is locked in two steps, and then for good", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const policy = { Policy: vaultPolicy("Deny") };
  const get = () => fieldsOf(client.send(new GetVaultLockCommand(V)));
  const initiate = () =>
    fieldsOf(client.send(new InitiateVaultLockCommand({ ...V, policy })));
  const abort = () => fieldsOf(client.send(new AbortVaultLockCommand(V)));
  const complete = (lockId?: string) =>
    fieldsOf(client.send(new CompleteVaultLockCommand({ ...V, lockId })));
  await assertSdkRefused(get(), 404, NOT_FOUND, ARN);
  await initiate();
  for (let i = 0; i < 2; i++) assertEquals(await abort(), {});
  await assertSdkRefused(get(), 404, NOT_FOUND);

  const { lockId, ...rest } = await initiate();
  assertEquals(rest, {});
  assertMatch(lockId ?? "", /^[\w-]{24}$/);
  const lock = {
    CreationDate: new Date(test.time).toISOString(),
    Policy: policy.Policy,
  };
  assertEquals(await get(), {
    ...lock,
    ExpirationDate: new Date(test.time + 24 * 60 * 60 * 1000).toISOString(),
    State: "InProgress",
  });
  await assertSdkRefused(initiate(), 403, DENIED, "already in progress");
  await assertSdkRefused(complete("x"), 400, INVALID, "Invalid lock ID: x");
  for (let i = 0; i < 2; i++) assertEquals(await complete(lockId), {});
  assertEquals(await get(), { ...lock, State: "Locked" });
  await assertSdkRefused(abort(), 403, DENIED, "locked");
  await assertSdkRefused(initiate(), 403, DENIED, "locked");
  assertEquals(test.failures, []);
});
