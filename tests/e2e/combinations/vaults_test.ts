import { assertEquals } from "@std/assert";
import { product } from "./axes.ts";
import { expectLines, startCombinations } from "./place.ts";

Deno.test("vaults are made, listed in each format, and deleted", async (t) => {
  for (const vaults of [1, 10, 11, 25]) {
    // The vaults of a server are listed all.
    await using server = await startCombinations();
    const place = await server.place();
    for (let i = 1; i < vaults; i++) await server.place();
    const listed = await Array.fromAsync(place.client.everyVault());
    const arnOf = new Map(
      listed.map(({ vaultName, vaultArn, creationDate }) =>
        [vaultName, { arn: vaultArn, created: creationDate }] as const
      ),
    );
    const names = [...arnOf.keys()];
    assertEquals(names.length, vaults);
    for (
      const { format } of product({
        format: ["default", "for-humans", "mtmsg"],
      })
    ) {
      await t.step(`${vaults} vaults, format ${format}`, async () => {
        const run = await place.run(
          "list-vaults",
          ...format === "default" ? [] : [`--format=${format}`],
        );
        assertEquals(run.status, 0, run.err);
        if (format === "mtmsg") {
          const fields = run.lines.slice(0, -1).map((line) => line.split("\t"));
          assertEquals(
            fields.filter(([, kind]) => kind === "VAULT_LIST").map((f) =>
              [f[0], f[2]].join(" ")
            ),
            names.flatMap((name) =>
              Array(6).fill(`MTMSG ${arnOf.get(name)!.arn}`)
            ),
          );
          return assertEquals(
            fields.filter(([, kind]) => kind === "VAULTS_SUMMARY"),
            [
              ["MTMSG", "VAULTS_SUMMARY", "total_number_of_archives", "0"],
              ["MTMSG", "VAULTS_SUMMARY", "total_size_of_archives", "0"],
            ],
          );
        }
        assertEquals(
          run.lines.slice(0, 5 * vaults),
          names.flatMap((name) => [
            `Vault ${name} (${arnOf.get(name)!.arn})`,
            "Archives: 0, Size: 0",
            `Created: ${arnOf.get(name)!.created}`,
            "Never had inventory generation",
            "",
          ]),
        );
      });
    }
    await t.step(`of ${vaults} vaults one is made and deleted`, async () => {
      const count = async () =>
        (await Array.fromAsync(place.client.everyVault())).length;
      expectLines(await place.run("create-vault", "another"), [
        "Created vault another",
      ]);
      expectLines(await place.run("create-vault", "another"), [
        "Created vault another",
      ]);
      assertEquals(await count(), vaults + 1);
      expectLines(await place.run("delete-vault", "another"), [
        "Deleted vault another",
      ]);
      assertEquals(await count(), vaults);
    });
  }
});
