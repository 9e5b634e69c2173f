/**
 * Looking through a journal for anything wrong, without stopping at the first
 * bad line.
 *
 * @module
 */

import { type JournalRecord, parseLine } from "./record.ts";
import { JournalState, type ReadonlyJournalState } from "./state.ts";

/** What a look through a journal found. */
export interface JournalTotals {
  /** Lines, good and bad. */
  lines: number;
  /** Records of archives created, as far as they can be used. */
  created: number;
  /** Records of archives deleted. */
  deleted: number;
  /** Records of archives asked for. */
  retrieveJobs: number;
  /** How many of the records are in which version of the format. */
  byVersion: Record<"0" | "A" | "B" | "C", number>;
  /** Archives that were not deleted. */
  archives: number;
  /** Their files (names). */
  files: number;
  /** Their bytes. */
  bytes: number;
  /** Archives that are not the latest version of their file. */
  olderVersions: number;
  /** Files that have more versions than one. */
  severalVersions: number;
  /** Files whose latest version has the content of another file before it in the journal. */
  sameContent: number;
  /** Deletions of archives that were deleted before. */
  deletedTwice: number;
  /** Retrievals of archives that the journal never had. */
  retrievalsOfUnknown: number;
  /** Lines with something wrong. */
  problems: number;
}

/** Takes the lines of a journal one after the other, and tells what is wrong with each. */
export class JournalVerifier {
  readonly #state = new JournalState();
  readonly #onProblem: (line: number, reason: string) => void;
  readonly #counts = {
    lines: 0,
    created: 0,
    deleted: 0,
    retrieveJobs: 0,
    byVersion: { "0": 0, A: 0, B: 0, C: 0 },
    deletedTwice: 0,
    retrievalsOfUnknown: 0,
    problems: 0,
  };

  /** `onProblem` is told the line, counted from 1, and why it is a problem, as the end of a sentence. */
  constructor(onProblem: (line: number, reason: string) => void) {
    this.#onProblem = onProblem;
  }

  /** What the lines so far come to, those left out that cannot be used. */
  get state(): ReadonlyJournalState {
    return this.#state;
  }

  /** Takes the next line, given without its end; `undefined` where it is not UTF-8. */
  take(line: string | undefined): void {
    this.#counts.lines++;
    const problem = this.#fold(line);
    if (problem !== undefined) this.#tell(problem);
  }

  /** Takes a last line that was cut off. */
  takeTorn(): void {
    this.#counts.lines++;
    this.#tell(
      "it was torn by a crash or a full disk; the next command that writes to the journal moves it to a file of its own",
    );
  }

  /** Adds up. Takes a moment where there are millions. */
  totals(): JournalTotals {
    let [archives, bytes] = [0, 0];
    for (const { size } of this.#state.archives()) {
      archives++;
      bytes += size;
    }
    return {
      ...this.#counts,
      archives,
      files: this.#state.fileCount,
      bytes,
      olderVersions: archives - this.#state.fileCount,
      severalVersions: this.#state.severalVersions,
      sameContent: countSameContent(this.#state),
    };
  }

  #tell(reason: string): void {
    this.#counts.problems++;
    this.#onProblem(this.#counts.lines, reason);
  }

  /** Folds a line into the state, where it can be; returns what is wrong with it, if anything is. */
  #fold(line: string | undefined): string | undefined {
    if (line === undefined) return "it is not UTF-8";
    const record = parseLine(line);
    if (record.type === "invalid") return record.reason;
    const unusable = this.#state.check(record);
    if (unusable !== undefined) return unusable;
    this.#count(record, line);
    const odd = this.#otherName(record);
    this.#state.apply(record);
    return odd;
  }

  #count(record: JournalRecord, line: string): void {
    const counts = this.#counts;
    const version = line.charAt(0);
    counts.byVersion[
      version === "A" || version === "B" || version === "C" ? version : "0"
    ]++;
    const { archiveId } = record;
    const gone = this.#state.deletedAt(archiveId) !== undefined;
    switch (record.type) {
      case "created":
        counts.created++;
        return;
      case "deleted":
        counts.deleted++;
        if (gone) counts.deletedTwice++;
        return;
      case "retrieveJob":
        counts.retrieveJobs++;
        if (!gone && this.#state.archive(archiveId) === undefined) {
          counts.retrievalsOfUnknown++;
        }
    }
  }

  /** A deletion repeats the name of its archive. Where it doesn't, the archive counts, and one of the two was mistaken. */
  #otherName(record: JournalRecord): string | undefined {
    if (record.type !== "deleted") return undefined;
    const entry = this.#state.archive(record.archiveId);
    if (entry === undefined || entry.name === record.name) return undefined;
    return `the archive ${record.archiveId} is deleted as ${record.name}, and was created as ${entry.name}`;
  }
}

/** How many files have the content of a file before them: the same tree hash and size. */
function countSameContent(state: ReadonlyJournalState): number {
  // Nearly all contents are there once. Only those that may be there more often
  // are kept: all of them would take much memory in a journal of millions.
  const repeated = repeatedPrints(state);
  if (repeated.size === 0) return 0;
  const contents = new Set<string>();
  let count = 0;
  for (const [, { treeHash, size }] of state.files()) {
    if (!repeated.has(printOf(treeHash))) continue;
    const content = `${treeHash} ${size}`;
    if (contents.has(content)) count++;
    else contents.add(content);
  }
  return count;
}

/** Beginnings of tree hashes that several files have. */
function repeatedPrints(state: ReadonlyJournalState): Set<number> {
  const prints = new Float64Array(state.fileCount);
  let n = 0;
  for (const [, { treeHash }] of state.files()) prints[n++] = printOf(treeHash);
  prints.sort();
  const repeated = new Set<number>();
  for (let i = 1; i < prints.length; i++) {
    if (prints[i] === prints[i - 1]) repeated.add(prints[i]);
  }
  return repeated;
}

/** The first 52 bits of a tree hash: all that a number holds exactly. */
function printOf(treeHash: string): number {
  return parseInt(treeHash.slice(0, 13), 16);
}
