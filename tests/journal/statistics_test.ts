import { assertEquals } from "@std/assert";
import type { JournalRecord } from "../../src/journal/record.ts";
import { JournalState } from "../../src/journal/state.ts";
import {
  type JournalStatistics,
  RecordCounter,
  spreadOfAges,
  spreadOfSizes,
} from "../../src/journal/statistics.ts";
import { archiveId, created } from "./fixtures.ts";

function count(
  records: JournalRecord[],
  includes: (name: string) => boolean = () => true,
): JournalStatistics {
  const state = new JournalState();
  const counter = new RecordCounter(includes);
  for (const record of records) {
    counter.take(record, state);
    state.apply(record);
  }
  return counter.statistics(state);
}

function file(n: number, name: string, time: number): JournalRecord {
  return created(n, { name, time, size: 10 ** n });
}

function deleted(n: number, name: string, time: number): JournalRecord {
  return { type: "deleted", time, archiveId: archiveId(n), name };
}

function asked(n: number, time: number): JournalRecord {
  return { type: "retrieveJob", time, archiveId: archiveId(n), jobId: "j" };
}

const NOTHING: JournalStatistics = {
  files: 0,
  archives: 0,
  bytes: 0,
  olderVersions: 0,
  olderBytes: 0,
  severalVersions: 0,
  deleted: 0,
  deletedBytes: 0,
  retrieveJobs: 0,
  first: null,
  last: null,
};

const journal = [
  file(1, "a", 50),
  file(2, "b", 20),
  file(3, "a", 30),
  file(4, "c", 40),
  asked(4, 45),
  asked(4, 60),
  deleted(4, "c", 70),
  deleted(4, "c", 80),
  asked(2, 10),
];

const cases: [
  title: string,
  records: JournalRecord[],
  name: RegExp,
  expected: Partial<JournalStatistics>,
][] = [
  ["an empty journal", [], /^/, {}],
  ["all", journal, /^/, {
    files: 2,
    archives: 3,
    bytes: 1110,
    olderVersions: 1,
    olderBytes: 10,
    severalVersions: 1,
    deleted: 1,
    deletedBytes: 10_000,
    retrieveJobs: 3,
    first: 10,
    last: 80,
  }],
  ["one name with two versions", journal, /^a$/, {
    files: 1,
    archives: 2,
    bytes: 1010,
    olderVersions: 1,
    olderBytes: 10,
    severalVersions: 1,
    first: 30,
    last: 50,
  }],
  ["one name that is gone", journal, /^c$/, {
    deleted: 1,
    deletedBytes: 10_000,
    retrieveJobs: 2,
    first: 40,
    last: 80,
  }],
  ["no name", journal, /^x/, {}],
];

for (const [title, records, name, expected] of cases) {
  Deno.test(`what a journal holds: ${title}`, () => {
    assertEquals(
      count(records, (text) => name.test(text)),
      { ...NOTHING, ...expected },
    );
  });
}

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const DAY = 86_400;
const YEAR = 365 * DAY;

const sizes: [size: number, label: string][] = [
  [1, "up to 1 MiB"],
  [MiB, "up to 1 MiB"],
  [MiB + 1, "up to 16 MiB"],
  [16 * MiB, "up to 16 MiB"],
  [16 * MiB + 1, "up to 128 MiB"],
  [128 * MiB + 1, "up to 1 GiB"],
  [GiB, "up to 1 GiB"],
  [GiB + 1, "up to 10 GiB"],
  [10 * GiB + 1, "up to 100 GiB"],
  [100 * GiB, "up to 100 GiB"],
  [100 * GiB + 1, "more than 100 GiB"],
  [40_000 * GiB, "more than 100 GiB"],
];

for (const [size, label] of sizes) {
  Deno.test(`an archive of ${size} bytes is among those of ${label}`, () => {
    const spread = spreadOfSizes([created(1, { size }), created(2, { size })]);
    assertEquals(spread.length, 7);
    assertEquals(
      spread.filter(({ archives }) => archives > 0).map((part) => ({
        ...part,
        upTo: undefined,
      })),
      [{ label, upTo: undefined, archives: 2, bytes: 2 * size }],
    );
  });
}

const ages: [age: number, label: string][] = [
  [-5, "up to 90 days"],
  [0, "up to 90 days"],
  [90 * DAY, "up to 90 days"],
  [90 * DAY + 1, "up to 1 year"],
  [YEAR, "up to 1 year"],
  [YEAR + 1, "up to 2 years"],
  [2 * YEAR + 1, "up to 5 years"],
  [5 * YEAR + 1, "up to 10 years"],
  [10 * YEAR, "up to 10 years"],
  [10 * YEAR + 1, "more than 10 years"],
];

for (const [age, label] of ages) {
  Deno.test(`an archive of ${age} seconds is among those of ${label}`, () => {
    const now = 1_800_000_000;
    const spread = spreadOfAges([created(1, { time: now - age })], now);
    assertEquals(spread.length, 6);
    assertEquals(
      spread.filter(({ archives }) => archives > 0).map((part) => part.label),
      [label],
    );
  });
}
