/**
 * Whether `--dir` is a folder.
 *
 * @module
 */

import { FileError, messageOf } from "../errors.ts";
import type { FileInfo, Files } from "../platform.ts";
import { printable } from "../relative_name.ts";

/**
 * Makes sure that `dir` is a folder, before anything is done or paid for.
 *
 * @throws {FileError} where it is none, or can't be looked at, or is missing and `mayBeMissing` isn't set.
 */
export async function expectFolder(
  dir: string,
  files: Files,
  options: { mayBeMissing?: boolean } = {},
): Promise<void> {
  const fail = (what: string, cause?: unknown) =>
    new FileError(`Folder ${printable(dir)} ${what}`, dir, "failed", { cause });
  let info: FileInfo | undefined;
  let link: FileInfo | undefined;
  try {
    info = await files.stat(dir);
    link = info ?? await files.lstat(dir);
  } catch (cause) {
    throw fail(`cannot be looked at: ${messageOf(cause)}`, cause);
  }
  if (link === undefined) {
    if (options.mayBeMissing) return;
    throw fail("does not exist");
  }
  if (info === undefined) throw fail("is a link to nothing");
  if (info.kind !== "directory") throw fail("is not a folder");
}
