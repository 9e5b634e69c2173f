/**
 * A vault, and what is done with it.
 *
 * @module
 */

import type { CredentialsProvider } from "../aws/credentials.ts";
import type { Fetch } from "../aws/http.ts";
import type { StoreContext } from "../commands/context.ts";
import { createVault } from "../commands/create_vault.ts";
import { deleteVault } from "../commands/delete_vault.ts";
import { downloadInventory } from "../commands/download_inventory.ts";
import type { DetectMode } from "../commands/plan.ts";
import { purgeVault } from "../commands/purge_vault.ts";
import { restore } from "../commands/restore.ts";
import { restoreCompleted } from "../commands/restore_completed.ts";
import { retrieveInventory } from "../commands/retrieve_inventory.ts";
import { sync } from "../commands/sync.ts";
import { uploadFile, type UploadSource } from "../commands/upload_file.ts";
import { UsageError } from "../errors.ts";
import { EVERYTHING, type NameFilter } from "../files/filter.ts";
import { GlacierStore } from "../glacier/store.ts";
import type { Tier } from "../glacier/types.ts";
import { environmentVariable } from "../platform/environment.ts";
import type { InventoryFormat } from "../store.ts";
import type { Summary } from "../transfer/events.ts";
import {
  planSizing,
  type Sizing,
  USUAL_CONCURRENCY,
} from "../transfer/sizing.ts";
import { connect } from "./connect.ts";
import { awsCredentials } from "./credentials.ts";
import { type RunOptions, runTallied } from "./run.ts";

/** Options of a {@linkcode Vault}. */
export interface VaultOptions {
  /** Its name: 1 to 255 letters, digits, `_`, `-` and `.`. */
  name: string;
  /** Region, such as `eu-west-1`; that of the environment variable `AWS_REGION` or `AWS_DEFAULT_REGION` where absent. */
  region?: string;
  /** Those that {@linkcode awsCredentials} finds, where absent. */
  credentials?: CredentialsProvider;
  /** Where the service is, such as `http://127.0.0.1:9901`; what the environment variable `AWS_ENDPOINT_URL_GLACIER` or `AWS_ENDPOINT_URL` says where absent, else AWS's own address for the region. */
  endpoint?: string;
  /** Requests under way at a time, at least 1; 16 where absent. Fewer for a while where the service throttles. */
  concurrency?: number;
  /** How often a request is repeated at most that failed for a reason that may pass; 7 where absent. */
  retries?: number;
  /** How long the service may be silent, in seconds; 180 where absent. */
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
  /** Whether to delete the archives of files that are gone. Nothing is, where any file failed. */
  deleteRemoved?: boolean;
  /** Whether to take links for what they lead to. They are left out otherwise. */
  follow?: boolean;
  /** How many files to upload, or delete the archives of, at most. */
  maxFiles?: number;
  /** Size of a part in bytes, 1 MiB times a power of two, 4 GiB at most; 16 MiB where absent. */
  partSize?: number;
  /** Bytes of files that may be held at a time; 128 MiB where absent. */
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
  /** How many files to ask for at most: the service bills for each. */
  maxFiles?: number;
}

/** Options of {@linkcode Vault.restoreCompleted}. */
export interface DownloadRunOptions extends JournalRunOptions {
  /** The folder whose missing files are to come back. */
  dir: string;
  /** Which names of the journal to restore; all where absent. */
  filter?: NameFilter;
  /** Size in bytes of segments that are fetched several at a time, 1 MiB times a power of two; each file by one request where absent. */
  segmentSize?: number;
}

/** Options of {@linkcode Vault.purge}. */
export interface PurgeRunOptions extends JournalRunOptions {
  /** Which names of the journal to delete the archives of; all where absent. */
  filter?: NameFilter;
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

/**
 * A vault of Amazon Glacier, and the runs that the command line does with it.
 *
 * Each run keeps the promises of `docs/guarantees.md`: what is recorded is
 * stored, what is stored is recorded, a restored name is a verified file. Runs
 * may be broken off at any time, by their signal or by the end of the process;
 * the next one goes on. Two runs, of whatever process, never write one journal
 * at once: the second is refused.
 *
 * A run resolves to what it amounted to. A file that fails is told by an event
 * of type `failure` and counted as `failed`; the others go on. What stops all
 * rejects the run:
 *
 * - {@linkcode UsageError} for options that cannot be, or a journal of another vault;
 * - {@linkcode CredentialsError} where there are no credentials;
 * - {@linkcode JournalError} where the journal can't be used, or is in use;
 * - {@linkcode FileError} for a folder that isn't there, or a full disk;
 * - {@linkcode ServiceError} where the service refuses, for a missing permission say;
 * - {@linkcode NetworkError} where it can't be reached, after all tries.
 *
 * All sizes are bytes, all times whole seconds since 1970.
 *
 * @example Sync a folder, and see what it came to
 * ```ts
 * import { Vault } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const vault = new Vault({ name: "photos", region: "eu-west-1" });
 * const { failed } = await vault.sync({
 *   dir: "photos",
 *   journal: "photos.log",
 *   onEvent(event) {
 *     if (event.type === "failure") console.error(event.name, event.message);
 *   },
 * });
 * assertEquals(failed, 0);
 * ```
 */
export class Vault {
  readonly #options: VaultOptions;

  /** Nothing is sent, and no name or region looked at, before the first run. */
  constructor(options: VaultOptions) {
    this.#options = options;
  }

  /** Makes the vault; one that exists already stays as it is. */
  create(options: RunOptions = {}): Promise<Summary> {
    return this.#run(options, (context) => createVault(context, this.#name));
  }

