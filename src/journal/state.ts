/**
 * What a journal says, as a whole: the fold of its records.
 *
 * @module
 */

import { ArchiveTable, type JournalEntry } from "./archive_table.ts";
import { addCreatedLine } from "./created_line.ts";
import type { CreatedRecord, JournalRecord } from "./record.ts";

export type { JournalEntry };

/** What a journal says of files and archives. */
export interface JournalContents {
  /** How many names have an archive. */
  readonly fileCount: number;
  /** The latest version of a file; `undefined` where the journal has none. */
  latest(name: string): JournalEntry | undefined;
  /** The latest version of every file, in the order in which the names first came. */
  files(): IterableIterator<[name: string, entry: JournalEntry]>;
  /** All versions of a file that were not deleted, the latest first. */
  versions(name: string): JournalEntry[];
  /** An archive that was not deleted. */
  archive(archiveId: string): JournalEntry | undefined;
  /** All archives that were not deleted, in the order of the journal. */
  archives(): IterableIterator<JournalEntry>;
  /** When an archive was deleted, in seconds since 1970; `undefined` where it was not. */
  deletedAt(archiveId: string): number | undefined;
  /** When the archive's retrieval was last asked for, in seconds since 1970. */
  retrievedAt(archiveId: string): number | undefined;
}

/** The journal's knowledge, for runs. */
export interface ReadonlyJournalState extends JournalContents {
  /** The latest version of every file, that with the oldest record first. */
  filesByAge(): IterableIterator<JournalEntry>;
  /** A number that no other archive of the journal has, below `recordCount`; a deleted one keeps its own. */
  numberOf(archiveId: string): number | undefined;
  /** How many archives the journal has or had. */
  readonly recordCount: number;
  /** The archives that were not deleted and whose retrieval was asked for. */
  retrieved(): IterableIterator<JournalEntry>;
  /**
   * Why the record cannot follow those before it, as the end of a sentence, or
   * `undefined` where it can.
   */
  check(record: JournalRecord): string | undefined;
}

/**
 * Folds records, one after the other.
 *
 * Made for millions of them: see {@linkcode ArchiveTable}. What it tells of an
 * archive is a new object each time.
 */
export class JournalState implements ReadonlyJournalState {
  readonly #archives: ArchiveTable;
  #fileCount = 0;
  /** By an archive's number; NaN where it was not. */
  readonly #deleted = new TimeColumn();
  readonly #retrieved = new TimeColumn();
  /** Of archives that the journal doesn't have, by their ID. */
  readonly #retrievedUnknown = new Map<string, number>();

  /** @param expected how many archives will come, as far as is known. */
  constructor(expected = 0) {
    this.#archives = new ArchiveTable(expected);
  }

  get fileCount(): number {
    return this.#fileCount;
  }

  get recordCount(): number {
    return this.#archives.count;
  }

