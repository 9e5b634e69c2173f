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
): Promise<string> {
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
    return await files.readText(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw cannot(messageOf(error), error);
  }
}
