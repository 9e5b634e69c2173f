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
  /** Its entries. */
  items: T[];
  /** Where the next page begins; absent on the last one. */
  marker?: string;
}

/** A vault. */
export interface VaultDescription {
  /** The service's own name for it, which no other vault has. */
  vaultArn: string;
  /** Its name. */
  vaultName: string;
  /** When it was made. */
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
  /** ARN of the topic. */
  snsTopic: string;
  /** Which events; see {@linkcode VaultEvent}. */
  events: string[];
}

/** A vault's lock. */
export interface VaultLock {
  /** The lock policy, a JSON document. */
  policy: string;
  /** Whether it can still be given up. */
  state: "InProgress" | "Locked";
  /** When it was begun. */
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
  /** By which the archive is retrieved and deleted. */
  archiveId: string;
  /** Tree hash of the content; the service's own was the same where it sent one. */
  treeHash: string;
  /** Path of the archive below the endpoint. */
  location?: string;
}

/** A part of an upload. */
export interface PartInput extends HashedBytes {
  /** The upload that it is a part of. */
  uploadId: string;
  /** Where it begins in the archive, in bytes: a multiple of the part size. */
  offset: number;
}

/** An upload in parts that was begun and not ended. */
export interface MultipartUpload {
  /** By which its parts are sent. */
  uploadId: string;
  /** The vault. */
  vaultArn: string;
  /** That of the archive to be; absent where it has none. */
  description?: string;
  /** Part size in bytes. */
  partSize: number;
  /** When it was begun. */
  creationDate: string;
}

/** A part that the service has. */
export interface UploadedPart {
  /** Which bytes of the archive. */
  range: ByteRange;
  /** Their tree hash. */
  treeHash: string;
}

/** An upload and some of its parts. */
export interface PartsPage extends Page<UploadedPart> {
  /** The upload itself. */
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
  /** Tells the kinds of jobs apart. */
  type: "archive-retrieval";
  /** The archive. */
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
  /** Tells the kinds of jobs apart. */
  type: "inventory-retrieval";
  /** `JSON` by default. */
  format?: "JSON" | "CSV";
  /** All archives where absent. */
  inventory?: InventoryRange;
}

/** Runs a query on an archive. The service takes no new ones of these. */
export interface SelectInput extends JobInputBase {
  /** Tells the kinds of jobs apart. */
  type: "select";
  /** The archive. */
  archiveId: string;
  /** `Standard` by default. */
  tier?: Tier;
  /** The query. */
  select: SelectParameters;
  /** Where the result goes. */
  outputLocation: OutputLocation;
}

/** A job to be started. */
export type JobInput =
  | ArchiveRetrievalInput
  | InventoryRetrievalInput
  | SelectInput;

/** A job that was started. */
export interface InitiatedJob {
  /** By which the job is described and its output opened. */
  jobId: string;
  /** Path of the job below the endpoint. */
  location?: string;
  /** Where a select job writes. */
  jobOutputPath?: string;
}

/** A job. */
export interface JobDescription {
  /** By which its output is opened. */
  jobId: string;
  /** What it does. */
  action: "ArchiveRetrieval" | "InventoryRetrieval" | "Select";
  /** How far it is. */
  statusCode: "InProgress" | "Succeeded" | "Failed";
  /** The same in words; why it failed. */
  statusMessage?: string;
  /** Whether it ended, in whatever way. */
  completed: boolean;
  /** When it was asked for. */
  creationDate: string;
  /** When it ended. */
  completionDate?: string;
  /** The vault. */
  vaultArn: string;
  /** What the requester wrote to it. */
  description?: string;
  /** The archive, where it is about one. */
  archiveId?: string;
  /** Size of that archive in bytes. */
  archiveSize?: number;
  /** Bytes in the inventory's document, once it is there. */
  inventorySize?: number;
  /** Tree hash of the range that was asked for, where that has one. */
  treeHash?: string;
  /** Tree hash of the whole archive. */
  archiveTreeHash?: string;
  /** Which bytes of the archive were asked for. */
  range?: ByteRange;
  /** How fast it is to be done: a {@linkcode Tier}. */
  tier?: string;
  /** ARN of the topic that is told when it is done. */
  snsTopic?: string;
  /** What an inventory job was asked for. */
  inventory?: InventoryRange & { format?: string };
  /** Where a select job writes. */
  jobOutputPath?: string;
  /** What a select job was asked for. */
  select?: SelectParameters;
  /** Where its result goes. */
  outputLocation?: OutputLocation;
}

/** Which jobs to list. */
export interface JobFilter {
  /** Those that ended, or those that did not; all where absent. */
  completed?: boolean;
  /** Those that are so far; all where absent. */
  statusCode?: JobDescription["statusCode"];
}

/** Bytes of an output from `start` up to but not including `end`, or to its end. */
export interface OutputRange {
  /** The first byte, counted from 0. */
  start: number;
  /** The byte behind the last one; the output's end where absent. */
  end?: number;
}

/** Output of a job. The body must be read to its end or cancelled. */
export interface JobOutput {
  /** The bytes as they come. */
  body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** 200, or 206 for a part. */
  status: number;
  /** Bytes in the body, where the service told. */
  size?: number;
  /** What part of the output this is, and the size of all of it. */
  contentRange?: ByteRange & { total?: number };
  /** Tree hash of these bytes, where the service has one for this range. */
  treeHash?: string;
  /** Such as `application/json` for an inventory. */
  contentType?: string;
  /** `bytes`, where ranges can be asked for. */
  acceptRanges?: string;
  /** The archive's description. */
  archiveDescription?: string;
}

/** A rule on how fast archives can be retrieved at the Standard tier. */
export type DataRetrievalRule =
  | {
    /** What it limits by. */
    strategy: "BytesPerHour";
    /** A whole number. */
    bytesPerHour: number;
  }
  | {
    /** What is free of charge only, or anything. */
    strategy: "FreeTier" | "None";
  };

/** A unit of capacity for Expedited retrievals. */
export interface ProvisionedCapacity {
  /** The service's ID of it. */
  capacityId: string;
  /** When it was bought. */
  startDate: string;
  /** When it ends. */
  expirationDate: string;
}
