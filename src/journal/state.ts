/**
 * What a journal says, as a whole: the fold of its records.
 *
 * @module
 */

import type { CreatedRecord, JournalRecord } from "./record.ts";

/** An archive of the journal. */
export type JournalEntry = Readonly<Omit<CreatedRecord, "type">>;

/** The journal's knowledge, for reading. */
export interface ReadonlyJournalState {
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
  /**
   * Why the record cannot follow those before it, as the end of a sentence, or
   * `undefined` where it can.
   */
  check(record: JournalRecord): string | undefined;
}

/**
 * Folds records, one after the other.
 *
 * Made for millions of them: an entry is one object, and a name with one
 * version, which nearly all are, refers to it without a list in between.
 */
export class JournalState implements ReadonlyJournalState {
  readonly #byName = new Map<string, JournalEntry | JournalEntry[]>();
  readonly #byArchive = new Map<string, JournalEntry>();
  readonly #deleted = new Map<string, number>();
  readonly #retrieved = new Map<string, number>();

  get fileCount(): number {
    return this.#byName.size;
  }

  /** How many names have more archives than one. */
  get severalVersions(): number {
    let count = 0;
    for (const versions of this.#byName.values()) {
      if (Array.isArray(versions)) count++;
    }
    return count;
  }

  /**
   * mt-aws-glacier refuses a journal in which an archive is created twice, or
   * deleted without having been created.
   */
  check(record: JournalRecord): string | undefined {
    const { archiveId } = record;
    const known = this.#byArchive.has(archiveId) ||
      this.#deleted.has(archiveId);
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

  latest(name: string): JournalEntry | undefined {
    const versions = this.#byName.get(name);
    return Array.isArray(versions) ? newest(versions) : versions;
  }

  *files(): IterableIterator<[string, JournalEntry]> {
    for (const [name, versions] of this.#byName) {
      yield [name, Array.isArray(versions) ? newest(versions) : versions];
    }
  }

  versions(name: string): JournalEntry[] {
    const versions = this.#byName.get(name);
    if (versions === undefined) return [];
    if (!Array.isArray(versions)) return [versions];
    // Reversed first: of two that compare equal, the later line leads.
    return versions.toReversed().sort((a, b) => compareAge(b, a));
  }

  archive(archiveId: string): JournalEntry | undefined {
    return this.#byArchive.get(archiveId);
  }

  archives(): IterableIterator<JournalEntry> {
    return this.#byArchive.values();
  }

  deletedAt(archiveId: string): number | undefined {
    return this.#deleted.get(archiveId);
  }

  retrievedAt(archiveId: string): number | undefined {
    return this.#retrieved.get(archiveId);
  }

  #create(record: CreatedRecord): void {
    const { time, archiveId, size, mtime, treeHash, name } = record;
    const entry = { time, archiveId, size, mtime, treeHash, name };
    this.#byArchive.set(archiveId, entry);
    const others = this.#byName.get(name);
    if (others === undefined) this.#byName.set(name, entry);
    else if (Array.isArray(others)) others.push(entry);
    else this.#byName.set(name, [others, entry]);
  }

  #delete(archiveId: string, time: number): void {
    this.#deleted.set(archiveId, time);
    this.#retrieved.delete(archiveId);
    const entry = this.#byArchive.get(archiveId);
    if (entry === undefined) return;
    this.#byArchive.delete(archiveId);
    // By the name under which the archive was created: the line of its
    // deletion only repeats it.
    const versions = this.#byName.get(entry.name);
    if (!Array.isArray(versions)) {
      this.#byName.delete(entry.name);
      return;
    }
    const rest = versions.filter((version) => version !== entry);
    this.#byName.set(entry.name, rest.length === 1 ? rest[0] : rest);
  }

  #retrieve(archiveId: string, time: number): void {
    const before = this.#retrieved.get(archiveId) ?? -Infinity;
    this.#retrieved.set(archiveId, Math.max(before, time));
  }
}

/** The latest of at least one version; of two that compare equal, the later line. */
function newest(versions: readonly JournalEntry[]): JournalEntry {
  return versions.reduce((a, b) => compareAge(a, b) > 0 ? a : b);
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
