/**
 * What the commands need of any archive service. The commands and the transfer
 * engine are written against this, never against one service.
 *
 * Every method takes an `AbortSignal` and rejects with the signal's reason
 * once it is aborted. Every method retries by itself what may be sent twice
 * without harm; what it lets through is final for now:
 *
 * - `ItemNotFoundError`: the service doesn't know that upload, archive or job;
 * - `ServiceError`: the service refused;
 * - `NetworkError`: no whole answer, after all tries;
 * - `IntegrityError`: the service holds other bytes than were sent.
 *
 * @module
 */

import type { VaultIdentity } from "./vault_identity.ts";

/** Options that every method takes. */
export interface CallOptions {
  /** Ends the request; the promise rejects with its reason. */
  signal?: AbortSignal;
  /**
   * Once aborted, a request under way is seen through, but none is sent again
   * any more.
   */
  stop?: AbortSignal;
  /** Name of the file that a request is about, for whoever is told that it is sent again. */
  name?: string;
}

/** What a request is about. */
export interface RequestSubject {
  /** The operation, such as `UploadArchive`. */
  operation: string;
  /** The file, where it is about one. */
  name?: string;
  /** The bytes of it, first and last, such as `0-1048575`, where they are a part or a segment; the last is left out where that is the file's. */
  range?: string;
}

/** An upload in parts that is begun and not ended. */
export interface ListedUpload {
  /** By which its parts are sent. */
  uploadId: string;
  /** Empty where it has none. */
  description: string;
  /** Size of its parts in bytes. */
  partSize: number;
  /** When it began, in whole seconds since 1970. */
  began: number;
}

/** A part that an unfinished upload has. */
export interface StoredPart {
  /** Where it begins in the archive, in bytes. */
  offset: number;
  /** Its length in bytes. */
  size: number;
  /** Its tree hash, lower-case hexadecimal. */
  treeHash: string;
}

/** What the service takes in one request. All sizes in bytes. */
export interface StoreLimits {
  /** The largest archive that one request can carry. */
  maxSingleUpload: number;
  /** The smallest part of an upload in parts. */
  minPartSize: number;
  /** The largest part of an upload in parts. */
  maxPartSize: number;
  /** How many parts an upload can have. */
  maxParts: number;
  /** The longest description, in characters. */
  maxDescription: number;
}

/** Bytes with their hashes, ready to be sent. The store does not keep or change them. */
export interface HashedBytes {
  /** The bytes; must not change before the answer has come. */
  bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the bytes, lower-case hexadecimal. */
  sha256: string;
  /** Tree hash of the bytes, lower-case hexadecimal. */
  treeHash: string;
}

/** What the service says that it stored. */
export interface StoredArchive {
  /** By which it is retrieved and deleted. */
  archiveId: string;
  /** The service's tree hash of the content, lower-case hexadecimal; it was compared with ours. */
  treeHash: string;
}

/** A request to bring one archive, or part of it, within reach. */
export interface Retrieval {
  /** By which its output is opened. */
  jobId: string;
  /** Which archive. */
  archiveId: string;
  /** Whether the output can be opened. */
  status: "pending" | "ready" | "failed";
  /** Size of the archive in bytes, where known. */
  archiveSize?: number;
  /** What part of the archive: from `start` up to but not including `end`, in bytes; all of it where absent. */
  range?: { start: number; end: number };
  /** Tree hash of what can be downloaded, lower-case hexadecimal, where the service knows it. */
  treeHash?: string;
  /** What the requester wrote to it. */
  description?: string;
  /** When it was requested, in milliseconds since 1970. */
  created: number;
  /** Why it failed. */
  statusMessage?: string;
}

/** Bytes of a retrieved archive. The body must be read to its end or cancelled. */
export interface RetrievedBytes {
  /** The bytes as they come. */
  body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** How many bytes the service announced, where it did. */
  size?: number;
  /** Tree hash of exactly these bytes, lower-case hexadecimal, where the service sent one. */
  treeHash?: string;
}

/** A vault, as its last inventory says. */
export interface VaultInfo {
  /** Its name. */
  name: string;
  /** The service's own name for it, which no other vault has. */
  arn: string;
  /** How many archives it had. */
  archives: number;
  /** What they came to, in bytes. */
  size: number;
  /** When it was made, as the service writes times. */
  created: string;
  /** When its last inventory was taken, as the service writes times; `null` before the first. */
  lastInventory: string | null;
}

/** All vaults of an account in a region. */
export interface ArchiveService {
  /** The vaults in the order of their names. */
  listVaults(options?: CallOptions): AsyncIterable<VaultInfo>;
}

