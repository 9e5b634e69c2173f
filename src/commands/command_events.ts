/**
 * What commands tell that no run of the library does: of all vaults, of
 * uploads that are not ended, and of journals that are looked through or
 * compared with an inventory.
 *
 * @module
 */

import type { JournalStatistics, Spread } from "../journal/statistics.ts";
import type { JournalTotals } from "../journal/verify.ts";
import type { InventoryFormat, VaultInfo } from "../store.ts";
import type {
  NamedArchive,
  ResultEvent,
  RunEvent,
} from "../transfer/events.ts";

/** What becomes of an unfinished upload: see docs/orphans.md. */
export type UploadState =
  /** The next sync goes on with it. */
  | "resumable"
  /** It was of standard input, and can't be gone on with: the next sync ends it. */
  | "stream"
  /** All parts were sent, and the archive asked for: the next sync asks again, and records it. */
  | "completing"
  /** It isn't known whether an archive came of it. */
  | "doubtful"
  /** The service has given it up: the next sync begins anew. */
  | "gone"
  /** It is not of this journal. */
  | "foreign";

/** How a journal and the inventory of its vault compare: numbers of archives, but for the first three. */
export interface ReconcileTotals {
  /** The inventory's job. */
  jobId: string;
  /** How the inventory is written. */
  format: InventoryFormat;
  /** When the inventory was made, or a time before that; `null` where it tells nothing. */
  date: number | null;
  /** Of the inventory. */
  archives: number;
  /** Of these, those that the journal has. */
  known: number;
  /** That the journal doesn't know. */
  unknown: number;
  /** That the vault lacks. */
  missing: number;
  /** With another size or tree hash. */
  differing: number;
  /** Recorded as deleted, and there all the same. */
  undeleted: number;
  /** Of the journal, old enough for the inventory to have them. */
  judged: number;
  /** Of the journal, missing because they may be newer than the inventory. */
  newer: number;
  /** Uploads in doubt. */
  doubts: number;
}

/** Size and tree hash of a content. */
export interface ContentIdentity {
  /** In bytes. */
  size: number;
  /** Lower-case hexadecimal. */
  treeHash: string;
}

