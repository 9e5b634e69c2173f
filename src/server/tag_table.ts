/**
 * Tags of vaults in the database.
 *
 * @module
 */

import type { Database } from "../platform.ts";

/** A tag of a vault. */
export interface Tag {
  key: string;
  value: string;
}

/** Tags by vault and key. */
export interface TagTable {
  /** All tags of a vault, in order of their keys. */
  list(vault: string): Tag[];
  /** How many a vault has. */
  count(vault: string): number;
  /** Adds a tag, or replaces the one with that key. */
  put(vault: string, tag: Tag): void;
  /** Removes a tag; nothing happens where there is none. */
  remove(vault: string, key: string): void;
}

export function tagTable(database: Database): TagTable {
  const list = database.prepare(
    "SELECT key, value FROM tags WHERE vault = ? ORDER BY key",
  );
  const count = database.prepare(
    "SELECT count(*) AS count FROM tags WHERE vault = ?",
  );
  const put = database.prepare(
    "INSERT OR REPLACE INTO tags (vault, key, value) VALUES (?, ?, ?)",
  );
  const remove = database.prepare(
    "DELETE FROM tags WHERE vault = ? AND key = ?",
  );
  return {
    list: (vault) => list.all(vault) as unknown as Tag[],
    count: (vault) => Number(count.get(vault)?.count),
    put: (vault, { key, value }) => void put.run(vault, key, value),
    remove: (vault, key) => void remove.run(vault, key),
  };
}
