import { assertEquals, assertMatch } from "@std/assert";
import { type Workplace, workplace } from "../program.ts";

async function vaultNames({ client }: Workplace): Promise<string[]> {
  const vaults = await Array.fromAsync(client.everyVault());
  return vaults.map(({ vaultName }) => vaultName);
}

Deno.test("an empty vault is deleted, and others stay", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await place.run("create-vault", "other");
  const run = await place.run("delete-vault", "photos");
  assertEquals([run.status, run.err], [0, ""]);
  assertEquals(run.lines, ["Deleted vault photos", "OK DONE"]);
  assertEquals(await vaultNames(place), ["other"]);
});

Deno.test("a vault that isn't there is as good as deleted", async () => {
  await using place = await workplace();
  const run = await place.run("delete-vault", "photos", "--json");
  assertEquals([run.status, run.err], [0, ""]);
  assertEquals(JSON.parse(run.lines[0]), {
    type: "vaultDeleted",
    vault: "photos",
  });
});

Deno.test("why a vault that is not empty stays is said in one sentence", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/file`, "content");
  assertEquals((await place.run("sync", "--quiet")).status, 0);
  const run = await place.run("delete-vault", "photos");
  assertEquals([run.status, run.out], [1, ""]);
  assertEquals(run.err.trimEnd().split("\n").length, 1);
  assertMatch(
    run.err,
    /^ERROR: Vault photos in us-east-1 cannot be deleted yet: .*empty at its last inventory.*about once a day.*nothing written to it since.*purge-vault.*next inventory/,
  );
  assertEquals(await vaultNames(place), ["photos"]);
});

Deno.test("a vault's name is needed, and one that no vault can have is refused", async () => {
  await using place = await workplace();
  const without = await place.run("delete-vault");
  assertEquals(without.status, 2);
  assertMatch(without.err, /Missing argument: NAME/);
  const wrong = await place.run("delete-vault", "my photos");
  assertEquals(wrong.status, 2);
});
