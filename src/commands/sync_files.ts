/**
 * The local files that sync does something with.
 *
 * @module
 */

import type { NameFilter } from "../files/filter.ts";
import { childPath } from "../files/safe_path.ts";
import { walk, type WalkedFile } from "../files/walk.ts";
import type { Journal } from "../journal/journal.ts";
import { isOfJournal } from "../journal/paths.ts";
import type { JournalEntry } from "../journal/state.ts";
import type { Sizing } from "../transfer/sizing.ts";
import type { StoreContext } from "./context.ts";
import { decideSync, type SyncDecision, type SyncModes } from "./plan.ts";

/** Options of `sync()`. */
export interface SyncOptions extends Sizing {
  dir: string;
  journal: string;
  /** Which names to take, of local files and of the journal's. */
  filter: NameFilter;
  modes: SyncModes;
  /** Whether to take links for what they lead to. */
  follow?: boolean;
  /** How many files to upload, or delete the archives of, at most. */
  maxFiles?: number;
  dryRun?: boolean;
  /** Whether to go through the folder once more beforehand, so that progress has an end to show. */
  countFirst?: boolean;
}

/** A file to upload, or to upload where it differs. */
export interface SyncTask {
  file: WalkedFile;
  /** The archive that the new one replaces. */
  replaces?: JournalEntry;
  /** Whether its tree hash decides. */
  verify: boolean;
}

/** Told of what is left out. */
export interface SyncListener {
  onProblem?: (problem: Error & { path: string }) => void;
  onEmpty?: (name: string) => void;
}

/** The files to work on, found as they are asked for. */
export async function* filesToSync(
  { platform, signal }: StoreContext,
  options: SyncOptions,
  journal: Journal,
  listener: SyncListener,
): AsyncGenerator<SyncTask> {
  const { dir, filter, modes, follow } = options;
  if (!modes.new && modes.replaceModified === undefined) return;
  const { files } = platform;
  const { onProblem, onEmpty } = listener;
  const take = (name: string) => filter.includes(name);
  const enter = (folder: string) => filter.mayEnter(folder);
  let root: string | undefined;
  for await (
    const file of walk(dir, { files, follow, take, enter, signal, onProblem })
  ) {
    const { name } = file;
    // (The walk has been in it, so that it can be looked up.)
    root ??= await files.realPath(dir);
    const real = follow
      // One that is gone by now is reported where it is read.
      ? await files.realPath(file.path).catch(() => file.path)
      : childPath(root, name);
    const ours = isOfJournal(real, journal.path);
    const decision = decideSync(
      { ...file, ours },
      journal.state.latest(name),
      modes,
    );
    if (decision.action !== "skip") yield toTask(file, decision);
    else if (decision.reason === "empty") onEmpty?.(name);
  }
}

function toTask(
  file: WalkedFile,
  { action, replaces }: Exclude<SyncDecision, { action: "skip" }>,
): SyncTask {
  return { file, replaces, verify: action === "verify" };
}
