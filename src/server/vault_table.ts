/**
 * Vaults in the database.
 *
 * @module
 */

import type { Database } from "../platform.ts";

/** A vault. */
export interface Vault {
  name: string;
  created: number;
  /** When an archive was last added or deleted; `null` where none ever was. */
  changed: number | null;
  /** How many archives it has, and their size in bytes. */
  archives: number;
  bytes: number;
  /** The number of its last inventory; 0 where it has none. */
  inventory: number;
  inventory_date: number | null;
  inventory_last: number;
  inventory_archives: number;
  inventory_bytes: number;
  /** When it was first changed after its last inventory; `null` where it wasn't. */
  pending: number | null;
}

/** Vaults by name. */
export interface VaultTable {
  get(name: string): Vault | undefined;
  count(): number;
  /** Vaults in ASCII order of their names, after the one given. */
  list(after: string, limit: number): Vault[];
  /** Makes a vault; nothing happens where it exists. */
  insert(name: string, now: number): void;
  /** Removes a vault and everything that belongs to it. It must be empty. */
  remove(name: string): void;
}

export function vaultTable(database: Database): VaultTable {
  const get = database.prepare("SELECT * FROM vaults WHERE name = ?");
  const count = database.prepare("SELECT count(*) AS count FROM vaults");
  const list = database.prepare(
    "SELECT * FROM vaults WHERE name > ? ORDER BY name LIMIT ?",
  );
  const insert = database.prepare(
    "INSERT OR IGNORE INTO vaults (name, created) VALUES (?, ?)",
  );
  const remove = [
    `INSERT OR IGNORE INTO doomed_blobs
       SELECT parts.blob FROM parts JOIN uploads ON uploads.number = parts.upload
       WHERE uploads.vault = ?1`,
    `DELETE FROM parts WHERE upload IN (SELECT number FROM uploads WHERE vault = ?1)`,
    `DELETE FROM uploads WHERE vault = ?1`,
    // Archives that were deleted and whose jobs could still deliver them.
    `INSERT OR IGNORE INTO doomed_blobs
       SELECT segments.blob FROM segments
       JOIN archives ON archives.number = segments.archive
       WHERE archives.vault = ?1`,
    `DELETE FROM segments WHERE archive IN (SELECT number FROM archives WHERE vault = ?1)`,
    `DELETE FROM archives WHERE vault = ?1`,
    `DELETE FROM jobs WHERE vault = ?1`,
    `DELETE FROM tags WHERE vault = ?1`,
    `DELETE FROM notifications WHERE vault = ?1`,
    `DELETE FROM access_policies WHERE vault = ?1`,
    `DELETE FROM vault_locks WHERE vault = ?1`,
    `DELETE FROM vaults WHERE name = ?1`,
  ].map((sql) => database.prepare(sql));

  const asVault = (row: unknown) => row as Vault;
  return {
    get: (name) => get.get(name) as Vault | undefined,
    count: () => Number(count.get()?.count),
    list: (after, limit) => list.all(after, limit).map(asVault),
    insert: (name, now) => void insert.run(name, now),
    remove: (name) => remove.forEach((statement) => statement.run(name)),
  };
}
