/**
 * Reading the small files that options name.
 *
 * @module
 */

import { messageOf, UsageError } from "../errors.ts";
import type { Files } from "../platform.ts";
import { printable } from "../relative_name.ts";

/** The largest of them, in bytes. */
const MAX_SIZE = 1024 * 1024;

/** A file that was read. */
export interface SmallFile {
  text: string;
  /** Whether others than its owner may read it. */
  exposed: boolean;
}

/** Read by the group, or by everybody. */
const OTHERS_READ = 0o044;

/** What to say of a file with secrets that others may read. */
export function exposedWarning(path: string): string {
  const shown = printable(path);
  return `Others on this machine can read the secret in ${shown}: keep it to yourself (chmod 600 ${shown})`;
}

/**
 * Reads a file as text.
 *
 * @param what what the file should be, such as `configuration file`
 * @throws {UsageError} where it can't be read, or can't be such a file.
 */
export async function readSmallFile(
  path: string,
  what: string,
  files: Files,
): Promise<SmallFile> {
  const cannot = (why: string, cause?: unknown) =>
    new UsageError(`Cannot read ${what} ${printable(path)}: ${why}`, { cause });
  try {
    const info = await files.stat(path);
    if (info === undefined) throw cannot("there is none");
    // A shell hands over a file of its own making as `/dev/fd/63`.
    const plain = info.kind === "file" ||
      (info.kind === "other" && /^\/(dev|proc\/self)\/fd\/\d+$/.test(path));
    if (!plain) throw cannot("it is not a file");
    if (info.size > MAX_SIZE) throw cannot("it is too large to be one");
    const text = await files.readText(path);
    return { text, exposed: ((info.mode ?? 0) & OTHERS_READ) !== 0 };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw cannot(messageOf(error), error);
  }
}
