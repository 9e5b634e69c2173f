/**
 * The intents file: what is under way, written down beside the journal before
 * a request is sent that creates an archive.
 *
 * With it a run that follows a crash knows which archives may exist although
 * the journal has no line for them.
 *
 * @module
 */

import { JournalError, messageOf, MoraineError } from "../errors.ts";
import type { Clock, Files } from "../platform.ts";
import { printable } from "../relative_name.ts";
import { AppendLog } from "./append_log.ts";
import {
  applyIntentLine,
  type CompletingIntent,
  type Doubt,
  emptyFold,
  formatIntentLine,
  type IntentFold,
  type IntentLine,
  linesOf,
  type MultipartIntent,
  type Outcome,
  parseIntentLine,
  type PendingIntent,
  type ReplacingIntent,
  type UploadIntent,
} from "./intent_record.ts";
import { scanLines, type Tail } from "./lines.ts";
import { folderOf, intentsPath, resolveJournal } from "./paths.ts";
import type { JournalEntry, ReadonlyJournalState } from "./state.ts";

/** How {@linkcode openIntents} works. */
export interface OpenIntentsOptions {
  files: Files;
  clock: Clock;
  /**
   * The file is rewritten without what is settled when it has grown by so many
   * bytes.
   * @default 16 MiB
   */
  compactAfter?: number;
  signal?: AbortSignal;
}

/**
 * What is under way in one journal's uploads.
 *
 * The one who holds it must hold the journal's lock, so open the journal first
 * and close it last. A failure to write breaks it as it breaks the journal:
 * every later call is rejected with a `JournalError`.
 */
export interface Intents extends AsyncDisposable {
  /** Uploads whose outcome is open, and deletions that are due, by ID: at first, those that an earlier run left. */
  readonly pending: ReadonlyMap<string, PendingIntent>;
  /** Uploads that may have made an archive that nobody knows of, by ID. */
  readonly doubtful: ReadonlyMap<string, Doubt>;
  /**
   * Writes down that an upload is about to create an archive, or was begun in
   * parts. Resolves to the upload's ID here, once that is on the device; only
   * then may the request be sent.
   */
  begin(intent: UploadIntent | MultipartIntent): Promise<string>;
  /**
   * Writes down that all parts are there, and what they come to. Resolves once
   * that is on the device; only then may the request be sent that makes the
   * archive of them.
   */
  completing(
    id: string,
    content: Pick<CompletingIntent, "size" | "treeHash">,
  ): Promise<void>;
  /**
   * Writes down that the upload is recorded, and that the archive which it
   * replaces is about to be deleted. Call it only when the journal's line is on
   * the device. Does not wait for the device, like `settle`.
   */
  replacing(
    id: string,
    deletion: Omit<ReplacingIntent, "kind">,
  ): Promise<void>;
  /**
   * Writes down how the upload ended. With `created`, call it only when the
   * journal's line is on the device. Does not wait for the device: where this
   * is lost, the next run asks once more than needed.
   */
  settle(id: string, outcome: Outcome): Promise<void>;
  /** Writes down that the upload may have made an archive that cannot be told; waits for the device. */
  doubt(id: string, reason: string): Promise<void>;
  /**
   * Closes the file, and removes it where nothing is open or in doubt. Never
   * rejects: where that fails, the file stays as it is, and the next run reads
   * the same from it.
   */
  close(): Promise<void>;
}

/**
 * Opens the intents beside the journal at `journal`, whose lock the caller
 * holds.
 *
 * @throws {JournalError} where the file cannot be used.
 */
export async function openIntents(
  journal: string,
  options: OpenIntentsOptions,
): Promise<Intents> {
  const { files, signal } = options;
  const { path: journalPath } = await resolveJournal(journal, files);
  const path = intentsPath(journalPath);
  // Left where a crash came while the file was rewritten: not yet valid.
  await removeFile(nextPath(path), files);
  const { fold, tail } = await readIntents(path, files, { signal });
  // The next line must not be glued to a torn one. Nobody was told that the
  // torn line was stored, so nothing was done on the strength of it.
  if (tail) await cut(path, tail.offset, files);
  // Names of files are in it: whom the journal is closed to, this is too.
  const permissions = (await files.stat(journalPath))?.mode;
  return await IntentsFile.open(path, fold, { ...options, permissions });
}

/**
 * What the intents file at `path` comes to, without changing it; a torn last
 * line is left out. Where there is no file, there is nothing.
 *
 * @throws {JournalError} where it cannot be read, or a line is none.
 */
export async function readIntents(
  path: string,
  files: Files,
  options: { signal?: AbortSignal } = {},
): Promise<{ fold: IntentFold; tail?: Tail }> {
  const fold = emptyFold();
  const { signal } = options;
  try {
    if (await files.stat(path) === undefined) return { fold };
    await using file = await files.open(path, "read");
    const tail = await scanLines(path, file, (text, number) => {
      const line = text === undefined ? undefined : parseIntentLine(text);
      if (line) return applyIntentLine(fold, line);
      throw new JournalError(
        `Line ${number} of ${
          printable(path)
        } cannot be used: it was damaged, or written by a newer version; move the file away to go on without what it knows of unfinished uploads`,
      );
    }, { signal });
    return { fold, tail };
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof MoraineError ? error : failure("read", path, error);
  }
}

