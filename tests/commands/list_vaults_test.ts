import { assert, assertEquals } from "@std/assert";
import { vectorPayload } from "../testing.ts";
import { workplace } from "../program.ts";

/** Names of vaults in their order. */
function namesOf(count: number): string[] {
  return Array.from(
    { length: count },
    (_, n) => `vault-${`${n}`.padStart(2, "0")}`,
  );
}

const ARN = "arn:aws:glacier:us-east-1:000000000000:vaults/";

for (const count of [0, 1, 10, 11, 25]) {
  Deno.test(`${count} vaults are listed, each once`, async () => {
    await using place = await workplace();
    const names = namesOf(count);
    for (const name of names) await place.client.createVault(name);
    const run = await place.run("list-vaults");
    assertEquals([run.status, run.err], [0, ""]);
    const heads = run.lines.filter((line) => line.startsWith("Vault "));
    assertEquals(heads, names.map((name) => `Vault ${name} (${ARN}${name})`));
    assertEquals(run.lines.slice(-4), [
      `Total vaults: ${count}`,
      "Total archives: 0",
      "Total size: 0",
      "OK DONE",
    ]);
  });
}

Deno.test("the vaults of a page are told before the next page is asked for", async () => {
  await using place = await workplace();
  for (const name of namesOf(11)) await place.client.createVault(name);
  const told: string[] = [];
  let requests = 0;
  const run = await place.runWith({
    onLine: (line) => told.push(line),
    fetch: (request) => {
      requests++;
      if (requests === 2) {
        const heads = told.filter((line) => line.startsWith("Vault "));
        assertEquals(heads.length, 10);
      }
      return place.server.fetch(request);
    },
  }, "list-vaults");
  assertEquals([run.status, requests], [0, 2]);
});

Deno.test("counts and sizes are those of the last inventories, in every format", async () => {
  await using place = await workplace();
  await place.client.createVault("empty");
  await place.run("create-vault", "photos");
  await Deno.writeFile(`${place.tree}/a`, vectorPayload(1000));
  await Deno.writeFile(`${place.tree}/b`, vectorPayload(234));
  assertEquals((await place.run("sync", "--quiet")).status, 0);
  const [empty, photos] = await Array.fromAsync(place.client.everyVault());
  assertEquals(photos.numberOfArchives, 2);
  const size = photos.sizeInBytes;
  assert(size >= 1234);

  assertEquals((await place.run("list-vaults")).lines, [
    `Vault empty (${ARN}empty)`,
    "Archives: 0, Size: 0",
    `Created: ${empty.creationDate}`,
    "Never had inventory generation",
    "",
    `Vault photos (${ARN}photos)`,
    `Archives: 2, Size: ${size}`,
    `Created: ${photos.creationDate}`,
    `Last inventory generation date: ${photos.lastInventoryDate}`,
    "",
    "Total vaults: 2",
    "Total archives: 2",
    `Total size: ${size}`,
    "OK DONE",
  ]);

  const rows = (await place.run("list-vaults", "--format", "mtmsg")).lines
    .slice(0, -1).map((line) => line.split("\t"));
  const fieldsOf = (arn: string) =>
    rows.filter((row) => row[1] === "VAULT_LIST" && row[2] === arn)
      .map((row) => row.slice(3));
  assertEquals(fieldsOf(photos.vaultArn), [
    ["VaultName", "photos"],
    ["VaultARN", photos.vaultArn],
    ["CreationDate", photos.creationDate],
    ["LastInventoryDate", photos.lastInventoryDate!],
    ["NumberOfArchives", "2"],
    ["SizeInBytes", `${size}`],
  ]);
  assertEquals(fieldsOf(empty.vaultArn)[3], ["LastInventoryDate", ""]);
  assertEquals(rows.slice(-2), [
    ["MTMSG", "VAULTS_SUMMARY", "total_number_of_archives", "2"],
    ["MTMSG", "VAULTS_SUMMARY", "total_size_of_archives", `${size}`],
  ]);

  const events = (await place.run("list-vaults", "--json")).lines
    .map((line) => JSON.parse(line));
  assertEquals(events.slice(1, 3), [{
    type: "vault",
    name: "photos",
    arn: photos.vaultArn,
    archives: 2,
    size,
    created: photos.creationDate,
    lastInventory: photos.lastInventoryDate,
  }, { type: "vaultTotals", vaults: 2, archives: 2, size }]);
});
