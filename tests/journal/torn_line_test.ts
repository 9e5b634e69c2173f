import { assert, assertEquals, assertMatch } from "@std/assert";
import { openIntents } from "../../src/journal/intents.ts";
import { type Journal, openJournal } from "../../src/journal/journal.ts";
import { formatRecord, type JournalRecord } from "../../src/journal/record.ts";
import {
  JournalState,
  type ReadonlyJournalState,
} from "../../src/journal/state.ts";
import { temporaryFolder } from "../testing.ts";
import { archiveId, created, faultyFiles, host } from "./fixtures.ts";

const clock = { now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678) };
const encoder = new TextEncoder();

function open(
  path: string,
  mode: "read" | "write",
  warnings: string[] = [],
): Promise<Journal> {
  const onWarning = (message: string) => warnings.push(message);
  return openJournal(path, { ...host, clock, mode, onWarning });
}

function names(journal: Journal): string[] {
  return [...journal.state.files()].map(([name]) => name);
}

/** Leaves the intents file of a run that was killed while it uploaded these. */
async function leaveIntents(path: string, records: JournalRecord[]) {
  const text = await Deno.readTextFile(path).catch(() => "");
  await Deno.writeTextFile(path, "");
  const intents = await openIntents(path, { ...host, clock });
  for (const record of records) {
    if (record.type !== "created") continue;
    const { name, size, mtime, treeHash } = record;
    await intents.begin({
      kind: "upload",
      vault: "v",
      name,
      size,
      mtime,
      treeHash,
      description: "d",
      started: 1,
    });
  }
  await intents.close();
  await Deno.writeTextFile(path, text);
}

/** Every kind of record, a line each. */
const records: JournalRecord[] = [
  created(1, { name: "first" }),
  created(2, { name: "папка/файл 😀" }),
  { type: "deleted", time: 1, archiveId: archiveId(1), name: "first" },
  { type: "retrieveJob", time: 2, archiveId: archiveId(2), jobId: "j" },
  created(3, { name: "third" }),
];

/** A journal cut at some byte. */
interface Cut {
  /** Length in bytes. */
  length: number;
  /** Length of the lines that are there with their LF. */
  complete: number;
  /** How many records are there, where a line that lacks only its LF counts. */
  whole: number;
  /** Whether part of a record is there, which is none. */
  torn: boolean;
}

function* cuts(lines: readonly Uint8Array[]): Iterable<Cut> {
  let complete = 0;
  for (const [n, line] of lines.entries()) {
    for (let length = 0; length < line.length; length++) {
      const whole = length === line.length - 1 ? n + 1 : n;
      const torn = length > 0 && whole === n;
      yield { length: complete + length, complete, whole, torn };
    }
    complete += line.length;
  }
  yield { length: complete, complete, whole: lines.length, torn: false };
}

/** What a state says of the records above. */
function summary(state: ReadonlyJournalState): unknown {
  return [
    [...state.files()],
    state.deletedAt(archiveId(1)),
    state.retrievedAt(archiveId(2)),
  ];
}

Deno.test("whatever byte a write is cut at, all whole records count, and only they", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  await leaveIntents(path, records);
  const lines = records.map((record) => encoder.encode(formatRecord(record)));
  const bytes = new Uint8Array(await new Blob(lines).arrayBuffer());
  for (const { length, whole, torn } of cuts(lines)) {
    await Deno.writeFile(path, bytes.subarray(0, length));
    const expected = new JournalState();
    for (const record of records.slice(0, whole)) expected.apply(record);
    const warnings: string[] = [];
    await using journal = await open(path, "read", warnings);
    assertEquals(
      summary(journal.state),
      summary(expected),
      `cut at ${length}`,
    );
    assertEquals(warnings.length, torn ? 1 : 0, `cut at ${length}`);
  }
});

Deno.test("a run after a cut goes on behind the last whole record", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  const aside = `${path}.torn-20260102T030405Z`;
  await leaveIntents(path, records);
  const lines = records.map((record) => encoder.encode(formatRecord(record)));
  const bytes = new Uint8Array(await new Blob(lines).arrayBuffer());
  const next = created(9, { name: "next" });
  let n = 0;
  for (const { length, complete, whole, torn } of cuts(lines)) {
    // All cuts around line ends, and some of the others.
    const isNear = [...lines.keys()].some((end) =>
      Math.abs(length - sizeOf(lines.slice(0, end + 1))) < 3
    );
    if (!isNear && n++ % 31 !== 0) continue;
    await Deno.writeFile(path, bytes.subarray(0, length));
    {
      await using journal = await open(path, "write");
      await journal.append(next);
    }
    assertEquals(
      await Deno.readTextFile(path),
      records.slice(0, whole).map(formatRecord).join("") + formatRecord(next),
      `cut at ${length}`,
    );
    if (torn) {
      assertEquals(await Deno.readFile(aside), bytes.slice(complete, length));
      await Deno.remove(aside);
    }
    assertEquals(
      [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(),
      ["journal", "journal.intents", "journal.lock"],
    );
  }
});

