/**
 * Everything that a run tells while it goes on. Events carry data; how they
 * look, as text or JSON, is decided where they are shown.
 *
 * Names are relative to the folder and raw; paths are as the host writes them.
 * Sizes are bytes, times whole seconds since 1970, hashes lower-case
 * hexadecimal.
 *
 * @module
 */

import type { JournalStatistics, Spread } from "../journal/statistics.ts";
import type { JournalTotals } from "../journal/verify.ts";
import type { InventoryFormat, RequestSubject, VaultInfo } from "../store.ts";

/** What was found of a file when it was compared with the journal. */
export type CheckOutcome =
  | "ok"
  | "treeHashMismatch"
  | "sizeMismatch"
  | "zeroSize"
  | "missing"
  | "error";

/** How many files had which outcome. */
export interface CheckTotals {
  /** As they were uploaded. */
  ok: number;
  /** With another modification time, whatever else: counted besides. */
  mtimeMismatch: number;
  /** With the same size and other bytes. */
  treeHashMismatch: number;
  /** With another size. */
  sizeMismatch: number;
  /** Empty now. */
  zeroSize: number;
  /** Not there. */
  missing: number;
  /** That could not be read. */
  errors: number;
}

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

/** A local file that a run is about. */
export interface LocalFile {
  /** Its name: its path below the folder, with `/` between its parts. */
  name: string;
  /** Where it is on this machine. */
  path: string;
  /** Its size in bytes. */
  size: number;
}

/** An archive that a run is about. */
export interface NamedArchive {
  /** Name of its file. */
  name: string;
  /** The service's ID of it. */
  archiveId: string;
  /** Its size in bytes. */
  size: number;
}

/** Size and tree hash of a content. */
export interface ContentIdentity {
  /** In bytes. */
  size: number;
  /** Lower-case hexadecimal. */
  treeHash: string;
}

