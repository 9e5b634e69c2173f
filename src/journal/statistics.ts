/**
 * What a journal holds, in numbers.
 *
 * @module
 */

import type { JournalRecord } from "./record.ts";
import type { JournalEntry, ReadonlyJournalState } from "./state.ts";

/** What a journal, or the names of it that a filter lets pass, comes to. */
export interface JournalStatistics {
  /** Names that have an archive. */
  files: number;
  /** Archives that were not deleted, all versions. */
  archives: number;
  /** Their bytes. */
  bytes: number;
  /** Of these archives, those that are not the latest version of their file. */
  olderVersions: number;
  /** Their bytes. */
  olderBytes: number;
  /** Files that have more versions than one. */
  severalVersions: number;
  /** Archives that were deleted. */
  deleted: number;
  /** Their bytes. */
  deletedBytes: number;
  /** How often archives were asked for. */
  retrieveJobs: number;
  /** When the first of the records was made, in seconds since 1970; `null` where there are none. */
  first: number | null;
  /** When the last of them was made. */
  last: number | null;
}

/** How many archives have a size, or an age, up to a limit. */
export interface Spread {
  /** Such as `up to 1 MiB`. */
  label: string;
  /** The limit, itself included, in bytes or seconds; `null` for what is more than any limit. */
  upTo: number | null;
  /** How many archives. */
  archives: number;
  /** Their bytes. */
  bytes: number;
}

/** Counts the records of a journal whose names a filter lets pass. */
export class RecordCounter {
  readonly #includes: (name: string) => boolean;
  readonly #counts = {
    deleted: 0,
    deletedBytes: 0,
    retrieveJobs: 0,
    first: null as number | null,
    last: null as number | null,
  };

  constructor(includes: (name: string) => boolean) {
    this.#includes = includes;
  }

  /** Takes the next record; `before` is what those before it come to. */
  take(record: JournalRecord, before: ReadonlyJournalState): void {
    const archive = before.archive(record.archiveId);
    // A deletion counts for the name under which the archive was created. Of
    // an archive that is gone, or never was, a retrieval doesn't tell the name.
    const name = archive?.name ?? ("name" in record ? record.name : undefined);
    if (name === undefined || !this.#includes(name)) return;
    const counts = this.#counts;
    const { time } = record;
    counts.first = Math.min(counts.first ?? time, time);
    counts.last = Math.max(counts.last ?? time, time);
    if (record.type === "retrieveJob") counts.retrieveJobs++;
    else if (record.type === "deleted" && archive !== undefined) {
      counts.deleted++;
      counts.deletedBytes += archive.size;
    }
  }

  /** The counts, together with those of what is in the journal after the last record. */
  statistics(state: ReadonlyJournalState): JournalStatistics {
    const statistics = {
      files: 0,
      archives: 0,
      bytes: 0,
      olderVersions: 0,
      olderBytes: 0,
      severalVersions: 0,
      ...this.#counts,
    };
    for (const [name] of state.files()) {
      if (!this.#includes(name)) continue;
      const [latest, ...older] = state.versions(name);
      statistics.files++;
      statistics.archives += 1 + older.length;
      statistics.bytes += latest.size;
      if (older.length > 0) statistics.severalVersions++;
      statistics.olderVersions += older.length;
      for (const { size } of older) {
        statistics.bytes += size;
        statistics.olderBytes += size;
      }
    }
    return statistics;
  }
}

const MEBIBYTE = 1024 ** 2;
const GIBIBYTE = 1024 ** 3;
const DAY = 24 * 60 * 60;
const YEAR = 365 * DAY;

type Limit = [limit: number, words: string];

const SIZES: Limit[] = [
  [MEBIBYTE, "1 MiB"],
  [16 * MEBIBYTE, "16 MiB"],
  [128 * MEBIBYTE, "128 MiB"],
  [GIBIBYTE, "1 GiB"],
  [10 * GIBIBYTE, "10 GiB"],
  [100 * GIBIBYTE, "100 GiB"],
];

/** The first is that of Amazon: archives deleted sooner are billed for the rest of it. */
const AGES: Limit[] = [
  [90 * DAY, "90 days"],
  [YEAR, "1 year"],
  [2 * YEAR, "2 years"],
  [5 * YEAR, "5 years"],
  [10 * YEAR, "10 years"],
];

/** How the sizes of archives are spread. */
export function spreadOfSizes(archives: Iterable<JournalEntry>): Spread[] {
  return spreadOver(SIZES, archives, ({ size }) => size);
}

/** How the ages of archives are spread at the time `now`, in seconds since 1970. */
export function spreadOfAges(
  archives: Iterable<JournalEntry>,
  now: number,
): Spread[] {
  return spreadOver(AGES, archives, ({ time }) => now - time);
}

function spreadOver(
  limits: readonly Limit[],
  archives: Iterable<JournalEntry>,
  measure: (entry: JournalEntry) => number,
): Spread[] {
  const spread: Spread[] = limits.map(([upTo, words]) => ({
    label: `up to ${words}`,
    upTo,
    archives: 0,
    bytes: 0,
  }));
  const [, largest] = limits.at(-1)!;
  spread.push({
    label: `more than ${largest}`,
    upTo: null,
    archives: 0,
    bytes: 0,
  });
  for (const entry of archives) {
    const value = measure(entry);
    const part = spread.find(({ upTo }) => upTo === null || value <= upTo)!;
    part.archives++;
    part.bytes += entry.size;
  }
  return spread;
}
