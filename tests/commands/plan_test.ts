import { assertEquals } from "@std/assert";
import {
  decideSync,
  isRetrievalFresh,
  retrievalCandidates,
  type SyncDecision,
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
const upload: SyncDecision = { action: "upload" };
const skip = (reason: "inJournal" | "empty" | "temporary"): SyncDecision => ({
  action: "skip",
  reason,
});

const decisions: [
  name: string,
  size: number,
  entry: JournalEntry | undefined,
  decision: SyncDecision,
][] = [
  ["a", 5, undefined, upload],
  ["a", 5, entry, skip("inJournal")],
  // Only new files, whatever the others look like.
  ["a", 6, entry, skip("inJournal")],
  ["a", 0, undefined, skip("empty")],
  ["a", 0, entry, skip("empty")],
  [temporary, 5, undefined, skip("temporary")],
  [`sub/${temporary}`, 5, undefined, skip("temporary")],
  ["moraine.part", 5, undefined, upload],
];

for (const [name, size, known, decision] of decisions) {
  Deno.test(
    `sync decides: ${name}, ${size} bytes, ${
      known ? "in the journal" : "new"
    }: ${decision.action === "skip" ? decision.reason : "upload"}`,
    () => {
      assertEquals(decideSync({ name, size }, known), decision);
    },
  );
}

Deno.test("the journal of this run is never uploaded", () => {
  assertEquals(
    decideSync({ name: "journal.log", size: 5, ours: true }, undefined),
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
    Array.from(state.files(), ([, entry]) => entry),
    state,
    1000,
  );
  const ids = (entries: JournalEntry[]) =>
    entries.map(({ archiveId }) => archiveId);
  assertEquals(ids(candidates), ["c-300", "a-400"]);
  assertEquals(ids(fresh), ["b-200"]);
});
