/**
 * Names for the archives of an inventory.
 *
 * @module
 */

import { MoraineError } from "../errors.ts";
import {
  decodeForeignDescription,
  fitsFileSystems,
} from "../files/foreign_names.ts";
import { decodeDescription } from "../files/names.ts";
import { HashSet } from "../journal/hash_set.ts";
import type { ReadonlyJournalState } from "../journal/state.ts";
import { printable } from "../relative_name.ts";
import type { InventoryArchive } from "../store.ts";

/** What to take names from, and what to do where there are none. */
export interface NamingOptions {
  /** `mt`: mt-aws-glacier's descriptions and ours; `all`: those of other programs too. */
  descriptions: "all" | "mt";
  /** Record archives without a name under their ID, leave them out, or end with an error. */
  undecodable: "archive-id" | "leave-out" | "fail";
}

/** What a description tells, or what is taken in its place. */
interface FoundName {
  name: string;
  mtime: number | null;
  /** Whether archives of one name are versions of one file. */
  versioned: boolean;
}

/** What a journal tells of names. */
export type NameLookup = Pick<ReadonlyJournalState, "latest" | "versions">;

/** A file of a journal. */
export interface NamedFile {
  name: string;
  /** In whole seconds since 1970; `null` where unknown. */
  mtime: number | null;
}

/** How much of an archive's ID tells it from others of the same name. */
const SHORT_ID = 12;

/**
 * Gives names to the archives of one inventory, in their order, and counts
 * those without one.
 *
 * Archives of one name are versions of a file, of which only the latest is
 * restored. Programs that keep versions mean that; people who write the same
 * description twice don't, and those names are told apart by the archives' IDs.
 * So it is with names that the journal, where there is one, has already.
 */
export class InventoryNames {
  readonly #options: NamingOptions;
  readonly #journal: NameLookup | undefined;
  /** Names that were given, for as long as they might be given again. */
  readonly #given = new HashSet();
  /** Those of them that can't have a second version. */
  readonly #single = new HashSet();
  #undecoded = 0;
  #leftOut = 0;

  /** `journal`: what the archives are to be added to. */
  constructor(options: NamingOptions, journal?: NameLookup) {
    this.#options = options;
    this.#journal = journal;
  }

  /** Archives named by their IDs. */
  get undecoded(): number {
    return this.#undecoded;
  }

  /** Archives left out. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /**
   * The name for an archive, `undefined` where it is to be left out.
   *
   * @throws {MoraineError} where it has none, and that is to end the run.
   */
  nameOf(archive: InventoryArchive): NamedFile | undefined {
    const found = this.#decode(archive) ?? this.#withoutName(archive);
    if (found === undefined) return undefined;
    const { mtime } = found;
    return { name: this.#unlikeOthers(found, archive.archiveId), mtime };
  }

  #decode({ description }: InventoryArchive): FoundName | undefined {
    const file = decodeDescription(description);
    if (file !== undefined) return { ...file, versioned: true };
    if (this.#options.descriptions === "mt") return undefined;
    return decodeForeignDescription(description);
  }

  #withoutName(
    { archiveId, description }: InventoryArchive,
  ): FoundName | undefined {
    switch (this.#options.undecodable) {
      case "archive-id":
        this.#undecoded++;
        return { name: archiveId, mtime: null, versioned: false };
      case "leave-out":
        this.#leftOut++;
        return undefined;
      case "fail":
        throw new MoraineError(
          `The description of the archive ${archiveId} tells no name: "${
            printable(description)
          }" (--undecodable archive-id takes its ID for one, leave-out leaves it out)`,
        );
    }
  }

  #unlikeOthers(
    { name, versioned }: FoundName,
    archiveId: string,
  ): string {
    // All descriptions are of programs that keep versions.
    if (this.#options.descriptions === "mt") return name;
    const taken = versioned ? this.#isSingle(name) : this.#isGiven(name);
    const free = taken ? this.#withId(name, archiveId) : name;
    this.#given.add(free);
    if (!versioned) this.#single.add(free);
    return free;
  }

  #isGiven(name: string): boolean {
    return this.#given.has(name) ||
      this.#journal?.latest(name) !== undefined;
  }

  /**
   * In the journal, one without a modification time: neither mt-aws-glacier nor
   * we describe an archive so, and which program's it is can't be told any more.
   */
  #isSingle(name: string): boolean {
    return this.#single.has(name) ||
      this.#journal?.versions(name).some(({ mtime }) => mtime === null) ===
        true;
  }

  #withId(name: string, archiveId: string): string {
    const short = archiveId.slice(0, SHORT_ID);
    const free = [`${name} (${short})`, `${name} (${archiveId})`].find((each) =>
      fitsFileSystems(each) && !this.#isGiven(each)
    );
    // No other archive is called so, unless somebody wrote it into a description.
    return free ?? archiveId;
  }
}
