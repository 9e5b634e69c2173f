import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  formatRecord,
  type JournalRecord,
  parseLine,
} from "../../src/journal/record.ts";
import { checkRelativeName } from "../../src/relative_name.ts";
import { archiveId, created, hashOf } from "./fixtures.ts";

const ID = archiveId(1);
const HASH = hashOf(1);

Deno.test("records are written in version B, byte for byte as mt-aws-glacier reads them", () => {
  const name = "dir/file 1";
  assertEquals(
    formatRecord(created(1, { time: 5, size: 7, mtime: -3, name })),
    `B\t5\tCREATED\t${ID}\t7\t-3\t${HASH}\tdir/file 1\n`,
  );
  assertEquals(
    formatRecord(created(1, { time: 5, size: 7, mtime: null, name })),
    `B\t5\tCREATED\t${ID}\t7\tNONE\t${HASH}\tdir/file 1\n`,
  );
  assertEquals(
    formatRecord({ type: "deleted", time: 5, archiveId: ID, name }),
    `B\t5\tDELETED\t${ID}\tdir/file 1\n`,
  );
  assertEquals(
    formatRecord({
      type: "retrieveJob",
      time: 5,
      archiveId: ID,
      jobId: "j_1-x",
    }),
    `B\t5\tRETRIEVE_JOB\t${ID}\tj_1-x\n`,
  );
});

const time = fc.nat({ max: 2 ** 40 });
const id = fc.stringMatching(/^[A-Za-z0-9_-]{1,140}$/);
const name = fc.string({ unit: "binary", minLength: 1 })
  .filter((text) => checkRelativeName(text) === undefined);

const record: fc.Arbitrary<JournalRecord> = fc.oneof(
  fc.record({
    type: fc.constant("created" as const),
    time,
    archiveId: id,
    size: fc.maxSafeNat(),
    mtime: fc.option(fc.maxSafeInteger().map((n) => n || 0)),
    treeHash: fc.stringMatching(/^[0-9a-f]{64}$/),
    name,
  }),
  fc.record({
    type: fc.constant("deleted" as const),
    time,
    archiveId: id,
    name,
  }),
  fc.record({
    type: fc.constant("retrieveJob" as const),
    time,
    archiveId: id,
    jobId: id,
  }),
);

Deno.test("every record that is written reads back as it was", () => {
  fc.assert(fc.property(record, (record) => {
    const line = formatRecord(record);
    assert(line.endsWith("\n"));
    assertEquals(line.indexOf("\n"), line.length - 1);
    assertEquals({ ...parseLine(line.slice(0, -1)) }, { ...record });
  }));
});

Deno.test("no text makes the parser fail, and what it accepts can be written", () => {
  const field = fc.oneof(
    fc.constantFrom("A", "B", "C", "0", "CREATED", "DELETED", "RETRIEVE_JOB"),
    fc.constantFrom(ID, HASH, "NONE", "12", "-12", "a/b", "", ".."),
    fc.string(),
  );
  const line = fc.tuple(fc.array(field), fc.constantFrom("\t", " "))
    .map(([fields, separator]) => fields.join(separator));
  fc.assert(fc.property(line, (line) => {
    const record = parseLine(line);
    if (record.type !== "invalid") formatRecord(record);
  }));
});

Deno.test("a line that says anything unclear is refused", () => {
  const refused: Record<string, string> = {
    "empty": "",
    "garbage": "hello",
    "version of the future": `D\t1\tDELETED\t${ID}\ta`,
    "no version": `\t1\tDELETED\t${ID}\ta`,
    "unknown type": `B\t1\tRENAMED\t${ID}\ta`,
    "type in lower case": `B\t1\tdeleted\t${ID}\ta`,
    "missing field": `B\t1\tCREATED\t${ID}\t1\t${HASH}\ta`,
    "additional field": `B\t1\tDELETED\t${ID}\ta\tb`,
    "TAB in a name": `B\t1\tCREATED\t${ID}\t1\t1\t${HASH}\ta\tb`,
    "blank for TAB": `B 1 DELETED ${ID} a`,
    "TAB for blank": `1\tDELETED\t${ID}\ta`,
    "negative time": `B\t-1\tDELETED\t${ID}\ta`,
    "time with fraction": `B\t1.5\tDELETED\t${ID}\ta`,
    "no time": `B\t\tDELETED\t${ID}\ta`,
    "time beyond all numbers": `B\t9999999999999999\tDELETED\t${ID}\ta`,
    "time in hexadecimal": `B\t0x10\tDELETED\t${ID}\ta`,
    "empty archive ID": `B\t1\tDELETED\t\ta`,
    "archive ID with a blank": `B\t1\tDELETED\ta b\ta`,
    "archive ID with a slash": `B\t1\tDELETED\ta/b\ta`,
    "negative size": `B\t1\tCREATED\t${ID}\t-1\t1\t${HASH}\ta`,
    "size with sign": `B\t1\tCREATED\t${ID}\t+1\t1\t${HASH}\ta`,
    "no size": `B\t1\tCREATED\t${ID}\t\t1\t${HASH}\ta`,
    "mtime in words": `B\t1\tCREATED\t${ID}\t1\tnone\t${HASH}\ta`,
    "no mtime": `B\t1\tCREATED\t${ID}\t1\t\t${HASH}\ta`,
    "short hash": `B\t1\tCREATED\t${ID}\t1\t1\t${HASH.slice(1)}\ta`,
    "hash of other letters": `B\t1\tCREATED\t${ID}\t1\t1\tg${HASH.slice(1)}\ta`,
    "empty name": `B\t1\tDELETED\t${ID}\t`,
    "name outside": `B\t1\tDELETED\t${ID}\ta/../../b`,
    "name with CR": `B\t1\tDELETED\t${ID}\ta\rb`,
    "empty job": `B\t1\tRETRIEVE_JOB\t${ID}\t`,
    "no job": `B\t1\tRETRIEVE_JOB\t${ID}`,
    "version 0 without name": `1 CREATED ${ID} 1 ${HASH}`,
    "version 0 with job": `1 RETRIEVE_JOB ${ID} job`,
    "version 0 with two blanks": `1  DELETED ${ID} a`,
  };
  for (const [what, line] of Object.entries(refused)) {
    assertEquals(parseLine(line).type, "invalid", what);
  }
});

Deno.test("a record that would make the journal unreadable is not written", () => {
  for (
    const record of [
      created(1, { name: "a\nb" }),
      created(1, { name: "/a" }),
      created(1, { archiveId: "a\tb" }),
      created(1, { time: 1.5 }),
      created(1, { size: -1 }),
      created(1, { mtime: NaN }),
      created(1, { treeHash: "" }),
      created(1, { treeHash: "A".repeat(64) }),
    ]
  ) assertThrows(() => formatRecord(record), RangeError);
});

Deno.test("blanks in names of version 0 are part of the name", () => {
  assertEquals(
    { ...parseLine(`1 CREATED ${ID} 2 ${HASH} my  file `) },
    created(1, { time: 1, size: 2, mtime: null, name: "my  file " }),
  );
});
