/**
 * One Glacier vault as an archive store.
 *
 * @module
 */

import { encodeBase64Url } from "@std/encoding/base64url";
import { encodeHex } from "@std/encoding/hex";
import { delay } from "../async/delay.ts";
import {
  isTransient,
  ItemNotFoundError,
  mayHaveTakenEffect,
  ServiceError,
} from "../errors.ts";
import type {
  ArchiveStore,
  CallOptions,
  HashedBytes,
  Inventory,
  InventoryArchive,
  InventoryFormat,
  ListedUpload,
  Retrieval,
  RetrievedBytes,
  StoredArchive,
  StoredPart,
  StoreLimits,
} from "../store.ts";
import type { VaultIdentity } from "../vault_identity.ts";
import type { GlacierClient, GlacierOptions } from "./client.ts";
import { parseInventory } from "./inventory.ts";
import { inventoryBytes } from "./inventory_bytes.ts";
import { inventoryOf, retrievalOf } from "./job_views.ts";
import {
  MAX_DESCRIPTION,
  MAX_PART_SIZE,
  MAX_PARTS,
  MAX_SINGLE_UPLOAD,
  MIN_PART_SIZE,
} from "./parameters.ts";
import type { Tier } from "./types.ts";

/** Options for {@linkcode GlacierStore}. */
export interface GlacierStoreOptions {
  /** Reaches the service. */
  client: GlacierClient;
  /** Name of the vault. */
  vault: string;
  /** How fast retrievals are to be; the service's own default is `Standard`. */
  tier?: Tier;
  /**
   * Milliseconds to wait before each look for a job whose answer was lost: it
   * may be listed a little later than it was made.
   */
  searchDelays?: number[];
  /** Called where a request is sent again that the client does not send again by itself. */
  onRetry?: GlacierOptions["onRetry"];
}

/** How often a request for a job is sent while its answers get lost. */
const MAX_REQUESTS = 3;

/** How mt-aws-glacier marks the jobs by which it asks for whole inventories. */
const FULL_INVENTORY = `mtijob1 ${encodeBase64Url('{"type":"full"}')}`;

/**
 * A vault, by the operations that an archive service has to have; what a lost
 * answer leaves open is looked for. All sizes and offsets are bytes, hashes
 * lower-case hexadecimal. ("API Reference" in the Glacier developer guide)
 *
 * Besides what a method names, all throw `ServiceError` where the service
 * refuses, and `NetworkError` where no whole answer comes after all tries.
 *
 * @example Ask for an archive, and find the retrieval
 * ```ts
 * import {
 *   awsGlacierClient,
 *   GlacierStore,
 *   readJournal,
 * } from "@moraine/moraine";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const client = awsGlacierClient();
 * const store = new GlacierStore({ client, vault: "photos" });
 * const journal = await readJournal("photos.log");
 * const { archiveId } = journal.latest("notes.txt")!;
 * // Billed by Amazon, and it takes some hours there.
 * const jobId = await store.requestRetrieval(archiveId);
 * const jobs: string[] = [];
 * for await (const retrieval of store.listRetrievals()) {
 *   if (retrieval.archiveId === archiveId) jobs.push(retrieval.jobId);
 * }
 * assert(jobs.includes(jobId));
 * assertEquals(store.title, "vault photos in us-east-1");
 * ```
 */
export class GlacierStore implements ArchiveStore {
  /** What Glacier takes in one request. */
  readonly limits: StoreLimits = {
    maxSingleUpload: MAX_SINGLE_UPLOAD,
    minPartSize: MIN_PART_SIZE,
    maxPartSize: MAX_PART_SIZE,
    maxParts: MAX_PARTS,
    maxDescription: MAX_DESCRIPTION,
  };
  readonly #client: GlacierClient;
  readonly #vault: string;
  readonly #tier: Tier | undefined;
  readonly #searchDelays: number[];
  readonly #onRetry: GlacierOptions["onRetry"];

  /** The vault's address. */
  readonly location: string;

