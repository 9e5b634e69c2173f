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
import type { AppendOptions } from "./append_log.ts";
import { CompactingLog } from "./compacting_log.ts";
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
import { intentsPath, resolveJournal } from "./paths.ts";
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
   * the device. Does not wait for the device.
   */
  replacing(
    id: string,
    deletion: Omit<ReplacingIntent, "kind">,
  ): Promise<void>;
  /**
   * Writes down how the upload ended. With `created`, call it only when the
   * journal's line is on the device. Does not wait for the file to be
   * written: where this is lost, the next run asks once more than needed.
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
  const { fold, tail } = await readIntents(path, files, { signal });
  // Names of files are in it: whom the journal is closed to, this is too.
  const permissions = (await files.stat(journalPath))?.mode;
  const log = await CompactingLog.open<IntentLine>(path, {
    apply: (line) => applyIntentLine(fold, line),
    lines: () => linesOf(fold),
    format: formatIntentLine,
  }, { ...options, tail, permissions });
  return new IntentsFile(fold, log, options.clock);
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
    if (error instanceof MoraineError) throw error;
    throw new JournalError(
      `Cannot read ${printable(path)}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/**
 * The archive of the journal that an upload made, where its CREATED line was
 * still written before the crash. The caller settles such an intent.
 *
 * One request's archive is known by its name, content and modification time,
 * by not having been there before, and by a record not older than the upload.
 * The time alone would not do: it is whole seconds of a clock that can go back.
 */
export function findRecorded(
  intent: UploadIntent,
  state: ReadonlyJournalState,
): JournalEntry | undefined {
  return sameFile(intent, state).find((entry) =>
    entry.time >= intent.started && !intent.others?.includes(entry.archiveId)
  );
}

/** The archives that the journal has of just this file: of its name, content and modification time. */
export function sameFile(
  { name, size, mtime, treeHash }: Omit<UploadIntent, "kind">,
  state: ReadonlyJournalState,
): JournalEntry[] {
  return state.versions(name).filter((entry) =>
    entry.treeHash === treeHash && entry.size === size && entry.mtime === mtime
  );
}

class IntentsFile implements Intents {
  readonly #fold: IntentFold;
  readonly #log: CompactingLog<IntentLine>;
  readonly #clock: Clock;

  constructor(fold: IntentFold, log: CompactingLog<IntentLine>, clock: Clock) {
    this.#fold = fold;
    this.#log = log;
    this.#clock = clock;
  }

  get pending(): ReadonlyMap<string, PendingIntent> {
    return this.#fold.pending;
  }

  get doubtful(): ReadonlyMap<string, Doubt> {
    return this.#fold.doubtful;
  }

  async begin(intent: UploadIntent | MultipartIntent): Promise<string> {
    const id = crypto.randomUUID();
    await this.#append({ id, ...intent });
    return id;
  }

  completing(
    id: string,
    content: Pick<CompletingIntent, "size" | "treeHash">,
  ): Promise<void> {
    const { size, treeHash } = content;
    return this.#append({ id, kind: "completing", size, treeHash });
  }

  replacing(
    id: string,
    deletion: Omit<ReplacingIntent, "kind">,
  ): Promise<void> {
    const { vault, name, replaces } = deletion;
    const kind = "replacing";
    const line: IntentLine = { id, kind, vault, name, replaces };
    return this.#append(line, { durable: false });
  }

  settle(id: string, outcome: Outcome): Promise<void> {
    return this.#append({ id, kind: "settled", outcome }, { lazy: true });
  }

  doubt(id: string, reason: string): Promise<void> {
    const time = Math.floor(this.#clock.now() / 1000);
    return this.#append({ id, kind: "doubtful", time, reason });
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #append(line: IntentLine, options: AppendOptions = {}): Promise<void> {
    return this.#log.append(line, options);
  }
}
