import { assertEquals } from "@std/assert";
import { JournalState } from "../../src/journal/state.ts";
import type { CreatedRecord, JournalRecord } from "../../src/journal/record.ts";
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

Deno.test("a thousand archives of a few names come and go as in lists of objects", () => {
  const state = new JournalState();
  const versions = new Map<string, CreatedRecord[]>();
  const gone = new Set<string>();
  const random = seeded(1);
  const some = <T>(items: readonly T[]): T => items[random(items.length)];
  for (let n = 0; n < 1000; n++) {
    const record = created(n, {
      // Beginning alike, ending alike, of several bytes a character.
      name: some(["a", "aa", "a/é", "b/é", "a\u{1f600}", `${n}`]),
      archiveId: `${n}`,
      mtime: some([null, -5, 3, 1_700_000_500]),
    });
    state.apply(record);
    const { name } = record;
    versions.set(name, [...versions.get(name) ?? [], record]);
    if (random(3) > 0) continue;
    const { archiveId, name: other } = some([...versions.values()].flat());
    state.apply({ type: "deleted", time: n, archiveId, name: other });
    gone.add(archiveId);
    versions.set(
      other,
      versions.get(other)!.filter((v) => v.archiveId !== archiveId),
    );
  }
  const age = ({ mtime, time }: CreatedRecord) => mtime ?? time;
  const later = (a: CreatedRecord, b: CreatedRecord) =>
    age(b) - age(a) || b.time - a.time;
  let names = 0;
  for (const [name, all] of versions) {
    const expected = all.toReversed().sort(later);
    assertEquals(
      state.versions(name),
      expected.map(({ type: _, ...entry }) => entry),
    );
    assertEquals(state.latest(name), state.versions(name)[0]);
    if (all.length > 0) names++;
  }
  assertEquals(state.fileCount, names);
  assertEquals([...state.files()].length, names);
  const times = [...state.filesByAge()].map(({ time }) => time);
  assertEquals(times, times.toSorted((a, b) => a - b));
  assertEquals(times.length, names);
  assertEquals([...state.archives()].length, 1000 - gone.size);
  assertEquals(state.recordCount, 1000);
  for (let n = 0; n < 1000; n++) {
    assertEquals(state.archive(`${n}`) === undefined, gone.has(`${n}`));
    assertEquals(state.deletedAt(`${n}`) === undefined, !gone.has(`${n}`));
    assertEquals(state.numberOf(`${n}`), n);
  }
  assertEquals(state.numberOf("1000"), undefined);
});

Deno.test("a retrieval that stands before its archive in the journal counts", () => {
  const job = {
    type: "retrieveJob",
    time: 5,
    archiveId: archiveId(1),
    jobId: "j",
  } as const;
  const state = fold(job, created(1), created(2));
  assertEquals(state.retrievedAt(archiveId(1)), 5);
  assertEquals(
    [...state.retrieved()].map((entry) => entry.archiveId),
    [archiveId(1)],
  );
  state.apply(deleted(1));
  assertEquals([...state.retrieved()], []);
});

/** Whole numbers below a limit, the same ones each time. */
function seeded(seed: number): (limit: number) => number {
  return (limit) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * limit);
  };
}
