/**
 * Everything the server knows, as the tables of its database.
 *
 * @module
 */

import type { Database } from "../platform.ts";
import {
  type AccessPolicyTable,
  accessPolicyTable,
} from "./access_policy_table.ts";
import { type ArchiveTable, archiveTable } from "./archive_table.ts";
import { type BlobTable, blobTable } from "./blob_table.ts";
import { type JobTable, jobTable } from "./job_table.ts";
import {
  type NotificationTable,
  notificationTable,
} from "./notification_table.ts";
import { type TagTable, tagTable } from "./tag_table.ts";
import { type UploadTable, uploadTable } from "./upload_table.ts";
import { type VaultLockTable, vaultLockTable } from "./vault_lock_table.ts";
import { type VaultTable, vaultTable } from "./vault_table.ts";

/** The tables, and what changes several of them. */
export interface State extends Disposable {
  readonly vaults: VaultTable;
  readonly archives: ArchiveTable;
  readonly uploads: UploadTable;
  readonly jobs: JobTable;
  readonly blobs: BlobTable;
  readonly tags: TagTable;
  readonly notifications: NotificationTable;
  readonly accessPolicies: AccessPolicyTable;
  readonly vaultLocks: VaultLockTable;
  /**
   * Runs `change` so that all of it is on the device when this returns, or
   * none of it happened. It must not await.
   */
  transaction<T>(change: () => T): T;
  /**
   * Forgets jobs and uploads whose time is over, and deleted archives with the
   * last of their jobs; a limited number at a time, so that no request waits
   * long. Returns how many jobs that were.
   */
  purge(now: number): number;
}

/** How long a completed job can be asked for, in milliseconds ("Get Job Output" in the Glacier developer guide). */
export const JOB_LIFETIME = 24 * 60 * 60 * 1000;

/** How long an upload that has ended is remembered, in milliseconds. */
export const UPLOAD_MEMORY = 24 * 60 * 60 * 1000;

/**
 * How long the bytes of a job outlive it, in milliseconds: a download that
 * began in time may end.
 */
const DOWNLOAD_GRACE = 24 * 60 * 60 * 1000;

/** Prepares the statements. */
export function openState(database: Database): State {
  const vaults = vaultTable(database);
  const archives = archiveTable(database);
  const uploads = uploadTable(database);
  const jobs = jobTable(database);
  const blobs = blobTable(database);
  const tags = tagTable(database);
  const notifications = notificationTable(database);
  const accessPolicies = accessPolicyTable(database);
  const vaultLocks = vaultLockTable(database);
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");

  function transaction<T>(change: () => T): T {
    begin.run();
    try {
      const result = change();
      commit.run();
      return result;
    } catch (error) {
      try {
        database.exec("ROLLBACK");
      } catch {
        // After some errors SQLite has rolled back by itself.
      }
      throw error;
    }
  }

  return {
    vaults,
    archives,
    uploads,
    jobs,
    blobs,
    tags,
    notifications,
    accessPolicies,
    vaultLocks,
    transaction,
    purge(now) {
      return transaction(() => {
        const end = now - JOB_LIFETIME - DOWNLOAD_GRACE;
        const retrieved = jobs.removeCompletedBefore(end);
        new Set(retrieved).forEach((id) => archives.removeUnneeded(id));
        uploads.removeEndedBefore(now - UPLOAD_MEMORY);
        return retrieved.length;
      });
    },
    [Symbol.dispose]: () => database.close(),
  };
}
