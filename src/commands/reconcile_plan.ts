/**
 * Comparing a vault's inventory with the journal: what each has that the other
 * lacks. Nothing here asks or changes anything.
 *
 * @module
 */

import { IntegrityError } from "../errors.ts";
import type { OpenUpload } from "../journal/intent_record.ts";
import {
  isLater,
  type JournalEntry,
  type ReadonlyJournalState,
} from "../journal/state.ts";
import type { InventoryArchive } from "../store.ts";
import type { NamedFile } from "./inventory_names.ts";

/**
 * How much older than the inventory something must be to be missed in it, in
 * seconds. The service writes an inventory about once a day and over some time,
 * with the date of its end, and its clock is not ours; and an archive that was
 * marked as deleted in error could never be recorded again.
 */
export const MARGIN: number = 24 * 60 * 60;

/** So many archives of the journal may be missing whatever it has, for it to be taken as of this vault. */
const FEW_MISSING = 10;

/** An upload of which it isn't known whether it made an archive. */
export interface DoubtfulUpload {
  /** Its ID among the intents. */
  id: string;
  intent: OpenUpload;
  /** When the archive was there at the latest, if at all, in whole seconds since 1970. */
  time: number;
  /** Whether a run may be in the middle of it. */
  underWay?: boolean;
}

/** What the inventory says of such an upload. */
export type DoubtAnswer =
  /** This archive came of it. */
  | { answer: "found"; archiveId: string }
  /** None came of it. */
  | { answer: "absent" }
  /** It is too old to tell. */
  | { answer: "open" };

/** A {@linkcode DoubtfulUpload} with its answer. */
export type AnsweredDoubt = DoubtfulUpload & DoubtAnswer;

/** An archive that the journal doesn't know, as it would be recorded. */
export interface UnknownArchive extends NamedFile {
  archiveId: string;
  /** In bytes. */
  size: number;
  treeHash: string;
  /** When it was made, in whole seconds since 1970. */
  created: number;
  /** Where it tells no name, which is the ID then. */
  description?: string;
  /** ID among the intents of the upload that it came of, where that was in doubt. */
  doubt?: string;
  /** Whether it would be the latest version of a file in place of one with another content. */
  supersedes: boolean;
}

/** An archive that the journal has with another size or tree hash than the vault. */
export interface DifferingArchive {
  entry: JournalEntry;
  /** What the inventory says. */
  size: number;
  treeHash: string;
}

/** An archive that is there although the journal says that it was deleted. */
export interface UndeletedArchive {
  archiveId: string;
  /** From its description; `null` where that tells none. */
  name: string | null;
  size: number;
  /** When it was deleted by what the journal says, in whole seconds since 1970. */
  deleted: number;
}

/** What came of the comparison. */
export interface Comparison {
  /** When the inventory was made, or a time before that, in whole seconds since 1970; `null` where it tells nothing. */
  date: number | null;
  /** Archives of the inventory, and those of them that the journal has. */
  archives: number;
  known: number;
  unknown: UnknownArchive[];
  /** Entries of the journal that the inventory lacks although it was made later. */
  missing: JournalEntry[];
  differing: DifferingArchive[];
  undeleted: UndeletedArchive[];
  /** Entries of the journal that are old enough for the inventory to have them. */
  judged: number;
  /** Those that it lacks because it may be older than they are. */
  newer: number;
  doubts: AnsweredDoubt[];
}

/** What a comparison works with. */
export interface ComparisonOptions {
  state: ReadonlyJournalState;
  doubts: Iterable<DoubtfulUpload>;
  /** The name for an archive that the journal doesn't know. */
  nameOf(archive: InventoryArchive): NamedFile;
}

/** Takes the archives of one inventory, in its order. */
export class InventoryComparison {
  readonly #options: ComparisonOptions;
  readonly #doubts: Doubts;
  /** 1 for the archives of the journal that came, by their numbers there. */
  readonly #seen: Uint8Array;
  #known = 0;
  readonly #unknown = new Map<string, UnknownArchive>();
  readonly #differing: DifferingArchive[] = [];
  /** Archives that the journal has as deleted. */
  readonly #deleted = new Map<string, UndeletedArchive>();
  #archives = 0;
  #newest: number | undefined;

  constructor(options: ComparisonOptions) {
    this.#options = options;
    this.#doubts = new Doubts(options.doubts);
    this.#seen = new Uint8Array(options.state.recordCount);
  }

  /** @throws {IntegrityError} where an archive that the journal doesn't know comes twice, with different contents. */
  take(archive: InventoryArchive): void {
    const { state } = this.#options;
    const { archiveId, created } = archive;
    this.#archives++;
    this.#newest = Math.max(this.#newest ?? created, created);
    const entry = state.archive(archiveId);
    const deleted = state.deletedAt(archiveId);
    if (entry !== undefined) this.#takeKnown(entry, archive);
    else if (deleted !== undefined) this.#takeDeleted(archive, deleted);
    else this.#takeUnknown(archive);
  }

