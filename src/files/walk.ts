/**
 * The regular files below a folder.
 *
 * @module
 */

import { FileError, type FileProblem, messageOf } from "../errors.ts";
import type { FileInfo, FileKind, Files } from "../platform.ts";
import { checkRelativeName, printable } from "../relative_name.ts";
import { childPath } from "./safe_path.ts";

/** What tells whether a file is still the one that was seen. */
export type FileIdentity = Pick<FileInfo, "dev" | "ino" | "size" | "mtimeMs">;

/** A regular file. */
export interface WalkedFile {
  /** Its name relative to the folder; see `checkRelativeName()`. */
  name: string;
  /** The folder, `/` and the name. */
  path: string;
  /** Size in bytes. */
  size: number;
  /** Last modification in whole seconds since 1970, rounded down; may be negative. */
  mtime: number;
  identity: FileIdentity;
}

/** How {@linkcode walk} works. */
export interface WalkOptions {
  files: Files;
  /**
   * Whether to take a link for what it leads to. Otherwise links are left out.
   * @default false
   */
  follow?: boolean;
  /** Whether a file of this relative name is wanted; all are by default. */
  take?: (name: string) => boolean;
  /** Whether to look into the folder of this relative name; all are by default. */
  enter?: (folder: string) => boolean;
  /**
   * Told of everything that is left out although it is, or may be, a file that
   * is wanted. A caller that takes the absence of a file for its removal must not do so
   * after that.
   */
  onProblem?: (problem: FileError) => void;
  signal?: AbortSignal;
}

/** A folder that is being walked. */
interface Frame {
  path: string;
  /** Relative, with a `/` at its end; empty for the root. */
  prefix: string;
  /** Links resolved; empty where links are not followed. */
  realPath: string;
  /** Sorted. */
  names: string[];
  /** How many names were looked at. */
  done: number;
  /** The files and folders among the names that were looked at last, in their order. */
  ahead: Entry[];
}

/** How many names are looked at at once: enough to keep a network file system busy. */
const LOOKAHEAD = 32;

/**
 * The regular files below `root`, folder by folder, the names of each in the
 * order of their UTF-16 code units. Sockets, devices and pipes are left out.
 *
 * Memory is needed for the names in the folders between the root and the
 * current file, however many files there are in all.
 *
 * @throws {FileError} where `root` cannot be read or is no folder.
 */
export async function* walk(
  root: string,
  options: WalkOptions,
): AsyncGenerator<WalkedFile, void, void> {
  const walker = new Walker(options);
  const stack = [await walker.openRoot(root)];
  while (stack.length > 0) {
    options.signal?.throwIfAborted();
    const frame = stack.at(-1)!;
    if (frame.ahead.length === 0) await walker.lookAhead(frame);
    const entry = frame.ahead.shift();
    if (entry === undefined) {
      if (frame.done === frame.names.length) stack.pop();
    } else if (entry.kind === "file") {
      if (walker.takes(entry.name)) yield toWalkedFile(entry);
    } else {
      const folder = await walker.openFolder(entry, stack);
      if (folder) stack.push(folder);
    }
  }
}

/** Something that a folder holds. */
interface Entry extends FileInfo {
  name: string;
  path: string;
}

