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
import { type DeliveryTable, deliveryTable } from "./delivery_table.ts";
import { type InventoryTable, inventoryTable } from "./inventory_table.ts";
import { type JobTable, jobTable } from "./job_table.ts";
import {
  MESSAGE_LIFETIME,
  type MessageTable,
  messageTable,
} from "./message_table.ts";
import {
  type NotificationTable,
  notificationTable,
} from "./notification_table.ts";
import { type TagTable, tagTable } from "./tag_table.ts";
import { type CapacityTable, capacityTable } from "./capacity_table.ts";
import { type RetrievalTable, retrievalTable } from "./retrieval_table.ts";
import { type UploadTable, uploadTable } from "./upload_table.ts";
import { type VaultLockTable, vaultLockTable } from "./vault_lock_table.ts";
import { type VaultTable, vaultTable } from "./vault_table.ts";

/** The tables, and what changes several of them. */
export interface State extends Disposable {
  readonly vaults: VaultTable;
  readonly archives: ArchiveTable;
  readonly uploads: UploadTable;
  readonly inventories: InventoryTable;
  readonly jobs: JobTable;
  readonly blobs: BlobTable;
  readonly tags: TagTable;
  readonly notifications: NotificationTable;
  readonly accessPolicies: AccessPolicyTable;
  readonly vaultLocks: VaultLockTable;
  readonly retrievals: RetrievalTable;
  readonly capacity: CapacityTable;
  readonly messages: MessageTable;
  readonly deliveries: DeliveryTable;
  /**
   * Runs `change` so that all of it is on the device when this returns, or
   * none of it happened. It must not await.
   */
  transaction<T>(change: () => T): T;
  /**
   * Forgets jobs, uploads and messages whose time is over, and deleted archives
   * with the last of their jobs and inventories; a limited number at a time, so
   * that no request waits long. Returns how many of them that were.
   */
  purge(now: number): number;
}

/** How long a completed job can be asked for, in milliseconds ("Get Job Output" in the Glacier developer guide). */
export const JOB_LIFETIME = 24 * 60 * 60 * 1000;

/** How long an upload that has ended is remembered, in milliseconds. */
export const UPLOAD_MEMORY = 24 * 60 * 60 * 1000;

/**
 * How long an upload lives on after it began or its last part came, in
 * milliseconds ("Initiate Multipart Upload" in the Glacier developer guide).
 */
export const UPLOAD_LIFETIME = 24 * 60 * 60 * 1000;

/**
 * How long the bytes of a job outlive it, in milliseconds: a download that
 * began in time may end.
 */
const DOWNLOAD_GRACE = 24 * 60 * 60 * 1000;

/**
 * Prepares the statements.
 *
 * @param options.inventoryDelay how long inventories lag behind changes, in milliseconds
 */
export function openState(
  database: Database,
  options: { inventoryDelay: number },
): State {
  const vaults = vaultTable(database);
  const inventories = inventoryTable(database, vaults, options.inventoryDelay);
  const archives = archiveTable(database, inventories);
  const uploads = uploadTable(database);
  const jobs = jobTable(database);
  const blobs = blobTable(database);
  const tags = tagTable(database);
  const notifications = notificationTable(database);
  const accessPolicies = accessPolicyTable(database);
  const vaultLocks = vaultLockTable(database);
  const messages = messageTable(database);
  const deliveries = deliveryTable(database);
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
    inventories,
    jobs,
    blobs,
    tags,
    notifications,
    accessPolicies,
    vaultLocks,
    retrievals: retrievalTable(database),
    capacity: capacityTable(database),
    messages,
    deliveries,
    transaction,
    purge(now) {
      return transaction(() => {
        const end = now - JOB_LIFETIME - DOWNLOAD_GRACE;
        const removed = jobs.removeCompletedBefore(end);
        const retrieved = new Set(removed.filter((id) => id !== null));
        retrieved.forEach((id) => archives.removeUnneeded(id));
        uploads.removeEndedBefore(now - UPLOAD_MEMORY);
        return removed.length + inventories.removeAllUnshown() +
          uploads.removeIdleSince(now - UPLOAD_LIFETIME) +
          messages.removeSentBefore(now - MESSAGE_LIFETIME) +
          deliveries.removeCreatedBefore(now - MESSAGE_LIFETIME);
      });
    },
    [Symbol.dispose]: () => database.close(),
  };
}
