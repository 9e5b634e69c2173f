import { assertEquals, assertThrows } from "@std/assert";
import { InventoryNames } from "../../src/commands/inventory_names.ts";
import {
  type Comparison,
  type DoubtfulUpload,
  InventoryComparison,
  MARGIN,
  mostMissing,
} from "../../src/commands/reconcile_plan.ts";
import { IntegrityError } from "../../src/errors.ts";
import { encodeDescription } from "../../src/files/names.ts";
import type { CreatedRecord, JournalRecord } from "../../src/journal/record.ts";
import { JournalState } from "../../src/journal/state.ts";
import type { InventoryArchive } from "../../src/store.ts";
import { archiveId, created, hashOf } from "../journal/fixtures.ts";

/** When the inventories here were made. */
const MADE = 1_800_000_000;

function stateOf(...records: JournalRecord[]): JournalState {
  const state = new JournalState();
  for (const record of records) state.apply(record);
  return state;
}

/** How an inventory shows what was recorded. */
function shown(
  { archiveId, size, treeHash, name, mtime, time }: CreatedRecord,
  changes: Partial<InventoryArchive> = {},
): InventoryArchive {
  return {
    archiveId,
    description: encodeDescription({ name, mtime: mtime! }),
    created: time,
    size,
    treeHash,
    ...changes,
  };
}

function compare(
  state: JournalState,
  archives: InventoryArchive[],
  options: { date?: number; doubts?: DoubtfulUpload[] } = {},
): Comparison {
  const names = new InventoryNames(
    { descriptions: "all", undecodable: "archive-id" },
    state,
  );
  const comparison = new InventoryComparison({
    state,
    doubts: options.doubts ?? [],
    nameOf: (archive) => names.nameOf(archive)!,
  });
  for (const archive of archives) comparison.take(archive);
  return comparison.result("date" in options ? options.date : MADE);
}

/** An upload in doubt that would have made what was recorded so. */
function doubtOf(
  { name, size, mtime, treeHash, time }: CreatedRecord,
  id = "doubt",
): DoubtfulUpload {
  return {
    id,
    time,
    intent: {
      kind: "upload",
      vault: "v",
      name,
      size,
      mtime,
      treeHash,
      description: encodeDescription({ name, mtime: mtime! }),
      started: time,
    },
  };
}

const ids = (list: readonly { archiveId: string }[]) =>
  list.map(({ archiveId }) => archiveId);

Deno.test("where journal and inventory say the same, there is nothing to tell", () => {
  const records = [created(1), created(2)];
  const { unknown, missing, differing, undeleted, ...counts } = compare(
    stateOf(...records),
    records.map((record) => shown(record)),
  );
  assertEquals([unknown, missing, differing, undeleted], [[], [], [], []]);
  assertEquals(counts, {
    date: MADE,
    archives: 2,
    known: 2,
    judged: 2,
    newer: 0,
    doubts: [],
  });
});

/** Ages of an entry that the inventory lacks, in seconds before it was made. */
const AGES: [age: number, judgement: "missing" | "newer"][] = [
  [-1, "newer"],
  [0, "newer"],
  [MARGIN - 1, "newer"],
  [MARGIN, "newer"],
  [MARGIN + 1, "missing"],
  [10 * MARGIN, "missing"],
];

for (const [age, judgement] of AGES) {
  Deno.test(`an archive recorded ${age} s before the inventory and not in it is ${judgement}`, () => {
    const record = created(1, { time: MADE - age });
    const { missing, newer } = compare(stateOf(record), []);
    assertEquals(
      [missing.length, newer],
      judgement === "missing" ? [1, 0] : [
        0,
        1,
      ],
    );
  });

  Deno.test(
    `an archive deleted ${age} s before the inventory and still in it is ${
      judgement === "missing" ? "told" : "no difference"
    }`,
    () => {
      const record = created(1);
      const state = stateOf(record, {
        ...record,
        type: "deleted",
        time: MADE - age,
      });
      const { undeleted, unknown } = compare(state, [shown(record)]);
      assertEquals(undeleted.length, judgement === "missing" ? 1 : 0);
      assertEquals(unknown, []);
    },
  );

  Deno.test(
    `an upload in doubt since ${age} s before the inventory and not in it is ${
      judgement === "missing" ? "no archive" : "open"
    }`,
    () => {
      const doubt = doubtOf(created(1, { time: MADE - age }));
      const { doubts: [{ answer }] } = compare(stateOf(), [], {
        doubts: [doubt],
      });
      assertEquals(answer, judgement === "missing" ? "absent" : "open");
    },
  );
}

Deno.test("without a date the newest archive of the inventory stands in for it", () => {
  const old = created(1, { time: MADE - 10 * MARGIN });
  const young = created(2, { time: MADE });
  const other = shown(created(3), { created: MADE });
  const date = undefined;
  const state = stateOf(old, young);
  const { missing, newer, ...rest } = compare(state, [other], { date });
  assertEquals([ids(missing), newer, rest.date], [[old.archiveId], 1, MADE]);
  const empty = compare(state, [], { date });
  assertEquals([empty.missing, empty.newer, empty.date], [[], 2, null]);
});

Deno.test("an archive with another size or tree hash is told, and not missing", () => {
  const records = [created(1), created(2), created(3)];
  const { differing, missing, unknown } = compare(stateOf(...records), [
    shown(records[0], { size: 1 }),
    shown(records[1], { treeHash: hashOf(77) }),
    shown(records[2]),
  ]);
  assertEquals(
    differing.map(({ entry, size, treeHash }) => [entry.name, size, treeHash]),
    [
      [records[0].name, 1, records[0].treeHash],
      [records[1].name, records[1].size, hashOf(77)],
    ],
  );
  assertEquals([missing, unknown], [[], []]);
});

