/**
 * The journal: which archive is which file. Losing it means losing the names
 * of everything stored, so it is only ever appended to, and every line is on
 * the device before anybody relies on it.
 *
 * @module
 */

import { JournalError, messageOf } from "../errors.ts";
import type { Platform } from "../platform.ts";
import { printable } from "../relative_name.ts";
import { AppendLog } from "./append_log.ts";
import { readIntents } from "./intents.ts";
import { judgeTail, loadJournal, type OnRecord } from "./load.ts";
import { lockJournal } from "./lock.ts";
import { intentsPath, resolveJournal } from "./paths.ts";
import { formatRecord, type JournalRecord } from "./record.ts";
import { checkSideFiles, completeLine, setAsideTail } from "./repair.ts";
import { JournalState, type ReadonlyJournalState } from "./state.ts";

/** How {@linkcode openJournal} works. Of the platform, pass `...platform`. */
export interface OpenJournalOptions
  extends Pick<Platform, "files" | "clock" | "lock"> {
  /**
   * `read` takes no lock and changes nothing on disk. `write` makes the journal
   * where there is none, and keeps other processes out.
   */
  mode: "read" | "write";
  /**
   * Whether it is an error that there is no journal. Otherwise a missing one
   * is empty.
   * @default false
   */
  mustExist?: boolean;
  /** Told, in one sentence, what the user should know although the work goes on. */
  onWarning?: (message: string) => void;
  /** In mode `read`, told of every record as it is read. */
  onRecord?: OnRecord;
  /** Ends the reading of the journal. */
  signal?: AbortSignal;
}

/** An open journal. */
export interface Journal extends AsyncDisposable {
  /** Where it is, links resolved. Other files stand beside it under names that begin so. */
  readonly path: string;
  /** What it says. */
  readonly state: ReadonlyJournalState;
  /**
   * Appends a record. Resolves once it is on the device and part of the state.
   * May be called many times at once; then many records share one wait.
   *
   * @throws {JournalError} where the record is not stored; then it is not part
   * of the state. The message tells the archive's ID, so that it is not lost.
   * After the first failure to write, all later calls fail.
   */
  append(record: JournalRecord): Promise<void>;
  /** Waits for what is being appended, closes the file, and gives the lock back. */
  close(): Promise<void>;
}

/**
 * Opens a journal.
 *
 * A last line without LF that is whole is completed, or in mode `read` taken
 * as it is. One that is torn is set aside in a file beside the journal, named
 * `….torn-` and the time, or in mode `read` left out; `onWarning` tells.
 *
 * In mode `write` everything that could keep a record from being written is
 * tried first: the lock, the journal, space for files beside it.
 *
 * @throws {JournalError} where the journal cannot be used, and why.
 */
export async function openJournal(
  path: string,
  options: OpenJournalOptions,
): Promise<Journal> {
  const place = await resolveJournal(path, options.files);
  if (!place.exists && options.mustExist) {
    throw new JournalError(`There is no journal ${printable(path)}`);
  }
  if (options.mode === "read") {
    return await openForReading(place.path, place.exists, options);
  }
  const lock = await lockJournal(place.path, options.lock);
  try {
    return await openForWriting(place.path, lock, options);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

async function openForReading(
  path: string,
  exists: boolean,
  options: OpenJournalOptions,
): Promise<Journal> {
  if (!exists) return new OpenedJournal(path, new JournalState());
  const { files, onWarning, onRecord, signal } = options;
  const { state, tail } = await loadJournal(path, files, { signal, onRecord });
  if (tail) {
    const { fold } = await readIntents(intentsPath(path), files, { signal });
    const record = judgeTail(tail, state, fold);
    if (record) {
      onRecord?.(record, state);
      state.apply(record);
    } else onWarning?.(`Left out the torn last line of ${printable(path)}`);
  }
  return new OpenedJournal(path, state);
}

async function openForWriting(
  path: string,
  lock: AsyncDisposable,
  options: OpenJournalOptions,
): Promise<Journal> {
  const { files, clock, onWarning, signal } = options;
  await checkSideFiles(path, files);
  // Opened before it is read: makes a missing journal, and refuses one that
  // may not be written before anything is changed.
  await (await AppendLog.open(path, files)).close();
  const { state, tail } = await loadJournal(path, files, { signal });
  if (tail) {
    const { fold } = await readIntents(intentsPath(path), files, { signal });
    const record = judgeTail(tail, state, fold);
    if (record) {
      await completeLine(path, files);
      state.apply(record);
      onWarning?.(
        `The last line of the journal ${
          printable(path)
        } had no end and was taken as whole: see that ${
          "name" in record
            ? `the name ${printable(record.name)}`
            : record.archiveId
        } is right`,
      );
    } else {
      const aside = await setAsideTail(path, tail, { files, clock });
      onWarning?.(
        `The last line of the journal ${printable(path)} was torn by a crash ` +
          `or a full disk; it was moved to ${printable(aside)}`,
      );
    }
  }
  const log = await AppendLog.open(path, files);
  return new OpenedJournal(path, state, { log, lock });
}

class OpenedJournal implements Journal {
  readonly path: string;
  readonly #state: JournalState;
  readonly #writer?: { log: AppendLog; lock: AsyncDisposable };
  /** Archives whose CREATED lines are on their way to the device. */
  readonly #underway = new Set<string>();
  #closing: Promise<void> | undefined;

  constructor(
    path: string,
    state: JournalState,
    writer?: { log: AppendLog; lock: AsyncDisposable },
  ) {
    this.path = path;
    this.#state = state;
    this.#writer = writer;
  }

  get state(): ReadonlyJournalState {
    return this.#state;
  }

  async append(record: JournalRecord): Promise<void> {
    const created = record.type === "created";
    const line = this.#format(record);
    if (created) this.#underway.add(record.archiveId);
    try {
      await this.#writer!.log.append(line);
    } catch (error) {
      throw refusal(record, messageOf(error), error);
    } finally {
      if (created) this.#underway.delete(record.archiveId);
    }
    this.#state.apply(record);
  }

  /** The record's line; checked as a reader would, for a bad line would cost the whole journal. */
  #format(record: JournalRecord): string {
    if (!this.#writer) {
      throw refusal(record, "the journal is open for reading only");
    }
    const twice = record.type === "created" &&
      this.#underway.has(record.archiveId);
    const problem = twice
      ? "it is being recorded already"
      : this.#state.check(record);
    if (problem) throw refusal(record, problem);
    try {
      return formatRecord(record);
    } catch (error) {
      throw refusal(record, messageOf(error), error);
    }
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    if (!this.#writer) return;
    const { log, lock } = this.#writer;
    try {
      await log.close();
    } finally {
      await lock[Symbol.asyncDispose]();
    }
  }
}

const DONE = {
  created: "was stored",
  deleted: "was deleted",
  retrieveJob: "was asked for",
} as const;

function refusal(
  record: JournalRecord,
  reason: string,
  cause?: unknown,
): JournalError {
  const name = record.type === "retrieveJob" ? "" : ` (file ${record.name})`;
  const archive = printable(`archive ${record.archiveId}${name}`);
  return new JournalError(
    `Cannot record that ${archive} ${DONE[record.type]}: ${reason}`,
    cause === undefined ? undefined : { cause },
  );
}
