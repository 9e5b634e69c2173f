/**
 * A file that the user names, outside of any walk.
 *
 * @module
 */

import { FileError, messageOf } from "../errors.ts";
import { childPath } from "../files/safe_path.ts";
import type { WalkedFile } from "../files/walk.ts";
import type { FileInfo, Files } from "../platform.ts";
import { printable } from "../relative_name.ts";

/**
 * The file at `path`, a link followed, to be archived as `name`.
 *
 * @throws {FileError} where there is none, or it is empty, or no regular file.
 */
export async function fileAt(
  path: string,
  name: string,
  files: Files,
): Promise<WalkedFile> {
  const { size, mtimeMs, dev, ino, kind } = await look(path, files);
  if (kind !== "file") throw problem(path, "it is not a regular file");
  if (size === 0) {
    throw problem(path, "it is empty, and the service takes no empty archives");
  }
  const mtime = Math.floor(mtimeMs / 1000);
  return { name, path, size, mtime, identity: { dev, ino, size, mtimeMs } };
}

function look(path: string, files: Files): Promise<FileInfo> {
  return attempt(path, async () => {
    const info = await files.stat(path);
    if (info) return info;
    const link = await files.lstat(path);
    throw problem(path, link ? "it is a link to nothing" : "it does not exist");
  });
}

/**
 * The path of a file relative to a folder that it is in, whatever way the two
 * are written. The file may be a link, and then has its own name and not that
 * of what it leads to; on the way to it links are resolved.
 *
 * @throws {FileError} where it is not below that folder.
 */
export async function nameBelow(
  path: string,
  dir: string,
  files: Files,
): Promise<string> {
  const realPath = (folder: string) =>
    attempt(path, () => files.realPath(folder));
  const root = await realPath(dir);
  // Only Windows separates by backslashes too.
  const posix = root.startsWith("/");
  const slashed = (real: string) => posix ? real : real.replaceAll("\\", "/");
  const start = path.search(posix ? /[^/]*$/ : /[^/\\]*$/);
  const folder = slashed(await realPath(path.slice(0, start) || "."));
  const whole = childPath(folder, path.slice(start));
  const above = childPath(slashed(root), "");
  if (whole.startsWith(above)) return whole.slice(above.length);
  throw problem(path, `it is not below the folder ${printable(dir)}`);
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof FileError) throw cause;
    throw problem(path, messageOf(cause), { cause });
  }
}

function problem(
  path: string,
  why: string,
  options?: ErrorOptions,
): FileError {
  return new FileError(
    `Cannot upload ${printable(path)}: ${why}`,
    path,
    "failed",
    options,
  );
}
