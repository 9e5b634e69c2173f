/**
 * The Amazon Glacier client: every operation of its API of 2012-06-01.
 *
 * Each method is one function of `vaults.ts`, `archives.ts`, `uploads.ts`,
 * `jobs.ts` or `policies.ts`, which tells more of it.
 *
 * @module
 */

import type { CallOptions } from "../store.ts";
import * as archives from "./archives.ts";
import { Connection, type GlacierOptions } from "./connection.ts";
import * as jobs from "./jobs.ts";
import { everyPage } from "./pages.ts";
import { fillPath } from "./parameters.ts";
import * as policies from "./policies.ts";
import type {
  ArchiveCreation,
  ArchiveInput,
  DataRetrievalRule,
  InitiatedJob,
  JobDescription,
  JobFilter,
  JobInput,
  JobOutput,
  MultipartUpload,
  OutputRange,
  Page,
  PageOptions,
  PartInput,
  PartsPage,
  ProvisionedCapacity,
  UploadedPart,
  VaultDescription,
  VaultLock,
  VaultNotificationConfig,
} from "./types.ts";
import * as uploads from "./uploads.ts";
import * as vaults from "./vaults.ts";

export type { GlacierOptions } from "./connection.ts";
export type { GiveUpEvent, LimitEvent, RequestEvent } from "./sender.ts";

/** The longest page of vaults ("List Vaults" in the Glacier developer guide). */
const MAX_VAULTS_LISTED = 10;

/**
 * A client for one account in one region.
 *
 * Every method takes a `signal` and rejects with its reason once it is
 * aborted. A request that fails for a passing reason is sent again; one that
 * would create something again only where it surely had no effect.
 *
 * All sizes are bytes; ranges run from `start` up to but not including `end`.
 * The errors that a method names are those of its own. Besides, all of them
 * throw `UsageError` for a parameter that cannot be one, before anything
 * is sent; `ServiceError` where the service refuses, or its answer makes no
 * sense (code `MalformedAnswer`), also for wrong keys
 * (`UnrecognizedClientException`, `InvalidSignatureException`), missing
 * permission (`AccessDeniedException`) and a service that is busy
 * (`ThrottlingException`, `ServiceUnavailableException`); `NetworkError` where no whole answer comes;
 * `IntegrityError` where the service got other bytes than were sent.
 *
 * @example An archive by the operations of the service
 * ```ts
 * import { encodeHex } from "@std/encoding/hex";
 * import { awsGlacierClient, treeHash } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const client = awsGlacierClient({
 *   retry: { attempts: 3 },
 * });
 * await client.createVault("letters");
 * const bytes = new TextEncoder().encode("Dear reader");
 * const hash = encodeHex(await treeHash(bytes));
 * const { archiveId, treeHash: stored } = await client.uploadArchive("letters", {
 *   bytes,
 *   // Up to 1 MiB it is the tree hash, too ("Computing Checksums" in the
 *   // Glacier developer guide).
 *   sha256: hash,
 *   treeHash: hash,
 *   description: "a letter",
 * });
 * assertEquals(stored, hash);
 * await client.deleteArchive("letters", archiveId);
 * ```
 */
export class GlacierClient {
  readonly #connection: Connection;

  /**
   * Sends nothing yet.
   *
   * @throws {UsageError} where region, endpoint or account ID cannot be one.
   */
  constructor(options: GlacierOptions) {
    this.#connection = new Connection(options);
  }

  /** The region that the client was made for. */
  get region(): string {
    return this.#connection.region;
  }

  /**
   * The address of a vault, which no other vault has but those of other
   * accounts. ("Amazon Glacier Data Model" in the Glacier developer
   * guide)
   *
   * @throws {UsageError} where the name cannot be one.
   *
   * @example The address of a vault
   * ```ts
   * import { awsGlacierClient } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   *
   * assertEquals(
   *   new URL(client.vaultUrl("photos")).pathname,
   *   "/-/vaults/photos",
   * );
   * assertEquals(client.region, "us-east-1");
   * ```
   */
  vaultUrl(vaultName: string): string {
    const { endpoint, accountId } = this.#connection;
    return endpoint +
      fillPath("/{accountId}/vaults/{vaultName}", { accountId, vaultName });
  }

