/**
 * Everything that a run of the library tells while it goes on; what other
 * commands tell besides is in `commands/command_events.ts`. Events carry data; how they
 * look, as text or JSON, is decided where they are shown.
 *
 * Names are relative to the folder and raw; paths are as the host writes them.
 * Sizes are bytes, times whole seconds since 1970, hashes lower-case
 * hexadecimal.
 *
 * @module
 */

import type { FileProblem, NetworkProblem } from "../errors.ts";
import type { InventoryFormat, RequestSubject } from "../store.ts";

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
  };

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

/** An error as plain data, by which programs can tell it from others. */
export interface FailureError {
  /** Its class, such as `ServiceError` or `FileError`. */
  name: string;
  /** What the service calls it, such as `ThrottlingException`; of a {@linkcode ServiceError}. */
  code?: string;
  /** What went wrong; of a {@linkcode FileError} or a {@linkcode NetworkError}. */
  problem?: FileProblem | NetworkProblem;
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
    /** Why, in a sentence that tells which file it was, and may be shown on a terminal. */
    message: string;
    /** The same for programs. */
    error: FailureError;
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

/** Anything that a run tells. */
export type RunEvent = ResultEvent | TroubleEvent | ProgressEvent;

/** Takes events; must not throw. */
export type Emit = (event: RunEvent) => void;
