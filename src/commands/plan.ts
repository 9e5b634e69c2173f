/**
 * What is to be done with each file: decisions only, from what is known.
 *
 * @module
 */

import { isTemporaryName } from "../files/temporary.ts";
import type { JournalEntry, ReadonlyJournalState } from "../journal/state.ts";

/** What makes a file of the same size a modified one. */
export type DetectMode =
  | "treehash"
  | "mtime"
  | "mtime-or-treehash"
  | "mtime-and-treehash"
  | "size-only"
  | "always-positive";

/** What sync does; at least one. */
export interface SyncModes {
  /** Upload files that the journal doesn't have. */
  new: boolean;
  /** Upload files anew that are modified, by this rule, and delete what they replace. */
  replaceModified?: DetectMode;
  /** Delete the archives of files that are gone. */
  deleteRemoved: boolean;
}

/** What sync does with a local file. */
export type SyncDecision =
  /** Uploads it; and then deletes the archive that it replaces, if any. */
  | { action: "upload"; replaces?: JournalEntry }
  /** Uploads it where its tree hash is not that of the archive, which is deleted then. */
  | { action: "verify"; replaces: JournalEntry }
  | {
    action: "skip";
    reason: "inJournal" | "new" | "empty" | "temporary" | "ours";
  };

/**
 * Decides on a local file from its journal entry, if it has one. `ours`: it is
 * the journal of this very run, or belongs to it.
 */
export function decideSync(
  file: { name: string; size: number; mtime: number; ours?: boolean },
  entry: JournalEntry | undefined,
  modes: SyncModes,
): SyncDecision {
  // It changes with every file that is uploaded.
  if (file.ours) return { action: "skip", reason: "ours" };
  if (isTemporaryName(file.name)) {
    return { action: "skip", reason: "temporary" };
  }
  // The service stores no archive of no bytes.
  if (file.size === 0) return { action: "skip", reason: "empty" };
  if (entry === undefined) {
    return modes.new ? { action: "upload" } : { action: "skip", reason: "new" };
  }
  const { replaceModified } = modes;
  const state = replaceModified === undefined
    ? "same"
    : detect(file, entry, replaceModified);
  switch (state) {
    case "same":
      return { action: "skip", reason: "inJournal" };
    case "modified":
      return { action: "upload", replaces: entry };
    case "unknown":
      return { action: "verify", replaces: entry };
  }
}

/** Whether a file is another than its archive, as far as that can be told without reading it. */
function detect(
  file: { size: number; mtime: number },
  entry: JournalEntry,
  mode: DetectMode,
): "modified" | "same" | "unknown" {
  if (file.size !== entry.size) return "modified";
  // Of an archive whose time is not known, no file's differs.
  const otherMtime = entry.mtime !== null && file.mtime !== entry.mtime;
  switch (mode) {
    case "treehash":
      return "unknown";
    case "mtime":
      return otherMtime ? "modified" : "same";
    case "mtime-or-treehash":
      return otherMtime ? "modified" : "unknown";
    case "mtime-and-treehash":
      return otherMtime ? "unknown" : "same";
    case "size-only":
      return "same";
    case "always-positive":
      return "modified";
  }
}

/** What stands at the place of a journal's file. */
export type LocalPlace =
  | { kind: "file"; size: number }
  /** Behind, or itself, a link that leads nowhere, or nowhere within reach; `path` is that. */
  | { kind: "deadLink"; path: string }
  | { kind: "nothing" | "folder" | "other" };

/**
 * Whether the file of an archive was removed. A dead link says no such thing:
 * what it leads to may be on a disk that isn't mounted.
 */
export function isRemoved(place: LocalPlace): boolean {
  switch (place.kind) {
    case "file":
      // The original takes an empty file for none.
      return place.size === 0;
    case "deadLink":
      return false;
    case "nothing":
    case "folder":
    case "other":
      return true;
  }
}

/** Seconds for which an archive stays asked for: the service keeps it at hand for a day. */
export const RETRIEVAL_LIFE: number = 24 * 60 * 60;

/** Whether an archive was asked for so lately that it need not be asked for again. Times in seconds since 1970. */
export function isRetrievalFresh(
  retrievedAt: number | undefined,
  now: number,
): boolean {
  return retrievedAt !== undefined && retrievedAt > now - RETRIEVAL_LIFE;
}

/**
 * The files that restore may ask for, found as they are asked for, and those
 * that were asked for lately. The former come with the oldest archive first:
 * the service limits how many it brings back in random order, and counts that
 * order as not random ("Amazon S3 Glacier vaults to Amazon S3" solution guide,
 * quotas).
 */
export function retrievalCandidates(
  state: ReadonlyJournalState,
  includes: (name: string) => boolean,
  now: number,
): { candidates: Iterable<JournalEntry>; fresh: JournalEntry[] } {
  const isFresh = ({ archiveId }: JournalEntry) =>
    isRetrievalFresh(state.retrievedAt(archiveId), now);
  const isLatest = ({ archiveId, name }: JournalEntry) =>
    state.latest(name)?.archiveId === archiveId;
  const fresh: JournalEntry[] = [];
  for (const entry of state.retrieved()) {
    if (isFresh(entry) && includes(entry.name) && isLatest(entry)) {
      fresh.push(entry);
    }
  }
  function* candidates() {
    for (const entry of state.filesByAge()) {
      if (includes(entry.name) && !isFresh(entry)) yield entry;
    }
  }
  return { candidates: candidates(), fresh };
}