/** Results of these commands. */
export type CommandResultEvent =
  /** A vault of the account. */
  | { type: "vault" } & VaultInfo
  /** All vaults together. */
  | {
    type: "vaultTotals";
    /** How many. */
    vaults: number;
    /** Archives in them, by their last inventories. */
    archives: number;
    /** Bytes in these. */
    size: number;
  }
  /** Something is wrong with a line of a journal. */
  | {
    type: "journalProblem";
    /** Number of the line, from 1. */
    line: number;
    /** What, as the end of a sentence. */
    reason: string;
  }
  /** What a look through a journal found. */
  | {
    type: "journalTotals";
    /** All of it. */
    totals: JournalTotals;
  }
  /** An upload in parts that is begun and not ended. */
  | {
    type: "unfinishedUpload";
    /** The service's ID of it. */
    uploadId: string;
    /** Whether it is of this journal. */
    own: boolean;
    /** What becomes of it. */
    state: UploadState;
    /** Whether the service knows it. */
    listed: boolean;
    /** Name of the file; `null` where its description tells none. */
    name: string | null;
    /** The archive's description. */
    description: string;
    /** Of the file; `null` where unknown. */
    size: number | null;
    /** Size of its parts. */
    partSize: number;
    /** When it was begun. */
    began: number;
    /** How many parts the service has of it; of one's own. */
    storedParts?: number;
    /** How many bytes the service has of it; of one's own. */
    storedBytes?: number;
  }
  /** It isn't known whether an upload made an archive. */
  | {
    type: "uploadInDoubt";
    /** Name of the file. */
    name: string;
    /** Its size; `null` where unknown. */
    size: number | null;
    /** Since when. */
    time: number;
    /** Why. */
    reason: string;
  }
  /** How many uploads are unfinished. */
  | {
    type: "uploadTotals";
    /** Of this journal. */
    own: number;
    /** Of these, those that the service has given up. */
    gone: number;
    /** Of others. */
    foreign: number;
    /** In doubt. */
    inDoubt: number;
  }
  /** No upload is unfinished. */
  | { type: "nothingUnfinished" }
  /** In a dry run: an upload would be ended. */
  | {
    type: "willAbort";
    /** The service's ID of it. */
    uploadId: string;
    /** Name of the file; `null` where its description tells none. */
    name: string | null;
    /** Whether it is of this journal. */
    own: boolean;
  }
  /** An upload was ended, and its parts are gone. */
  | {
    type: "uploadAborted";
    /** The service's ID of it. */
    uploadId: string;
    /** Name of the file; `null` where its description tells none. */
    name: string | null;
    /** Whether it was of this journal. */
    own: boolean;
  }
  /** No upload is to be ended. */
  | { type: "nothingToAbort" }
  /** An archive of the vault that the journal doesn't know. `name`: its ID where its description tells none. */
  | {
    type: "unknownArchive";
    /** Last modification of the file; `null` where unknown. */
    mtime: number | null;
    /** Its tree hash. */
    treeHash: string;
    /** When it was made. */
    created: number;
    /** Where it tells no name. */
    description: string | null;
    /** Whether it came of an upload in doubt. */
    inDoubt: boolean;
    /** Whether it is a later version of a file than the journal has, with another content. */
    supersedes: boolean;
  } & NamedArchive
  /** An archive of the journal that the vault lacks. */
  | {
    type: "missingArchive";
    /** When it was recorded. */
    recorded: number;
  } & NamedArchive
  /** An archive that is another one in the vault than in the journal. */
  | {
    type: "differingArchive";
    /** The service's ID of it. */
    archiveId: string;
    /** Name of its file. */
    name: string;
    /** What the journal says. */
    journal: ContentIdentity;
    /** What the inventory says. */
    inventory: ContentIdentity;
  }
  /** An archive that the journal says was deleted, and that is there. */
  | {
    type: "undeletedArchive";
    /** The service's ID of it. */
    archiveId: string;
    /** Name of its file; `null` where its description tells none. */
    name: string | null;
    /** Its size. */
    size: number;
    /** When it was deleted, by the journal. */
    deleted: number;
  }
  /** What an inventory says of an upload in doubt. */
  | {
    type: "doubt";
    /** Name of the file. */
    name: string;
    /** Its size; `null` where unknown. */
    size: number | null;
    /** Whether an archive came of it; `open` where the inventory is too old to tell. */
    answer: "found" | "absent" | "open";
    /** The archive, where there is one. */
    archiveId: string | null;
  }
  /** How a journal and an inventory compare. */
  | {
    type: "reconcileTotals";
    /** All of it. */
    totals: ReconcileTotals;
  }
  /** In a dry run: an unknown archive would be recorded. */
  | { type: "willAdopt" } & NamedArchive
  /** An unknown archive was recorded. */
  | { type: "adopted" } & NamedArchive
  /** In a dry run: a missing archive would be recorded as deleted. */
  | { type: "willMark" } & NamedArchive
  /** A missing archive was recorded as deleted. */
  | { type: "marked" } & NamedArchive
  /** What a journal holds. */
  | {
    type: "journalStatistics";
    /** All of it. */
    statistics: JournalStatistics;
  }
  /** How the archives of a journal spread. */
  | {
    type: "journalSpread";
    /** By what. */
    of: "size" | "age";
    /** From the smallest limit to the largest. */
    spread: Spread[];
  }
  /** The end of a run of the command line. */
  | { type: "done" };

/** Results of any command. */
export type AnyResultEvent = ResultEvent | CommandResultEvent;

/** Anything that a command tells. */
export type CommandEvent = RunEvent | CommandResultEvent;
