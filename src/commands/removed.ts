/**
 * The files of a journal that were removed locally.
 *
 * @module
 */

import { forEachBounded } from "../async/bounded.ts";
import { FileError, messageOf } from "../errors.ts";
import type { NameFilter } from "../files/filter.ts";
import { childPath } from "../files/safe_path.ts";
import type { JournalEntry, ReadonlyJournalState } from "../journal/state.ts";
import type { Files } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type { TroubleEvent } from "../transfer/events.ts";
import type { FileFailures } from "../transfer/failures.ts";
import { chosenFiles } from "./chosen.ts";
import { expectFolder } from "./folder.ts";
import { isRemoved, type LocalPlace } from "./plan.ts";

/** What looking for them works with. */
export interface RemovedContext {
  dir: string;
  filter: NameFilter;
  files: Files;
  failures: FileFailures;
  signal: AbortSignal;
}

/** How many names are looked at at once: enough to keep a network file system busy. */
const LOOKAHEAD = 32;

/** More files than this are not deleted for the sake of a folder that has nothing in it at all. */
const MOST_FOR_EMPTY_FOLDER = 10;

/**
 * The latest versions of the files that are gone below `dir`, or empty. Where
 * that can't be told of one, it is reported, and not among them.
 *
 * @throws {FileError} where `dir` is gone itself, or empty, and that many are
 * gone that it looks like a disk that isn't mounted.
 */
export async function removedFiles(
  state: ReadonlyJournalState,
  context: RemovedContext,
): Promise<JournalEntry[]> {
  const { dir, filter, files, signal } = context;
  const removed: JournalEntry[] = [];
  await forEachBounded(chosenFiles(state, filter), LOOKAHEAD, async (entry) => {
    if (await isGone(entry, context)) removed.push(entry);
  }, { signal });
  // Gone with all its files, it is no folder that files were removed from.
  await expectFolder(dir, files);
  if (removed.length > MOST_FOR_EMPTY_FOLDER && await isEmpty(dir, files)) {
    throw new FileError(
      `Folder ${
        printable(dir)
      } is empty, so that ${removed.length} archives would be deleted: nothing is deleted, for it may be a disk that is not mounted (purge-vault deletes all archives of a journal)`,
      dir,
      "failed",
    );
  }
  return removed;
}

/**
 * Those of the removed files that are still gone when their turn comes: it may
 * come hours after they were looked for.
 */
export async function* stillRemoved(
  removed: Iterable<JournalEntry>,
  context: RemovedContext,
): AsyncGenerator<JournalEntry> {
  for (const entry of removed) if (await isGone(entry, context)) yield entry;
}

/**
 * Said instead of deleting anything after a file failed: it may be one that is
 * gone under its old name, and that has no other archive than the old one.
 */
export function nothingDeleted({ count }: FileFailures): TroubleEvent {
  const files = count === 1 ? "a file" : `${count} files`;
  return {
    type: "warning",
    message:
      `No archives of removed files are deleted, because ${files} failed: what was renamed may have no other archive (sync with --delete-removed alone deletes them all the same)`,
  };
}

/** Whether an entry's file was removed; where that can't be told, it is reported. */
async function isGone(
  { name }: JournalEntry,
  { dir, files, failures }: RemovedContext,
): Promise<boolean> {
  const path = childPath(dir, name);
  try {
    const place = await placeOf(name, dir, files);
    if (place.kind === "deadLink") throw deadLink(place.path, path);
    return isRemoved(place);
  } catch (error) {
    failures.report(name, inOurWords(error, path));
    return false;
  }
}

async function placeOf(
  name: string,
  dir: string,
  files: Files,
): Promise<LocalPlace> {
  const info = await files.stat(childPath(dir, name));
  if (info?.kind === "file") return { kind: "file", size: info.size };
  if (info) return { kind: info.kind === "directory" ? "folder" : "other" };
  const path = await findDeadLink(name, dir, files);
  return path === undefined ? { kind: "nothing" } : { kind: "deadLink", path };
}

/** The link to nothing that a name below `dir`, where nothing was found, or a folder on the way to it is. */
async function findDeadLink(
  name: string,
  dir: string,
  files: Files,
): Promise<string | undefined> {
  for (let end = name.length; end > 0; end = name.lastIndexOf("/", end - 1)) {
    const path = childPath(dir, name.slice(0, end));
    const info = await files.lstat(path);
    if (info === undefined) continue;
    const dead = info.kind === "symlink" &&
      await files.stat(path) === undefined;
    return dead ? path : undefined;
  }
  return undefined;
}

async function isEmpty(dir: string, files: Files): Promise<boolean> {
  let empty = true;
  for await (const _ of files.readDirectory(dir)) empty = false;
  return empty;
}

function deadLink(link: string, path: string): FileError {
  const whose = link === path
    ? "its archive"
    : `the archive of ${printable(path)}`;
  return new FileError(
    `${printable(link)} is a link to nothing, and ${whose} was not deleted`,
    path,
    "failed",
  );
}

function inOurWords(error: unknown, path: string): FileError {
  if (error instanceof FileError) return error;
  return new FileError(
    `Cannot look at ${printable(path)}, and its archive was not deleted: ${
      messageOf(error)
    }`,
    path,
    "failed",
    { cause: error },
  );
}
