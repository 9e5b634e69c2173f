import { assertEquals, assertMatch } from "@std/assert";
import { assertRefused, clientOf, jsonOf, testServer } from "./testing.ts";

const CAPACITY = "/-/provisioned-capacity";

Deno.test("A unit of capacity lasts a month to the second, or to the month's last day", async () => {
  const cases: [start: string, expiration: string][] = [
    ["2016-12-13T20:11:51.095Z", "2017-01-13T20:11:51.000Z"],
    ["2017-01-31T14:26:33.031Z", "2017-02-28T14:26:33.000Z"],
    ["2020-01-31T14:26:33.031Z", "2020-02-29T14:26:33.000Z"],
    ["2026-08-31T23:59:59.999Z", "2026-09-30T23:59:59.000Z"],
    ["2026-12-31T00:00:00.000Z", "2027-01-31T00:00:00.000Z"],
  ];
  await using test = await testServer();
  const client = clientOf(test);
  for (const [startDate, expirationDate] of cases) {
    test.time = Date.parse(startDate);
    const capacityId = await client.purchaseProvisionedCapacity();
    assertMatch(capacityId, /^[\w-]{24}$/);
    const listed = () => client.listProvisionedCapacity();
    assertEquals(await listed(), [{ capacityId, startDate, expirationDate }]);
    test.time = Date.parse(expirationDate) - 1;
    assertEquals((await listed()).length, 1);
    test.time += 1;
    assertEquals(await listed(), []);
  }
});

Deno.test("An account has two units of capacity at a time, restarted or not", async () => {
  await using test = await testServer();
  const buy = () => test.call({ method: "POST", path: CAPACITY });
  const list = async () => await jsonOf(await test.call({ path: CAPACITY }));
  assertEquals(await list(), { status: 200, ProvisionedCapacityList: [] });
  const ids: (string | null)[] = [];
  for (let i = 0; i < 2; i++) {
    const response = await buy();
    assertEquals(response.status, 201);
    assertEquals(await response.text(), "");
    ids.unshift(response.headers.get("x-amz-capacity-id"));
  }
  await test.restart();
  await assertRefused(await buy(), 400, "LimitExceededException");
  const { ProvisionedCapacityList: units } = await list();
  assertEquals(
    units.map(({ CapacityId }: { CapacityId: string }) => CapacityId),
    ids,
  );
  test.time = Date.parse(units[0].ExpirationDate);
  assertEquals((await buy()).status, 201);
});