  /**
   * Sends nothing yet.
   *
   * @throws {UsageError} where the vault's name cannot be one.
   */
  constructor(options: GlacierStoreOptions) {
    this.#client = options.client;
    this.#vault = options.vault;
    this.location = options.client.vaultUrl(options.vault);
    this.#tier = options.tier;
    this.#searchDelays = options.searchDelays ?? [500, 2000, 5000];
    this.#onRetry = options.onRetry;
  }

  /** For messages, such as `vault photos in eu-west-1`. */
  get title(): string {
    return `vault ${this.#vault} in ${this.#client.region}`;
  }

  /**
   * Which vault it is, as far as that is known without asking: the account isn't.
   */
  get identity(): VaultIdentity {
    const { region } = this.#client;
    return { account: null, region, vault: this.#vault };
  }

  /**
   * Which vault it is, by what the service says ("Describe Vault" in the Glacier
   * developer guide). Where the credentials may not ask, the account stays
   * unknown.
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   *
   * @example The account of a vault
   * ```ts
   * import {
   *   awsGlacierClient,
   *   GlacierStore,
   *   type VaultIdentity,
   * } from "@moraine/moraine";
   * import { assertEquals, assertMatch } from "@std/assert";
   *
   * const client = awsGlacierClient();
   * const store = new GlacierStore({ client, vault: "photos" });
   * const identity: VaultIdentity = await store.identify();
   * assertEquals({ ...identity, account: null }, store.identity);
   * assertMatch(identity.account!, /^\d{12}$/);
   * ```
   */
  async identify(options?: CallOptions): Promise<VaultIdentity> {
    try {
      const { vaultArn } = await this.#client.describeVault(
        this.#vault,
        options,
      );
      return { ...this.identity, account: accountOf(vaultArn) };
    } catch (error) {
      if (isForbidden(error)) return this.identity;
      throw error;
    }
  }

  /**
   * Makes the vault; succeeds where it exists already. ("Create Vault" in the
   * Glacier developer guide)
   *
   * @throws {ServiceError} `LimitExceededException` where the account has
   * 1,000 vaults in the region.
   *
   * @example A vault for an hour
   * ```ts
   * import {
   *   type ArchiveStore,
   *   awsGlacierClient,
   *   GlacierStore,
   *   ServiceError,
   * } from "@moraine/moraine";
   * import { assertEquals, assertRejects } from "@std/assert";
   *
   * const client = awsGlacierClient();
   * const store: ArchiveStore = new GlacierStore({ client, vault: "scratch" });
   * await store.createVault();
   * assertEquals(store.location, client.vaultUrl("scratch"));
   * await store.deleteVault();
   * await assertRejects(() => store.identify(), ServiceError, "scratch");
   * ```
   */
  async createVault(options?: CallOptions): Promise<void> {
    await this.#client.createVault(this.#vault, options);
  }

  /**
   * Deletes the vault; succeeds where it is gone already. ("Delete Vault" in the
   * Glacier developer guide)
   *
   * @throws {ServiceError} `InvalidParameterValueException` where its last
   * inventory shows archives, or it was written to since.
   */
  async deleteVault(options?: CallOptions): Promise<void> {
    await this.#client.deleteVault(this.#vault, options);
  }

