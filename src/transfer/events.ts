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

/** Results: what was done, or would be. */
export type ResultEvent =
  | { type: "vaultCreated"; vault: string }
  | { type: "vaultDeleted"; vault: string }
  | { type: "vault" } & VaultInfo
  | { type: "vaultTotals"; vaults: number; archives: number; size: number }
  | { type: "willUpload"; name: string; path: string; size: number }
  | { type: "willUploadStream"; name: string }
  /** Its tree hash decides whether it is uploaded. */
  | { type: "willVerify"; name: string; path: string; size: number }
  | { type: "willDelete"; name: string; archiveId: string; size: number }
  /** A file's tree hash was compared with the journal's. */
  | { type: "compared"; name: string; path: string; matches: boolean }
  | { type: "deleted"; name: string; archiveId: string; size: number }
  | { type: "nothingToDelete" }
  | {
    type: "uploaded";
    name: string;
    /** `null` for what came on standard input. */
    path: string | null;
    size: number;
    mtime: number;
    treeHash: string;
    archiveId: string;
  }
  | { type: "willRetrieve"; name: string; archiveId: string; size: number }
  | {
    type: "retrievalStarted";
    name: string;
    archiveId: string;
    jobId: string;
    size: number;
  }
  | { type: "willDownload"; name: string; archiveId: string; size: number }
  | {
    type: "downloaded";
    name: string;
    path: string;
    archiveId: string;
    size: number;
    /** In how many requests it was fetched. */
    segments: number;
  }
  /** A download goes on with what an earlier run has brought. */
  | {
    type: "downloadResumed";
    name: string;
    path: string;
    archiveId: string;
    size: number;
    /** How many of its bytes are there. */
    present: number;
  }
  | {
    type: "downloadedPart";
    name: string;
    path: string;
    archiveId: string;
    offset: number;
    size: number;
  }
  | { type: "inventoryRequested"; jobId: string; format: InventoryFormat }
  | {
    type: "inventoryDownloaded";
    jobId: string;
    format: InventoryFormat;
    archives: number;
    /** Archives recorded under their ID, and those left out. */
    undecoded: number;
    leftOut: number;
  }
  | { type: "journalProblem"; line: number; reason: string }
  | { type: "journalTotals"; totals: JournalTotals }
  | {
    type: "unfinishedUpload";
    uploadId: string;
    /** Whether it is of this journal. */
    own: boolean;
    state: UploadState;
    /** Whether the service knows it. */
    listed: boolean;
    /** `null` where its description tells none. */
    name: string | null;
    description: string;
    /** Of the file; `null` where unknown. */
    size: number | null;
    partSize: number;
    began: number;
    /** What the service has of it; of one's own. */
    storedParts?: number;
    storedBytes?: number;
  }
  | {
    type: "uploadInDoubt";
    name: string;
    size: number | null;
    /** Since when. */
    time: number;
    reason: string;
  }
  | {
    type: "uploadTotals";
    own: number;
    gone: number;
    foreign: number;
    inDoubt: number;
  }
  | { type: "nothingUnfinished" }
  | { type: "willAbort"; uploadId: string; name: string | null; own: boolean }
  | {
    type: "uploadAborted";
    uploadId: string;
    name: string | null;
    own: boolean;
  }
  | { type: "nothingToAbort" }
  | {
    type: "unknownArchive";
    archiveId: string;
    /** The archive's ID where its description tells none. */
    name: string;
    mtime: number | null;
    size: number;
    treeHash: string;
    created: number;
    /** Where it tells no name. */
    description: string | null;
    /** Whether it came of an upload in doubt. */
    inDoubt: boolean;
    /** Whether it is a later version of a file than the journal has, with another content. */
    supersedes: boolean;
  }
  | {
    type: "missingArchive";
    archiveId: string;
    name: string;
    size: number;
    recorded: number;
  }
  | {
    type: "differingArchive";
    archiveId: string;
    name: string;
    journal: { size: number; treeHash: string };
    inventory: { size: number; treeHash: string };
  }
  | {
    type: "undeletedArchive";
    archiveId: string;
    /** `null` where its description tells none. */
    name: string | null;
    size: number;
    /** When it was deleted, by the journal. */
    deleted: number;
  }
  | {
    type: "doubt";
    name: string;
    size: number | null;
    /** Whether an archive came of it; `open` where the inventory is too old to tell. */
    answer: "found" | "absent" | "open";
    archiveId: string | null;
  }
  | { type: "reconcileTotals"; totals: ReconcileTotals }
  | { type: "willAdopt"; archiveId: string; name: string; size: number }
  | { type: "adopted"; archiveId: string; name: string; size: number }
  | { type: "willMark"; archiveId: string; name: string; size: number }
  | { type: "marked"; archiveId: string; name: string; size: number }
  | { type: "journalStatistics"; statistics: JournalStatistics }
  | { type: "journalSpread"; of: "size" | "age"; spread: Spread[] }
  | { type: "willCheck"; name: string }
  | {
    type: "mtimeMismatch";
    name: string;
    localMtime: number;
    journalMtime: number;
  }
  | {
    type: "checked";
    name: string;
    outcome: CheckOutcome;
    size: number;
    treeHash: string;
    /** Why the file could not be read. */
    reason?: string;
  }
  | { type: "checkTotals"; totals: CheckTotals }
  | { type: "nothingToRestore" }
  /** A file was left out on purpose. */
  | { type: "skipped"; name: string; reason: "empty" }
  /** A file was asked for and is not ready yet. */
  | { type: "notReady"; name: string; archiveId: string }
  | { type: "summary"; summary: Summary }
  | { type: "done" };

/** What a run amounted to. */
export interface Summary {
  /** Files done: uploaded, asked for, downloaded; of a check, those that are as they were. */
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
  | { type: "warning"; message: string }
  /** One file failed; the others go on. */
  | { type: "failure"; name: string; message: string }
  /** A request failed and is sent again after `delay` milliseconds. */
  | {
    type: "retry";
    attempt: number;
    delay: number;
    message: string;
  } & RequestSubject
  /** A request failed for a reason that may pass, and is not sent again. */
  | {
    type: "gaveUp";
    attempts: number;
    /** It had all its tries; no request at all has succeeded for `patience` milliseconds; it may have taken effect, and must not do so twice. */
    reason: "tries" | "outage" | "uncertain";
    patience: number;
    message: string;
  } & RequestSubject
  /** The service throttles, or the line is too slow: from now on so many requests are sent at a time. */
  | { type: "requestLimit"; requests: number; message: string }
  /** So many are sent at a time again, as many as were wanted. */
  | { type: "requestLimitLifted"; requests: number };

/** How far a run is. */
export type ProgressEvent =
  /** What lies ahead. */
  | { type: "planned"; files: number; bytes: number }
  /** Bytes sent, received or hashed since the last such event. */
  | { type: "transferred"; bytes: number }
  /** One more file is through, in whatever way. */
  | { type: "fileEnded" };

/** Any event. */
export type RunEvent = ResultEvent | TroubleEvent | ProgressEvent;

/** Takes events; must not throw. */
export type Emit = (event: RunEvent) => void;
