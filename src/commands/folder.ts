/**
 * Whether `--dir` is a folder.
 *
 * @module
 */

import { FileError, messageOf } from "../errors.ts";
import { childPath } from "../files/safe_path.ts";
import { PROBE_NAME } from "../files/temporary.ts";
import type { FileInfo, Files } from "../platform.ts";
import { printable } from "../relative_name.ts";

/**
 * Makes sure that files can be made in `dir`, where it exists, by making one:
 * bringing archives back is paid for.
 *
 * @throws {FileError} where they can't.
 */
export async function expectWritable(
  dir: string,
  files: Files,
): Promise<void> {
  if (await files.stat(dir) === undefined) return;
  const probe = childPath(dir, PROBE_NAME);
  try {
    // Left by a run that was killed.
    await files.remove(probe).catch(() => {});
    await (await files.open(probe, "create")).close();
    await files.remove(probe).catch(() => {});
  } catch (cause) {
    // Another run does the same at this moment, or it can't be removed.
    if ((cause as { code?: unknown }).code === "EEXIST") return;
    throw new FileError(
      `Folder ${printable(dir)} cannot be written to: ${messageOf(cause)}`,
      dir,
      "failed",
      { cause },
    );
  }
}

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