  /**
   * Stores an archive of 1 byte to 4 GiB with one request. ("Upload Archive" in
   * the Glacier developer guide)
   *
   * Sent once: where the answer is lost, the archive may exist. Whether that
   * can be so tells {@linkcode mayHaveTakenEffect} of the error.
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   * @throws {NetworkError} where no whole answer came.
   * @throws {IntegrityError} where the service holds other bytes than were sent.
   *
   * @example A small archive
   * ```ts
   * import { encodeHex } from "@std/encoding/hex";
   * import {
   *   awsGlacierClient,
   *   GlacierStore,
   *   type HashedBytes,
   *   type StoredArchive,
   *   treeHash,
   * } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   * const bytes = new TextEncoder().encode("a postcard");
   * // Up to 1 MiB both hashes are the same ("Computing Checksums" in the Glacier
   * // developer guide).
   * const hash = encodeHex(await treeHash(bytes));
   * const hashed: HashedBytes = { bytes, sha256: hash, treeHash: hash };
   * const store = new GlacierStore({ client, vault: "postcards" });
   * await store.createVault();
   * const description = "from Listvyanka";
   * const stored: StoredArchive = await store.uploadArchive({
   *   ...hashed,
   *   description,
   * });
   * assertEquals(stored.treeHash, hash);
   * await store.deleteArchive(stored.archiveId);
   * ```
   */
  async uploadArchive(
    archive: HashedBytes & { description: string },
    options?: CallOptions,
  ): Promise<StoredArchive> {
    const { archiveId, treeHash } = await this.#client.uploadArchive(
      this.#vault,
      archive,
      options,
    );
    return { archiveId, treeHash };
  }

  /**
   * Begins an upload in parts; resolves to its ID. `partSize` in bytes: 1 MiB
   * times a power of two, up to 4 GiB. ("Initiate Multipart Upload" in the
   * Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   *
   * @example An upload in parts, and what is known of it meanwhile
   * ```ts
   * import { encodeHex } from "@std/encoding/hex";
   * import {
   *   awsGlacierClient,
   *   GlacierStore,
   *   LEAF_SIZE,
   *   type ListedUpload,
   *   type StoredPart,
   *   treeHash,
   * } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   * const store = new GlacierStore({ client, vault: "slides" });
   * await store.createVault();
   * const bytes = new Uint8Array(LEAF_SIZE).fill(7);
   * // 1 MiB is one leaf, whose SHA-256 is the tree hash.
   * const hash = encodeHex(await treeHash(bytes));
   * const partSize = LEAF_SIZE;
   * const uploadId = await store.beginUpload({ description: "", partSize });
   * const part = { offset: 0, bytes, sha256: hash, treeHash: hash };
   * await store.uploadPart(uploadId, part);
   * const uploads: ListedUpload[] = [];
   * for await (const upload of store.listUploads()) uploads.push(upload);
   * assertEquals(uploads.map((upload) => upload.uploadId), [uploadId]);
   * const parts: StoredPart[] = [];
   * for await (const part of store.listParts(uploadId)) parts.push(part);
   * assertEquals(parts, [{ offset: 0, size: LEAF_SIZE, treeHash: hash }]);
   * const whole = { size: LEAF_SIZE, treeHash: hash };
   * const { archiveId } = await store.completeUpload(uploadId, whole);
   * await store.deleteArchive(archiveId);
   * // It is gone already, which is no error.
   * await store.abortUpload(uploadId);
   * ```
   */
  beginUpload(
    upload: { description: string; partSize: number },
    options?: CallOptions,
  ): Promise<string> {
    return this.#client.initiateMultipartUpload(this.#vault, upload, options);
  }

  /**
   * Sends a part: `offset` in bytes is a multiple of the part size. Sending it
   * again replaces it. ("Upload Part" in the Glacier developer guide)
   *
   * @throws {ItemNotFoundError} where the service doesn't know the upload.
   * @throws {ServiceError} where offset or hashes are wrong.
   * @throws {IntegrityError} where the service holds other bytes than were sent.
   */
  uploadPart(
    uploadId: string,
    part: HashedBytes & { offset: number },
    options?: CallOptions,
  ): Promise<void> {
    const { offset, bytes, sha256, treeHash } = part;
    return ofItem(this.#client.uploadMultipartPart(
      this.#vault,
      { uploadId, offset, bytes, sha256, treeHash },
      options,
    ));
  }

  /**
   * The uploads in parts that are not ended, whoever began them. ("List Multipart
   * Uploads" in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   */
  async *listUploads(options?: CallOptions): AsyncGenerator<ListedUpload> {
    const uploads = this.#client.everyMultipartUpload(this.#vault, options);
    for await (const upload of uploads) {
      const { uploadId, description = "", partSize, creationDate } = upload;
      const began = Math.floor(Date.parse(creationDate) / 1000);
      yield { uploadId, description, partSize, began };
    }
  }

  /**
   * The parts that an upload has, in their order; offsets and sizes in bytes.
   * ("List Parts" in the Glacier developer guide)
   *
   * @throws {ItemNotFoundError} where the service doesn't know the upload.
   */
  async *listParts(
    uploadId: string,
    options?: CallOptions,
  ): AsyncGenerator<StoredPart> {
    const pages = this.#client.everyPart(this.#vault, uploadId, options);
    const parts = pages[Symbol.asyncIterator]();
    while (true) {
      const { value, done } = await ofItem(parts.next());
      if (done) return;
      const { range: { start, end }, treeHash } = value;
      yield { offset: start, size: end - start, treeHash };
    }
  }

  /**
   * Makes the archive of its parts, `size` bytes in all. Doing it again soon
   * gives the same archive ID. ("Complete Multipart Upload" in the Glacier
   * developer guide)
   *
   * @throws {ItemNotFoundError} where the service doesn't know the upload.
   * @throws {ServiceError} where size or tree hash are wrong, or a part is
   * missing.
   */
  async completeUpload(
    uploadId: string,
    archive: { size: number; treeHash: string },
    options?: CallOptions,
  ): Promise<StoredArchive> {
    const { size, treeHash } = archive;
    const stored = await ofItem(this.#client.completeMultipartUpload(
      this.#vault,
      { uploadId, size, treeHash },
      options,
    ));
    return { archiveId: stored.archiveId, treeHash: stored.treeHash };
  }

  /**
   * Ends an upload and forgets its parts; succeeds where it is gone already.
   * ("Abort Multipart Upload" in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   */
  async abortUpload(uploadId: string, options?: CallOptions): Promise<void> {
    try {
      await ofItem(
        this.#client.abortMultipartUpload(this.#vault, uploadId, options),
      );
    } catch (error) {
      if (!(error instanceof ItemNotFoundError)) throw error;
    }
  }

  /**
   * Asks for an archive, which is billed; resolves to the job's ID. A lost
   * answer never leads to a second request: the store looks for the first one.
   * ("Initiate Job" in the Glacier developer guide)
   *
   * @throws {ItemNotFoundError} where the service doesn't know the archive.
   * @throws {ServiceError} `PolicyEnforcedException` where the data retrieval
   * policy forbids it; `InsufficientCapacityException` where no Expedited
   * capacity is left.
   *
   * @example Three bytes of an archive
   * ```ts
   * import {
   *   awsGlacierClient,
   *   GlacierStore,
   *   type GlacierStoreOptions,
   *   readJournal,
   *   type Retrieval,
   *   type RetrievedBytes,
   * } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   * const options: GlacierStoreOptions = { client, vault: "photos", tier: "Bulk" };
   * const store = new GlacierStore(options);
   * const journal = await readJournal("photos.log");
   * const { archiveId } = journal.latest("notes.txt")!;
   * const jobId = await store.requestRetrieval(archiveId);
   * let found: Retrieval | undefined;
   * for await (const retrieval of store.listRetrievals()) {
   *   if (retrieval.jobId === jobId) found = retrieval;
   * }
   * // With Amazon it is ready some hours later.
   * assertEquals(found?.status, "ready");
   * const bytes: RetrievedBytes = await store.openRetrieval(jobId, {
   *   start: 2,
   *   end: 5,
   * });
   * assertEquals(await new Response(bytes.body).text(), "few");
   * ```
   */
  async requestRetrieval(
    archiveId: string,
    options: CallOptions = {},
  ): Promise<string> {
    // The job is known by this, should the answer with its ID get lost.
    const token = encodeHex(crypto.getRandomValues(new Uint8Array(16)));
    const description = `moraine ${token}`;
    const operation = "InitiateJob";
    for (let request = 1;; request++) {
      try {
        const { jobId } = await ofItem(this.#client.initiateJob(this.#vault, {
          type: "archive-retrieval",
          archiveId,
          description,
          tier: this.#tier,
        }, options));
        return jobId;
      } catch (error) {
        if (!answerLost(error)) throw error;
        const job = await this.#search(archiveId, description, options);
        if (job !== undefined) return job;
        if (!isTransient(error) || request >= MAX_REQUESTS) throw error;
        if (options.stop?.aborted) throw error;
        const { name } = options;
        this.#onRetry?.({ operation, name, attempt: request, delay: 0, error });
      }
    }
  }

  /**
   * The retrievals that the service knows, newest or oldest first as it likes.
   * ("List Jobs" in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   */
  async *listRetrievals(options?: CallOptions): AsyncGenerator<Retrieval> {
    for await (const job of this.#client.everyJob(this.#vault, options)) {
      const retrieval = retrievalOf(job);
      if (retrieval !== undefined) yield retrieval;
    }
  }

  /**
   * Opens the output of a finished retrieval, or its bytes from `start` up to
   * but not including `end`. ("Get Job Output" in the Glacier developer guide)
   *
   * @throws {ItemNotFoundError} where the service doesn't know the job, or has its output no more.
   * @throws {ServiceError} where the job is not done, or has no such range.
   */
  async openRetrieval(
    jobId: string,
    { start = 0, end, ...options }: CallOptions & {
      start?: number;
      end?: number;
    } = {},
  ): Promise<RetrievedBytes> {
    const whole = start === 0 && end === undefined;
    const { body, size, treeHash } = await ofItem(this.#client.getJobOutput(
      this.#vault,
      jobId,
      { range: whole ? undefined : { start, end }, ...options },
    ));
    return { body, size, treeHash };
  }

  /**
   * Deletes an archive; doing it again succeeds. One younger than 90 days costs
   * a fee. ("Delete Archive" in the Glacier developer guide)
   *
   * @throws {ServiceError} `InvalidParameterValueException` where the ID is none
   * of this vault's; `ResourceNotFoundException` where there is no such vault.
   */
  deleteArchive(archiveId: string, options?: CallOptions): Promise<void> {
    return ofItem(
      this.#client.deleteArchive(this.#vault, archiveId, options),
    );
  }

  /**
   * Asks for the list of all archives; resolves to the job's ID. Where the
   * answer is lost, it asks anew: that costs nothing, and whichever of two jobs
   * is ready is as good as the other. ("Initiate Job" in the Glacier developer
   * guide)
   *
   * @throws {ItemNotFoundError} where there is no inventory yet: the service
   * makes the first one about a day after the first upload.
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   *
   * @example The archives of an inventory
   * ```ts
   * import {
   *   awsGlacierClient,
   *   GlacierStore,
   *   type Inventory,
   *   type InventoryArchive,
   * } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   * const store = new GlacierStore({ client, vault: "photos" });
   * const jobId = await store.requestInventory({ format: "csv" });
   * let found: Inventory | undefined;
   * for await (const inventory of store.listInventories()) {
   *   if (inventory.jobId === jobId) found = inventory;
   * }
   * // With Amazon it is ready some hours later.
   * assertEquals(found?.status, "ready");
   * const archives: InventoryArchive[] = [];
   * for await (const archive of store.readInventory(found!)) archives.push(archive);
   * assertEquals(archives.some(({ size }) => size === 13), true);
   * ```
   */
  async requestInventory(
    { format }: { format: InventoryFormat },
    options: CallOptions = {},
  ): Promise<string> {
    for (let request = 1;; request++) {
      try {
        const { jobId } = await this.#client.initiateJob(this.#vault, {
          type: "inventory-retrieval",
          format: format === "csv" ? "CSV" : "JSON",
          description: FULL_INVENTORY,
        }, options);
        return jobId;
      } catch (error) {
        if (isNotFound(error)) throw noInventoryYet(this.title, error);
        if (!answerLost(error) || request >= MAX_REQUESTS) throw error;
        if (options.stop?.aborted) throw error;
        const ms = this.#searchDelays[request - 1] ?? 0;
        this.#onRetry?.({
          operation: "InitiateJob",
          attempt: request,
          delay: ms,
          error,
        });
        await delay(ms, options);
      }
    }
  }

  /**
   * The inventories that the service knows, in no particular order. ("List Jobs"
   * in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   */
  async *listInventories(options?: CallOptions): AsyncGenerator<Inventory> {
    for await (const job of this.#client.everyJob(this.#vault, options)) {
      if (job.action === "InventoryRetrieval") yield inventoryOf(job);
    }
  }

  /**
   * The archives of a finished inventory, read as they come, in bounded memory.
   * Goes on where a connection breaks. `onDate` is told when the service made
   * the inventory, in whole seconds since 1970, where that stands in it: before
   * the last archive or after it. ("Get Job Output" in the Glacier developer
   * guide)
   *
   * @throws {ItemNotFoundError} where the service doesn't know the job, or has its output no more.
   * @throws {IntegrityError} where what comes is no inventory, or not a whole
   * one.
   */
  readInventory(
    inventory: Inventory,
    { onDate, ...options }: CallOptions & { onDate?: (date: number) => void } =
      {},
  ): AsyncGenerator<InventoryArchive> {
    const client = this.#client;
    const vault = this.#vault;
    const bytes = inventoryBytes(inventory, async (start) => {
      const range = start === 0 ? undefined : { start };
      try {
        return await ofItem(client.getJobOutput(
          vault,
          inventory.jobId,
          { range, ...options },
        ));
      } catch (error) {
        if (!(error instanceof ItemNotFoundError)) throw error;
        throw new ItemNotFoundError(
          `The inventory is gone (job ${inventory.jobId}), for the service keeps one for about a day: ask for a new one`,
          error,
          { cause: error },
        );
      }
    }, {
      signal: options.signal,
      onBreak: ({ position, ...event }) =>
        this.#onRetry?.({
          ...event,
          operation: "GetJobOutput",
          range: `${position}-`,
        }),
    });
    return parseInventory(inventory.format, bytes, { onDate });
  }

  /** ID of the job with a description that no other has. */
  async #search(
    archiveId: string,
    description: string,
    options: CallOptions,
  ): Promise<string | undefined> {
    for (const ms of this.#searchDelays) {
      await delay(ms, options);
      for await (const job of this.listRetrievals(options)) {
        if (job.archiveId !== archiveId) continue;
        if (job.description === description) return job.jobId;
      }
    }
    return undefined;
  }
}

