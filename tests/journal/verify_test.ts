import { assertEquals } from "@std/assert";
import { formatRecord, type JournalRecord } from "../../src/journal/record.ts";
import {
  type JournalTotals,
  JournalVerifier,
} from "../../src/journal/verify.ts";
import { archiveId, created, hashOf } from "./fixtures.ts";

/** A record as a line without its end. */
function line(record: JournalRecord): string {
  return formatRecord(record).slice(0, -1);
}

function deleted(n: number, name = `folder/file ${n}`): string {
  return line({ type: "deleted", time: 9, archiveId: archiveId(n), name });
}

function asked(n: number): string {
  return line({
    type: "retrieveJob",
    time: 9,
    archiveId: archiveId(n),
    jobId: "job",
  });
}

const one = line(created(1));
const two = line(created(2));
const [id, hash] = [archiveId(7), hashOf(7)];

const cases: [
  title: string,
  lines: (string | undefined)[],
  problems: [line: number, reason: string][],
  totals: Partial<JournalTotals>,
][] = [
  ["an empty journal", [], [], { lines: 0, archives: 0, files: 0 }],
  ["two archives", [one, two], [], {
    lines: 2,
    created: 2,
    archives: 2,
    files: 2,
    bytes: 203,
  }],
  ["bad lines among good ones", ["what", one, "", undefined, two], [
    [1, "it is no journal record"],
    [3, "it is no journal record"],
    [4, "it is not UTF-8"],
  ], { lines: 5, created: 2, archives: 2, problems: 3 }],
  ["a version that is not known", [`D${one.slice(1)}`], [
    [1, "its version is none of 0, A, B and C"],
  ], { created: 0 }],
  ["a name that leads out of the folder", [
    one.replace("folder/file", "../file"),
  ], [
    [
      1,
      'its file name cannot be used, because it contains the component ".."',
    ],
  ], {}],
  [
    "an archive created twice",
    [one, line(created(1, { name: "x", size: 5 }))],
    [
      [2, `the archive ${archiveId(1)} was created before`],
    ],
    { created: 1, files: 1, bytes: 101 },
  ],
  ["an archive deleted, then created again", [one, deleted(1), one], [
    [3, `the archive ${archiveId(1)} was created before`],
  ], { archives: 0 }],
  ["an archive deleted without being created", [deleted(1), one], [
    [1, `the deleted archive ${archiveId(1)} was never created`],
  ], { created: 1, deleted: 0, archives: 1 }],
  ["an archive deleted twice", [one, deleted(1), deleted(1)], [], {
    deleted: 2,
    deletedTwice: 1,
    archives: 0,
    files: 0,
    bytes: 0,
  }],
  ["an archive deleted under another name", [one, deleted(1, "x")], [
    [
      2,
      `the archive ${
        archiveId(1)
      } is deleted as x, and was created as folder/file 1`,
    ],
  ], { deleted: 1, archives: 0, problems: 1 }],
  [
    "retrievals",
    [one, asked(1), asked(1), asked(2), deleted(1), asked(1)],
    [],
    {
      retrieveJobs: 4,
      retrievalsOfUnknown: 1,
    },
  ],
  [
    "several versions of a name",
    [
      ...[1, 2, 3].map((n) => line(created(n, { name: "x" }))),
      ...[4, 5].map((n) => line(created(n, { name: "y" }))),
      line(created(6)),
      deleted(5, "y"),
    ],
    [],
    { files: 3, archives: 5, severalVersions: 1, olderVersions: 2 },
  ],
  [
    "the same content under several names, and of another size",
    [
      ...[1, 2, 3].map((n) => line(created(n, { treeHash: hash, size: 7 }))),
      line(created(4, { treeHash: hash, size: 8 })),
      line(created(5, { treeHash: hash, size: 8 })),
      // Versions of one name are another matter.
      line(created(6, { name: "x" })),
      line(created(16, { name: "x", treeHash: hashOf(6), size: 106 })),
    ],
    [],
    { sameContent: 3 },
  ],
  [
    "tree hashes that only begin alike",
    [1, 2].map((n) =>
      line(created(n, { size: 7, treeHash: "0".repeat(63) + n }))
    ),
    [],
    { sameContent: 0 },
  ],
  [
    "every version of the format",
    [
      `1350000000 CREATED ${id} 100 ${hash} a b`,
      `1350000000 DELETED ${id} a b`,
      `A\t1\tCREATED\t${archiveId(8)}\t100\t5\t${hash}\ta`,
      one,
      two,
      `C\t1\tCREATED\t${archiveId(9)}\t100\t5\t${hash}\tb`,
    ],
    [],
    { byVersion: { "0": 2, A: 1, B: 2, C: 1 }, sameContent: 1 },
  ],
];

for (const [title, lines, problems, totals] of cases) {
  Deno.test(`what is found in a journal: ${title}`, () => {
    const found: [number, string][] = [];
    const verifier = new JournalVerifier((line, reason) =>
      found.push([line, reason])
    );
    for (const text of lines) verifier.take(text);
    assertEquals(found, problems);
    const all = verifier.totals();
    assertEquals({ ...all, ...totals }, all);
    assertEquals(all.problems, problems.length);
  });
}
