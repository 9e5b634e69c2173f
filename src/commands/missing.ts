/**
 * Whether a file of the journal is missing locally, and could be put there.
 *
 * @module
 */

import { FileError, messageOf, UnsafeNameError } from "../errors.ts";
import { childPath, safePath } from "../files/safe_path.ts";
import type { JournalEntry } from "../journal/state.ts";
import type { Files } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type { FileFailures } from "../transfer/failures.ts";

/**
 * Whether there is nothing at the place of an entry's file below `dir`, and a
 * file could be there. Where that can't be told, something else is in its
 * place, or the way there is blocked, the file is reported: asking the service
 * for it would cost something and be of no use.
 */
export async function canBeRestored(
  entry: JournalEntry,
  dir: string,
  files: Files,
  failures: FileFailures,
): Promise<boolean> {
  const { name } = entry;
  try {
    const path = childPath(dir, name);
    if ((await files.stat(path))?.kind === "file") return false;
    if (await files.lstat(path) !== undefined) throw inTheWay(path);
    if (entry.size === 0) throw emptyArchive(entry);
    // A missing folder is made when the file comes.
    if (await files.stat(dir)) {
      await safePath(dir, name, { files, create: false });
    }
    return true;
  } catch (error) {
    failures.report(name, inOurWords(error, childPath(dir, name)));
    return false;
  }
}

function inTheWay(path: string): FileError {
  return new FileError(
    `Cannot restore ${
      printable(path)
    }: something that is not a file has that name`,
    path,
    "exists",
  );
}

function emptyArchive({ name, archiveId }: JournalEntry): FileError {
  return new FileError(
    `Archive of ${
      printable(name)
    } is empty, says the journal, and there are no such archives (${archiveId})`,
    name,
    "failed",
  );
}

function inOurWords(error: unknown, path: string): unknown {
  if (error instanceof FileError || error instanceof UnsafeNameError) {
    return error;
  }
  return new FileError(
    `Cannot look at ${printable(path)}: ${messageOf(error)}`,
    path,
    "failed",
    { cause: error },
  );
}