class Walker {
  readonly #options: WalkOptions;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  async openRoot(path: string): Promise<Frame> {
    const { files, signal, follow } = this.#options;
    signal?.throwIfAborted();
    try {
      const info = await files.stat(path);
      if (info === undefined) {
        throw problem(path, "failed", "does not exist");
      }
      if (info.kind !== "directory") {
        throw problem(path, "failed", "is not a folder");
      }
      const realPath = follow ? await files.realPath(path) : "";
      const names = await this.#readNames(path, "");
      return { path, prefix: "", realPath, names, done: 0, ahead: [] };
    } catch (error) {
      signal?.throwIfAborted();
      throw asProblem(path, error);
    }
  }

  /** The folder, ready to be walked; `undefined` where it is left out. */
  async openFolder(
    entry: Entry,
    stack: readonly Frame[],
  ): Promise<Frame | undefined> {
    const { files, follow, signal } = this.#options;
    const { name, path } = entry;
    if (!this.#enters(name)) return undefined;
    try {
      const realPath = follow ? await files.realPath(path) : "";
      if (follow && stack.some((frame) => frame.realPath === realPath)) {
        throw problem(path, "failed", "leads back to a folder that it is in");
      }
      const prefix = `${name}/`;
      const names = await this.#readNames(path, prefix);
      return { path, prefix, realPath, names, done: 0, ahead: [] };
    } catch (error) {
      signal?.throwIfAborted();
      this.#report(asProblem(path, error));
      return undefined;
    }
  }

  /** Looks at the next names of a folder. */
  async lookAhead(frame: Frame): Promise<void> {
    const names = frame.names.slice(frame.done, frame.done + LOOKAHEAD);
    frame.done += names.length;
    const seen = await Promise.all(
      names.map((name) => this.#look(frame, name)),
    );
    frame.ahead = [];
    for (const thing of seen) {
      if (thing instanceof FileError) this.#report(thing);
      else if (thing) frame.ahead.push(thing);
    }
  }

  /** What stands under a name, or why it cannot be told; `undefined` where that is no file or folder. */
  async #look(
    frame: Frame,
    last: string,
  ): Promise<Entry | FileError | undefined> {
    const { files, follow } = this.#options;
    const path = childPath(frame.path, last);
    const name = frame.prefix + last;
    try {
      let info = await files.lstat(path);
      if (info?.kind === "symlink" && follow) info = await files.stat(path);
      if (info === undefined) {
        if (!this.takes(name)) return undefined;
        return problem(path, "vanished", "is gone, or a link to nothing");
      }
      if (info.kind !== "file" && info.kind !== "directory") return undefined;
      const reason = checkRelativeName(last);
      if (reason === undefined) return { ...info, name, path };
      if (!this.#concerns(name, info.kind)) return undefined;
      return problem(path, "failed", `cannot be archived: ${reason}`);
    } catch (error) {
      if (!this.#concerns(name, "other")) return undefined;
      return asProblem(path, error);
    }
  }

  /** The names in a folder, sorted; those that are no text are told, and left out with all below them. */
  async #readNames(path: string, prefix: string): Promise<string[]> {
    const { files, signal } = this.#options;
    const names: string[] = [];
    for await (const { name, kind, lossy } of files.readDirectory(path)) {
      signal?.throwIfAborted();
      if (!lossy) names.push(name);
      else if (this.#concerns(prefix + name, kind)) {
        this.#report(problem(
          childPath(path, name),
          "failed",
          "cannot be archived: its name is not valid UTF-8",
        ));
      }
    }
    return names.sort();
  }

  /** Whether a file of this name is wanted. */
  takes(name: string): boolean {
    return this.#options.take?.(name) ?? true;
  }

  #enters(folder: string): boolean {
    return this.#options.enter?.(folder) ?? true;
  }

  /** Whether what has this name is, or may hold, a file that is wanted. */
  #concerns(name: string, kind: FileKind): boolean {
    if (kind === "file") return this.takes(name);
    if (kind === "directory") return this.#enters(name);
    return this.takes(name) || this.#enters(name);
  }

  #report(error: FileError): void {
    this.#options.onProblem?.(error);
  }
}

function toWalkedFile(entry: Entry): WalkedFile {
  const { name, path, size, mtimeMs, dev, ino } = entry;
  return {
    name,
    path,
    size,
    mtime: Math.floor(mtimeMs / 1000),
    identity: { dev, ino, size, mtimeMs },
  };
}

function problem(
  path: string,
  kind: FileProblem,
  what: string,
  options?: ErrorOptions,
): FileError {
  return new FileError(`${printable(path)} ${what}`, path, kind, options);
}

function asProblem(path: string, error: unknown): FileError {
  if (error instanceof FileError) return error;
  return problem(path, "failed", `cannot be read: ${messageOf(error)}`, {
    cause: error,
  });
}
