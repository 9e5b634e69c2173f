import { assertEquals } from "@std/assert";
import {
  decideSync,
  type DetectMode,
  isRemoved,
  isRetrievalFresh,
  type LocalPlace,
  retrievalCandidates,
  type SyncDecision,
  type SyncModes,
} from "../../src/commands/plan.ts";
import { type JournalEntry, JournalState } from "../../src/journal/state.ts";

const entry: JournalEntry = {
  name: "a",
  archiveId: "ID",
  size: 5,
  mtime: 0,
  time: 0,
  treeHash: "00".repeat(32),
};

const temporary = ".moraine-0f2c1f6e-55a5-4b0c-9a43-0d6f6ea0ff11.part";

type Outcome = "upload" | "replace" | "verify" | "skip";

/** The decision in one word; a reason where something is left out. */
function outcomeOf(decision: SyncDecision): string {
  switch (decision.action) {
    case "upload":
      return decision.replaces ? "replace" : "upload";
    case "verify":
      return "verify";
    case "skip":
      return decision.reason;
  }
}

const onlyNew: SyncModes = { new: true, deleteRemoved: false };

const decisions: [
  name: string,
  size: number,
  entry: JournalEntry | undefined,
  outcome: string,
][] = [
  ["a", 5, undefined, "upload"],
  ["a", 5, entry, "inJournal"],
  // Only new files, whatever the others look like.
  ["a", 6, entry, "inJournal"],
  ["a", 0, undefined, "empty"],
  ["a", 0, entry, "empty"],
  [temporary, 5, undefined, "temporary"],
  [`sub/${temporary}`, 5, undefined, "temporary"],
  ["moraine.part", 5, undefined, "upload"],
];

for (const [name, size, known, outcome] of decisions) {
  Deno.test(
    `sync --new decides: ${name}, ${size} bytes, ${
      known ? "in the journal" : "new"
    }: ${outcome}`,
    () => {
      const file = { name, size, mtime: 0 };
      assertEquals(outcomeOf(decideSync(file, known, onlyNew)), outcome);
    },
  );
}

/** What comes of a file of the same size: with the same mtime, with another, and where the journal has none. */
const detections: [
  mode: DetectMode,
  same: Outcome,
  other: Outcome,
  unknown: Outcome,
][] = [
  ["treehash", "verify", "verify", "verify"],
  ["mtime", "skip", "replace", "skip"],
  ["mtime-or-treehash", "verify", "replace", "verify"],
  ["mtime-and-treehash", "skip", "verify", "skip"],
  ["size-only", "skip", "skip", "skip"],
  ["always-positive", "replace", "replace", "replace"],
];

for (const [mode, same, other, unknown] of detections) {
  const modes: SyncModes = { ...onlyNew, replaceModified: mode };
  const decide = (size: number, mtime: number, known = entry) => {
    const decision = decideSync({ name: "a", size, mtime }, known, modes);
    return decision.action === "skip" ? "skip" : outcomeOf(decision);
  };

  Deno.test(`--detect ${mode}: same mtime ${same}, other ${other}, none in the journal ${unknown}`, () => {
    assertEquals(decide(5, 0), same);
    assertEquals(decide(5, 1), other);
    assertEquals(decide(5, -1), other);
    assertEquals(decide(5, 1, { ...entry, mtime: null }), unknown);
  });

  Deno.test(`--detect ${mode}: another size is another file`, () => {
    assertEquals(decide(6, 0), "replace");
    assertEquals(decide(4, 0, { ...entry, mtime: null }), "replace");
  });

  Deno.test(`--detect ${mode}: an empty file replaces nothing`, () => {
    assertEquals(decide(0, 0), "skip");
  });
}

Deno.test("without --new no new files go up", () => {
  const file = { name: "a", size: 5, mtime: 0 };
  for (
    const modes of [
      { new: false, replaceModified: "mtime", deleteRemoved: false },
      { new: false, deleteRemoved: true },
    ] satisfies SyncModes[]
  ) {
    assertEquals(outcomeOf(decideSync(file, undefined, modes)), "new");
  }
});

const places: [LocalPlace, removed: boolean][] = [
  [{ kind: "file", size: 1 }, false],
  [{ kind: "file", size: 0 }, true],
  [{ kind: "nothing" }, true],
  [{ kind: "folder" }, true],
  [{ kind: "other" }, true],
  [{ kind: "deadLink", path: "link" }, false],
];

for (const [place, removed] of places) {
  Deno.test(`--delete-removed: ${JSON.stringify(place)} is ${removed ? "" : "not "}a removed file`, () => {
    assertEquals(isRemoved(place), removed);
  });
}

Deno.test("the journal of this run is never uploaded", () => {
  assertEquals(
    decideSync(
      { name: "journal.log", size: 5, mtime: 0, ours: true },
      undefined,
      onlyNew,
    ),
    { action: "skip", reason: "ours" },
  );
});

Deno.test("an archive asked for less than 24 hours ago is not asked for again", () => {
  const day = 24 * 60 * 60;
  assertEquals(isRetrievalFresh(undefined, 1000), false);
  assertEquals(isRetrievalFresh(1000, 1000), true);
  assertEquals(isRetrievalFresh(1000, 1000 + day - 1), true);
  assertEquals(isRetrievalFresh(1000, 1000 + day), false);
});

Deno.test("archives are asked for in the order of their creation, the latest version of each name", () => {
  const state = new JournalState();
  const create = (name: string, time: number, mtime: number) =>
    state.apply({
      type: "created",
      ...entry,
      name,
      time,
      mtime,
      archiveId: `${name}-${time}`,
    });
  create("c", 300, 1);
  create("a", 100, 1);
  create("b", 200, 1);
  create("a", 400, 2);
  state.apply({
    type: "retrieveJob",
    time: 990,
    archiveId: "b-200",
    jobId: "J",
  });
  const { candidates, fresh } = retrievalCandidates(
    state,
    (name) => name !== "left out",
    1000,
  );
  const ids = (entries: Iterable<JournalEntry>) =>
    Array.from(entries, ({ archiveId }) => archiveId);
  assertEquals(ids(candidates), ["c-300", "a-400"]);
  assertEquals(ids(fresh), ["b-200"]);
});
