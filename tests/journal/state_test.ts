import { assertEquals } from "@std/assert";
import { JournalState } from "../../src/journal/state.ts";
import type { JournalRecord } from "../../src/journal/record.ts";
import { archiveId, created } from "./fixtures.ts";

function fold(...records: JournalRecord[]): JournalState {
  const state = new JournalState();
  for (const record of records) {
    assertEquals(state.check(record), undefined);
    state.apply(record);
  }
  return state;
}

function deleted(n: number, time = 9): JournalRecord {
  return { type: "deleted", time, archiveId: archiveId(n), name: "x" };
}

Deno.test("the latest version is the one last modified, then the one last recorded", () => {
  const cases: [string, [time: number, mtime: number | null][], number][] = [
    ["a single one", [[10, 5]], 0],
    ["the higher mtime, stored first", [[10, 6], [11, 5]], 0],
    ["the higher mtime, stored last", [[10, 5], [9, 6]], 1],
    ["on a tie the higher record time", [[10, 5], [12, 5], [11, 5]], 1],
    ["no mtime counts its record time", [[10, null], [20, 9]], 0],
    ["no mtime, older than the other's mtime", [[10, null], [20, 11]], 1],
    ["neither has an mtime", [[10, null], [9, null]], 0],
    ["negative mtimes", [[10, -5], [10, -6]], 0],
    ["all equal: the later line", [[10, 5], [10, 5], [10, 5]], 2],
  ];
  for (const [what, versions, latest] of cases) {
    const state = fold(
      ...versions.map(([time, mtime], n) =>
        created(n, { time, mtime, name: "x" })
      ),
    );
    assertEquals(state.latest("x")?.archiveId, archiveId(latest), what);
    assertEquals(state.versions("x")[0], state.latest("x"), what);
    assertEquals(state.versions("x").length, versions.length, what);
    assertEquals([...state.files()], [["x", state.latest("x")!]], what);
  }
});

Deno.test("when the latest version is deleted, the one before it is the latest", () => {
  const versions = [1, 2, 3].map((n) => created(n, { mtime: n, name: "x" }));
  const state = fold(...versions, deleted(3));
  assertEquals(state.latest("x")?.archiveId, archiveId(2));
  state.apply(deleted(1));
  assertEquals(state.versions("x").map((v) => v.archiveId), [archiveId(2)]);
  state.apply(deleted(2));
  assertEquals(state.latest("x"), undefined);
  assertEquals(state.versions("x"), []);
  assertEquals([...state.files()], []);
  assertEquals([...state.archives()], []);
  assertEquals(state.fileCount, 0);
  assertEquals(state.deletedAt(archiveId(1)), 9);
});

Deno.test("a deletion counts for the name under which the archive was created", () => {
  const state = fold(created(1, { name: "a" }), created(2, { name: "x" }));
  state.apply(deleted(1));
  assertEquals(state.latest("a"), undefined);
  assertEquals(state.latest("x")?.archiveId, archiveId(2));
});

Deno.test("an archive's retrieval is the one last asked for", () => {
  const job = (time: number): JournalRecord => ({
    type: "retrieveJob",
    time,
    archiveId: archiveId(1),
    jobId: "j",
  });
  const state = fold(created(1), job(20), job(10));
  assertEquals(state.retrievedAt(archiveId(1)), 20);
  assertEquals(state.retrievedAt(archiveId(2)), undefined);
});

Deno.test("an archive cannot be created twice, nor deleted before it was created", () => {
  const state = fold(created(1), created(2), deleted(2));
  assertEquals(
    state.check(created(1, { name: "other" })),
    `the archive ${archiveId(1)} was created before`,
  );
  assertEquals(
    state.check(created(2)),
    `the archive ${archiveId(2)} was created before`,
  );
  assertEquals(
    state.check(deleted(3)),
    `the deleted archive ${archiveId(3)} was never created`,
  );
  assertEquals(state.check(deleted(2)), undefined, "a repeated deletion");
});
