/**
 * What a vault and its runs are given.
 *
 * @module
 */

import type { CredentialsProvider } from "../aws/credentials.ts";
import type { Fetch } from "../aws/http.ts";
import type { DetectMode } from "../commands/plan.ts";
import type { NameFilter } from "../files/filter.ts";
import type { Tier } from "../glacier/types.ts";
import type { InventoryFormat } from "../store.ts";
import type { RunOptions } from "./run.ts";

/** Options of a {@linkcode Vault}. */
export interface VaultOptions {
  /** Its name: 1 to 255 letters, digits, `_`, `-` and `.`. */
  name: string;
  /** Region, such as `eu-west-1`; that of the environment variable `AWS_REGION` or `AWS_DEFAULT_REGION` where absent. */
  region?: string;
  /** Those that {@linkcode awsCredentials} finds, where absent. What it gives is remembered over all runs, until five minutes before it expires or the service says that it has. */
  credentials?: CredentialsProvider;
  /** Where the service is, such as `http://127.0.0.1:9901`; what the environment variable `AWS_ENDPOINT_URL_GLACIER` or `AWS_ENDPOINT_URL` says where absent, else AWS's own address for the region. */
  endpoint?: string;
  /** Requests under way at a time, 1 to 1000; 16 where absent. Fewer for a while where the service throttles. */
  concurrency?: number;
  /** How often a request is repeated at most that failed for a reason that may pass, 0 to 100; 7 where absent. */
  retries?: number;
  /** How long the service may be silent, in seconds, up to 86400; 180 where absent. */
  timeout?: number;
  /** How fast retrievals are to be; `Standard` where absent, 3 to 5 hours as a rule. */
  tier?: Tier;
  /** Sends requests; the runtime's own `fetch` where absent. */
  fetch?: Fetch;
}

/** What all runs with a journal take. */
export interface JournalRunOptions extends RunOptions {
  /** Path of the journal. It is made where there is none and the run writes to it. */
  journal: string;
  /** Whether to tell what would be done, by events, and do none of it. */
  dryRun?: boolean;
  /** Whether to use the journal although it is of another vault, and take it for one of this vault from now on. */
  rebind?: boolean;
}

/** Options of {@linkcode Vault.sync}. */
export interface SyncRunOptions extends JournalRunOptions {
  /** The folder to keep. */
  dir: string;
  /** Which names to take, of local files and of the journal's; all where absent. */
  filter?: NameFilter;
  /** Whether to upload files that the journal doesn't have; so it is where absent. */
  uploadNew?: boolean;
  /** Upload modified files anew, and then delete the archives that they replace: what makes a file of the same size a modified one. No file where absent. */
  replaceModified?: DetectMode;
  /** Whether to delete the archives of files that are gone. Nothing is, where any file failed; and a filter must be one that {@linkcode Vault.purge} would take, too. */
  deleteRemoved?: boolean;
  /** Whether to take links for what they lead to. They are left out otherwise. */
  follow?: boolean;
  /** How many files to upload, or delete the archives of, at most; at least 1. */
  maxFiles?: number;
  /** Whether to look through the folder before the first upload, so that an event `planned` tells what lies ahead. */
  countFirst?: boolean;
  /** Size of a part in bytes, 1 MiB times a power of two, 4 GiB at most; 16 MiB where absent. */
  partSize?: number;
  /** Bytes of files that may be held at a time, 1 MiB at least, and not less than `partSize`; 128 MiB where absent. */
  memoryLimit?: number;
}

/** Options of {@linkcode Vault.upload}. */
export interface UploadRunOptions extends JournalRunOptions {
  /** What it is to be called: a relative path with `/` between its parts. */
  name: string;
  /** The file, or its bytes. Of a stream that fails no archive is made. */
  source: { path: string } | {
    stream: AsyncIterable<Uint8Array>;
    /** How many bytes may come, where that is known: a stream of more than 156 GiB needs larger parts. */
    maxSize?: number;
  };
  /** As for {@linkcode Vault.sync}. */
  partSize?: number;
  /** As for {@linkcode Vault.sync}. */
  memoryLimit?: number;
}

/** Options of {@linkcode Vault.restore}. */
export interface RestoreRunOptions extends JournalRunOptions {
  /** The folder whose missing files are to come back. */
  dir: string;
  /** Which names of the journal to restore; all where absent. */
  filter?: NameFilter;
  /** How many files to ask for at most, at least 1: the service bills for each. */
  maxFiles?: number;
}

/** Options of {@linkcode Vault.restoreCompleted}. */
export interface DownloadRunOptions extends JournalRunOptions {
  /** The folder whose missing files are to come back. */
  dir: string;
  /** Which names of the journal to restore; all where absent. */
  filter?: NameFilter;
  /** Size in bytes of segments that are fetched several at a time, 1 MiB times a power of two, 4 GiB at most; each file by one request where it is 0 or absent. */
  segmentSize?: number;
}

/** Options of {@linkcode Vault.purge}. */
export interface PurgeRunOptions extends JournalRunOptions {
  /**
   * Which names of the journal to delete the archives of; {@linkcode EVERYTHING}
   * for all. Rules of {@linkcode createFilter} that include something must end
   * by one that matches everything, such as `{ include: false, pattern: "" }`:
   * names that no rule matches are taken, and would be deleted.
   */
  filter: NameFilter;
}

/** Options of {@linkcode Vault.requestInventory}. */
export interface InventoryRequestOptions extends RunOptions {
  /** How the inventory is to be written; `json` where absent. */
  format?: InventoryFormat;
}

/** Options of {@linkcode Vault.downloadInventory}. */
export interface InventoryRunOptions extends RunOptions {
  /** Where to make the journal; must not be there, or be empty. */
  newJournal: string;
  /** Whose descriptions tell names: `mt` those of mt-aws-glacier and ours alone, `all` those of other programs, too, which is the default. */
  descriptions?: "all" | "mt";
  /** Archives without a name are recorded under their ID, which is the default, left out, or an error. */
  undecodable?: "archive-id" | "leave-out" | "fail";
}
