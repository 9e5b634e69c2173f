import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  type DataRetrievalRule,
  GetDataRetrievalPolicyCommand,
  InitiateJobCommand,
  LimitExceededException,
  ListProvisionedCapacityCommand,
  PolicyEnforcedException,
  PurchaseProvisionedCapacityCommand,
  SetDataRetrievalPolicyCommand,
} from "@aws-sdk/client-glacier";
import {
  HOUR,
  testServer,
  testVault,
  uploadArchive,
  vectorPayload,
} from "../../server/testing.ts";
import { assertSdkRefused, fieldsOf, openSdk, V } from "./client.ts";

const ACCOUNT = { accountId: "-" };

Deno.test("SDK: a data retrieval policy is set, read and met", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const get = () =>
    fieldsOf(client.send(new GetDataRetrievalPolicyCommand(ACCOUNT)));
  const set = (rule: DataRetrievalRule) =>
    fieldsOf(
      client.send(
        new SetDataRetrievalPolicyCommand({
          ...ACCOUNT,
          Policy: { Rules: [rule] },
        }),
      ),
    );
  assertEquals(await get(), { Policy: { Rules: [{ Strategy: "None" }] } });
  const rules = [
    { Strategy: "FreeTier" },
    { Strategy: "None" },
    { Strategy: "BytesPerHour", BytesPerHour: 1000 },
  ];
  for (const rule of rules) {
    assertEquals(await set(rule), {});
    assertEquals(await get(), { Policy: { Rules: [rule] } });
  }
  await assertSdkRefused(
    set({ Strategy: "Never" }),
    400,
    "InvalidParameterValueException",
    "Invalid strategy: Never",
  );
  const ArchiveId = await uploadArchive(test, vectorPayload(1001));
  const jobParameters = { Type: "archive-retrieval", ArchiveId };
  const denied = client.send(new InitiateJobCommand({ ...V, jobParameters }));
  await assertRejects(() => denied, PolicyEnforcedException);
  await assertSdkRefused(denied, 400, "PolicyEnforcedException");
});

Deno.test("SDK: capacity is bought and listed", async () => {
  await using test = await testServer();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const list = () =>
    fieldsOf(client.send(new ListProvisionedCapacityCommand(ACCOUNT)));
  const buy = () =>
    fieldsOf(client.send(new PurchaseProvisionedCapacityCommand(ACCOUNT)));
  assertEquals(await list(), { ProvisionedCapacityList: [] });
  const { capacityId, ...rest } = await buy();
  assertEquals(rest, {});
  assertMatch(capacityId ?? "", /^[\w-]{24}$/);
  const { ProvisionedCapacityList: [unit] = [] } = await list();
  const { ExpirationDate, ...others } = unit;
  assertEquals(others, {
    CapacityId: capacityId,
    StartDate: new Date(test.time).toISOString(),
  });
  const days = (Date.parse(ExpirationDate!) - test.time) / (24 * HOUR);
  assertEquals(days > 27 && days <= 31, true, ExpirationDate);

  const second = await buy();
  const listed = (await list()).ProvisionedCapacityList ?? [];
  assertEquals(
    new Set(listed.map(({ CapacityId }) => CapacityId)),
    new Set([capacityId, second.capacityId]),
  );
  const third = buy();
  await assertRejects(() => third, LimitExceededException);
  await assertSdkRefused(third, 400, "LimitExceededException", "limited to 2");
});