  /**
   * Makes a vault; succeeds where it exists already. ("Create Vault" in the
   * Glacier developer guide)
   *
   * @throws {ServiceError} `LimitExceededException` where the account has
   * 1,000 vaults in the region.
   *
   * @example A vault, made, looked at, and deleted
   * ```ts
   * import { awsGlacierClient, type VaultDescription } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   *
   * await client.createVault("short-lived");
   * const vault: VaultDescription = await client.describeVault("short-lived");
   * assertEquals(vault.numberOfArchives, 0);
   * const page = await client.listVaults({ limit: 10 });
   * assertEquals(page.items.length > 0, true);
   * await client.deleteVault("short-lived");
   * const names: string[] = [];
   * for await (const { vaultName } of client.everyVault()) names.push(vaultName);
   * assertEquals(names.includes("photos"), true);
   * assertEquals(names.includes("short-lived"), false);
   * ```
   */
  async createVault(
    vaultName: string,
    options?: CallOptions,
  ): Promise<{ location?: string }> {
    return await vaults.createVault(this.#connection, vaultName, options);
  }

  /**
   * Tells of a vault: the number of its archives and their size in bytes are
   * those of its last inventory, about a day old. ("Describe Vault" in the
   * Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   */
  async describeVault(
    vaultName: string,
    options?: CallOptions,
  ): Promise<VaultDescription> {
    return await vaults.describeVault(this.#connection, vaultName, options);
  }

  /**
   * Deletes a vault; succeeds where there is none. ("Delete Vault" in the
   * Glacier developer guide)
   *
   * @throws {ServiceError} `InvalidParameterValueException` where its last
   * inventory shows archives, or it was written to since.
   */
  async deleteVault(
    vaultName: string,
    options?: CallOptions,
  ): Promise<void> {
    return await vaults.deleteVault(this.#connection, vaultName, options);
  }

  /**
   * A page of the vaults, in the order of their names, 10 at most. ("List
   * Vaults" in the Glacier developer guide)
   *
   * @throws {ServiceError} `InvalidParameterValueException` where the marker
   * is none.
   */
  async listVaults(
    page: PageOptions & CallOptions = {},
  ): Promise<Page<VaultDescription>> {
    return await vaults.listVaults(this.#connection, page);
  }

  /**
   * Adds tags, and replaces those of the same names. Names have 1 to 128
   * characters, values up to 256. ("Add Tags To Vault" in the Glacier
   * developer guide)
   *
   * @throws {ServiceError} `LimitExceededException` where the vault would have
   * too many; `ResourceNotFoundException` where there is no such vault.
   *
   * @example Tags of a vault
   * ```ts
   * import { awsGlacierClient } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   *
   * await client.createVault("tagged");
   * await client.addTagsToVault("tagged", { owner: "Anna", year: "2024" });
   * await client.removeTagsFromVault("tagged", ["year"]);
   * assertEquals(await client.listTagsForVault("tagged"), { owner: "Anna" });
   * await client.deleteVault("tagged");
   * ```
   */
  async addTagsToVault(
    vaultName: string,
    tags: Record<string, string>,
    options?: CallOptions,
  ): Promise<void> {
    return await vaults.addTagsToVault(
      this.#connection,
      vaultName,
      tags,
      options,
    );
  }

  /**
   * Removes tags by name; succeeds where the vault doesn't have them. ("Remove
   * Tags From Vault" in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   */
  async removeTagsFromVault(
    vaultName: string,
    tagKeys: string[],
    options?: CallOptions,
  ): Promise<void> {
    return await vaults.removeTagsFromVault(
      this.#connection,
      vaultName,
      tagKeys,
      options,
    );
  }

  /**
   * The tags of a vault, values by name. ("List Tags For Vault" in the Glacier
   * developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   */
  async listTagsForVault(
    vaultName: string,
    options?: CallOptions,
  ): Promise<Record<string, string>> {
    return await vaults.listTagsForVault(this.#connection, vaultName, options);
  }

  /**
   * Has a vault tell a topic of its events; replaces what was set. ("Set Vault
   * Notification Configuration" in the Glacier developer guide)
   *
   * @throws {ServiceError} `InvalidParameterValueException` where topic or
   * events cannot be any; `ResourceNotFoundException` where there is no such
   * vault.
   *
   * @example A topic that is told when jobs end
   * ```ts
   * import {
   *   awsGlacierClient,
   *   type VaultEvent,
   *   type VaultNotificationConfig,
   * } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   *
   * const events: VaultEvent[] = [
   *   "ArchiveRetrievalCompleted",
   *   "InventoryRetrievalCompleted",
   * ];
   * const config: VaultNotificationConfig = {
   *   snsTopic: "arn:aws:sns:us-east-1:012345678901:jobs",
   *   events,
   * };
   * await client.createVault("telling");
   * await client.setVaultNotifications("telling", config);
   * assertEquals(await client.getVaultNotifications("telling"), config);
   * await client.deleteVaultNotifications("telling");
   * await client.deleteVault("telling");
   * ```
   */
  async setVaultNotifications(
    vaultName: string,
    config: VaultNotificationConfig,
    options?: CallOptions,
  ): Promise<void> {
    return await vaults.setVaultNotifications(
      this.#connection,
      vaultName,
      config,
      options,
    );
  }

  /**
   * Where a vault tells of its events. ("Get Vault Notifications" in the
   * Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where nothing is set,
   * or there is no such vault.
   */
  async getVaultNotifications(
    vaultName: string,
    options?: CallOptions,
  ): Promise<VaultNotificationConfig> {
    return await vaults.getVaultNotifications(
      this.#connection,
      vaultName,
      options,
    );
  }

  /**
   * Has a vault tell of nothing; succeeds where nothing is set. ("Delete Vault
   * Notifications" in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   */
  async deleteVaultNotifications(
    vaultName: string,
    options?: CallOptions,
  ): Promise<void> {
    return await vaults.deleteVaultNotifications(
      this.#connection,
      vaultName,
      options,
    );
  }

  /**
   * Stores an archive of 1 byte to 4 GiB, with a description of up to 1,024
   * characters of printable ASCII. Sent again only where it surely had no
   * effect. ("Upload Archive" in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault; `InvalidParameterValueException` where the service got other bytes
   * than the hashes say; `RequestTimeoutException` where the bytes came too
   * slowly.
   *
   * @example An archive, stored and deleted
   * ```ts
   * import { encodeHex } from "@std/encoding/hex";
   * import {
   *   type ArchiveCreation,
   *   type ArchiveInput,
   *   awsGlacierClient,
   *   treeHash,
   * } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   *
   * const bytes = new TextEncoder().encode("Dear reader");
   * // Up to 1 MiB both hashes are the same ("Computing Checksums" in the Glacier
   * // developer guide).
   * const hash = encodeHex(await treeHash(bytes));
   * const archive: ArchiveInput = { bytes, sha256: hash, treeHash: hash };
   * await client.createVault("mail");
   * const stored: ArchiveCreation = await client.uploadArchive("mail", archive);
   * assertEquals(stored.treeHash, hash);
   * await client.deleteArchive("mail", stored.archiveId);
   * ```
   */
  async uploadArchive(
    vaultName: string,
    archive: ArchiveInput,
    options?: CallOptions,
  ): Promise<ArchiveCreation> {
    return await archives.uploadArchive(
      this.#connection,
      vaultName,
      archive,
      options,
    );
  }

  /**
   * Deletes an archive; succeeds where it is deleted already. One younger than
   * 90 days costs a fee. ("Delete Archive" in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault; `InvalidParameterValueException` where the ID is none of this
   * vault's.
   */
  async deleteArchive(
    vaultName: string,
    archiveId: string,
    options?: CallOptions,
  ): Promise<void> {
    return await archives.deleteArchive(
      this.#connection,
      vaultName,
      archiveId,
      options,
    );
  }

  /**
   * Begins an upload; resolves to its ID. `partSize` in bytes: 1 MiB times a
   * power of two, up to 4 GiB; the archive can have 10,000 parts. It expires
   * 24 hours after the last part. ("Initiate Multipart Upload" in the Glacier
   * developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   *
   * @example An archive in parts
   * ```ts
   * import { encodeHex } from "@std/encoding/hex";
   * import {
   *   awsGlacierClient,
   *   combineParts,
   *   type HashedPart,
   *   LEAF_SIZE,
   *   treeHash,
   * } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   *
   * const content = new Uint8Array(2.5 * LEAF_SIZE).fill(7);
   * const partSize = LEAF_SIZE;
   * await client.createVault("films");
   * const uploadId = await client.initiateMultipartUpload("films", { partSize });
   * const parts: HashedPart[] = [];
   * for (let offset = 0; offset < content.length; offset += partSize) {
   *   const bytes = content.slice(offset, offset + partSize);
   *   // A part of 1 MiB has one leaf, whose SHA-256 is its tree hash.
   *   const hash = await treeHash(bytes);
   *   const [sha256, hex] = [encodeHex(hash), encodeHex(hash)];
   *   const part = { uploadId, offset, bytes, sha256, treeHash: hex };
   *   await client.uploadMultipartPart("films", part);
   *   parts.push({ hash, size: bytes.length });
   * }
   * const { items, upload } = await client.listParts("films", uploadId);
   * assertEquals(items.length, 3);
   * assertEquals(upload.partSize, partSize);
   * const { archiveId, treeHash: stored } = await client.completeMultipartUpload(
   *   "films",
   *   {
   *     uploadId,
   *     size: content.length,
   *     treeHash: encodeHex(await combineParts(parts)),
   *   },
   * );
   * assertEquals(stored, encodeHex(await treeHash(content)));
   * await client.deleteArchive("films", archiveId);
   * ```
   */
  async initiateMultipartUpload(
    vaultName: string,
    upload: { partSize: number; description?: string },
    options?: CallOptions,
  ): Promise<string> {
    return await uploads.initiateMultipartUpload(
      this.#connection,
      vaultName,
      upload,
      options,
    );
  }

  /**
   * Sends a part: `offset` in bytes is a multiple of the part size, and all
   * but the last part are of that size. The same range sent again replaces it.
   * ("Upload Part" in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where the upload is
   * unknown, ended or expired; `InvalidParameterValueException` where range or
   * hashes are wrong; `RequestTimeoutException` where the bytes came too
   * slowly.
   */
  async uploadMultipartPart(
    vaultName: string,
    part: PartInput,
    options?: CallOptions,
  ): Promise<void> {
    return await uploads.uploadMultipartPart(
      this.#connection,
      vaultName,
      part,
      options,
    );
  }

  /**
   * Makes the archive of its parts, `size` bytes in all. Doing it again soon
   * gives the same archive ID. ("Complete Multipart Upload" in the Glacier
   * developer guide)
   *
   * @throws {ServiceError} `InvalidParameterValueException` where size or tree
   * hash are wrong, or a part is missing; the upload stays open;
   * `ResourceNotFoundException` where the upload is unknown, ended or expired.
   */
  async completeMultipartUpload(
    vaultName: string,
    archive: { uploadId: string; size: number; treeHash: string },
    options?: CallOptions,
  ): Promise<ArchiveCreation> {
    return await uploads.completeMultipartUpload(
      this.#connection,
      vaultName,
      archive,
      options,
    );
  }

  /**
   * Ends an upload and forgets its parts. ("Abort Multipart Upload" in the
   * Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where the upload is
   * unknown, completed or expired.
   *
   * @example Uploads that nobody goes on with
   * ```ts
   * import { awsGlacierClient, type MultipartUpload } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   *
   * const partSize = 16 * 1024 * 1024;
   * await client.createVault("drafts");
   * const begun = await client.initiateMultipartUpload("drafts", { partSize });
   * const { items } = await client.listMultipartUploads("drafts", { limit: 50 });
   * assertEquals(items.some(({ uploadId }) => uploadId === begun), true);
   * const uploads: MultipartUpload[] = [];
   * for await (const upload of client.everyMultipartUpload("drafts")) {
   *   uploads.push(upload);
   * }
   * for (const { uploadId } of uploads) {
   *   for await (const { range } of client.everyPart("drafts", uploadId)) {
   *     throw new Error(`A part of it is there, at ${range.start}`);
   *   }
   *   await client.abortMultipartUpload("drafts", uploadId);
   * }
   * const left = await client.listMultipartUploads("drafts");
   * assertEquals(left.items, []);
   * ```
   */
  async abortMultipartUpload(
    vaultName: string,
    uploadId: string,
    options?: CallOptions,
  ): Promise<void> {
    return await uploads.abortMultipartUpload(
      this.#connection,
      vaultName,
      uploadId,
      options,
    );
  }

  /**
   * A page of the uploads that are not ended, 50 at most, in no particular
   * order. ("List Multipart Uploads" in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   */
  async listMultipartUploads(
    vaultName: string,
    page: PageOptions & CallOptions = {},
  ): Promise<Page<MultipartUpload>> {
    return await uploads.listMultipartUploads(
      this.#connection,
      vaultName,
      page,
    );
  }

  /**
   * A page of the parts that an upload has, 50 at most, in their order. Ranges
   * are in bytes. ("List Parts" in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where the upload is
   * unknown, ended or expired.
   */
  async listParts(
    vaultName: string,
    uploadId: string,
    page: PageOptions & CallOptions = {},
  ): Promise<PartsPage> {
    return await uploads.listParts(this.#connection, vaultName, uploadId, page);
  }

  /**
   * Starts a job, which is billed and cannot be cancelled. Ranges are in
   * bytes, at multiples of 1 MiB; the output can be had for 24 hours once it
   * is there. Sent again only where it surely had no effect. ("Initiate Job"
   * in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault or archive, or no inventory yet; `PolicyEnforcedException` where the
   * data retrieval policy forbids it; `InsufficientCapacityException` where no
   * Expedited capacity is left.
   *
   * @example An archive, asked for and read
   * ```ts
   * import {
   *   awsGlacierClient,
   *   type JobDescription,
   *   type JobOutput,
   *   readJournal,
   * } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   *
   * const journal = await readJournal("photos.log");
   * const { archiveId, treeHash } = journal.latest("notes.txt")!;
   * const { jobId } = await client.initiateJob("photos", {
   *   type: "archive-retrieval",
   *   archiveId,
   *   tier: "Bulk",
   * });
   * const jobs: JobDescription[] = [];
   * for await (const job of client.everyJob("photos", { completed: true })) {
   *   jobs.push(job);
   * }
   * // With Amazon it is there some hours later.
   * assertEquals(jobs.some((job) => job.jobId === jobId), true);
   * const output: JobOutput = await client.getJobOutput("photos", jobId);
   * assertEquals(await new Response(output.body).text(), "a few notes.\n");
   * assertEquals(output.treeHash, treeHash);
   * const range = { start: 2, end: 5 };
   * const part = await client.getJobOutput("photos", jobId, { range });
   * assertEquals(await new Response(part.body).text(), "few");
   * ```
   */
  async initiateJob(
    vaultName: string,
    job: JobInput,
    options?: CallOptions,
  ): Promise<InitiatedJob> {
    return await jobs.initiateJob(this.#connection, vaultName, job, options);
  }

  /**
   * Tells of a job: sizes and ranges in bytes, dates as ISO 8601. ("Describe
   * Job" in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where the job is
   * unknown, or long over.
   *
   * @example An inventory, asked for and read
   * ```ts
   * import {
   *   awsGlacierClient,
   *   type InventoryRetrievalInput,
   * } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   *
   * const input: InventoryRetrievalInput = {
   *   type: "inventory-retrieval",
   *   format: "JSON",
   *   inventory: { startDate: "2012-08-20T00:00:00Z", limit: 1000 },
   * };
   * const { jobId } = await client.initiateJob("photos", input);
   * const { items } = await client.listJobs("photos", { statusCode: "Succeeded" });
   * assertEquals(items.some((job) => job.jobId === jobId), true);
   * // With Amazon it is there some hours later.
   * const job = await client.describeJob("photos", jobId);
   * assertEquals(job.action, "InventoryRetrieval");
   * const { body, size } = await client.getJobOutput("photos", jobId);
   * const { ArchiveList } = await new Response(body).json();
   * assertEquals(ArchiveList.length >= 2, true);
   * assertEquals(job.inventorySize, size);
   * ```
   */
  async describeJob(
    vaultName: string,
    jobId: string,
    options?: CallOptions,
  ): Promise<JobDescription> {
    return await jobs.describeJob(this.#connection, vaultName, jobId, options);
  }

  /**
   * A page of a vault's jobs, 50 at most: those under way and those ended
   * lately. ("List Jobs" in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   */
  async listJobs(
    vaultName: string,
    page: PageOptions & JobFilter & CallOptions = {},
  ): Promise<Page<JobDescription>> {
    return await jobs.listJobs(this.#connection, vaultName, page);
  }

  /**
   * Opens the output of a job, or a range of it in bytes. The body must be
   * read to its end or cancelled. ("Get Job Output" in the Glacier developer
   * guide)
   *
   * @throws {ServiceError} `InvalidParameterValueException` where the job is
   * not done, or has no such range; `ResourceNotFoundException` where the job
   * is unknown, or its output has expired.
   */
  async getJobOutput(
    vaultName: string,
    jobId: string,
    options: { range?: OutputRange } & CallOptions = {},
  ): Promise<JobOutput> {
    return await jobs.getJobOutput(this.#connection, vaultName, jobId, options);
  }

  /**
   * Sets who may use a vault, by a JSON document of up to 20 KB; replaces what
   * was set. ("Set Vault Access Policy" in the Glacier developer guide)
   *
   * @throws {ServiceError} `InvalidParameterValueException` where the document
   * is no policy; `ResourceNotFoundException` where there is no such vault.
   *
   * @example Who may read a vault
   * ```ts
   * import { awsGlacierClient } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   *
   * await client.createVault("shared");
   * const { vaultArn } = await client.describeVault("shared");
   * const policy = JSON.stringify({
   *   Version: "2012-10-17",
   *   Statement: [{
   *     Sid: "read",
   *     Effect: "Allow",
   *     Principal: { AWS: "arn:aws:iam::012345678901:root" },
   *     Action: ["glacier:InitiateJob", "glacier:GetJobOutput"],
   *     Resource: [vaultArn],
   *   }],
   * });
   * await client.setVaultAccessPolicy("shared", policy);
   * const set = await client.getVaultAccessPolicy("shared");
   * assertEquals(JSON.parse(set), JSON.parse(policy));
   * await client.deleteVaultAccessPolicy("shared");
   * await client.deleteVault("shared");
   * ```
   */
  async setVaultAccessPolicy(
    vaultName: string,
    policy: string,
    options?: CallOptions,
  ): Promise<void> {
    return await policies.setVaultAccessPolicy(
      this.#connection,
      vaultName,
      policy,
      options,
    );
  }

  /**
   * Who may use a vault, a JSON document. ("Get Vault Access Policy" in the
   * Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where none is set, or
   * there is no such vault.
   */
  async getVaultAccessPolicy(
    vaultName: string,
    options?: CallOptions,
  ): Promise<string> {
    return await policies.getVaultAccessPolicy(
      this.#connection,
      vaultName,
      options,
    );
  }

  /**
   * Leaves a vault to its owner's rules; succeeds where no policy is set.
   * ("Delete Vault Access Policy" in the Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is no such
   * vault.
   */
  async deleteVaultAccessPolicy(
    vaultName: string,
    options?: CallOptions,
  ): Promise<void> {
    return await policies.deleteVaultAccessPolicy(
      this.#connection,
      vaultName,
      options,
    );
  }

  /**
   * Begins to lock a vault; resolves to the lock's ID, good for 24 hours.
   * Never sent again where it may have had an effect. ("Initiate Vault Lock"
   * in the Glacier developer guide)
   *
   * @throws {ServiceError} `AccessDeniedException` where the vault is locked
   * already; `InvalidParameterValueException` where a lock is in progress, or
   * the document is no policy; `ResourceNotFoundException` where there is no
   * such vault.
   *
   * @example A lock, tried and then closed for good
   * ```ts
   * import { awsGlacierClient, type VaultLock } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   *
   * await client.createVault("ledger");
   * const { vaultArn } = await client.describeVault("ledger");
   * const policy = JSON.stringify({
   *   Version: "2012-10-17",
   *   Statement: [{
   *     Sid: "keep-a-year",
   *     Effect: "Deny",
   *     Principal: "*",
   *     Action: "glacier:DeleteArchive",
   *     Resource: [vaultArn],
   *     Condition: { NumericLessThan: { "glacier:ArchiveAgeInDays": "365" } },
   *   }],
   * });
   * await client.initiateVaultLock("ledger", policy);
   * const tried: VaultLock = await client.getVaultLock("ledger");
   * assertEquals(tried.state, "InProgress");
   * await client.abortVaultLock("ledger");
   * const lockId = await client.initiateVaultLock("ledger", policy);
   * // From here on nobody can undo it, Amazon neither.
   * await client.completeVaultLock("ledger", lockId);
   * assertEquals((await client.getVaultLock("ledger")).state, "Locked");
   * ```
   */
  async initiateVaultLock(
    vaultName: string,
    policy: string,
    options?: CallOptions,
  ): Promise<string> {
    return await policies.initiateVaultLock(
      this.#connection,
      vaultName,
      policy,
      options,
    );
  }

  /**
   * A vault's lock; dates as ISO 8601. ("Get Vault Lock" in the Glacier
   * developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where there is none, or
   * no such vault.
   */
  async getVaultLock(
    vaultName: string,
    options?: CallOptions,
  ): Promise<VaultLock> {
    return await policies.getVaultLock(this.#connection, vaultName, options);
  }

  /**
   * Gives up a lock in progress; succeeds where there is none. ("Abort Vault
   * Lock" in the Glacier developer guide)
   *
   * @throws {ServiceError} `AccessDeniedException` where the vault is locked
   * for good; `ResourceNotFoundException` where there is no such vault.
   */
  async abortVaultLock(
    vaultName: string,
    options?: CallOptions,
  ): Promise<void> {
    return await policies.abortVaultLock(this.#connection, vaultName, options);
  }

  /**
   * Locks a vault for good: nobody can undo it. ("Complete Vault Lock" in the
   * Glacier developer guide)
   *
   * @throws {ServiceError} `ResourceNotFoundException` where no lock is in
   * progress, or its 24 hours are over; `InvalidParameterValueException` where
   * the lock's ID is another's.
   */
  async completeVaultLock(
    vaultName: string,
    lockId: string,
    options?: CallOptions,
  ): Promise<void> {
    return await policies.completeVaultLock(
      this.#connection,
      vaultName,
      lockId,
      options,
    );
  }

  /**
   * Limits the Standard retrievals of the account in the region; bytes per
   * hour are a whole number. ("Set Data Retrieval Policy" in the Glacier
   * developer guide)
   *
   * @throws {ServiceError} `InvalidParameterValueException` where the rule
   * cannot be one.
   *
   * @example A limit of 1 GiB per hour, and back to what it was
   * ```ts
   * import {
   *   awsGlacierClient,
   *   type DataRetrievalRule,
   * } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   *
   * const before = await client.getDataRetrievalPolicy();
   * const rules: DataRetrievalRule[] = [
   *   { strategy: "BytesPerHour", bytesPerHour: 1024 ** 3 },
   * ];
   * await client.setDataRetrievalPolicy(rules);
   * assertEquals(await client.getDataRetrievalPolicy(), rules);
   * await client.setDataRetrievalPolicy(before);
   * ```
   */
  async setDataRetrievalPolicy(
    rules: DataRetrievalRule[],
    options?: CallOptions,
  ): Promise<void> {
    return await policies.setDataRetrievalPolicy(
      this.#connection,
      rules,
      options,
    );
  }

  /**
   * What limits the retrievals of the account in the region; in bytes per
   * hour. ("Get Data Retrieval Policy" in the Glacier developer guide)
   *
   * @throws {ServiceError} `AccessDeniedException` where the key may not ask.
   */
  async getDataRetrievalPolicy(
    options?: CallOptions,
  ): Promise<DataRetrievalRule[]> {
    return await policies.getDataRetrievalPolicy(this.#connection, options);
  }

  /**
   * Buys a unit of capacity for Expedited retrievals, for a month; resolves to
   * its ID. Billed, so never sent again where it may have had an effect.
   * ("Purchase Provisioned Capacity" in the Glacier developer guide)
   *
   * @throws {ServiceError} `LimitExceededException` where the account has two
   * units.
   *
   * @example A unit, which Amazon bills for a month
   * ```ts
   * import {
   *   awsGlacierClient,
   *   type ProvisionedCapacity,
   * } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const client = awsGlacierClient();
   *
   * const bought = await client.purchaseProvisionedCapacity();
   * const units: ProvisionedCapacity[] = await client.listProvisionedCapacity();
   * assertEquals(units.some(({ capacityId }) => capacityId === bought), true);
   * ```
   */
  async purchaseProvisionedCapacity(
    options?: CallOptions,
  ): Promise<string> {
    return await policies.purchaseProvisionedCapacity(
      this.#connection,
      options,
    );
  }

  /**
   * The units of capacity that the account has; dates as ISO 8601. ("List
   * Provisioned Capacity" in the Glacier developer guide)
   *
   * @throws {ServiceError} `AccessDeniedException` where the key may not ask.
   */
  async listProvisionedCapacity(
    options?: CallOptions,
  ): Promise<ProvisionedCapacity[]> {
    return await policies.listProvisionedCapacity(this.#connection, options);
  }

  /**
   * All vaults in the order of their names, page by page as they are read.
   * ("List Vaults" in the Glacier developer guide)
   *
   * @throws {ServiceError} while it is read: `AccessDeniedException` where the
   * key may not ask.
   */
  everyVault(options: CallOptions = {}): AsyncIterable<VaultDescription> {
    return everyPage(
      (page) => this.listVaults({ ...page, ...options }),
      MAX_VAULTS_LISTED,
    );
  }

  /**
   * All uploads that are not ended, page by page as they are read. ("List
   * Multipart Uploads" in the Glacier developer guide)
   *
   * @throws {ServiceError} while it is read: `ResourceNotFoundException` where
   * there is no such vault.
   */
  everyMultipartUpload(
    vaultName: string,
    options: CallOptions = {},
  ): AsyncIterable<MultipartUpload> {
    return everyPage((page) =>
      this.listMultipartUploads(vaultName, { ...page, ...options })
    );
  }

  /**
   * All parts that an upload has, in their order, page by page as they are read;
   * ranges in bytes. ("List Parts" in the Glacier developer guide)
   *
   * @throws {ServiceError} while it is read: `ResourceNotFoundException` where
   * the upload is unknown, ended or expired.
   */
  everyPart(
    vaultName: string,
    uploadId: string,
    options: CallOptions = {},
  ): AsyncIterable<UploadedPart> {
    return everyPage((page) =>
      this.listParts(vaultName, uploadId, { ...page, ...options })
    );
  }

  /**
   * All jobs of a vault, or those of a kind, page by page as they are read.
   * ("List Jobs" in the Glacier developer guide)
   *
   * @throws {ServiceError} while it is read: `ResourceNotFoundException` where
   * there is no such vault.
   */
  everyJob(
    vaultName: string,
    options: JobFilter & CallOptions = {},
  ): AsyncIterable<JobDescription> {
    return everyPage((page) =>
      this.listJobs(vaultName, { ...page, ...options })
    );
  }
}
