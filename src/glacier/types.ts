/**
 * What Glacier's operations take and give, as plain data.
 *
 * Names are those of the API in camelCase. Dates are the service's own text,
 * ISO 8601 in UTC, such as `2012-03-20T17:03:43.221Z`: nothing is lost by
 * keeping it. Sizes are in bytes, hashes in lower-case hexadecimal, and ranges
 * reach from `start` up to but not including `end`. What the service gives as
 * `null` is absent.
 *
 * @module
 */

import type { HashedBytes } from "../store.ts";
import type { ByteRange } from "./parameters.ts";
import type { OutputLocation, SelectParameters } from "./select.ts";

export type { ByteRange } from "./parameters.ts";
export type * from "./select.ts";

/** Where to go on in a list, and how much to get. */
export interface PageOptions {
  /** From 1 to 50 entries; the service may give fewer. 50 by default, 10 for vaults. */
  limit?: number;
  /** The `marker` of the page before. */
  marker?: string;
}

/** A part of a list. */
export interface Page<T> {
  items: T[];
  /** Where the next page begins; absent on the last one. */
  marker?: string;
}

/** A vault. */
export interface VaultDescription {
  vaultArn: string;
  vaultName: string;
  creationDate: string;
  /** When the last inventory was taken; absent before the first one. */
  lastInventoryDate?: string;
  /** Archives at the time of the last inventory, 0 before the first one. */
  numberOfArchives: number;
  /** Bytes in them with some overhead for each, at that time. */
  sizeInBytes: number;
}

/** Events that a vault can tell an SNS topic of. */
export type VaultEvent =
  | "ArchiveRetrievalCompleted"
  | "InventoryRetrievalCompleted";

/** Where a vault tells of its events. */
export interface VaultNotificationConfig {
  snsTopic: string;
  events: string[];
}

/** A vault's lock. */
export interface VaultLock {
  /** The lock policy, a JSON document. */
  policy: string;
  state: "InProgress" | "Locked";
  creationDate: string;
  /** When a lock in progress is given up; absent once it is complete. */
  expirationDate?: string;
}

/** An archive to be stored with one request. */
export interface ArchiveInput extends HashedBytes {
  /** Up to 1,024 printable ASCII characters; leading blanks are lost. */
  description?: string;
}

/** What came of an upload. */
export interface ArchiveCreation {
  archiveId: string;
  /** Tree hash of the content; the service's own was the same where it sent one. */
  treeHash: string;
  /** Path of the archive below the endpoint. */
  location?: string;
}

/** A part of an upload. */
export interface PartInput extends HashedBytes {
  uploadId: string;
  /** Where it begins in the archive, in bytes: a multiple of the part size. */
  offset: number;
}

/** An upload in parts that was begun and not ended. */
export interface MultipartUpload {
  uploadId: string;
  vaultArn: string;
  description?: string;
  /** Part size in bytes. */
  partSize: number;
  creationDate: string;
}

/** A part that the service has. */
export interface UploadedPart {
  range: ByteRange;
  treeHash: string;
}

/** An upload and some of its parts. */
export interface PartsPage extends Page<UploadedPart> {
  upload: MultipartUpload;
}

/** How fast a job is to be done, and how dear. */
export type Tier = "Expedited" | "Standard" | "Bulk";

/** What every job can have. */
export interface JobInputBase {
  /** Up to 1,024 printable ASCII characters. */
  description?: string;
  /** ARN of a topic that is told when the job is done. */
  snsTopic?: string;
}

/** Brings an archive, or part of it, within reach. */
export interface ArchiveRetrievalInput extends JobInputBase {
  type: "archive-retrieval";
  archiveId: string;
  /** Begins at a multiple of 1 MiB, and ends at one or at the archive's end. */
  range?: ByteRange;
  /** `Standard` by default. */
  tier?: Tier;
}

/** Which archives an inventory lists. */
export interface InventoryRange {
  /** Those made at this time or later. */
  startDate?: string;
  /** Those made before this time. */
  endDate?: string;
  /** How many of them at most, at least 1. */
  limit?: number;
  /** Where the inventory before this one ended. */
  marker?: string;
}

/** Brings the last inventory of a vault within reach. */
export interface InventoryRetrievalInput extends JobInputBase {
  type: "inventory-retrieval";
  /** `JSON` by default. */
  format?: "JSON" | "CSV";
  /** All archives where absent. */
  inventory?: InventoryRange;
}

/** Runs a query on an archive. The service takes no new ones of these. */
export interface SelectInput extends JobInputBase {
  type: "select";
  archiveId: string;
  tier?: Tier;
  select: SelectParameters;
  outputLocation: OutputLocation;
}

/** A job to be started. */
export type JobInput =
  | ArchiveRetrievalInput
  | InventoryRetrievalInput
  | SelectInput;

/** A job that was started. */
export interface InitiatedJob {
  jobId: string;
  /** Path of the job below the endpoint. */
  location?: string;
  /** Where a select job writes. */
  jobOutputPath?: string;
}

/** A job. */
export interface JobDescription {
  jobId: string;
  action: "ArchiveRetrieval" | "InventoryRetrieval" | "Select";
  statusCode: "InProgress" | "Succeeded" | "Failed";
  statusMessage?: string;
  completed: boolean;
  creationDate: string;
  completionDate?: string;
  vaultArn: string;
  description?: string;
  archiveId?: string;
  archiveSize?: number;
  /** Bytes in the inventory's document, once it is there. */
  inventorySize?: number;
  /** Tree hash of the range that was asked for, where that has one. */
  treeHash?: string;
  /** Tree hash of the whole archive. */
  archiveTreeHash?: string;
  range?: ByteRange;
  tier?: string;
  snsTopic?: string;
  /** What an inventory job was asked for. */
  inventory?: InventoryRange & { format?: string };
  jobOutputPath?: string;
  select?: SelectParameters;
  outputLocation?: OutputLocation;
}

/** Which jobs to list. */
export interface JobFilter {
  completed?: boolean;
  statusCode?: JobDescription["statusCode"];
}

/** Bytes of an output from `start` up to but not including `end`, or to its end. */
export interface OutputRange {
  start: number;
  end?: number;
}

/** Output of a job. The body must be read to its end or cancelled. */
export interface JobOutput {
  body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** 200, or 206 for a part. */
  status: number;
  /** Bytes in the body, where the service told. */
  size?: number;
  /** What part of the output this is, and the size of all of it. */
  contentRange?: ByteRange & { total?: number };
  /** Tree hash of these bytes, where the service has one for this range. */
  treeHash?: string;
  contentType?: string;
  acceptRanges?: string;
  archiveDescription?: string;
}

/** A rule on how fast archives can be retrieved at the Standard tier. */
export type DataRetrievalRule =
  | { strategy: "BytesPerHour"; bytesPerHour: number }
  | { strategy: "FreeTier" | "None" };

/** A unit of capacity for Expedited retrievals. */
export interface ProvisionedCapacity {
  capacityId: string;
  startDate: string;
  expirationDate: string;
}
