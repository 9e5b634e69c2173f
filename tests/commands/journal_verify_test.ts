import { assert, assertEquals, assertMatch } from "@std/assert";
import { openIntents } from "../../src/journal/intents.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { formatRecord } from "../../src/journal/record.ts";
import type { Files } from "../../src/platform.ts";
import { archiveId, created, hashOf, host } from "../journal/fixtures.ts";
import { type Run, runProgram } from "../program.ts";
import {
  readVectors,
  type TemporaryFolder,
  temporaryFolder,
} from "../testing.ts";

/** Long enough ago that nobody is taken to be writing. */
const LONG_AGO = 1_000_000_000;

async function writeJournal(folder: TemporaryFolder, text: string) {
  await Deno.writeTextFile(folder.at("journal.log"), text);
  await Deno.utime(folder.at("journal.log"), LONG_AGO, LONG_AGO);
}

function verify(folder: TemporaryFolder, ...options: string[]): Promise<Run> {
  const journal = folder.at("journal.log");
  return runProgram(["journal", "verify", "--journal", journal, ...options]);
}

async function snapshot(folder: TemporaryFolder) {
  const names = [...Deno.readDirSync(folder.path)].map(({ name }) => name)
    .sort();
  return await Promise.all(names.map(async (name) => {
    const { mtime } = await Deno.stat(folder.at(name));
    return [name, mtime?.getTime(), await Deno.readTextFile(folder.at(name))];
  }));
}

const one = formatRecord(created(1));
const two = formatRecord(created(2));

Deno.test("a good journal is counted, and nothing is changed", async () => {
  await using folder = await temporaryFolder();
  await writeJournal(folder, one + two);
  const before = await snapshot(folder);
  const { status, err, lines } = await verify(folder);
  assertEquals([status, err], [0, ""]);
  assertEquals(lines, [
    "TOTALS:",
    "2 LINES",
    "2 IN VERSION B",
    "2 CREATED",
    "0 DELETED",
    "0 DELETED ONCE MORE",
    "0 RETRIEVE_JOB",
    "0 RETRIEVALS OF UNKNOWN ARCHIVES",
    "2 FILES",
    "0 FILES WITH THE CONTENT OF ANOTHER",
    "0 FILES WITH SEVERAL VERSIONS",
    "0 OLDER VERSIONS",
    "2 ARCHIVES",
    "203 BYTES",
    "0 PROBLEMS",
    "OK DONE",
  ]);
  assertEquals(await snapshot(folder), before);
});

Deno.test("every problem is told with its line, and the exit status tells", async () => {
  await using folder = await temporaryFolder();
  const deletion = `B\t9\tDELETED\t${archiveId(3)}\tx\n`;
  await writeJournal(folder, `evil\x1b[2J\n${one}${one}${deletion}${two}`);
  const before = await snapshot(folder);
  const { status, err, lines } = await verify(folder);
  assertEquals(lines.slice(0, 3), [
    "Line 1: it is no journal record",
    `Line 3: the archive ${archiveId(1)} was created before`,
    `Line 4: the deleted archive ${archiveId(3)} was never created`,
  ]);
  assertEquals(lines.at(-1), "3 PROBLEMS");
  assertEquals(status, 1);
  assertMatch(
    err,
    /^ERROR: Check failed: 3 lines of the journal .* cannot be used/,
  );
  assertEquals(await snapshot(folder), before);
  const events = (await verify(folder, "--json")).lines
    .map((line) => JSON.parse(line));
  assertEquals(events[0], {
    type: "journalProblem",
    line: 1,
    reason: "it is no journal record",
  });
  assertEquals(events[3].totals.problems, 3);
});

Deno.test("bytes that are not UTF-8 are one bad line among good ones", async () => {
  await using folder = await temporaryFolder();
  const encoder = new TextEncoder();
  const bad = new Uint8Array([
    ...encoder.encode(one),
    ...[0x42, 0xff, 0x0a],
    ...encoder.encode(two),
  ]);
  await Deno.writeFile(folder.at("journal.log"), bad);
  const { status, lines } = await verify(folder);
  assertEquals([status, lines[0]], [1, "Line 2: it is not UTF-8"]);
  assert(lines.includes("2 CREATED"));
});

const { journals } = await readVectors<
  { journals: { name: string; text: string; accepted: boolean }[] }
>("mt_journal");

