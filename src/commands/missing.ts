/**
 * Whether a file of the journal is missing locally.
 *
 * @module
 */

import { FileError, messageOf } from "../errors.ts";
import { childPath } from "../files/safe_path.ts";
import type { Files } from "../platform.ts";
import { printable } from "../relative_name.ts";

/**
 * Whether there is nothing of that name below `dir`, not even a dangling link.
 *
 * @throws {FileError} where that can't be told.
 */
export async function isMissing(
  dir: string,
  name: string,
  files: Files,
): Promise<boolean> {
  const path = childPath(dir, name);
  try {
    return await files.lstat(path) === undefined;
  } catch (cause) {
    throw new FileError(
      `Cannot look at ${printable(path)}: ${messageOf(cause)}`,
      path,
      "failed",
      { cause },
    );
  }
}
