/**
 * Locks of vaults in the database. Whether a lock in progress has expired
 * follows from its time and the clock: nothing has to run for it.
 *
 * @module
 */

import type { Database } from "../platform.ts";

/** A lock, in progress or complete. */
export interface VaultLock {
  /** What completes it. */
  id: string;
  /** The policy as the text that was sent. */
  policy: string;
  /** When it was initiated. */
  created: number;
  /** When it was completed; `null` while it is in progress. */
  locked: number | null;
}

/** Locks by vault. */
export interface VaultLockTable {
  get(vault: string): VaultLock | undefined;
  /** Puts a lock in progress in the place of one that is over. */
  put(vault: string, lock: Omit<VaultLock, "locked">): void;
  complete(vault: string, now: number): void;
  /** Removes a lock; nothing happens where there is none. */
  remove(vault: string): void;
}

export function vaultLockTable(database: Database): VaultLockTable {
  const get = database.prepare(
    "SELECT id, policy, created, locked FROM vault_locks WHERE vault = ?",
  );
  const put = database.prepare(
    "INSERT OR REPLACE INTO vault_locks (vault, id, policy, created) VALUES (?, ?, ?, ?)",
  );
  const complete = database.prepare(
    "UPDATE vault_locks SET locked = ? WHERE vault = ?",
  );
  const remove = database.prepare("DELETE FROM vault_locks WHERE vault = ?");
  return {
    get: (vault) => get.get(vault) as VaultLock | undefined,
    put: (vault, { id, policy, created }) =>
      void put.run(vault, id, policy, created),
    complete: (vault, now) => void complete.run(now, vault),
    remove: (vault) => void remove.run(vault),
  };
}