Deno.test("an unknown archive that comes twice is one, or makes the inventory useless", () => {
  const archive = shown(created(1));
  assertEquals(compare(stateOf(), [archive, archive]).unknown.length, 1);
  assertThrows(
    () => compare(stateOf(), [archive, { ...archive, size: 1 }]),
    IntegrityError,
    "comes twice",
  );
});

Deno.test("each upload in doubt is answered by an archive of its own", () => {
  const record = created(1, { time: MADE - 10 });
  const doubts = [doubtOf(record, "a"), doubtOf(record, "b")];
  const same = (n: number, changes = {}) =>
    shown({ ...record, archiveId: archiveId(n) }, changes);
  const cases: [InventoryArchive[], string[], string[]][] = [
    [[], [], ["open", "open"]],
    [[same(1)], [archiveId(1)], ["found", "open"]],
    [[same(1), same(2)], [archiveId(1), archiveId(2)], ["found", "found"]],
    [[same(1), same(2), same(3)], [archiveId(1), archiveId(2)], [
      "found",
      "found",
    ]],
    [[same(1, { treeHash: hashOf(9) })], [], ["open", "open"]],
    [[same(1, { size: 1 })], [], ["open", "open"]],
    [[same(1, { description: "other" })], [], ["open", "open"]],
    // Made before that upload began.
    [[same(1, { created: record.time - MARGIN - 1 })], [], ["open", "open"]],
    // Within what clocks can differ.
    [[same(1, { created: record.time - MARGIN })], [archiveId(1)], [
      "found",
      "open",
    ]],
  ];
  for (const [archives, found, answers] of cases) {
    const result = compare(stateOf(), archives, { doubts });
    assertEquals(result.doubts.map(({ answer }) => answer), answers);
    assertEquals(
      ids(result.unknown.filter(({ doubt }) => doubt !== undefined)),
      found,
    );
    assertEquals(result.unknown.length, archives.length);
  }
});

Deno.test("an archive that the journal has is no answer to a doubt", () => {
  const record = created(1, { time: MADE - 10 * MARGIN });
  const { doubts: [{ answer }] } = compare(stateOf(record), [shown(record)], {
    doubts: [doubtOf(record)],
  });
  assertEquals(answer, "absent");
});

Deno.test("whether an archive becomes the latest version with another content is told", () => {
  const known = created(1, { name: "a", mtime: 1000, time: 5000 });
  const cases: [Partial<CreatedRecord>, boolean][] = [
    // The same content, later or not, changes nothing.
    [{ mtime: 2000, treeHash: known.treeHash }, false],
    [{ mtime: 1000, time: 4000 }, false],
    [{ mtime: 999, time: 9000 }, false],
    [{ mtime: 1001, time: 4000 }, true],
    [{ mtime: 1000, time: 5000 }, true],
    [{ mtime: 1000, time: 9000 }, true],
  ];
  for (const [changes, expected] of cases) {
    const other = created(2, { name: "a", ...changes });
    const [{ name, supersedes }] = compare(stateOf(known), [shown(other)])
      .unknown;
    assertEquals([name, supersedes], ["a", expected], JSON.stringify(changes));
    // What the journal then says.
    const after = stateOf(known, other).latest("a")!;
    assertEquals(
      after.archiveId === other.archiveId &&
        other.treeHash !== known.treeHash,
      expected,
    );
  }
});

Deno.test("names of the journal are not given to what is no version of the same file", () => {
  const file = created(1, { name: "a" });
  const plain = created(2, { name: "plain", mtime: null });
  const short = (n: number) => archiveId(n).slice(0, 12);
  const { unknown } = compare(stateOf(file, plain), [
    shown(created(11, { name: "a" })),
    shown(created(12), { description: "a" }),
    shown(created(13, { name: "plain" })),
    shown(created(14), { description: "plain" }),
    shown(created(15), { description: "new" }),
    shown(created(16), { description: "new" }),
    shown(created(17), { description: "../../etc/passwd" }),
    shown(created(18), { description: "" }),
    shown(created(19), { description: "\u001b[2Jx/../y" }),
  ]);
  assertEquals(
    unknown.map(({ name, mtime, description }) => [name, mtime, description]),
    [
      ["a", 1_600_000_011, undefined],
      [`a (${short(12)})`, null, undefined],
      [`plain (${short(13)})`, 1_600_000_013, undefined],
      // (The IDs of these tests begin alike.)
      [`plain (${archiveId(14)})`, null, undefined],
      ["new", null, undefined],
      [`new (${short(16)})`, null, undefined],
      [archiveId(17), null, "../../etc/passwd"],
      [archiveId(18), null, ""],
      [archiveId(19), null, "\u001b[2Jx/../y"],
    ],
  );
});

Deno.test("few archives may be missing, or half of them; none where nothing is known", () => {
  const cases: [known: number, judged: number, most: number][] = [
    [0, 0, 0],
    [0, 1, 0],
    [0, 1000, 0],
    [1, 5, 10],
    [1, 20, 10],
    [1, 22, 11],
    [500, 1000, 500],
    [500, 1001, 500],
  ];
  for (const [known, judged, most] of cases) {
    assertEquals(mostMissing({ known, judged }), most, `${known}/${judged}`);
  }
});
