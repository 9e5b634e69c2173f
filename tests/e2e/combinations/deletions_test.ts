import { assertEquals } from "@std/assert";
import { COUNTS, describe, DRY_RUN, NAMES, OTHERS, product } from "./axes.ts";
import { expectLines, otherNames, startCombinations } from "./place.ts";

Deno.test("--delete-removed deletes the archive of a file that is gone or empty, and no other", async (t) => {
  await using server = await startCombinations();
  for (
    const row of [
      ...product({
        state: ["gone", "empty", "there"] as const,
        name: NAMES,
        others: [0, 1] as const,
        dryRun: DRY_RUN,
      }),
      ...product({
        state: ["gone"] as const,
        name: ["0"] as const,
        others: OTHERS,
        dryRun: DRY_RUN,
      }),
    ]
  ) {
    await t.step(describe(row), async () => {
      const { state, name, others, dryRun } = row;
      const place = await server.place();
      await place.storeAll(otherNames(others), 1);
      for (const other of otherNames(others)) await place.writeFile(other, 1);
      const { archiveId } = await place.store(name, 5);
      if (state !== "gone") {
        await place.writeFile(name, state === "empty" ? 0 : 5);
      }
      const run = await place.run(
        "sync",
        "--delete-removed",
        ...dryRun ? ["--dry-run"] : [],
      );
      const line = dryRun
        ? `Will DELETE archive ${archiveId} (filename ${name})`
        : `Deleted ${name} archive_id [${archiveId}]`;
      const expected = state !== "there";
      expectLines(run, expected ? [line] : []);
      assertEquals(
        await place.countArchives(),
        others + (expected && !dryRun ? 0 : 1),
      );
    });
  }
});

/** Filters, and which of the names `a0.jpg`, `b1.txt`, `a2.jpg`… they let pass. */
const FILTERS: Record<string, [args: string[], pass: (n: number) => boolean]> =
  {
    none: [[], () => true],
    include: [["--include", "*.jpg", "--exclude", ""], (n) => n % 2 === 0],
    exclude: [["--exclude", "/dir/b*"], (n) => n % 2 === 0],
    filter: [
      ["--filter", "+b1*.txt -"],
      (n) => n % 2 === 1 && `${n}`[0] === "1",
    ],
  };

Deno.test("purge-vault deletes what the filters let pass", async (t) => {
  await using server = await startCombinations();
  for (
    const row of product({
      archives: COUNTS,
      filter: Object.keys(FILTERS),
      dryRun: DRY_RUN,
    })
  ) {
    await t.step(describe(row), async () => {
      const { archives, filter, dryRun } = row;
      const place = await server.place();
      const [args, pass] = FILTERS[filter];
      await Deno.writeTextFile(place.journal, "");
      const names = Array.from(
        { length: archives },
        (_, n) => n % 2 === 0 ? `dir/a${n}.jpg` : `dir/b${n}.txt`,
      );
      const stored = await place.storeAll(names, 1);
      const lines = stored.filter((_, n) => pass(n)).map((
        { name, archiveId },
      ) =>
        dryRun
          ? `Will DELETE archive ${archiveId} (filename ${name})`
          : `Deleted ${name} archive_id [${archiveId}]`
      );
      const run = await place.run(
        "purge-vault",
        ...args,
        "--concurrency=20",
        ...dryRun ? ["-dry-run"] : [],
      );
      expectLines(run, lines.length > 0 ? lines : ["Nothing to delete"]);
      assertEquals(
        await place.countArchives(),
        archives - (dryRun ? 0 : lines.length),
      );
    });
  }
});
