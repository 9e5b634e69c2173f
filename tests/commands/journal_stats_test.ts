import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { formatRecord, type JournalRecord } from "../../src/journal/record.ts";
import type { Platform } from "../../src/platform.ts";
import { archiveId, created, host } from "../journal/fixtures.ts";
import { type Run, runProgram } from "../program.ts";
import { type TemporaryFolder, temporaryFolder } from "../testing.ts";

const NOW = 1_700_000_000;
const DAY = 86_400;
const platform: Platform = { ...host, clock: { now: () => NOW * 1000 } };

const records: JournalRecord[] = [
  created(1, { name: "a/1", time: NOW - 800 * DAY, size: 2 ** 20 }),
  created(2, { name: "a/1", time: NOW - 50 * DAY, size: 3 * 2 ** 20 }),
  created(3, { name: "b/1", time: NOW - 60 * DAY, size: 2 ** 31 }),
  created(4, { name: "b/2", time: NOW - 100 * DAY, size: 10 }),
  { type: "retrieveJob", time: NOW - 9, archiveId: archiveId(3), jobId: "j" },
  { type: "deleted", time: NOW, archiveId: archiveId(4), name: "b/2" },
];

async function stats(
  folder: TemporaryFolder,
  ...options: string[]
): Promise<Run> {
  const journal = folder.at("journal.log");
  await Deno.writeTextFile(journal, records.map(formatRecord).join(""));
  return await runProgram(
    ["journal", "stats", "--journal", journal, ...options],
    { platform },
  );
}

Deno.test("what a journal holds is told in lines", async () => {
  await using folder = await temporaryFolder();
  const { status, err, lines } = await stats(folder);
  assertEquals([status, err], [0, ""]);
  assertEquals(lines, [
    "TOTALS:",
    "2 FILES",
    "1 FILES WITH SEVERAL VERSIONS",
    "3 ARCHIVES",
    "2151677952 BYTES",
    "1 OLDER VERSIONS",
    "1048576 BYTES IN OLDER VERSIONS",
    "1 DELETED",
    "10 BYTES DELETED",
    "1 RETRIEVALS",
    "First record: 2021-09-05T22:13:20Z",
    "Last record: 2023-11-14T22:13:20Z",
    "BY SIZE:",
    "up to 1 MiB: 1 archive (1 MiB)",
    "up to 16 MiB: 1 archive (3 MiB)",
    "up to 128 MiB: 0 archives (0 B)",
    "up to 1 GiB: 0 archives (0 B)",
    "up to 10 GiB: 1 archive (2 GiB)",
    "up to 100 GiB: 0 archives (0 B)",
    "more than 100 GiB: 0 archives (0 B)",
    "BY AGE:",
    "up to 90 days: 2 archives (2 GiB)",
    "up to 1 year: 0 archives (0 B)",
    "up to 2 years: 0 archives (0 B)",
    "up to 5 years: 1 archive (1 MiB)",
    "up to 10 years: 0 archives (0 B)",
    "more than 10 years: 0 archives (0 B)",
    "OK DONE",
  ]);
  assertEquals([...Deno.readDirSync(folder.path)].length, 1, "nothing is made");
});

Deno.test("filters choose the names that are counted", async () => {
  await using folder = await temporaryFolder();
  const { out } = await stats(folder, "--exclude", "/b/", "--json");
  const [{ statistics }, { spread }] = out.split("\n", 2)
    .map((line) => JSON.parse(line));
  assertEquals(statistics, {
    files: 1,
    archives: 2,
    bytes: 4 * 2 ** 20,
    olderVersions: 1,
    olderBytes: 2 ** 20,
    severalVersions: 1,
    deleted: 0,
    deletedBytes: 0,
    retrieveJobs: 0,
    first: NOW - 800 * DAY,
    last: NOW - 50 * DAY,
  });
  assertEquals(spread[1], {
    label: "up to 16 MiB",
    upTo: 16 * 2 ** 20,
    archives: 1,
    bytes: 3 * 2 ** 20,
  });
  const none = await stats(folder, "--filter", "-");
  assertStringIncludes(none.out, "0 ARCHIVES\n");
});

Deno.test("a journal with a bad line is refused, naming the line", async () => {
  await using folder = await temporaryFolder();
  const journal = folder.at("bad.log");
  await Deno.writeTextFile(journal, `${formatRecord(records[0])}what\n`);
  const run = await runProgram(["journal", "stats", "--journal", journal]);
  assertEquals([run.status, run.out], [1, ""]);
  assertMatch(run.err, /^ERROR: Line 2 of the journal .* cannot be used/);
});

Deno.test("a time beyond the calendar does no harm", async () => {
  await using folder = await temporaryFolder();
  const journal = folder.at("odd.log");
  const record = created(1, { time: 9_007_199_254_740_991 });
  await Deno.writeTextFile(journal, formatRecord(record));
  const { status, out } = await runProgram(
    ["journal", "stats", "--journal", journal],
  );
  assertEquals(status, 0);
  assertStringIncludes(out, "First record: 9007199254740991\n");
});
