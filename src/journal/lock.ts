/**
 * The lock of a journal, and of files beside it.
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
export function lockJournal(
  path: string,
  takeLock: Platform["lock"],
): Promise<AsyncDisposable> {
  const held = `The journal ${
    printable(path)
  } is in use by another process: wait for it to end`;
  return lockFile(lockPath(path), held, takeLock);
}

/**
 * Takes the lock file at `path`; `held` is the message where another process
 * has it.
 *
 * @throws {JournalError} like `lockJournal`.
 */
export async function lockFile(
  path: string,
  held: string,
  takeLock: Platform["lock"],
): Promise<AsyncDisposable> {
  let lock: AsyncDisposable | undefined;
  try {
    lock = await takeLock(path);
  } catch (error) {
    throw new JournalError(
      `Cannot make the lock ${printable(path)}: ${messageOf(error)}`,
      { cause: error },
    );
  }
  if (lock) return lock;
  throw new JournalError(held);
}
