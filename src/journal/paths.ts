/**
 * Where the files of a journal are.
 *
 * @module
 */

import { JournalError, messageOf } from "../errors.ts";
import type { Files } from "../platform.ts";
import { printable } from "../relative_name.ts";

/**
 * The folder that holds a file. Best given absolute paths: of a relative one
 * with backslashes only the host knows whether those separate anything; they
 * are taken to.
 */
export function folderOf(path: string): string {
  const posix = path.startsWith("/") || !path.includes("\\");
  const end = posix
    ? path.lastIndexOf("/")
    : Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  if (end < 0) return ".";
  const folder = path.slice(0, end);
  // The root's own separator belongs to its name.
  return folder === "" || /^[A-Za-z]:$/.test(folder)
    ? path.slice(0, end + 1)
    : folder;
}

/** How many characters at the end of a path are the file's own name. */
function nameLength(path: string): number {
  const folder = folderOf(path);
  if (folder === "." && !/[\\/]/.test(path)) return path.length;
  const separator = /[\\/]$/.test(folder) ? 0 : 1;
  return path.length - folder.length - separator;
}

/**
 * The journal's own path, links resolved: two names of one journal must lead
 * to one lock. Where there is no journal yet, that of its folder is resolved.
 *
 * @throws {JournalError} where something other than a file is in its place, or
 * its folder is missing.
 */
export async function resolveJournal(
  path: string,
  files: Files,
): Promise<{ path: string; exists: boolean }> {
  const shown = printable(path);
  try {
    const info = await files.stat(path);
    if (info?.kind === "file") {
      return { path: await files.realPath(path), exists: true };
    }
    if (info?.kind === "directory") {
      throw new JournalError(`The journal ${shown} is a folder`);
    }
    if (info) throw new JournalError(`The journal ${shown} is not a file`);
    if (await files.lstat(path)) {
      throw new JournalError(`The journal ${shown} is a link to nothing`);
    }
    const folder = folderOf(path);
    if ((await files.stat(folder))?.kind !== "directory") {
      throw new JournalError(
        `There is no folder ${printable(folder)} for the journal ${shown}`,
      );
    }
    const name = path.slice(path.length - nameLength(path));
    const realFolder = await files.realPath(folder);
    const separator = /[\\/]$/.test(realFolder) ? "" : "/";
    return { path: realFolder + separator + name, exists: false };
  } catch (error) {
    if (error instanceof JournalError) throw error;
    throw new JournalError(
      `Cannot find the journal ${shown}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** The lock of a journal. */
export function lockPath(journal: string): string {
  return journal + ".lock";
}

/** What is known of uploads under way; see `intents.ts`. */
export function intentsPath(journal: string): string {
  return journal + ".intents";
}

/** What is known of downloads under way; its lock stands beside it. */
export function downloadsPath(journal: string): string {
  return journal + ".downloads";
}

/** Which vault a journal is of; see `binding.ts`. */
export function bindingPath(journal: string): string {
  return journal + ".vault";
}

/**
 * Whether a file, given by its real path, is the journal at `journal`, given
 * likewise, or one of the files beside it.
 */
export function isOfJournal(path: string, journal: string): boolean {
  if (!path.startsWith(journal)) return false;
  return /^($|\.lock$|\.(intents|vault|downloads)(\.new)?$|\.downloads\.lock$|\.probe-|\.torn-|\.new-)/
    .test(
      path.slice(journal.length),
    );
}

/** A new path for a journal that is being made: it gets its own name when it is whole. */
export function unfinishedPath(journal: string): string {
  return `${journal}.new-${crypto.randomUUID()}`;
}

/** The path of a name in the journal's folder where `unfinishedPath` gave it, for this journal. */
export function asUnfinishedPath(
  name: string,
  journal: string,
): string | undefined {
  const length = nameLength(journal);
  const own = journal.slice(journal.length - length);
  const rest = name.startsWith(own) ? name.slice(own.length) : "";
  return /^\.new-[0-9a-f-]{36}$/.test(rest) ? journal + rest : undefined;
}

/** A new file that shows whether anything can be written here. */
export function probePath(journal: string): string {
  return `${journal}.probe-${crypto.randomUUID()}`;
}

/**
 * Where a torn last line is set aside: `time` in milliseconds since 1970, `n`
 * to tell apart several of one second.
 */
export function tornPath(journal: string, time: number, n: number): string {
  const stamp = new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
  return `${journal}.torn-${stamp}${n === 0 ? "" : `-${n}`}`;
}
