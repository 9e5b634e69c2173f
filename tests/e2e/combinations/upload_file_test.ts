import { assert, assertEquals } from "@std/assert";
import {
  CONCURRENCIES,
  describe,
  DRY_RUN,
  inTurn,
  NAMES,
  pairs,
  PART_SIZES,
  product,
  SIZES,
} from "./axes.ts";
import {
  expectLines,
  MTIME,
  payloadOf,
  type Place,
  startCombinations,
} from "./place.ts";

/** The three ways to say what to upload: the words for them, after the file is there. */
const FORMS: Record<
  string,
  (place: Place, name: string) => { args: string[]; path?: string }
> = {
  below: ({ dir }, name) => ({
    args: [`--filename=${dir}/${name}`, "--dir", dir],
    path: `${dir}/${name}`,
  }),
  named: ({ dir }, name) => ({
    args: ["--filename", `${dir}/${name}`, "--set-rel-filename", name],
    path: `${dir}/${name}`,
  }),
  stdin: (_, name) => ({
    args: ["--stdin", "-set-rel-filename", name, "--check-max-file-size=50"],
  }),
};

Deno.test("upload-file uploads and records what it is given, in each of its forms", async (t) => {
  await using server = await startCombinations();
  const rows = [
    ...inTurn(
      product({
        form: Object.keys(FORMS),
        size: SIZES,
        partsize: PART_SIZES,
      }),
      { name: NAMES, concurrency: CONCURRENCIES, dryRun: [false] },
    ),
    ...pairs({
      form: Object.keys(FORMS),
      size: SIZES,
      name: NAMES,
      concurrency: CONCURRENCIES,
      partsize: PART_SIZES,
      dryRun: DRY_RUN,
    }),
  ];
  for (const row of rows) {
    await t.step(describe(row), async () => {
      const { form, size, name, partsize, concurrency, dryRun } = row;
      const place = await server.place();
      await place.writeFile(name, size);
      const { args, path } = FORMS[form](place, name);
      const { treeHash, bytes } = await payloadOf(size);
      const started = Math.floor(Date.now() / 1000);
      const run = await place.runWith(
        path === undefined && !dryRun ? bytes : undefined,
        "upload-file",
        ...args,
        `--partsize=${partsize}`,
        `--concurrency=${concurrency}`,
        ...dryRun ? ["--dry-run"] : [],
      );
      if (dryRun) {
        expectLines(run, [`Will UPLOAD ${path ?? "stream from STDIN"}`]);
        return assertEquals(await place.countArchives(), 0);
      }
      const record = (await place.created()).get(name)!;
      assertEquals([record.size, record.treeHash], [size, treeHash]);
      if (path !== undefined) assertEquals(record.mtime, MTIME);
      else assert(record.mtime! >= started && record.mtime! <= started + 60);
      expectLines(run, [
        `Finished ${name} hash [${treeHash}] archive_id [${record.archiveId}]`,
      ]);
      assertEquals(await place.countArchives(), 1);
    });
  }
});

Deno.test("upload-file of a name that the journal has makes one more version", async () => {
  await using server = await startCombinations();
  const place = await server.place();
  await place.store("0", 1);
  await place.writeFile("0", 5);
  const run = await place.run("upload-file", "--filename", `${place.dir}/0`);
  assertEquals([run.status, run.lines.length], [0, 2], run.err);
  assertEquals((await place.lines()).length, 2);
  assertEquals(await place.countArchives(), 2);
});