function sizeOf(lines: readonly Uint8Array[]): number {
  return lines.reduce((size, line) => size + line.length, 0);
}

Deno.test("a name cut short is not taken for the name of a file", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  const record = created(1, { name: "photos/2012/summer.jpg" });
  await leaveIntents(path, [record]);
  const line = formatRecord(record);
  for (const mode of ["read", "write"] as const) {
    await Deno.writeTextFile(path, line.slice(0, -5));
    const warnings: string[] = [];
    await using journal = await open(path, mode, warnings);
    assertEquals(names(journal), []);
    assertEquals(warnings.length, 1);
  }
});

Deno.test("a last line by hand without line end is completed, and in mode read just taken", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  const line = formatRecord(created(1)).slice(0, -1);
  for (const end of ["", "\r"]) {
    for (const mode of ["read", "write"] as const) {
      await Deno.writeTextFile(path, line + end);
      const warnings: string[] = [];
      {
        await using journal = await open(path, mode, warnings);
        assertEquals(names(journal), ["folder/file 1"]);
      }
      // Whether a copy was cut inside the name can't be told, so it is asked.
      assertEquals(warnings.length, mode === "write" ? 1 : 0);
      assertEquals(
        await Deno.readTextFile(path),
        line + end + (mode === "write" ? "\n" : ""),
      );
    }
  }
});

Deno.test("a line that ends where a write of mt-aws-glacier would be cut is set aside", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  const short = formatRecord(created(1, { name: "x" })).length - 1;
  const name = "x".repeat(512 - short + 1);
  await Deno.writeTextFile(path, formatRecord(created(1, { name })).trimEnd());
  assertEquals((await Deno.stat(path)).size, 512);
  await using journal = await open(path, "write");
  assertEquals(names(journal), []);
});

Deno.test("a last line that no journal may have is set aside and never blocks", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  const good = formatRecord(created(1));
  const tails: Uint8Array[] = [
    encoder.encode("hello"),
    new Uint8Array(100_000),
    new Uint8Array([0xff, 0xfe, 0xd0]),
    // The same archive again, and the deletion of one that is not there.
    encoder.encode(good.trimEnd()),
    encoder.encode(`B\t1\tDELETED\t${archiveId(7)}\ta`),
    encoder.encode(`1 RETRIEVE_JOB ${archiveId(1).slice(0, 50)}`),
  ];
  for (const [n, tail] of tails.entries()) {
    await Deno.writeFile(
      path,
      new Uint8Array([...encoder.encode(good), ...tail]),
    );
    const warnings: string[] = [];
    {
      await using journal = await open(path, "write", warnings);
      assertEquals(names(journal), ["folder/file 1"]);
    }
    assertEquals(warnings.length, 1);
    assertEquals(await Deno.readTextFile(path), good);
    // Within one second the files are told apart by a number.
    const suffix = n === 0 ? "" : `-${n}`;
    const torn = `${path}.torn-20260102T030405Z${suffix}`;
    assert(warnings[0].endsWith(torn), warnings[0]);
    assertEquals(await Deno.readFile(torn), new Uint8Array(tail));
  }
});

Deno.test("the torn line is on the device in its own file before the journal is cut", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  await Deno.writeTextFile(path, formatRecord(created(1)) + "torn");
  const calls: string[] = [];
  const files = faultyFiles({
    onCall(call, path) {
      const length = Deno.statSync(folder.at("journal")).size;
      calls.push(`${call} ${path.slice(folder.path.length)} ${length}`);
    },
  });
  const full = (await Deno.stat(path)).size;
  await using _journal = await openJournal(path, {
    ...host,
    files,
    clock,
    mode: "write",
  });
  const synced = calls.findIndex((call) => /^sync .*torn/.test(call));
  assertMatch(calls[synced], new RegExp(` ${full}$`));
  assertEquals(calls[synced + 1], `syncDirectory  ${full}`);
  assertEquals(calls[synced + 2], `sync /journal ${full - 4}`);
});
