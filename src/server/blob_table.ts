/**
 * Blobs in the database: the hashes of their leaves, and which are to go.
 *
 * @module
 */

import type { Database } from "../platform.ts";

/** Blobs by ID. */
export interface BlobTable {
  insert(id: string, leaves: Uint8Array<ArrayBuffer>): void;
  has(id: string): boolean;
  /** The leaf hashes, 32 bytes each. */
  leaves(id: string): Uint8Array<ArrayBuffer>;
  /** Blobs that nothing refers to and whose files are still to be removed. */
  doomed(limit: number): string[];
  /** Forgets doomed blobs: their files are gone. */
  forget(ids: readonly string[]): void;
}

export function blobTable(database: Database): BlobTable {
  const insert = database.prepare(
    "INSERT INTO blobs (id, leaves) VALUES (?, ?)",
  );
  const has = database.prepare("SELECT 1 FROM blobs WHERE id = ?");
  const leaves = database.prepare("SELECT leaves FROM blobs WHERE id = ?");
  const doomed = database.prepare("SELECT id FROM doomed_blobs LIMIT ?");
  const forget = [
    "DELETE FROM blobs WHERE id = ?",
    "DELETE FROM doomed_blobs WHERE id = ?",
  ].map((sql) => database.prepare(sql));
  return {
    insert: (id, hashes) => void insert.run(id, hashes),
    has: (id) => has.get(id) !== undefined,
    leaves(id) {
      const row = leaves.get(id);
      if (row === undefined) throw new Error(`No leaf hashes of blob ${id}`);
      return row.leaves as Uint8Array<ArrayBuffer>;
    },
    doomed: (limit) => doomed.all(limit).map((row) => String(row.id)),
    forget: (ids) =>
      ids.forEach((id) => forget.forEach((statement) => statement.run(id))),
  };
}
