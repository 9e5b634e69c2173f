/**
 * A file of lines beside the journal of which most are soon without meaning:
 * it is rewritten without these when it has grown, and removed when none is
 * left.
 *
 * @module
 */

import { JournalError, messageOf } from "../errors.ts";
import type { Files } from "../platform.ts";
import { printable } from "../relative_name.ts";
import { AppendLog, type AppendOptions } from "./append_log.ts";
import type { Tail } from "./lines.ts";
import { folderOf } from "./paths.ts";

/** What the lines of a file come to. */
export interface LineFold<Line> {
  /** Takes in one more; one that comes again changes nothing. */
  apply(line: Line): void;
  /** The fewest lines that come to the same. */
  lines(): Iterable<Line>;
  /** A line as text, with its LF. */
  format(line: Line): string;
}

/** How {@linkcode CompactingLog.open} works. */
export interface CompactingLogOptions {
  files: Files;
  /** What followed the last LF when the file was read. */
  tail?: Tail;
  /** Of the file where it is made; those of any new file where left out. */
  permissions?: number;
  /**
   * The file is rewritten when it has grown by so many bytes.
   * @default 16 MiB
   */
  compactAfter?: number;
}

/**
 * The open file. A failure to write breaks it: every later call is rejected
 * with a `JournalError`.
 */
export class CompactingLog<Line> {
  readonly #path: string;
  readonly #files: Files;
  readonly #fold: LineFold<Line>;
  readonly #compactAfter: number;
  readonly #permissions: number | undefined;
  #log: AppendLog;
  /** Length of the file when it was last as short as it can be, in bytes. */
  #compactSize: number;
  #compacting: Promise<void> | undefined;
  #failure: JournalError | undefined;
  #closing: Promise<void> | undefined;

  private constructor(
    path: string,
    fold: LineFold<Line>,
    log: AppendLog,
    options: CompactingLogOptions,
  ) {
    const { files, compactAfter = 16 * 1024 * 1024 } = options;
    this.#path = path;
    this.#fold = fold;
    this.#log = log;
    this.#files = files;
    this.#compactAfter = compactAfter;
    this.#permissions = options.permissions;
    this.#compactSize = log.size;
  }

  /**
   * Opens the file, made if absent; `fold` has its lines already.
   *
   * @throws {JournalError} where it can't be used.
   */
  static async open<Line>(
    path: string,
    fold: LineFold<Line>,
    options: CompactingLogOptions,
  ): Promise<CompactingLog<Line>> {
    const { files, tail } = options;
    // Left where a crash came while the file was rewritten: not yet valid.
    await attempt("remove", nextPath(path), (next) => files.remove(next));
    // The next line must not be glued to a torn one. Nobody was told that the
    // torn line was stored, so nothing was done on the strength of it.
    if (tail) {
      await attempt("repair", path, () => cut(path, tail.offset, files));
    }
    const log = await AppendLog.open(path, files, options);
    return new CompactingLog(path, fold, log, options);
  }

  /** Takes a line into the fold and appends it. */
  async append(line: Line, options: AppendOptions): Promise<void> {
    while (this.#compacting) await this.#compacting;
    if (this.#failure) throw this.#failure;
    // Before it is written: a file that is rewritten meanwhile has it too,
    // and a line that stands there twice changes nothing.
    this.#fold.apply(line);
    const written = this.#log.append(this.#fold.format(line), options);
    if (this.#log.size > this.#compactSize + this.#compactAfter) {
      this.#compacting = this.#compact();
    }
    await written;
  }

  /**
   * Closes the file, and removes it where there is nothing to keep. Never
   * rejects: where that fails, the file stays as it is, and the next run reads
   * the same from it.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Replaces the file by one without what is over. Whoever appends waits. */
  async #compact(): Promise<void> {
    try {
      await this.#log.close();
      // Whoever could not write has been told so, and must not be by luck.
      if (this.#log.broken) return;
      await this.#rewrite();
      this.#log = await this.#open(this.#path);
      this.#compactSize = this.#log.size;
    } catch (error) {
      this.#failure = failure("rewrite", this.#path, error);
    } finally {
      this.#compacting = undefined;
    }
  }

  async #rewrite(): Promise<void> {
    const next = nextPath(this.#path);
    await this.#files.remove(next);
    const log = await this.#open(next);
    try {
      for (const line of this.#fold.lines()) {
        await log.append(this.#fold.format(line), { durable: false });
      }
    } finally {
      await log.close();
    }
    await this.#files.rename(next, this.#path);
    await this.#files.syncDirectory(folderOf(this.#path));
  }

  #open(path: string): Promise<AppendLog> {
    const permissions = this.#permissions;
    return AppendLog.open(path, this.#files, { permissions });
  }

  async #close(): Promise<void> {
    while (this.#compacting) await this.#compacting;
    const broken = this.#failure;
    this.#failure ??= new JournalError(
      `Cannot write ${printable(this.#path)}: it is closed`,
    );
    try {
      await this.#log.close();
      if (broken || this.#log.broken) return;
      if (!this.#isEmpty()) return await this.#rewrite();
      await this.#files.remove(this.#path);
      await this.#files.syncDirectory(folderOf(this.#path));
    } catch {
      // A full disk, say. The file is longer than need be, and as good.
    }
  }

  #isEmpty(): boolean {
    return this.#fold.lines()[Symbol.iterator]().next().done === true;
  }
}

/** Where the file is rewritten before it takes the place of the other. */
function nextPath(path: string): string {
  return `${path}.new`;
}

async function cut(path: string, size: number, files: Files): Promise<void> {
  await using file = await files.open(path, "update");
  await file.truncate(size);
  await file.sync();
}

async function attempt(
  what: string,
  path: string,
  action: (path: string) => Promise<void>,
): Promise<void> {
  try {
    await action(path);
  } catch (error) {
    throw failure(what, path, error);
  }
}

function failure(what: string, path: string, cause: unknown): JournalError {
  return new JournalError(
    `Cannot ${what} ${printable(path)}: ${messageOf(cause)}`,
    { cause },
  );
}