/** The account in a vault's ARN, `arn:aws:glacier:REGION:ACCOUNT:vaults/NAME`. */
function accountOf(arn: string): string | null {
  return /^arn:[^:]*:glacier:[^:]*:(\d+):vaults\//.exec(arn)?.[1] ?? null;
}

/** Whether the keys are right, and may not do this. */
function isForbidden(error: unknown): boolean {
  return error instanceof ServiceError && /^AccessDenied/.test(error.code);
}

/** A request about one upload, archive or job: that the service doesn't know it says nothing about others. */
async function ofItem<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new ItemNotFoundError(error.message, error, { cause: error });
  }
}

/** Whether it is not the vault that is missing, which is missing for all. */
function isNotFound(error: unknown): error is ServiceError {
  return error instanceof ServiceError &&
    error.code === "ResourceNotFoundException" &&
    !error.message.startsWith("Vault not found");
}

function noInventoryYet(title: string, cause: ServiceError): ServiceError {
  return new ItemNotFoundError(
    `There is no inventory of ${title} yet: the service makes the first one about a day after the first upload, so ask again then`,
    cause,
    { cause },
  );
}

/**
 * Whether a request may have made a job whose ID is not known: its answer was
 * lost, or was a success without an ID. What surely had no effect the client
 * has sent again itself.
 */
function answerLost(error: unknown): boolean {
  if (!mayHaveTakenEffect(error)) return false;
  return isTransient(error) ||
    (error instanceof ServiceError && error.status < 300);
}