  /**
   * Deletes the vault.
   *
   * @throws {ServiceError} where its last inventory, about a day old, shows archives, or it was written to since.
   */
  delete(options: RunOptions = {}): Promise<Summary> {
    return this.#run(options, (context) => deleteVault(context, this.#name));
  }

  /**
   * Brings the vault to the state of a folder: uploads files that the journal
   * doesn't have; where that is asked for, uploads modified ones anew and
   * deletes what they replace, and deletes the archives of files that are gone.
   * Empty files, links and what is no file are left out.
   */
  sync(options: SyncRunOptions): Promise<Summary> {
    return this.#run(options, (context) =>
      sync(context, {
        dir: options.dir,
        journal: options.journal,
        filter: options.filter ?? EVERYTHING,
        modes: {
          new: options.uploadNew ?? true,
          replaceModified: options.replaceModified,
          deleteRemoved: options.deleteRemoved ?? false,
        },
        follow: options.follow,
        maxFiles: options.maxFiles,
        dryRun: options.dryRun,
        ...this.#sizing(options),
      }));
  }

  /** Uploads one file, or a stream, and records it, also where the journal has that name already. */
  upload(options: UploadRunOptions): Promise<Summary> {
    const { name, source } = options;
    return this.#run(options, (context) =>
      uploadFile(context, {
        source: sourceOf(name, source),
        input: () => "stream" in source ? source.stream : nothing(),
        journal: options.journal,
        dryRun: options.dryRun,
        ...this.#sizing(options),
      }));
  }

  /**
   * Asks for the files of the journal that are missing below the folder. The
   * service takes some hours, and bills for it; what was asked for within the
   * last 24 hours is not asked for again.
   */
  restore(options: RestoreRunOptions): Promise<Summary> {
    return this.#run(options, (context) =>
      restore(context, {
        dir: options.dir,
        journal: options.journal,
        filter: options.filter ?? EVERYTHING,
        concurrency: this.#concurrency,
        maxFiles: options.maxFiles,
        dryRun: options.dryRun,
      }));
  }

  /**
   * Downloads the missing files that the service has ready by now; `pending`
   * of the summary counts those that it has not. A file gets its name when its
   * tree hash is right; what exists is never overwritten.
   */
  restoreCompleted(options: DownloadRunOptions): Promise<Summary> {
    return this.#run(options, (context) =>
      restoreCompleted(context, {
        dir: options.dir,
        journal: options.journal,
        filter: options.filter ?? EVERYTHING,
        segmentSize: options.segmentSize ?? 0,
        concurrency: this.#concurrency,
        dryRun: options.dryRun,
      }));
  }

  /** Deletes every archive of the journal, older versions too. */
  purge(options: PurgeRunOptions): Promise<Summary> {
    return this.#run(options, (context) =>
      purgeVault(context, {
        journal: options.journal,
        filter: options.filter ?? EVERYTHING,
        concurrency: this.#concurrency,
        dryRun: options.dryRun,
      }));
  }

  /** Asks for the list of all archives, which takes the service some hours. */
  requestInventory(options: InventoryRequestOptions = {}): Promise<Summary> {
    const { format = "json" } = options;
    return this.#run(
      options,
      (context) => retrieveInventory(context, { format }),
    );
  }

  /**
   * Makes a journal of the newest inventory that is ready; an empty one, with a
   * warning, where none is.
   *
   * @throws {IntegrityError} where the inventory can't be used; then there is no new journal.
   */
  downloadInventory(options: InventoryRunOptions): Promise<Summary> {
    const { newJournal, descriptions = "all" } = options;
    const { undecodable = "archive-id" } = options;
    return this.#run(
      options,
      (context) =>
        downloadInventory(context, { newJournal, descriptions, undecodable }),
    );
  }

  get #name(): { vault: string } {
    return { vault: this.#options.name };
  }

  get #concurrency(): number {
    return this.#options.concurrency ?? USUAL_CONCURRENCY;
  }

  #sizing(
    { partSize, memoryLimit }: { partSize?: number; memoryLimit?: number },
  ): Sizing {
    const { concurrency } = this.#options;
    return planSizing({ concurrency, partSize, memoryLimit });
  }

  #run(
    options: RunOptions,
    work: (context: StoreContext) => Promise<void>,
  ): Promise<Summary> {
    const { name, tier, ...service } = this.#options;
    return runTallied(options, async ({ tally, ...local }) => {
      const { client, platform, credentials, onRetry } = connect({
        ...service,
        region: regionOf(service),
        endpoint: endpointOf(service),
        credentials: service.credentials ?? awsCredentials(),
        maxRequests: this.#concurrency,
        platform: local.platform,
        emit: local.emit,
        onRequest: (operation) => tally.countRequest(operation),
      });
      const store = new GlacierStore({ client, vault: name, tier, onRetry });
      // What is missing is found out before anything is begun.
      await credentials();
      await work({ ...local, platform, store });
    });
  }
}

function regionOf({ region }: Pick<VaultOptions, "region">): string {
  const found = region ?? environmentVariable("AWS_REGION") ??
    environmentVariable("AWS_DEFAULT_REGION");
  if (found !== undefined) return found;
  throw new UsageError(
    "Neither the vault's options nor the environment variable AWS_REGION say a region",
  );
}

function endpointOf(
  { endpoint }: Pick<VaultOptions, "endpoint">,
): string | undefined {
  return endpoint ?? environmentVariable("AWS_ENDPOINT_URL_GLACIER") ??
    environmentVariable("AWS_ENDPOINT_URL");
}

function sourceOf(
  name: string,
  source: UploadRunOptions["source"],
): UploadSource {
  return "stream" in source
    ? { kind: "stream", name, maxSize: source.maxSize }
    : { kind: "named", name, path: source.path };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
