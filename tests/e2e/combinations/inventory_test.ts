import { assertEquals } from "@std/assert";
import { COUNTS, describe, product } from "./axes.ts";
import { expectLines, type Place, startCombinations } from "./place.ts";

const FORMATS = ["json", "csv"] as const;

/** Starts jobs for archives, which stand in the list of jobs beside that for the inventory. */
async function startJobs(
  { client, vault }: Place,
  archiveId: string,
  count: number,
): Promise<void> {
  const type = "archive-retrieval";
  await Promise.all(
    Array.from(
      { length: count },
      () => client.initiateJob(vault, { type, archiveId }),
    ),
  );
}

function namesOf(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${name} ${i}`);
}

Deno.test("an inventory lists what was there when it was asked for", async (t) => {
  await using server = await startCombinations();
  for (
    const row of product({ before: COUNTS, after: COUNTS, format: FORMATS })
      // Each count comes on either side, with and without the other.
      .filter(({ before, after }) =>
        before === after || before === 0 || after === 0
      )
  ) {
    await t.step(describe(row), async () => {
      const { before, after, format } = row;
      const place = await server.place();
      // Before the first upload a vault has no inventory.
      const { archiveId } = await place.store("gone", 1);
      await place.client.deleteArchive(place.vault, archiveId);
      await Deno.writeTextFile(place.journal, "");
      await place.storeAll(namesOf("файл", before), 1);
      const expected = await place.created();
      const asked = await place.run(
        "retrieve-inventory",
        ...format === "json" ? [] : [`--request-inventory-format=${format}`],
      );
      const [job] = await Array.fromAsync(place.client.everyJob(place.vault));
      expectLines(asked, [`Retrieved Inventory, job id ${job.jobId}`]);
      await place.storeAll(namesOf("later", after), 1);

      const found = `${place.journal}.found`;
      const run = await place.run("download-inventory", "--new-journal", found);
      expectLines(run, [
        `Downloaded inventory in ${format.toUpperCase()} format`,
      ]);
      assertEquals(
        await place.created(found).then(essentials),
        essentials(expected),
      );
    });
  }
});

Deno.test("the inventory is found among however many other jobs", async (t) => {
  await using server = await startCombinations();
  for (
    const row of product({ before: COUNTS, after: COUNTS })
      .filter(({ before, after }) =>
        before === after || before === 0 || after === 0
      )
  ) {
    await t.step(describe(row), async () => {
      const { before, after } = row;
      const place = await server.place();
      const { archiveId } = await place.store("0", 1);
      await startJobs(place, archiveId, before);
      await place.run("retrieve-inventory");
      await startJobs(place, archiveId, after);
      const found = `${place.journal}.found`;
      const run = await place.run("download-inventory", "--new-journal", found);
      expectLines(run, ["Downloaded inventory in JSON format"]);
      assertEquals([...(await place.created(found)).keys()], ["0"]);
    });
  }
});

function essentials(
  created: Map<
    string,
    { archiveId: string; size: number; mtime: number | null }
  >,
) {
  return [...created].map(([name, { archiveId, size, mtime }]) => ({
    name,
    archiveId,
    size,
    mtime,
  })).sort((a, b) => a.name < b.name ? -1 : 1);
}
