/**
 * Whether a journal, the intents beside it and the vault agree: what is
 * recorded is stored, and what is stored is recorded or told of.
 *
 * @module
 */

import { decodeDescription } from "../../src/files/names.ts";
import { quote } from "./expectation.ts";
import type { Intent, IntentsView, JournalView } from "./journal_files.ts";
import type { VaultArchive, VaultView } from "./service.ts";

/** What is recorded and not as recorded in the vault, in sentences. `leaving`: names whose archives are being deleted. */
export function notStored(
  { live, deleted }: JournalView,
  { archives }: VaultView,
  leaving: (name: string) => boolean,
): string[] {
  const wrong: string[] = [];
  for (const version of live.values()) {
    const { archiveId, name, size, treeHash, mtime } = version;
    const stored = archives.get(archiveId);
    if (stored === undefined) {
      if (leaving(name)) continue;
      wrong.push(
        `${quote(name)} is recorded, and not in the vault: ${archiveId}`,
      );
      continue;
    }
    const described = decodeDescription(stored.description);
    const same = stored.size === size && stored.treeHash === treeHash &&
      described?.name === name && described.mtime === mtime;
    if (same) continue;
    wrong.push(
      `${JSON.stringify(version)} is in the vault as ${JSON.stringify(stored)}`,
    );
  }
  for (const archiveId of deleted) {
    if (!archives.has(archiveId)) continue;
    wrong.push(`Recorded as deleted, and in the vault: ${archiveId}`);
  }
  return wrong;
}

/** Archives of the vault that the journal never had. */
export function unknownArchives(
  { created }: JournalView,
  { archives }: VaultView,
): VaultArchive[] {
  return [...archives.values()].filter(({ archiveId }) =>
    !created.has(archiveId)
  );
}

/** Archives that nothing explains: each doubt stands for one at most that has its description, size and hash. */
export function unexplained(
  unknown: readonly VaultArchive[],
  doubts: Iterable<Intent>,
): VaultArchive[] {
  const left = [...doubts];
  // One that leaves something open must not be used up where another fits exactly.
  left.sort((a, b) => openFields(a) - openFields(b));
  return unknown.filter((archive) => {
    const index = left.findIndex((doubt) => fits(doubt, archive));
    if (index < 0) return true;
    left.splice(index, 1);
    return false;
  });
}

function openFields({ size, treeHash }: Intent): number {
  return Number(size === null) + Number(treeHash === null);
}

function fits(
  { description, size, treeHash }: Intent,
  archive: VaultArchive,
): boolean {
  return archive.description === description &&
    (size ?? archive.size) === archive.size &&
    (treeHash ?? archive.treeHash) === archive.treeHash;
}

/** Unknown archives that neither a doubt nor, where given, an upload that is not settled explains; in sentences. */
export function notAccountedFor(
  journal: JournalView,
  { pending, doubtful }: IntentsView,
  vault: VaultView,
  unsettled: boolean,
): string[] {
  const explained = [
    ...doubtful.values(),
    ...unsettled ? pending.values() : [],
  ];
  return unexplained(unknownArchives(journal, vault), explained).map((
    archive,
  ) => `Nobody knows of an archive in the vault: ${JSON.stringify(archive)}`);
}

/** Archives that were asked for more than once, which is billed each time; in sentences. */
export function askedTwice({ retrievals }: VaultView): string[] {
  return [...retrievals].filter(([, count]) => count > 1)
    .map(([id, count]) => `Asked for ${count} times: ${id}`);
}