for (const { name, text, accepted } of journals) {
  Deno.test(`verify ${accepted ? "has nothing against" : "finds something in"} mt-aws-glacier's journal: ${name}`, async () => {
    await using folder = await temporaryFolder();
    await writeJournal(folder, text);
    const { status, lines } = await verify(folder);
    assertEquals(status, accepted ? 0 : 1);
    assertEquals(lines.some((line) => line.startsWith("Line ")), !accepted);
  });
}

Deno.test("a torn last line is a problem, one that lacks only its end a warning", async () => {
  await using folder = await temporaryFolder();
  await writeJournal(folder, one + two.slice(0, 40));
  const before = await snapshot(folder);
  const torn = await verify(folder);
  assertEquals(torn.status, 1);
  assertMatch(torn.lines[0], /^Line 2: it was torn by a crash/);
  assertEquals(await snapshot(folder), before);
  await writeJournal(folder, one + two.slice(0, -1));
  const whole = await verify(folder);
  assertEquals(whole.status, 0);
  assertMatch(whole.err, /^WARNING: The last line has no end.*folder\/file 2/);
  assert(whole.lines.includes("2 CREATED"));
});

Deno.test("a journal that another process writes to is read as far as it goes", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal.log");
  await Deno.writeTextFile(path, one + two.slice(0, 40));
  // Half a line is there when the end is first seen, and later the rest.
  let asked = 0;
  const files: Files = {
    ...host.files,
    async open(path, mode) {
      const file = await host.files.open(path, mode);
      const { stat } = file;
      file.stat = async () => {
        asked++;
        if (asked === 3) {
          await Deno.writeTextFile(path, two.slice(40), { append: true });
        }
        return await stat.call(file);
      };
      return file;
    },
  };
  const { status, lines } = await runProgram(
    ["journal", "verify", "--journal", path],
    { platform: { ...host, files } },
  );
  assertEquals([status, asked], [0, 3]);
  assert(lines.includes("2 CREATED"), lines.join("\n"));
  assert(lines.includes("2 LINES"));
});

Deno.test("a journal that is in use is verified, and stays in use", async () => {
  await using folder = await temporaryFolder();
  await writeJournal(folder, one);
  await using journal = await openJournal(folder.at("journal.log"), {
    ...host,
    mode: "write",
  });
  assertEquals((await verify(folder)).status, 0);
  await journal.append(created(2));
  assert((await verify(folder)).lines.includes("2 CREATED"));
});

Deno.test("uploads that did not end, or are in doubt, are warned of", async () => {
  await using folder = await temporaryFolder();
  await writeJournal(folder, one);
  const clock = { now: () => 1_700_000_000_000 };
  await using intents = await openIntents(folder.at("journal.log"), {
    ...host,
    clock,
  });
  const upload = {
    kind: "upload",
    vault: "v",
    name: "x",
    size: 1,
    mtime: 1,
    treeHash: hashOf(1),
    description: "d",
    started: 1,
  } as const;
  await intents.begin(upload);
  await intents.begin(upload);
  await intents.doubt(await intents.begin(upload), "no answer");
  const before = await snapshot(folder);
  const { status, err } = await verify(folder);
  assertEquals(status, 0);
  assertMatch(err, /WARNING: 2 uploads are begun and not ended/);
  assertMatch(err, /WARNING: 1 upload is in doubt/);
  assertEquals(await snapshot(folder), before);
});

Deno.test("a damaged file of unfinished uploads fails the check, after the journal was looked through", async () => {
  await using folder = await temporaryFolder();
  await writeJournal(folder, one);
  await Deno.writeTextFile(folder.at("journal.log.intents"), "damaged\n");
  const { status, err, lines } = await verify(folder);
  assertEquals(status, 1);
  assertMatch(err, /^WARNING: Line 1 of .*journal.log.intents cannot be used/);
  assertMatch(
    err,
    /ERROR: Check failed: the journal .* is as it should be, but/,
  );
  assertEquals(lines.at(-1), "0 PROBLEMS");
});

Deno.test("a journal that isn't there, or is no file, is an error", async () => {
  await using folder = await temporaryFolder();
  const missing = await verify(folder);
  assertEquals(missing.status, 1);
  assertMatch(missing.err, /^ERROR: There is no journal/);
  await Deno.mkdir(folder.at("journal.log"));
  assertMatch((await verify(folder)).err, /is a folder/);
});
