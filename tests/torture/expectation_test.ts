import { assertEquals } from "@std/assert";
import { Contents } from "./content.ts";
import {
  type Expectation,
  expectationOf,
  faultsOf,
  leftUndone,
} from "./expectation.ts";
import { NO_FILTER } from "./filters.ts";
import type { JournalView, Version } from "./journal_files.ts";
import type { SyncStep } from "./plan.ts";
import type { LocalTree } from "./tree.ts";

const old = { seed: 1, size: 10 };
const other = { seed: 2, size: 10 };
const contents = new Contents();
await contents.learn([old, other]);

let count = 0;

function version(name: string, content = old, mtime = 5): Version {
  const { size } = content;
  const treeHash = contents.hash(content);
  return { archiveId: `${++count}`, name, size, mtime, treeHash, time: 100 };
}

function journal(versions: Version[], deleted: Version[] = []): JournalView {
  const created = new Map(versions.map((each) => [each.archiveId, each]));
  const live = new Map(created);
  for (const { archiveId } of deleted) live.delete(archiveId);
  return {
    created,
    live,
    deleted: new Set(deleted.map(({ archiveId }) => archiveId)),
  };
}

const sync: SyncStep = {
  kind: "sync",
  new: true,
  remove: true,
  replace: "treehash",
  filter: NO_FILTER,
};

const tree: LocalTree = new Map([
  ["new", { content: old, mtimeMs: 5000 }],
  ["same", { content: old, mtimeMs: 5000 }],
  ["changed", { content: other, mtimeMs: 5000 }],
]);

const before = ["same", "changed", "removed"].map((name) => version(name));

function expectation(): Expectation {
  return expectationOf(sync, journal(before), tree, contents, 0);
}

Deno.test("sync uploads what is new or modified and deletes what is removed", () => {
  const { additions, deletions } = expectation();
  assertEquals([...additions.keys()], ["new", "changed"]);
  assertEquals([...deletions], ["removed"]);
  const left = (after: JournalView) =>
    leftUndone(sync, journal(before), after, tree, contents, true).length;
  assertEquals(left(journal(before)), 3);
  const added = [version("new"), version("changed", other)];
  const gone = [before[1], before[2]];
  assertEquals(left(journal([...before, ...added], gone)), 0);
});

Deno.test("what a step may not do is found", () => {
  const faults = (added: Version[], gone: Version[], processes = 1) =>
    faultsOf(
      expectation(),
      journal(before),
      journal([...before, ...added], gone),
      processes,
      true,
    ).length;
  const [same, changed, removed] = before;
  assertEquals(faults([], []), 0);
  assertEquals(faults([version("new")], [removed]), 0);
  assertEquals(faults([version("changed", other)], [changed]), 0);
  // Twice; with other bytes; with another time; what was not to be uploaded.
  assertEquals(faults([version("new"), version("new")], [], 2), 1);
  assertEquals(faults([version("new", other)], []), 1);
  assertEquals(faults([version("new", old, 6)], []), 1);
  assertEquals(faults([version("same")], []), 1);
  // Deleted before there is another one, and what is to stay.
  assertEquals(faults([], [changed]), 2);
  assertEquals(faults([], [same]), 2);
});
