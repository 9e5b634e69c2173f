import { assertEquals, assertMatch } from "@std/assert";
import {
  assertRefused,
  clientOf,
  jsonOf,
  testServer,
  testVault,
  uploadArchive,
  vectorPayload,
} from "./testing.ts";

Deno.test("A vault is made once and described as the service does it", async () => {
  await using test = await testServer();
  const put = () =>
    test.call({ method: "PUT", path: "/-/vaults/my.vault_1-x" });
  const created = await put();
  assertEquals(created.status, 201);
  assertEquals(
    created.headers.get("location"),
    "/000000000000/vaults/my.vault_1-x",
  );
  assertMatch(created.headers.get("x-amzn-requestid")!, /^[\w-]{47}$/);
  assertEquals(created.headers.get("date"), "Sun, 22 Nov 2026 12:00:00 GMT");
  test.time += 1000;
  assertEquals((await put()).status, 201);
  const response = await test.call({
    path: "/000000000000/vaults/my.vault_1-x",
  });
  assertEquals(await jsonOf(response), {
    status: 200,
    CreationDate: "2026-11-22T12:00:00.000Z",
    LastInventoryDate: null,
    NumberOfArchives: 0,
    SizeInBytes: 0,
    VaultARN: "arn:aws:glacier:us-east-1:000000000000:vaults/my.vault_1-x",
    VaultName: "my.vault_1-x",
  });
});

Deno.test("A vault counts its archives, and goes only when it has none", async () => {
  await using test = await testVault();
  const remove = () => test.call({ method: "DELETE", path: "/-/vaults/v" });
  const id = await uploadArchive(test, vectorPayload(1000));
  const described = await jsonOf(await test.call({ path: "/-/vaults/v" }));
  assertEquals(described.NumberOfArchives, 1);
  assertEquals(described.SizeInBytes, 1000);
  assertEquals(described.LastInventoryDate, "2026-11-22T12:00:00.000Z");
  await assertRefused(
    await remove(),
    400,
    "InvalidParameterValueException",
    "Vault not empty or recently written to: arn:",
  );
  const path = `/-/vaults/v/archives/${id}`;
  assertEquals((await test.call({ method: "DELETE", path })).status, 204);
  assertEquals((await remove()).status, 204);
  assertEquals((await remove()).status, 204);
  await assertRefused(
    await test.call({ path: "/-/vaults/v" }),
    404,
    "ResourceNotFoundException",
    "Vault not found for ARN: arn:aws:glacier:us-east-1:000000000000:vaults/v",
  );
});

Deno.test("Vaults are listed in ASCII order, page by page", async () => {
  await using test = await testServer();
  const names = Array.from({ length: 23 }, (_, i) => `v${i}`).concat("V0");
  for (const name of names) {
    await test.call({ method: "PUT", path: `/-/vaults/${name}` });
  }
  for (const limit of [undefined, 1, 7, 10]) {
    const found: string[] = [];
    let marker: string | null = "";
    let pages = 0;
    while (marker !== null) {
      const query = new URLSearchParams({ marker });
      if (limit !== undefined) query.set("limit", String(limit));
      const page = await jsonOf(
        await test.call({ path: `/-/vaults?${query}` }),
      );
      found.push(
        ...page.VaultList.map((vault: { VaultName: string }) =>
          vault.VaultName
        ),
      );
      marker = page.Marker;
      pages++;
    }
    assertEquals(found, names.toSorted());
    assertEquals(pages, Math.ceil(names.length / (limit ?? 10)));
  }
});

Deno.test("moraine's client goes through all vaults", async () => {
  await using test = await testServer();
  const client = clientOf(test);
  const names = Array.from({ length: 23 }, (_, index) => `v${100 + index}`);
  for (const name of names) await client.createVault(name);
  const found = await Array.fromAsync(client.everyVault());
  assertEquals(found.map(({ vaultName }) => vaultName), names);
});

Deno.test("More vaults than an account may have are refused", async () => {
  await using test = await testServer();
  for (let i = 0; i < 1000; i++) {
    await test.call({ method: "PUT", path: `/-/vaults/v${i}` });
  }
  await assertRefused(
    await test.call({ method: "PUT", path: "/-/vaults/more" }),
    400,
    "LimitExceededException",
  );
  const again = await test.call({ method: "PUT", path: "/-/vaults/v0" });
  assertEquals(again.status, 201);
});
