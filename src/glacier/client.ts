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

export type { GlacierOptions, RequestEvent } from "./connection.ts";

/**
 * A client for one account in one region.
 *
 * Every method takes a `signal` and rejects with its reason once it is
 * aborted. A request that fails for a passing reason is sent again; one that
 * would create something again only where it surely had no effect.
 *
 * They throw `UsageError` for a parameter that cannot be one, before anything
 * is sent; `ServiceError` where the service refuses, or its answer makes no
 * sense (code `MalformedAnswer`); `NetworkError` where no whole answer comes;
 * `IntegrityError` where the service got other bytes than were sent.
 */
export class GlacierClient {
  readonly #connection: Connection;

  /** @throws {UsageError} where region, endpoint or account ID cannot be one. */
  constructor(options: GlacierOptions) {
    this.#connection = new Connection(options);
  }

  /** The region that the client was made for. */
  get region(): string {
    return this.#connection.region;
  }

  /**
   * The address of a vault, which no other vault has but those of other
   * accounts.
   *
   * @throws {UsageError} where the name cannot be one.
   */
  vaultUrl(vaultName: string): string {
    const { endpoint, accountId } = this.#connection;
    return endpoint +
      fillPath("/{accountId}/vaults/{vaultName}", { accountId, vaultName });
  }

  /** Makes a vault; succeeds where it exists already. */
  async createVault(
    vaultName: string,
    options?: CallOptions,
  ): Promise<{ location?: string }> {
    return await vaults.createVault(this.#connection, vaultName, options);
  }

  /** Tells of a vault, by its last inventory. */
  async describeVault(
    vaultName: string,
    options?: CallOptions,
  ): Promise<VaultDescription> {
    return await vaults.describeVault(this.#connection, vaultName, options);
  }

  /** Deletes a vault that was empty at its last inventory and not written to since. */
  async deleteVault(
    vaultName: string,
    options?: CallOptions,
  ): Promise<void> {
    return await vaults.deleteVault(this.#connection, vaultName, options);
  }

  /** A page of the vaults. */
  async listVaults(
    page: PageOptions & CallOptions = {},
  ): Promise<Page<VaultDescription>> {
    return await vaults.listVaults(this.#connection, page);
  }

  /** Adds tags, and replaces those of the same names. */
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

  /** Removes tags by name. */
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

  /** The tags of a vault. */
  async listTagsForVault(
    vaultName: string,
    options?: CallOptions,
  ): Promise<Record<string, string>> {
    return await vaults.listTagsForVault(this.#connection, vaultName, options);
  }

  /** Has a vault tell a topic of its events. */
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

  /** Where a vault tells of its events. */
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

  /** Has a vault tell of nothing. */
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

  /** Stores an archive of 1 byte to 4 GiB. */
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

  /** Deletes an archive; succeeds where it is deleted already. */
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

  /** Begins an upload; resolves to its ID. `partSize` in bytes: 1 MiB times a power of two, up to 4 GiB. */
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

  /** Sends a part; the same range sent again replaces it. */
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

  /** Makes the archive of its parts, `size` bytes in all. Doing it again soon gives the same archive ID. */
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

  /** Ends an upload and forgets its parts. */
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

  /** A page of the uploads that are not ended. */
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

  /** A page of the parts that an upload has. */
  async listParts(
    vaultName: string,
    uploadId: string,
    page: PageOptions & CallOptions = {},
  ): Promise<PartsPage> {
    return await uploads.listParts(this.#connection, vaultName, uploadId, page);
  }

  /** Starts a job, which is billed and cannot be cancelled. */
  async initiateJob(
    vaultName: string,
    job: JobInput,
    options?: CallOptions,
  ): Promise<InitiatedJob> {
    return await jobs.initiateJob(this.#connection, vaultName, job, options);
  }

  /** Tells of a job. */
  async describeJob(
    vaultName: string,
    jobId: string,
    options?: CallOptions,
  ): Promise<JobDescription> {
    return await jobs.describeJob(this.#connection, vaultName, jobId, options);
  }

  /** A page of a vault's jobs. */
  async listJobs(
    vaultName: string,
    page: PageOptions & JobFilter & CallOptions = {},
  ): Promise<Page<JobDescription>> {
    return await jobs.listJobs(this.#connection, vaultName, page);
  }

  /** Opens the output of a job, or a range of it. */
  async getJobOutput(
    vaultName: string,
    jobId: string,
    options: { range?: OutputRange } & CallOptions = {},
  ): Promise<JobOutput> {
    return await jobs.getJobOutput(this.#connection, vaultName, jobId, options);
  }

  /** Sets who may use a vault, by a JSON document. */
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

  /** Who may use a vault, a JSON document. */
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

  /** Leaves a vault to its owner's rules. */
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

  /** Begins to lock a vault; resolves to the lock's ID, good for 24 hours. */
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

  /** A vault's lock. */
  async getVaultLock(
    vaultName: string,
    options?: CallOptions,
  ): Promise<VaultLock> {
    return await policies.getVaultLock(this.#connection, vaultName, options);
  }

  /** Gives up a lock in progress. */
  async abortVaultLock(
    vaultName: string,
    options?: CallOptions,
  ): Promise<void> {
    return await policies.abortVaultLock(this.#connection, vaultName, options);
  }

  /** Locks a vault for good. */
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

  /** Limits the retrievals of the account in the region. */
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

  /** What limits the retrievals of the account in the region. */
  async getDataRetrievalPolicy(
    options?: CallOptions,
  ): Promise<DataRetrievalRule[]> {
    return await policies.getDataRetrievalPolicy(this.#connection, options);
  }

  /** Buys a unit of capacity for Expedited retrievals, for a month; resolves to its ID. */
  async purchaseProvisionedCapacity(
    options?: CallOptions,
  ): Promise<string> {
    return await policies.purchaseProvisionedCapacity(
      this.#connection,
      options,
    );
  }

  /** The units of capacity that the account has. */
  async listProvisionedCapacity(
    options?: CallOptions,
  ): Promise<ProvisionedCapacity[]> {
    return await policies.listProvisionedCapacity(this.#connection, options);
  }

  /** All vaults, page by page. */
  everyVault(options: CallOptions = {}): AsyncIterable<VaultDescription> {
    return everyPage((page) => this.listVaults({ ...page, ...options }));
  }

  /** All uploads that are not ended, page by page. */
  everyMultipartUpload(
    vaultName: string,
    options: CallOptions = {},
  ): AsyncIterable<MultipartUpload> {
    return everyPage((page) =>
      this.listMultipartUploads(vaultName, { ...page, ...options })
    );
  }

  /** All parts that an upload has, page by page. */
  everyPart(
    vaultName: string,
    uploadId: string,
    options: CallOptions = {},
  ): AsyncIterable<UploadedPart> {
    return everyPage((page) =>
      this.listParts(vaultName, uploadId, { ...page, ...options })
    );
  }

  /** All jobs of a vault, or those of a kind, page by page. */
  everyJob(
    vaultName: string,
    options: JobFilter & CallOptions = {},
  ): AsyncIterable<JobDescription> {
    return everyPage((page) =>
      this.listJobs(vaultName, { ...page, ...options })
    );
  }
}