/**
 * The archive of the journal that an upload made, where its CREATED line was
 * still written before the crash. The caller settles such an intent.
 *
 * One request's archive is known by its name, content and modification time,
 * and by a record not older than the upload.
 */
export function findRecorded(
  intent: UploadIntent,
  state: ReadonlyJournalState,
): JournalEntry | undefined {
  return state.versions(intent.name).find((entry) =>
    entry.treeHash === intent.treeHash && entry.size === intent.size &&
    entry.mtime === intent.mtime && entry.time >= intent.started
  );
}

class IntentsFile implements Intents {
  readonly #path: string;
  readonly #files: Files;
  readonly #clock: Clock;
  readonly #fold: IntentFold;
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
    fold: IntentFold,
    log: AppendLog,
    options: OpenIntentsOptions & { permissions?: number },
  ) {
    const { files, clock, compactAfter = 16 * 1024 * 1024 } = options;
    this.#path = path;
    this.#fold = fold;
    this.#log = log;
    this.#files = files;
    this.#clock = clock;
    this.#compactAfter = compactAfter;
    this.#permissions = options.permissions;
    this.#compactSize = log.size;
  }

  static async open(
    path: string,
    fold: IntentFold,
    options: OpenIntentsOptions & { permissions?: number },
  ): Promise<IntentsFile> {
    const log = await AppendLog.open(path, options.files, options);
    return new IntentsFile(path, fold, log, options);
  }

  get pending(): ReadonlyMap<string, PendingIntent> {
    return this.#fold.pending;
  }

  get doubtful(): ReadonlyMap<string, Doubt> {
    return this.#fold.doubtful;
  }

  async begin(intent: UploadIntent | MultipartIntent): Promise<string> {
    const id = crypto.randomUUID();
    await this.#append({ id, ...intent }, true);
    return id;
  }

  completing(
    id: string,
    content: Pick<CompletingIntent, "size" | "treeHash">,
  ): Promise<void> {
    const { size, treeHash } = content;
    return this.#append({ id, kind: "completing", size, treeHash }, true);
  }

  replacing(
    id: string,
    deletion: Omit<ReplacingIntent, "kind">,
  ): Promise<void> {
    const { vault, name, replaces } = deletion;
    const kind = "replacing";
    return this.#append({ id, kind, vault, name, replaces }, false);
  }

  settle(id: string, outcome: Outcome): Promise<void> {
    return this.#append({ id, kind: "settled", outcome }, false);
  }

  doubt(id: string, reason: string): Promise<void> {
    const time = Math.floor(this.#clock.now() / 1000);
    return this.#append({ id, kind: "doubtful", time, reason }, true);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #append(line: IntentLine, durable: boolean): Promise<void> {
    while (this.#compacting) await this.#compacting;
    if (this.#failure) throw this.#failure;
    // Before it is written: a file that is rewritten meanwhile has it too,
    // and a line that stands there twice changes nothing.
    applyIntentLine(this.#fold, line);
    const written = this.#log.append(formatIntentLine(line), { durable });
    if (this.#log.size > this.#compactSize + this.#compactAfter) {
      this.#compacting = this.#compact();
    }
    await written;
  }

  /** Replaces the file by one without what is settled. Whoever appends waits. */
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
      for (const line of linesOf(this.#fold)) {
        await log.append(formatIntentLine(line), { durable: false });
      }
    } finally {
      await log.close();
    }
    await this.#files.rename(next, this.#path);
    await this.#files.syncDirectory(folderOf(this.#path));
  }

  #open(path: string): Promise<AppendLog> {
    return AppendLog.open(path, this.#files, {
      permissions: this.#permissions,
    });
  }

  async #close(): Promise<void> {
    while (this.#compacting) await this.#compacting;
    const broken = this.#failure;
    this.#failure ??= new JournalError(
      `Cannot write ${printable(this.#path)}: it is closed`,
    );
    await this.#log.close();
    if (broken || this.#log.broken) return;
    const { pending, doubtful } = this.#fold;
    try {
      if (pending.size + doubtful.size > 0) return await this.#rewrite();
      await this.#files.remove(this.#path);
      await this.#files.syncDirectory(folderOf(this.#path));
    } catch {
      // A full disk, say. The file is longer than need be, and as good.
    }
  }
}

/** Where the file is rewritten before it takes the place of the other. */
function nextPath(path: string): string {
  return `${path}.new`;
}

async function removeFile(path: string, files: Files): Promise<void> {
  try {
    await files.remove(path);
  } catch (error) {
    throw failure("remove", path, error);
  }
}

async function cut(path: string, size: number, files: Files): Promise<void> {
  try {
    await using file = await files.open(path, "update");
    await file.truncate(size);
    await file.sync();
  } catch (error) {
    throw failure("repair", path, error);
  }
}

function failure(what: string, path: string, cause: unknown): JournalError {
  return new JournalError(
    `Cannot ${what} ${printable(path)}: ${messageOf(cause)}`,
    { cause },
  );
}
