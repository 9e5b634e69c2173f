/**
 * A vault, and what is done with it.
 *
 * @module
 */

import { abortable } from "../async/abortable.ts";
import {
  cachedCredentials,
  type CredentialsProvider,
} from "../aws/credentials.ts";
import type { StoreContext } from "../commands/context.ts";
import { createVault } from "../commands/create_vault.ts";
import { deleteVault } from "../commands/delete_vault.ts";
import { downloadInventory } from "../commands/download_inventory.ts";
import { purgeVault } from "../commands/purge_vault.ts";
import { restore } from "../commands/restore.ts";
import { restoreCompleted } from "../commands/restore_completed.ts";
import { retrieveInventory } from "../commands/retrieve_inventory.ts";
import { sync } from "../commands/sync.ts";
import { uploadFile, type UploadSource } from "../commands/upload_file.ts";
import { EVERYTHING } from "../files/filter.ts";
import { GlacierStore } from "../glacier/store.ts";
import type { Summary } from "../transfer/events.ts";
import {
  planSizing,
  type Sizing,
  USUAL_CONCURRENCY,
} from "../transfer/sizing.ts";
import type { StreamWords } from "../transfer/upload_stream.ts";
import { endpointInEnvironment, regionOf } from "./aws_client.ts";
import { connect } from "./connect.ts";
import { awsCredentials } from "./credentials.ts";
import { checkOptions, type OptionRules, VAULT_CHECKS } from "./options.ts";
import { type RunOptions, runTallied } from "./run.ts";
import type {
  DownloadRunOptions,
  InventoryRequestOptions,
  InventoryRunOptions,
  PurgeRunOptions,
  RestoreRunOptions,
  SyncRunOptions,
  UploadRunOptions,
  VaultOptions,
} from "./vault_options.ts";

/** What a vault is given. */
const VAULT_RULES: OptionRules = {
  checks: VAULT_CHECKS,
  required: ["name"],
  optional: Object.keys(VAULT_CHECKS),
};

const SYNC_RULES: OptionRules = {
  required: ["dir", "journal"],
  optional: [
    "filter",
    "uploadNew",
    "replaceModified",
    "deleteRemoved",
    "follow",
    "maxFiles",
    "countFirst",
    "partSize",
    "memoryLimit",
    "dryRun",
    "rebind",
  ],
};

const UPLOAD_RULES: OptionRules = {
  required: ["name", "source", "journal"],
  optional: ["partSize", "memoryLimit", "dryRun", "rebind"],
};

/**
 * A vault of Amazon Glacier, and the runs that the command line does with it:
 * mt-aws-glacier's ("Specification for some commands" in its README).
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
 * const vault = new Vault({ name: "photos" });
 * const { failed } = await vault.sync({
 *   dir: "photos",
 *   journal: "photos.log",
 *   onEvent(event) {
 *     if (event.type === "failure") console.error(event.message);
 *   },
 * });
 * assertEquals(failed, 0);
 * ```
 */
export class Vault {
  readonly #options: VaultOptions;
  /** Remembers what it gave, over all runs. */
  #credentials: CredentialsProvider | undefined;

  /** Nothing is sent, and no name or region looked at, before the first run. */
  constructor(options: VaultOptions) {
    this.#options = options;
  }

  /**
   * Makes the vault; one that exists already stays as it is.
   *
   * @example Twice is no error
   * ```ts
   * import { Vault } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const vault = new Vault({ name: "videos" });
   * await vault.create();
   * const { operations } = await vault.create();
   * assertEquals(operations, { CreateVault: 1 });
   * ```
   */
  create(options: RunOptions = {}): Promise<Summary> {
    return this.#run(
      options,
      {},
      (context) => createVault(context, this.#name),
    );
  }

  /**
   * Deletes the vault.
   *
   * @throws {ServiceError} where its last inventory, about a day old, shows archives, or it was written to since.
   *
   * @example An empty vault
   * ```ts
   * import { Vault } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const vault = new Vault({ name: "made-by-mistake" });
   * await vault.create();
   * const { requests } = await vault.delete();
   * assertEquals(requests, 1);
   * ```
   */
  delete(options: RunOptions = {}): Promise<Summary> {
    return this.#run(
      options,
      {},
      (context) => deleteVault(context, this.#name),
    );
  }

