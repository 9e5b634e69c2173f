import { assertEquals } from "@std/assert";
import type { DetectMode } from "../../../src/commands/plan.ts";
import { describe, pairs, product } from "./axes.ts";
import { expectLines, MTIME, startCombinations } from "./place.ts";

/** What becomes of a file by its rule: of the same size, with the same mtime or another, the same content or another. */
const RULES: Record<
  DetectMode,
  (mtime: "same" | "other") => "upload" | "verify" | "skip"
> = {
  treehash: () => "verify",
  mtime: (mtime) => mtime === "other" ? "upload" : "skip",
  "mtime-or-treehash": (mtime) => mtime === "other" ? "upload" : "verify",
  "mtime-and-treehash": (mtime) => mtime === "other" ? "verify" : "skip",
  "size-only": () => "skip",
  "always-positive": () => "upload",
};

const MODES = Object.keys(RULES) as DetectMode[];

/** What a file can be like, beside what the journal says of it. */
const FILES = {
  mode: MODES,
  content: ["same", "other", "larger"],
  mtime: ["same", "other", "unknown"],
} as const;

Deno.test("--detect decides by its rule", async (t) => {
  await using server = await startCombinations();
  for (
    const row of [
      ...product({ ...FILES, dryRun: [false] }),
      ...pairs({ ...FILES, dryRun: [true] }),
    ]
  ) {
    await t.step(describe(row), async () => {
      const { mode, content, mtime, dryRun } = row;
      const place = await server.place();
      const { archiveId } = await place.store(
        "файл",
        5,
        mtime === "unknown" ? null : MTIME,
      );
      await place.writeFile("файл", content === "larger" ? 6 : 5);
      const path = `${place.dir}/файл`;
      if (content === "other") await Deno.writeTextFile(path, "x".repeat(5));
      const time = mtime === "other" ? MTIME - 1 : MTIME;
      await Deno.utime(path, time, time);

      const run = await place.run(
        "sync",
        "--replace-modified",
        ...mode === "mtime-and-treehash" ? [] : ["--detect", mode],
        ...dryRun ? ["--dry-run"] : [],
      );

      const rule = content === "larger"
        ? "upload"
        : RULES[mode](mtime === "other" ? "other" : "same");
      const matches = content === "same";
      if (dryRun) {
        const lines = {
          skip: [],
          upload: [
            `Will UPLOAD ${path}`,
            `Will DELETE archive ${archiveId} (filename файл)`,
          ],
          verify: [`Will VERIFY treehash and UPLOAD ${path} if modified`],
        };
        expectLines(run, lines[rule]);
        assertEquals(await place.countArchives(), 1);
        return;
      }
      const after = (await place.created()).get("файл")!;
      const replaced = rule === "upload" || (rule === "verify" && !matches);
      assertEquals(after.archiveId !== archiveId, replaced);
      expectLines(run, [
        ...rule === "verify"
          ? [
            `Checked treehash for ${path} - ${
              matches ? "MATCH" : "DOES NOT MATCH"
            }`,
          ]
          : [],
        ...replaced
          ? [
            `Finished файл hash [${after.treeHash}] archive_id [${after.archiveId}]`,
            `Deleted файл archive_id [${archiveId}]`,
          ]
          : [],
      ]);
      assertEquals(await place.countArchives(), 1);
    });
  }
});