  /** How many names have more archives than one. */
  get severalVersions(): number {
    let count = 0;
    for (let n = 0; n < this.#archives.count; n++) {
      if (this.#archives.ofFirst(n).length > 1) count++;
    }
    return count;
  }

  /**
   * mt-aws-glacier refuses a journal in which an archive is created twice, or
   * deleted without having been created.
   */
  check(record: JournalRecord): string | undefined {
    if (record.type === "retrieveJob") return undefined;
    const { archiveId } = record;
    const known = this.#archives.find(archiveId) >= 0;
    if (record.type === "created" && known) {
      return `the archive ${archiveId} was created before`;
    }
    if (record.type === "deleted" && !known) {
      return `the deleted archive ${archiveId} was never created`;
    }
    return undefined;
  }

  /** Takes in a record that {@linkcode JournalState.check} has let through. */
  apply(record: JournalRecord): void {
    switch (record.type) {
      case "created":
        return this.#create(record);
      case "deleted":
        return this.#delete(record.archiveId, record.time);
      case "retrieveJob":
        return this.#retrieve(record.archiveId, record.time);
    }
  }

  /**
   * Takes in a line, given without its LF, where it is that of an archive in
   * the form in which nearly all lines are, and can follow those before it;
   * returns whether that was so. It says what {@linkcode parseLine},
   * `check` and `apply` say, in a tenth of the time.
   */
  takeCreatedLine(bytes: Uint8Array, start: number, end: number): boolean {
    const before = this.#archives.count;
    if (!addCreatedLine(bytes, start, end, this.#archives)) return false;
    this.#arrived(before);
    return true;
  }

  latest(name: string): JournalEntry | undefined {
    return this.#newest(this.#archives.ofName(name));
  }

  *files(): IterableIterator<[string, JournalEntry]> {
    for (let n = 0; n < this.#archives.count; n++) {
      const entry = this.#newest(this.#archives.ofFirst(n));
      if (entry) yield [entry.name, entry];
    }
  }

  *filesByAge(): IterableIterator<JournalEntry> {
    const archives = this.#archives;
    const latest = new Uint32Array(this.#fileCount);
    let count = 0;
    for (let n = 0; n < archives.count; n++) {
      const newest = this.#newestOf(archives.ofFirst(n));
      if (newest !== undefined) latest[count++] = newest;
    }
    // In a journal that grew by and by they are in this order nearly.
    const sorted = Array.from(latest).sort((a, b) =>
      archives.timeOf(a) - archives.timeOf(b)
    );
    for (const n of sorted) {
      if (!archives.isDeleted(n)) yield archives.entry(n);
    }
  }

  versions(name: string): JournalEntry[] {
    const entries = this.#archives.ofName(name)
      .map((n) => this.#archives.entry(n));
    // Reversed first: of two that compare equal, the later line leads.
    return entries.reverse().sort((a, b) => compareAge(b, a));
  }

  archive(archiveId: string): JournalEntry | undefined {
    const n = this.#archives.find(archiveId);
    if (n < 0 || this.#archives.isDeleted(n)) return undefined;
    return this.#archives.entry(n);
  }

  *archives(): IterableIterator<JournalEntry> {
    for (let n = 0; n < this.#archives.count; n++) {
      if (!this.#archives.isDeleted(n)) yield this.#archives.entry(n);
    }
  }

  numberOf(archiveId: string): number | undefined {
    const n = this.#archives.find(archiveId);
    return n < 0 ? undefined : n;
  }

  deletedAt(archiveId: string): number | undefined {
    const n = this.#archives.find(archiveId);
    return n < 0 ? undefined : this.#deleted.get(n);
  }

  retrievedAt(archiveId: string): number | undefined {
    const n = this.#archives.find(archiveId);
    if (n < 0) return this.#retrievedUnknown.get(archiveId);
    return this.#retrieved.get(n);
  }

  *retrieved(): IterableIterator<JournalEntry> {
    for (const n of this.#retrieved.numbers()) {
      if (!this.#archives.isDeleted(n)) yield this.#archives.entry(n);
    }
  }

  #newest(numbers: readonly number[]): JournalEntry | undefined {
    const n = this.#newestOf(numbers);
    return n === undefined ? undefined : this.#archives.entry(n);
  }

  /** The latest of several versions, by `compareAge`; of two that compare equal, the later line. */
  #newestOf(numbers: readonly number[]): number | undefined {
    if (numbers.length < 2) return numbers[0];
    const archives = this.#archives;
    return numbers.reduce((a, b) => {
      const difference = archives.ageOf(a) - archives.ageOf(b) ||
        archives.timeOf(a) - archives.timeOf(b);
      return difference > 0 ? a : b;
    });
  }

  #create(record: CreatedRecord): void {
    const before = this.#archives.count;
    if (this.#archives.addRecord(record)) this.#arrived(before);
  }

  /** The archive `n` came just now. */
  #arrived(n: number): void {
    if (!this.#archives.hasOthers(n)) this.#fileCount++;
    if (this.#retrievedUnknown.size === 0) return;
    const { archiveId } = this.#archives.entry(n);
    const time = this.#retrievedUnknown.get(archiveId);
    if (time !== undefined) this.#retrieved.set(n, time);
    this.#retrievedUnknown.delete(archiveId);
  }

  #delete(archiveId: string, time: number): void {
    const n = this.#archives.find(archiveId);
    if (n < 0) return;
    this.#deleted.set(n, time);
    this.#retrieved.clear(n);
    if (this.#archives.isDeleted(n)) return;
    // By the name under which the archive was created: the line of its
    // deletion only repeats it.
    this.#archives.markDeleted(n);
    if (!this.#archives.hasOthers(n)) this.#fileCount--;
  }

  #retrieve(archiveId: string, time: number): void {
    const before = this.retrievedAt(archiveId) ?? -Infinity;
    const latest = Math.max(before, time);
    const n = this.#archives.find(archiveId);
    if (n < 0) this.#retrievedUnknown.set(archiveId, latest);
    else this.#retrieved.set(n, latest);
  }
}

/** Times of some of the archives: no memory where none has one, and 8 bytes for each otherwise. */
class TimeColumn {
  /** NaN: none. */
  #times = new Float64Array(0);

  get(n: number): number | undefined {
    const time = this.#times[n];
    return time === undefined || Number.isNaN(time) ? undefined : time;
  }

  /** The archives that have one. */
  *numbers(): Generator<number> {
    for (let n = 0; n < this.#times.length; n++) {
      if (!Number.isNaN(this.#times[n])) yield n;
    }
  }

  set(n: number, time: number): void {
    if (n >= this.#times.length) {
      const wider = new Float64Array(Math.max(1024, 2 * (n + 1))).fill(NaN);
      wider.set(this.#times);
      this.#times = wider;
    }
    this.#times[n] = time;
  }

  clear(n: number): void {
    if (n < this.#times.length) this.#times[n] = NaN;
  }
}

/** Whether `a` would be the latest of two versions of a file, where `b` was recorded before it. */
export function isLater(a: JournalEntry, b: JournalEntry): boolean {
  return compareAge(a, b) >= 0;
}

/**
 * Positive where `a` is later: by modification time, for which the time of the
 * record stands in where it is unknown; then by the time of the record. This
 * is mt-aws-glacier's rule.
 */
function compareAge(a: JournalEntry, b: JournalEntry): number {
  return (a.mtime ?? a.time) - (b.mtime ?? b.time) || a.time - b.time;
}
