/**
 * Making a journal of what is known from elsewhere. It gets its name only when
 * it is whole: a half journal would pass for one of a vault that has less.
 *
 * @module
 */

import { JournalError, messageOf, MoraineError } from "../errors.ts";
import type { Files, OpenFile, Platform } from "../platform.ts";
import { printable } from "../relative_name.ts";
import { HashSet } from "./hash_set.ts";
import { scanLines } from "./lines.ts";
import { lockJournal } from "./lock.ts";
import {
  asUnfinishedPath,
  folderOf,
  resolveJournal,
  unfinishedPath,
} from "./paths.ts";
import { type CreatedRecord, formatRecord, parseLine } from "./record.ts";

/** How {@linkcode beginJournal} works. Of the platform, pass `...platform`. */
export type NewJournalOptions = Pick<Platform, "files" | "lock">;

/** How many records are put off because their archives may be there already. */
const MAX_PUT_OFF = 100_000;

/** How much is written at a time, in characters. */
const BATCH = 1024 * 1024;

const encoder = new TextEncoder();

/**
 * Begins a journal: locks it, and makes a file beside its place.
 *
 * @throws {JournalError} where there is a journal that is not empty, or none
 * can be made.
 */
export async function beginJournal(
  path: string,
  options: NewJournalOptions,
): Promise<NewJournal> {
  const { files } = options;
  const place = await resolveJournal(path, files);
  await expectEmpty(place.path, files);
  const lock = await lockJournal(place.path, options.lock);
  try {
    // Somebody else may have made it just before.
    await expectEmpty(place.path, files);
    await removeUnfinished(place.path, files);
    const unfinished = unfinishedPath(place.path);
    const file = await writing(
      place.path,
      () => files.open(unfinished, "create"),
    );
    return new NewJournal(place.path, { files, lock, file, unfinished });
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * A journal that is being made, under the lock of the one that it will be. What
 * was not published is gone when this is disposed of.
 */
export class NewJournal implements AsyncDisposable {
  /** Where it will be, links resolved. */
  readonly path: string;
  readonly #files: Files;
  readonly #lock: AsyncDisposable;
  readonly #file: OpenFile;
  readonly #unfinished: string;
  readonly #archives = new HashSet();
  /** Records of archives that seem to be there already, by their IDs. */
  readonly #putOff = new Map<string, CreatedRecord>();
  #batch = "";
  #length = 0;
  #records = 0;
  #bytes = 0;
  #repeated = 0;

  /** Use {@linkcode beginJournal}. */
  constructor(path: string, parts: {
    files: Files;
    lock: AsyncDisposable;
    file: OpenFile;
    unfinished: string;
  }) {
    this.path = path;
    this.#files = parts.files;
    this.#lock = parts.lock;
    this.#file = parts.file;
    this.#unfinished = parts.unfinished;
  }

  /** Records that the journal has. */
  get records(): number {
    return this.#records;
  }

  /** Bytes of the archives that these are of. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Records that were added again, and are in the journal once. */
  get repeated(): number {
    return this.#repeated;
  }

  /**
   * Adds a record; they may come in any number. The same one may be added
   * again, which changes nothing.
   *
   * @throws {JournalError} where the record can't be one of a journal, or the
   * file can't be written; nothing can be added after that.
   */
  async add(record: CreatedRecord): Promise<void> {
    if (this.#archives.add(record.archiveId)) {
      this.#append(record);
    } else {
      this.#putOffRecord(record);
    }
    if (this.#batch.length >= BATCH) await this.#write();
  }

  /**
   * Brings all onto the device and gives the journal its name. Nothing can be
   * added after this.
   *
   * @throws {JournalError} where it can't be written, something of its name
   * has appeared meanwhile, or two different records are of one archive.
   */
  async publish(options: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#settlePutOff(options.signal);
    await this.#write();
    options.signal?.throwIfAborted();
    await writing(this.path, async () => {
      await this.#file.sync();
      await this.#file.close();
      // Where the file system has no permissions, there is nothing to give.
      await this.#files.publish(this.#unfinished).catch(() => {});
    });
    await this.#giveName();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#file.close();
      await this.#files.remove(this.#unfinished);
    } catch {
      // The next one that is begun here removes it.
    } finally {
      await this.#lock[Symbol.asyncDispose]();
    }
  }

  #append(record: CreatedRecord): void {
    this.#batch += formatted(record);
    this.#records++;
    this.#bytes += record.size;
  }

  /**
   * An archive that is recorded twice makes the journal unreadable, one that is
   * left out is lost; which of them this is about tells only a look at the
   * file, once it is written.
   */
  #putOffRecord(record: CreatedRecord): void {
    const known = this.#putOff.get(record.archiveId);
    if (known !== undefined) return this.#repeat(known, record);
    if (this.#putOff.size >= MAX_PUT_OFF) {
      throw new JournalError(
        `Cannot make the journal ${
          printable(this.path)
        }: too many archives come twice`,
      );
    }
    this.#putOff.set(record.archiveId, record);
  }

  /** Makes sure that two records of one archive say the same of it. */
  #repeat(a: CreatedRecord, b: CreatedRecord): void {
    if (a.treeHash !== b.treeHash || a.size !== b.size) {
      throw new JournalError(
        `Cannot make the journal ${
          printable(this.path)
        }: the archive ${a.archiveId} comes twice, with different contents`,
      );
    }
    this.#repeated++;
  }

  async #settlePutOff(signal: AbortSignal | undefined): Promise<void> {
    if (this.#putOff.size === 0) return;
    await this.#write();
    await scanLines(this.path, this.#file, (line) => {
      const archiveId = line!.split("\t", 4)[3];
      const putOff = this.#putOff.get(archiveId);
      if (putOff === undefined) return;
      this.#repeat(parseLine(line!) as CreatedRecord, putOff);
      this.#putOff.delete(archiveId);
    }, { signal });
    for (const record of this.#putOff.values()) this.#append(record);
  }

  async #write(): Promise<void> {
    const bytes = encoder.encode(this.#batch);
    this.#batch = "";
    if (bytes.length === 0) return;
    await writing(this.path, () => this.#file.write(bytes, this.#length));
    this.#length += bytes.length;
  }

  async #giveName(): Promise<void> {
    const { path } = this;
    const files = this.#files;
    await expectEmpty(path, files);
    await writing(path, async () => {
      if (await files.lstat(path) === undefined) {
        await this.#takeFreeName();
      } else {
        // An empty file.
        await files.rename(this.#unfinished, path);
      }
      await files.syncDirectory(folderOf(path));
    });
  }

  async #takeFreeName(): Promise<void> {
    const { path } = this;
    const files = this.#files;
    try {
      // A second name for the same file, because that fails where the name is
      // taken, while renaming would replace what is there.
      await files.link(this.#unfinished, path);
    } catch {
      // Taken by now; or the file system has no hard links, and a file that
      // appears in this very moment could be replaced.
      await expectEmpty(path, files);
      await files.rename(this.#unfinished, path);
    }
  }
}

function formatted(record: CreatedRecord): string {
  try {
    return formatRecord(record);
  } catch (cause) {
    throw new JournalError(
      `Cannot record the archive ${record.archiveId}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** @throws {JournalError} where there is a journal with something in it. */
async function expectEmpty(path: string, files: Files): Promise<void> {
  const info = await writing(path, () => files.stat(path));
  if (info === undefined || (info.kind === "file" && info.size === 0)) return;
  throw new JournalError(
    `The new journal ${
      printable(path)
    } is there already and not empty: give a name that is not taken`,
  );
}

/** Removes what runs left behind that were killed; the lock tells that none is alive. */
async function removeUnfinished(path: string, files: Files): Promise<void> {
  await writing(path, async () => {
    for await (const { name } of files.readDirectory(folderOf(path))) {
      const left = asUnfinishedPath(name, path);
      if (left !== undefined) await files.remove(left);
    }
  });
}

/** Runs a step on the disk; its failure names the journal. */
async function writing<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (cause instanceof MoraineError) throw cause;
    throw new JournalError(
      `Cannot make the journal ${printable(path)}: ${messageOf(cause)}`,
      { cause },
    );
  }
}
