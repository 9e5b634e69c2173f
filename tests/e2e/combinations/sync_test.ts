import { assertEquals } from "@std/assert";
import {
  CONCURRENCIES,
  describe,
  DRY_RUN,
  inTurn,
  NAMES,
  OTHERS,
  pairs,
  PART_SIZES,
  product,
  SIZES,
} from "./axes.ts";
import {
  expectLines,
  MTIME,
  otherNames,
  payloadOf,
  startCombinations,
} from "./place.ts";

Deno.test("sync uploads and records a file, whatever its size, name and parts", async (t) => {
  await using server = await startCombinations();
  const rows = [
    ...inTurn(product({ partsize: PART_SIZES, size: SIZES }), {
      name: NAMES,
      concurrency: CONCURRENCIES,
    }),
    ...pairs({
      partsize: PART_SIZES,
      size: SIZES,
      name: NAMES,
      concurrency: CONCURRENCIES,
    }),
  ];
  for (const row of rows) {
    await t.step(describe(row), async () => {
      const { partsize, size, name, concurrency } = row;
      const place = await server.place();
      await place.writeFile(name, size);
      const args = [`-partsize=${partsize}`, `--concurrency=${concurrency}`];
      const run = await place.run("sync", ...args);
      const record = (await place.created()).get(name)!;
      const { treeHash } = await payloadOf(size);
      assertEquals(
        [record.size, record.mtime, record.treeHash],
        [size, MTIME, treeHash],
      );
      expectLines(run, [
        `Finished ${name} hash [${treeHash}] archive_id [${record.archiveId}]`,
      ]);
      assertEquals(await place.countArchives(), 1);
      // A second run finds nothing to do, whatever the options.
      if (concurrency === 1) {
        expectLines(await place.run("sync", ...args), []);
      }
    });
  }
});

Deno.test("sync uploads all files, however many, and says so before", async (t) => {
  await using server = await startCombinations();
  for (
    const row of pairs({
      others: OTHERS,
      dryRun: DRY_RUN,
      concurrency: CONCURRENCIES,
    })
  ) {
    await t.step(describe(row), async () => {
      const { others, dryRun, concurrency } = row;
      const place = await server.place();
      const names = ["0", ...otherNames(others)];
      for (const name of names) await place.writeFile(name, 1);
      const run = await place.run(
        "sync",
        "--concurrency",
        `${concurrency}`,
        ...dryRun ? ["--dry-run"] : [],
      );
      if (dryRun) {
        expectLines(
          run,
          names.map((name) => `Will UPLOAD ${place.dir}/${name}`),
        );
        assertEquals(await place.countArchives(), 0);
        return;
      }
      const created = await place.created();
      expectLines(
        run,
        names.map((name) => {
          const { treeHash, archiveId } = created.get(name)!;
          return `Finished ${name} hash [${treeHash}] archive_id [${archiveId}]`;
        }),
      );
      assertEquals(await place.countArchives(), names.length);
    });
  }
});

Deno.test("--max-number-of-files bounds what sync does", async (t) => {
  await using server = await startCombinations();
  for (
    const row of product({
      others: [0, 1, 10],
      max: [1, 2, 10],
      dryRun: DRY_RUN,
    })
  ) {
    await t.step(describe(row), async () => {
      const { others, max, dryRun } = row;
      const place = await server.place();
      for (const name of ["0", ...otherNames(others)]) {
        await place.writeFile(name, 1);
      }
      const run = await place.run(
        "sync",
        "--max-number-of-files",
        `${max}`,
        ...dryRun ? ["--dry-run"] : [],
      );
      const expected = Math.min(max, others + 1);
      assertEquals([run.status, run.lines.length], [0, expected + 1], run.err);
      assertEquals(await place.countArchives(), dryRun ? 0 : expected);
    });
  }
});
