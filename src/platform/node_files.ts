/**
 * The file system by `node:fs`, which every runtime implements.
 *
 * @module
 */

import { type Dirent, lstatSync, type Stats, statSync } from "node:fs";
import * as fs from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type {
  DirectoryEntry,
  FileInfo,
  FileKind,
  Files,
  OpenFile,
  OpenMode,
} from "../platform.ts";

/** `wx`: O_EXCL also refuses a symlink in that place, dangling or not. */
const FLAGS: Record<OpenMode, string> = {
  read: "r",
  append: "a",
  update: "r+",
  create: "wx+",
};

/** A file made to be filled may hold secrets, and is nobody's business before it is whole. */
const OWNER_ONLY = 0o600;

/** What any program asks for a new file, before the user's mask. */
const DEFAULT_MODE = 0o666;

/** The `code` of a host's error, such as `ENOENT`. */
function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}

async function absentAsUndefined<T>(
  promise: Promise<T>,
): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** A look at a file that takes longer than this, in milliseconds, has waited for a disk or a network. */
const SLOW_LOOK = 0.15;

/** For how long no look is tried on the spot after a slow one, in milliseconds: each time in a row for twice as long. */
const [SLOW_TIME, MAX_SLOW_TIME] = [2, 1000];

/** Until when, by `performance.now()`, looks at files are taken to be slow, and for how long the next time. */
const slow = { until: -Infinity, next: SLOW_TIME };

/**
 * Looks at a file: on the spot as long as that takes next to no time, since
 * another thread takes ten times as long for what the system has in memory; by
 * other threads, many at a time, where the system has to wait for each.
 */
async function look(
  path: string,
  onTheSpot: (path: string) => FileInfo,
  elsewhere: (path: string) => Promise<Stats>,
): Promise<FileInfo | undefined> {
  const began = performance.now();
  if (began < slow.until) {
    const stats = await absentAsUndefined(elsewhere(path));
    return stats && toFileInfo(stats);
  }
  try {
    return onTheSpot(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    // Says what is wrong in the words of `node:fs`.
    return toFileInfo(await elsewhere(path));
  } finally {
    const ended = performance.now();
    if (ended - began > SLOW_LOOK) {
      slow.until = ended + slow.next;
      slow.next = Math.min(2 * slow.next, MAX_SLOW_TIME);
    } else slow.next = SLOW_TIME;
  }
}

/** ENOTDIR: something on the way is a file, so there is nothing below it. */
function isAbsence(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}

function kindOf(entry: Dirent | Stats): FileKind {
  if (entry.isFile()) return "file";
  if (entry.isDirectory()) return "directory";
  return entry.isSymbolicLink() ? "symlink" : "other";
}

/** What the core wants to know, from what `node:fs` tells. */
export function toFileInfo(stats: Stats): FileInfo {
  return {
    kind: kindOf(stats),
    size: stats.size,
    mtimeMs: stats.mtimeMs,
    ino: stats.ino,
    dev: stats.dev,
    // Windows has none; Node makes some up.
    mode: process.platform === "win32" ? undefined : stats.mode & 0o777,
  };
}

/** Looks at a file on the spot; Deno's own call takes less than half as long as its `node:fs`. */
export const statHere: (path: string) => FileInfo = typeof Deno === "undefined"
  ? (path) => toFileInfo(statSync(path))
  : (path) => fromDeno(Deno.statSync(path));

/** The same of a link itself. */
export const lstatHere: (path: string) => FileInfo = typeof Deno === "undefined"
  ? (path) => toFileInfo(lstatSync(path))
  : (path) => fromDeno(Deno.lstatSync(path));

/** Just what `toFileInfo` makes of the same file. */
function fromDeno(info: Deno.FileInfo): FileInfo {
  return {
    kind: info.isFile
      ? "file"
      : info.isDirectory
      ? "directory"
      : info.isSymlink
      ? "symlink"
      : "other",
    size: info.size,
    mtimeMs: info.mtime?.getTime() ?? 0,
    ino: info.ino ?? 0,
    dev: info.dev,
    mode: process.platform === "win32" ? undefined : info.mode! & 0o777,
  };
}

class NodeOpenFile implements OpenFile {
  readonly #handle: fs.FileHandle;
  #closing: Promise<void> | undefined;

  constructor(handle: fs.FileHandle) {
    this.#handle = handle;
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    const { bytesRead } = await this.#handle.read(
      buffer,
      0,
      buffer.length,
      position,
    );
    return bytesRead;
  }

  async write(bytes: Uint8Array, position?: number): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.#handle.write(
        bytes,
        written,
        bytes.length - written,
        position === undefined ? null : position + written,
      );
      written += bytesWritten;
    }
  }

  async stat(): Promise<FileInfo> {
    return toFileInfo(await this.#handle.stat());
  }

  truncate(size: number): Promise<void> {
    return this.#handle.truncate(size);
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#closing ??= this.#handle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function* readDirectory(path: string): AsyncIterable<DirectoryEntry> {
  // All at once: a few at a time take twice as long, and Deno gets all anyway.
  const directory = await fs.readdir(path, { withFileTypes: true });
  // Names with U+FFFD in them that were told.
  const told = new Set<string>();
  for (const entry of directory) {
    const { name } = entry;
    const kind = kindOf(entry);
    if (!name.includes("\ufffd")) {
      yield { name, kind };
      continue;
    }
    // U+FFFD stands for bytes that are not UTF-8. (Node would give the bytes
    // themselves, Deno doesn't.) One file may have just this name, and any
    // number may look as if they had it.
    const lossy = told.has(name) ||
      await absentAsUndefined(fs.lstat(`${path}/${name}`)) === undefined;
    told.add(name);
    yield { name, kind, lossy };
  }
}

async function syncDirectory(path: string): Promise<void> {
  // Windows can't open a folder; its file system orders these writes itself.
  if (process.platform === "win32") return;
  const handle = await fs.open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file system of this machine. */
export const nodeFiles: Files = {
  stat: (path) => look(path, statHere, fs.stat),
  lstat: (path) => look(path, lstatHere, fs.lstat),
  readDirectory,
  async open(path, mode, options = {}) {
    const permissions = options.permissions ??
      (mode === "create" ? OWNER_ONLY : DEFAULT_MODE);
    return new NodeOpenFile(await fs.open(path, FLAGS[mode], permissions));
  },
  readText: (path) => fs.readFile(path, "utf8"),
  async makeDirectory(path) {
    await fs.mkdir(path, { recursive: true });
  },
  link: (existing, path) => fs.link(existing, path),
  rename: (from, to) => fs.rename(from, to),
  async remove(path) {
    await absentAsUndefined(fs.unlink(path));
  },
  removeTree: (path) => fs.rm(path, { recursive: true, force: true }),
  setModifiedTime(path, seconds) {
    // As dates: `node:fs` takes a negative number for "now".
    const time = new Date(seconds * 1000);
    return fs.utimes(path, time, time);
  },
  publish: (path) => fs.chmod(path, DEFAULT_MODE & ~process.umask()),
  syncDirectory,
  makeTemporaryDirectory: (prefix) => fs.mkdtemp(join(tmpdir(), prefix)),
  realPath: (path) => fs.realpath(path),
};