  /**
   * Brings the vault to the state of a folder: uploads files that the journal
   * doesn't have; where that is asked for, uploads modified ones anew and
   * deletes what they replace, and deletes the archives of files that are gone.
   * Empty files, links and what is no file are left out.
   *
   * @example What a sync would do, and then the sync
   * ```ts
   * import { Vault } from "@moraine/moraine";
   * import { assert, assertEquals } from "@std/assert";
   *
   * const vault = new Vault({ name: "second-copy" });
   * await vault.create();
   * const options = { dir: "photos", journal: "second-copy.log" };
   * const planned: string[] = [];
   * await vault.sync({
   *   ...options,
   *   dryRun: true,
   *   onEvent(event) {
   *     if (event.type === "willUpload") planned.push(event.name);
   *   },
   * });
   * assert(planned.includes("notes.txt"));
   * const { files, failed } = await vault.sync(options);
   * assertEquals({ files, failed }, { files: planned.length, failed: 0 });
   * ```
   */
  sync(options: SyncRunOptions): Promise<Summary> {
    return this.#run(
      options,
      SYNC_RULES,
      (context) =>
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
          countFirst: options.countFirst,
          maxFiles: options.maxFiles,
          dryRun: options.dryRun,
          ...this.#sizing(options),
        }),
    );
  }

  /**
   * Uploads one file, or a stream, and records it, also where the journal has that name already.
   *
   * @example What a program makes, without a file
   * ```ts
   * import { readJournal, Vault } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * async function* backup() {
   *   yield new TextEncoder().encode("first line\n");
   *   yield new TextEncoder().encode("second line\n");
   * }
   * const vault = new Vault({ name: "photos" });
   * const { files, bytes } = await vault.upload({
   *   name: "backups/today.txt",
   *   source: { stream: backup() },
   *   journal: "backups.log",
   * });
   * assertEquals({ files, bytes }, { files: 1, bytes: 23 });
   * const journal = await readJournal("backups.log");
   * assertEquals(journal.latest("backups/today.txt")?.size, 23);
   * ```
   */
  upload(options: UploadRunOptions): Promise<Summary> {
    return this.#run(options, UPLOAD_RULES, (context) => {
      const { name, source, journal, dryRun } = options;
      return uploadFile(context, {
        source: sourceOf(name, source),
        input: () => "stream" in source ? source.stream : nothing(),
        inputWords: STREAM_WORDS,
        journal,
        dryRun,
        ...this.#sizing(options),
      });
    });
  }

  /**
   * Asks for the files of the journal that are missing below the folder. The
   * service takes some hours, and bills for it; what was asked for within the
   * last 24 hours is not asked for again.
   *
   * @example Asked for twice, billed once
   * ```ts
   * import { Vault } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const vault = new Vault({ name: "photos", tier: "Bulk" });
   * const options = { dir: "not there yet", journal: "photos.log" };
   * await vault.restore(options);
   * const { files, operations } = await vault.restore(options);
   * assertEquals(files, 0);
   * assertEquals(operations.InitiateJob, undefined);
   * ```
   */
  restore(options: RestoreRunOptions): Promise<Summary> {
    return this.#run(
      options,
      {
        required: ["dir", "journal"],
        optional: ["filter", "maxFiles", "dryRun", "rebind"],
      },
      (context) =>
        restore(context, {
          dir: options.dir,
          journal: options.journal,
          filter: options.filter ?? EVERYTHING,
          concurrency: this.#concurrency,
          maxFiles: options.maxFiles,
          dryRun: options.dryRun,
        }),
    );
  }

  /**
   * Downloads the missing files that the service has ready by now; `pending`
   * of the summary counts those that it has not. A file gets its name when its
   * tree hash is right; what exists is never overwritten.
   *
   * @example A file that was lost
   * ```ts
   * import { checkLocalHash, createFilter, Vault } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const vault = new Vault({ name: "photos" });
   * const filter = createFilter([
   *   { include: true, pattern: "notes.txt" },
   *   { include: false, pattern: "" },
   * ]);
   * const options = { dir: "restored", journal: "photos.log", filter };
   * await vault.restore(options);
   * // With Amazon this is done some hours later, as often as `pending` is not 0.
   * const { files, pending } = await vault.restoreCompleted(options);
   * assertEquals({ files, pending }, { files: 1, pending: 0 });
   * // Its bytes are those that were uploaded.
   * const checked = await checkLocalHash(options);
   * assertEquals([checked.files, checked.failed], [1, 0]);
   * ```
   */
  restoreCompleted(options: DownloadRunOptions): Promise<Summary> {
    return this.#run(
      options,
      {
        required: ["dir", "journal"],
        optional: ["filter", "segmentSize", "dryRun", "rebind"],
      },
      (context) =>
        restoreCompleted(context, {
          dir: options.dir,
          journal: options.journal,
          filter: options.filter ?? EVERYTHING,
          segmentSize: options.segmentSize ?? 0,
          concurrency: this.#concurrency,
          dryRun: options.dryRun,
        }),
    );
  }

  /**
   * Deletes the archives of the journal that the filter takes, older versions
   * too. Amazon bills those that are less than 90 days old for the rest of these.
   *
   * @throws {UsageError} where the filter has rules of what to take and none for the rest, which it would take, too.
   *
   * @example Some names, and no others
   * ```ts
   * import { createFilter, Vault } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const vault = new Vault({ name: "photos" });
   * const names: string[] = [];
   * await vault.purge({
   *   journal: "photos.log",
   *   filter: createFilter([
   *     { include: true, pattern: "notes.*" },
   *     // Without this rule all others would be taken, too.
   *     { include: false, pattern: "" },
   *   ]),
   *   dryRun: true,
   *   onEvent(event) {
   *     if (event.type === "willDelete") names.push(event.name);
   *   },
   * });
   * assertEquals(names, ["notes.txt"]);
   * ```
   *
   * @example What would be deleted
   * ```ts
   * import { EVERYTHING, Vault } from "@moraine/moraine";
   * import { assert, assertEquals } from "@std/assert";
   *
   * const vault = new Vault({ name: "photos" });
   * const names: string[] = [];
   * const { deleted } = await vault.purge({
   *   journal: "photos.log",
   *   filter: EVERYTHING,
   *   dryRun: true,
   *   onEvent(event) {
   *     if (event.type === "willDelete") names.push(event.name);
   *   },
   * });
   * assert(names.includes("notes.txt"));
   * assertEquals(deleted, 0);
   * ```
   */
  purge(options: PurgeRunOptions): Promise<Summary> {
    return this.#run(
      options,
      {
        required: ["journal", "filter"],
        optional: ["dryRun", "rebind"],
        deletes: true,
      },
      (context) =>
        purgeVault(context, {
          journal: options.journal,
          filter: options.filter,
          concurrency: this.#concurrency,
          dryRun: options.dryRun,
        }),
    );
  }

  /**
   * Asks for the list of all archives, which takes the service some hours.
   *
   * @example As CSV
   * ```ts
   * import { Vault } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const vault = new Vault({ name: "photos" });
   * const { operations } = await vault.requestInventory({ format: "csv" });
   * assertEquals(operations.InitiateJob, 1);
   * ```
   */
  requestInventory(options: InventoryRequestOptions = {}): Promise<Summary> {
    return this.#run(
      options,
      { optional: ["format"] },
      (context) =>
        retrieveInventory(context, { format: options.format ?? "json" }),
    );
  }

  /**
   * Makes a journal of the newest inventory that is ready; `files` of the
   * summary counts the archives in it. The command line makes an empty journal
   * where none is ready; this doesn't, because `sync` would upload all anew.
   *
   * @throws {ItemNotFoundError} where none is ready; then there is no new journal.
   * @throws {IntegrityError} where the inventory can't be used; then there is no new journal.
   *
   * @example A journal that was lost
   * ```ts
   * import { readJournal, Vault } from "@moraine/moraine";
   * import { assert, assertEquals } from "@std/assert";
   *
   * const vault = new Vault({ name: "photos" });
   * await vault.requestInventory();
   * // With Amazon this is done some hours later.
   * const { files } = await vault.downloadInventory({ newJournal: "found.log" });
   * assert(files > 0);
   * const [lost, found] = await Promise.all(
   *   ["photos.log", "found.log"].map((path) => readJournal(path)),
   * );
   * assertEquals(found.latest("notes.txt"), {
   *   ...lost.latest("notes.txt")!,
   *   time: found.latest("notes.txt")!.time,
   * });
   * ```
   */
  downloadInventory(options: InventoryRunOptions): Promise<Summary> {
    return this.#run(
      options,
      {
        required: ["newJournal"],
        optional: ["descriptions", "undecodable"],
      },
      (context) =>
        downloadInventory(context, {
          newJournal: options.newJournal,
          orEmpty: false,
          descriptions: options.descriptions ?? "all",
          undecodable: options.undecodable ?? "archive-id",
        }),
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

  async #run(
    options: RunOptions & { rebind?: boolean },
    rules: OptionRules,
    work: (context: StoreContext) => Promise<void>,
  ): Promise<Summary> {
    checkOptions(this.#options, VAULT_RULES);
    checkOptions(options, rules);
    const { name, tier, ...service } = this.#options;
    const credentials = this.#credentials ??= cachedCredentials(
      service.credentials ?? awsCredentials(),
    );
    return await runTallied(options, async ({ tally, ...local }) => {
      const { client, platform, onRetry } = connect({
        ...service,
        region: regionOf(service.region),
        endpoint: service.endpoint ?? endpointInEnvironment(),
        credentials,
        maxRequests: this.#concurrency,
        platform: local.platform,
        emit: local.emit,
        onRequest: (operation) => tally.countRequest(operation),
      });
      const store = new GlacierStore({ client, vault: name, tier, onRetry });
      // What is missing is found out before anything is begun.
      await abortable(credentials(), local.signal);
      await work({ ...local, platform, store, rebind: options.rebind });
    });
  }
}

/** How errors speak of a stream. */
const STREAM_WORDS: StreamWords = {
  title: "the stream",
  advice:
    "give source.maxSize with the most that may come, or a larger partSize",
};

function sourceOf(
  name: string,
  source: UploadRunOptions["source"],
): UploadSource {
  return "stream" in source
    ? { kind: "stream", name, maxSize: source.maxSize }
    : { kind: "named", name, path: source.path };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
