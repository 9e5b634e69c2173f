/**
 * The lock of a journal.
 *
 * @module
 */

import { JournalError, messageOf } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { printable } from "../relative_name.ts";
import { lockPath } from "./paths.ts";

/**
 * Keeps other processes out of a journal until disposed of.
 *
 * @throws {JournalError} where another process has it, or its file cannot be
 * made.
 */
export async function lockJournal(
  path: string,
  takeLock: Platform["lock"],
): Promise<AsyncDisposable> {
  let lock: AsyncDisposable | undefined;
  try {
    lock = await takeLock(lockPath(path));
  } catch (error) {
    throw new JournalError(
      `Cannot make the lock of the journal, ${printable(lockPath(path))}: ${
        messageOf(error)
      }`,
      { cause: error },
    );
  }
  if (lock) return lock;
  throw new JournalError(
    `The journal ${
      printable(path)
    } is in use by another process: wait for it to end`,
  );
}