/** Results: what was done, or would be. */
export type ResultEvent =
  /** A vault was made, or is there already. */
  | {
    type: "vaultCreated";
    /** Its name. */
    vault: string;
  }
  /** A vault was deleted. */
  | {
    type: "vaultDeleted";
    /** Its name. */
    vault: string;
  }
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
  /** In a dry run: a file would be uploaded. */
  | { type: "willUpload" } & LocalFile
  /** In a dry run: a stream would be uploaded. */
  | {
    type: "willUploadStream";
    /** What it would be called. */
    name: string;
  }
  /** In a dry run: its tree hash decides whether it is uploaded. */
  | { type: "willVerify" } & LocalFile
  /** In a dry run: an archive would be deleted. */
  | { type: "willDelete" } & NamedArchive
  /** A file's tree hash was compared with the journal's. */
  | {
    type: "compared";
    /** Its name. */
    name: string;
    /** Where it is on this machine. */
    path: string;
    /** Whether it is the same. */
    matches: boolean;
  }
  /** An archive was deleted. */
  | { type: "deleted" } & NamedArchive
  /** The journal has no archive to delete. */
  | { type: "nothingToDelete" }
  /** A file is in the vault, and in the journal. */
  | {
    type: "uploaded";
    /** Where it is on this machine; `null` for what came as a stream. */
    path: string | null;
    /** Its last modification. */
    mtime: number;
    /** Its tree hash. */
    treeHash: string;
  } & NamedArchive
  /** In a dry run: an archive would be asked for. */
  | { type: "willRetrieve" } & NamedArchive
  /** An archive was asked for. */
  | {
    type: "retrievalStarted";
    /** The service's ID of the request. */
    jobId: string;
  } & NamedArchive
  /** In a dry run: a file would be downloaded. */
  | { type: "willDownload" } & NamedArchive
  /** A file is back under its name. */
  | {
    type: "downloaded";
    /** Where it is on this machine. */
    path: string;
    /** In how many requests it was fetched. */
    segments: number;
  } & NamedArchive
  /** A download goes on with what an earlier run has brought. */
  | {
    type: "downloadResumed";
    /** Where the file will be on this machine. */
    path: string;
    /** How many of its bytes are there. */
    present: number;
  } & NamedArchive
  /** A segment of a file is there. */
  | {
    type: "downloadedPart";
    /** Name of the file. */
    name: string;
    /** Where the file will be on this machine. */
    path: string;
    /** The service's ID of the archive. */
    archiveId: string;
    /** Where in the file the segment begins, in bytes. */
    offset: number;
    /** Size of the segment in bytes. */
    size: number;
  }
  /** An inventory was asked for. */
  | {
    type: "inventoryRequested";
    /** The service's ID of the request. */
    jobId: string;
    /** How it will be written. */
    format: InventoryFormat;
  }
  /** A journal was made of an inventory. */
  | {
    type: "inventoryDownloaded";
    /** The inventory's job. */
    jobId: string;
    /** How the inventory is written. */
    format: InventoryFormat;
    /** Archives in the new journal. */
    archives: number;
    /** Bytes in them. */
    bytes: number;
    /** Of these, those recorded under their ID. */
    undecoded: number;
    /** Archives left out because they have no name. */
    leftOut: number;
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
  /** In a dry run: a file would be read. */
  | {
    type: "willCheck";
    /** Its name. */
    name: string;
  }
  /** A file has another modification time than the journal says. */
  | {
    type: "mtimeMismatch";
    /** Its name. */
    name: string;
    /** That of the file. */
    localMtime: number;
    /** That of the journal. */
    journalMtime: number;
  }
  /** A file was compared with the journal. */
  | {
    type: "checked";
    /** Its name. */
    name: string;
    /** What was found. */
    outcome: CheckOutcome;
    /** Its size, by the journal. */
    size: number;
    /** Its tree hash, by the journal. */
    treeHash: string;
    /** Why the file could not be read. */
    reason?: string;
  }
  /** How many files had which outcome. */
  | {
    type: "checkTotals";
    /** All of it. */
    totals: CheckTotals;
  }
  /** No file is missing. */
  | { type: "nothingToRestore" }
  /** A file was left out on purpose. */
  | {
    type: "skipped";
    /** Its name. */
    name: string;
    /** Why. */
    reason: "empty";
  }
  /** A file was asked for and is not ready yet. */
  | {
    type: "notReady";
    /** Its name. */
    name: string;
    /** The service's ID of the archive. */
    archiveId: string;
  }
  /** The last event of a run of the library, also of one that rejects, and the last but `done` of the command line: what it amounted to. */
  | {
    type: "summary";
    /** All of it. */
    summary: Summary;
  }
  /** The end of a run of the command line. */
  | { type: "done" };

/** What a run amounted to. */
export interface Summary {
  /** Files done: uploaded, asked for, downloaded; of a check, those that are as they were; of an inventory, the archives in the new journal. */
  files: number;
  /** Bytes in them. */
  bytes: number;
  /** Archives deleted. */
  deleted: number;
  /** Files that failed and were named. */
  failed: number;
  /** Files left out because they are empty. */
  empty: number;
  /** Retrievals that are not ready yet. */
  pending: number;
  /** Requests sent, repeated ones included. */
  requests: number;
  /** How many of them were of which operation: some are billed, at different prices. */
  operations: Record<string, number>;
}

/** Trouble that doesn't end the run. */
export type TroubleEvent =
  /** Something that whoever runs it should know. */
  | {
    type: "warning";
    /** A sentence. */
    message: string;
  }
  /** One file failed; the others go on. */
  | {
    type: "failure";
    /** Its name. */
    name: string;
    /** Why, in a sentence. */
    message: string;
  }
  /** A request failed and is sent again after `delay` milliseconds. */
  | {
    type: "retry";
    /** Number of the try that failed; the first is 1. */
    attempt: number;
    /** Milliseconds until the next try. */
    delay: number;
    /** Why it failed, in a sentence. */
    message: string;
  } & RequestSubject
  /** A request failed for a reason that may pass, and is not sent again. */
  | {
    type: "gaveUp";
    /** How often it was tried. */
    attempts: number;
    /** It had all its tries; no request at all has succeeded for `patience` milliseconds; it may have taken effect, and must not do so twice. */
    reason: "tries" | "outage" | "uncertain";
    /** In milliseconds. */
    patience: number;
    /** Why the last try failed, in a sentence. */
    message: string;
  } & RequestSubject
  /** The service throttles, or the line is too slow: from now on so many requests are sent at a time. */
  | {
    type: "requestLimit";
    /** How many. */
    requests: number;
    /** Why, in a sentence. */
    message: string;
  }
  /** So many are sent at a time again, as many as were wanted. */
  | {
    type: "requestLimitLifted";
    /** How many. */
    requests: number;
  };

/** How far a run is. */
export type ProgressEvent =
  /** What lies ahead. */
  | {
    type: "planned";
    /** Files to go through. */
    files: number;
    /** Bytes in them that are to be sent, received or hashed. */
    bytes: number;
  }
  /** Bytes sent, received or hashed since the last such event. */
  | {
    type: "transferred";
    /** How many. */
    bytes: number;
  }
  /** One more file is through, in whatever way. */
  | { type: "fileEnded" };

/** Any event. */
export type RunEvent = ResultEvent | TroubleEvent | ProgressEvent;

/** Takes events; must not throw. */
export type Emit = (event: RunEvent) => void;