/** A request for the list of a vault's archives. */
export interface Inventory {
  /** By which its output is opened. */
  jobId: string;
  /** Whether it can be read. */
  status: "pending" | "ready" | "failed";
  /** How it is written. */
  format: InventoryFormat;
  /** Whether it lists all archives, not those of some time or a page only. */
  full: boolean;
  /** When it was requested, in milliseconds since 1970. */
  created: number;
  /** When it was ready, in milliseconds since 1970. */
  completed?: number;
  /** Of what can be downloaded, in bytes, where the service knows it. */
  size?: number;
}

/** How an inventory is written. */
export type InventoryFormat = "json" | "csv";

/** An archive of an inventory. */
export interface InventoryArchive {
  /** By which it is retrieved and deleted. */
  archiveId: string;
  /** Empty where it has none. */
  description: string;
  /** When it was made, in whole seconds since 1970. */
  created: number;
  /** Its size in bytes. */
  size: number;
  /** Its tree hash, lower-case hexadecimal. */
  treeHash: string;
}

/** One vault, or what corresponds to it in another service. */
export interface ArchiveStore {
  /** For messages, such as `vault photos in eu-west-1`. */
  readonly title: string;
  /** What tells this vault from any other, wherever it is; for records. */
  readonly location: string;
  /** What the service takes in one request. */
  readonly limits: StoreLimits;
  /** Which vault it is, as far as that is known without asking: the account isn't. */
  readonly identity: VaultIdentity;

  /**
   * Which vault it is, by what the service says. Where the credentials may not
   * ask, the account stays unknown.
   *
   * @throws {ServiceError} where there is no such vault.
   */
  identify(options?: CallOptions): Promise<VaultIdentity>;

  /** Makes the vault; succeeds where it exists already. */
  createVault(options?: CallOptions): Promise<void>;

  /** Deletes the vault; succeeds where it is gone already. */
  deleteVault(options?: CallOptions): Promise<void>;

  /**
   * Stores an archive with one request.
   *
   * Sent once: where the answer is lost, the archive may exist. Whether that
   * can be so tells `mayHaveTakenEffect()` of the error.
   */
  uploadArchive(
    archive: HashedBytes & { description: string },
    options?: CallOptions,
  ): Promise<StoredArchive>;

  /** Begins an upload in parts; resolves to its ID. `partSize` in bytes. */
  beginUpload(
    upload: { description: string; partSize: number },
    options?: CallOptions,
  ): Promise<string>;

  /** Sends a part, `offset` in bytes; sending it again replaces it. */
  uploadPart(
    uploadId: string,
    part: HashedBytes & { offset: number },
    options?: CallOptions,
  ): Promise<void>;

  /** The uploads in parts that are not ended, whoever began them. */
  listUploads(options?: CallOptions): AsyncIterable<ListedUpload>;

  /** The parts that an upload has, in their order. */
  listParts(
    uploadId: string,
    options?: CallOptions,
  ): AsyncIterable<StoredPart>;

  /** Makes the archive of its parts. Doing it again soon gives the same archive ID. */
  completeUpload(
    uploadId: string,
    archive: { size: number; treeHash: string },
    options?: CallOptions,
  ): Promise<StoredArchive>;

  /** Ends an upload and forgets its parts; succeeds where it is gone already. */
  abortUpload(uploadId: string, options?: CallOptions): Promise<void>;

  /**
   * Asks for an archive; resolves to the job's ID. A lost answer never leads
   * to a second, billed request: the store looks for the first one.
   */
  requestRetrieval(archiveId: string, options?: CallOptions): Promise<string>;

  /** The retrievals that the service knows, newest or oldest first as it likes. */
  listRetrievals(options?: CallOptions): AsyncIterable<Retrieval>;

  /**
   * Opens the output of a finished retrieval, or its bytes from `start` up to
   * but not including `end`.
   */
  openRetrieval(
    jobId: string,
    options?: CallOptions & { start?: number; end?: number },
  ): Promise<RetrievedBytes>;

  /** Deletes an archive; doing it again succeeds. */
  deleteArchive(archiveId: string, options?: CallOptions): Promise<void>;

  /** Asks for the list of all archives; resolves to the job's ID. */
  requestInventory(
    request: { format: InventoryFormat },
    options?: CallOptions,
  ): Promise<string>;

  /** The inventories that the service knows, in no particular order. */
  listInventories(options?: CallOptions): AsyncIterable<Inventory>;

  /**
   * The archives of a finished inventory, read as they come, in bounded
   * memory. Goes on where a connection breaks. `onDate` is told when the
   * service made the inventory, in whole seconds since 1970, where that stands
   * in it: before the last archive or after it.
   *
   * @throws {IntegrityError} where what comes is no inventory, or not a whole one.
   */
  readInventory(
    inventory: Inventory,
    options?: CallOptions & { onDate?: (date: number) => void },
  ): AsyncIterable<InventoryArchive>;
}
