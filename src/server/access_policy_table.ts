/**
 * Access policies of vaults in the database.
 *
 * @module
 */

import type { Database } from "../platform.ts";

/** Policies by vault, each as the text that was sent. */
export interface AccessPolicyTable {
  get(vault: string): string | undefined;
  /** Sets a vault's policy, or replaces it. */
  put(vault: string, policy: string): void;
  /** Removes a vault's policy; nothing happens where there is none. */
  remove(vault: string): void;
}

export function accessPolicyTable(database: Database): AccessPolicyTable {
  const get = database.prepare(
    "SELECT policy FROM access_policies WHERE vault = ?",
  );
  const put = database.prepare(
    "INSERT OR REPLACE INTO access_policies (vault, policy) VALUES (?, ?)",
  );
  const remove = database.prepare(
    "DELETE FROM access_policies WHERE vault = ?",
  );
  return {
    get(vault) {
      const row = get.get(vault);
      return row === undefined ? undefined : String(row.policy);
    },
    put: (vault, policy) => void put.run(vault, policy),
    remove: (vault) => void remove.run(vault),
  };
}
