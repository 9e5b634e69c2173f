/**
 * What is done to a journal's files before it is written to. All of it only
 * under the journal's lock.
 *
 * @module
 */

import { JournalError, messageOf } from "../errors.ts";
import type { Clock, Files, OpenFile } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type { Tail } from "./lines.ts";
import { folderOf, probePath, tornPath } from "./paths.ts";

/**
 * How much space there must be for a run to begin, in bytes: enough for the
 * lines about everything that one run does at a time.
 */
const SPARE_SPACE = 64 * 1024;

/**
 * Makes sure that files can be made and filled beside the journal, by doing
 * so: a run that could not write down what it does must not begin.
 *
 * @throws {JournalError} where they cannot.
 */
export async function checkSideFiles(
  journal: string,
  files: Files,
): Promise<void> {
  // A name that nobody else has: what is not ours must not be removed.
  const probe = probePath(journal);
  try {
    const file = await files.open(probe, "create");
    try {
      // At once, so that a run which is killed meanwhile leaves nothing. (Where
      // the system removes no file that is open, it goes at the end.)
      await files.remove(probe).catch(() => {});
      await file.write(new Uint8Array(SPARE_SPACE));
      await file.sync();
    } finally {
      await file.close();
      await files.remove(probe);
    }
  } catch (error) {
    throw new JournalError(
      `Cannot write beside the journal ${printable(journal)}: ${
        messageOf(error)
      }`,
      { cause: error },
    );
  }
}

/**
 * Gives the last line its LF.
 *
 * @throws {JournalError} where that fails.
 */
export async function completeLine(
  journal: string,
  files: Files,
): Promise<void> {
  try {
    await using file = await files.open(journal, "append");
    await file.write(new TextEncoder().encode("\n"));
    await file.sync();
  } catch (error) {
    throw repairError(journal, error);
  }
}

/**
 * Moves a torn last line into a file of its own, and returns that one's path.
 * The line is in the journal until it is safely there.
 *
 * @throws {JournalError} where that fails.
 */
export async function setAsideTail(
  journal: string,
  tail: Tail,
  host: { files: Files; clock: Clock },
): Promise<string> {
  const { files } = host;
  try {
    const { path, file } = await createTornFile(journal, host);
    try {
      await file.write(tail.bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await files.syncDirectory(folderOf(path));
    await using update = await files.open(journal, "update");
    await update.truncate(tail.offset);
    await update.sync();
    return path;
  } catch (error) {
    throw repairError(journal, error);
  }
}

async function createTornFile(
  journal: string,
  { files, clock }: { files: Files; clock: Clock },
): Promise<{ path: string; file: OpenFile }> {
  const time = clock.now();
  for (let n = 0;; n++) {
    const path = tornPath(journal, time, n);
    try {
      return { path, file: await files.open(path, "create") };
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EEXIST") throw error;
    }
  }
}

function repairError(journal: string, cause: unknown): JournalError {
  return new JournalError(
    `Cannot repair the last line of the journal ${printable(journal)}: ${
      messageOf(cause)
    }`,
    { cause },
  );
}