  /**
   * Call it when the inventory is at its end. `date`: when that was made, in
   * whole seconds since 1970, where it tells so; otherwise its newest archive
   * stands in, which is not later.
   */
  result(date: number | undefined): Comparison {
    const { state } = this.#options;
    const made = date ?? this.#newest;
    const missing: JournalEntry[] = [];
    let [judged, newer] = [0, 0];
    for (const entry of state.archives()) {
      const old = isBefore(entry.time, made);
      if (old) judged++;
      if (this.#hasSeen(entry)) continue;
      if (old) missing.push(entry);
      else newer++;
    }
    return {
      date: made ?? null,
      archives: this.#archives,
      known: this.#known,
      unknown: [...this.#unknown.values()],
      missing,
      differing: this.#differing,
      undeleted: [...this.#deleted.values()].filter(({ deleted }) =>
        isBefore(deleted, made)
      ),
      judged,
      newer,
      doubts: this.#doubts.answers(made),
    };
  }

  #takeKnown(entry: JournalEntry, { size, treeHash }: InventoryArchive): void {
    const again = this.#hasSeen(entry);
    if (!again) {
      this.#known++;
      this.#seen[this.#options.state.numberOf(entry.archiveId)!] = 1;
    }
    if (again || (entry.size === size && entry.treeHash === treeHash)) return;
    this.#differing.push({ entry, size, treeHash });
  }

  #hasSeen({ archiveId }: JournalEntry): boolean {
    return this.#seen[this.#options.state.numberOf(archiveId)!] === 1;
  }

  #takeDeleted(archive: InventoryArchive, deleted: number): void {
    const { archiveId, size } = detached(archive);
    if (this.#deleted.has(archiveId)) return;
    const { name } = this.#options.nameOf(archive);
    this.#deleted.set(archiveId, {
      archiveId,
      name: name === archiveId ? null : name,
      size,
      deleted,
    });
  }

  #takeUnknown(archive: InventoryArchive): void {
    const { state, nameOf } = this.#options;
    const { archiveId, size, treeHash, created, description } = detached(
      archive,
    );
    const known = this.#unknown.get(archiveId);
    if (known !== undefined) return expectSame(known, archive);
    const named = nameOf(archive);
    const doubt = this.#doubts.answer(archive);
    const { name, mtime } = doubt?.intent ?? named;
    const latest = state.latest(name);
    const entry = { time: created, archiveId, size, mtime, treeHash, name };
    this.#unknown.set(archiveId, {
      archiveId,
      name,
      mtime,
      size,
      treeHash,
      created,
      description: name === archiveId ? description : undefined,
      doubt: doubt?.id,
      supersedes: latest !== undefined && latest.treeHash !== treeHash &&
        isLater(entry, latest),
    });
  }
}

/** The uploads in doubt, and the archives that they turned out to have made. */
class Doubts {
  readonly #open = new Map<string, DoubtfulUpload[]>();
  readonly #answered: AnsweredDoubt[] = [];

  constructor(doubts: Iterable<DoubtfulUpload>) {
    for (const doubt of doubts) {
      const key = keyOf(doubt.intent);
      const same = this.#open.get(key);
      if (same === undefined) this.#open.set(key, [doubt]);
      else same.push(doubt);
    }
  }

  /** The upload that an archive came of, if any; it is answered by that, and won't be by another one. */
  answer(archive: InventoryArchive): DoubtfulUpload | undefined {
    const same = this.#open.get(keyOf(archive)) ?? [];
    const index = same.findIndex(({ intent }) =>
      archive.created >= intent.started - MARGIN
    );
    if (index < 0) return undefined;
    const [doubt] = same.splice(index, 1);
    const { archiveId } = detached(archive);
    this.#answered.push({ ...doubt, answer: "found", archiveId });
    return doubt;
  }

  /** All of them, once the inventory has been gone through. */
  answers(made: number | undefined): AnsweredDoubt[] {
    const rest = [...this.#open.values()].flat().map((
      doubt,
    ): AnsweredDoubt => ({
      ...doubt,
      answer: isBefore(doubt.time, made) ? "absent" : "open",
    }));
    return [...this.#answered, ...rest];
  }
}

/** By what an archive shows of which upload it came. */
function keyOf(
  { description, treeHash, size }: Pick<
    OpenUpload,
    "description" | "treeHash" | "size"
  >,
): string {
  return JSON.stringify([description, treeHash, size]);
}

/** Whether an inventory of that date must know of what happened at `time`. */
function isBefore(time: number, made: number | undefined): boolean {
  return made !== undefined && time < made - MARGIN;
}

/** A copy whose texts are not parts of longer ones, which would be kept with them. */
function detached(archive: InventoryArchive): InventoryArchive {
  return JSON.parse(JSON.stringify(archive));
}

function expectSame(known: UnknownArchive, archive: InventoryArchive): void {
  const { archiveId, size, treeHash } = archive;
  if (known.size === size && known.treeHash === treeHash) return;
  throw new IntegrityError(
    `The inventory cannot be used (ask for a new one): the archive ${archiveId} comes twice, with different contents`,
  );
}

/**
 * How many archives of the journal the inventory may lack. Where it lacks more,
 * it is that of another vault, or that vault was emptied.
 */
export function mostMissing(
  { known, judged }: Pick<Comparison, "known" | "judged">,
): number {
  return known === 0 ? 0 : Math.max(FEW_MISSING, Math.floor(judged / 2));
}
