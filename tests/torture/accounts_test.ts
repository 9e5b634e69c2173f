import { assertEquals } from "@std/assert";
import { encodeDescription } from "../../src/files/names.ts";
import { askedTwice, notStored, unexplained } from "./accounts.ts";
import type { Intent, JournalView, Version } from "./journal_files.ts";
import type { VaultArchive, VaultView } from "./service.ts";

const description = encodeDescription({ name: "a", mtime: 5 });
const stored: VaultArchive = {
  archiveId: "one",
  description,
  size: 3,
  treeHash: "aa",
};
const version: Version = {
  archiveId: "one",
  name: "a",
  size: 3,
  mtime: 5,
  treeHash: "aa",
  time: 100,
};
const doubt: Intent = {
  kind: "upload",
  name: "a",
  description,
  size: 3,
  treeHash: "aa",
  mtime: 5,
};

function journalOf(versions: Version[], deleted: string[] = []): JournalView {
  const created = new Map(versions.map((each) => [each.archiveId, each]));
  const live = new Map(
    [...created].filter(([archiveId]) => !deleted.includes(archiveId)),
  );
  return { created, live, deleted: new Set(deleted) };
}

function vaultOf(archives: VaultArchive[]): VaultView {
  return {
    archives: new Map(archives.map((each) => [each.archiveId, each])),
    uploads: new Set(),
    retrievals: new Map(),
  };
}

Deno.test("a doubt explains one archive, of its description, size and hash", () => {
  const twice = [stored, { ...stored, archiveId: "two" }];
  const open = { ...doubt, size: null, treeHash: null };
  const cases: [VaultArchive[], Intent[], left: string[]][] = [
    [[], [doubt], []],
    [[stored], [], ["one"]],
    [[stored], [doubt], []],
    [twice, [doubt], ["two"]],
    [twice, [doubt, doubt], []],
    [[stored], [{ ...doubt, treeHash: "bb" }], ["one"]],
    [[stored], [{ ...doubt, size: 4 }], ["one"]],
    [[stored], [{ ...doubt, description: "mt2 other" }], ["one"]],
    [[stored], [open], []],
    // The exact one is for the archive that it fits.
    [[{ ...stored, treeHash: "bb" }, stored], [open, doubt], []],
  ];
  for (const [archives, doubts, left] of cases) {
    const found = unexplained(archives, doubts);
    assertEquals(found.map(({ archiveId }) => archiveId), left);
  }
});

Deno.test("what is recorded must be in the vault as it is recorded", () => {
  const count = (
    journal: JournalView,
    archives: VaultArchive[],
    leaving = false,
  ) => notStored(journal, vaultOf(archives), () => leaving).length;
  const journal = journalOf([version]);
  assertEquals(count(journal, [stored]), 0);
  assertEquals(count(journal, []), 1);
  assertEquals(count(journal, [], true), 0);
  assertEquals(count(journal, [{ ...stored, size: 4 }]), 1);
  assertEquals(count(journal, [{ ...stored, treeHash: "bb" }]), 1);
  assertEquals(count(journal, [{ ...stored, description: "mt2 x" }]), 1);
  assertEquals(count(journalOf([version], ["one"]), [stored]), 1);
  assertEquals(count(journalOf([version], ["one"]), []), 0);
});

Deno.test("an archive is asked for once", () => {
  const vault = vaultOf([]);
  vault.retrievals.set("one", 1);
  assertEquals(askedTwice(vault), []);
  vault.retrievals.set("two", 2);
  assertEquals(askedTwice(vault).length, 1);
});
