/**
 * Uploads in parts in the database.
 *
 * @module
 */

import type { Database } from "../platform.ts";
import type { Segment } from "./archive_table.ts";

/** An upload in parts. */
export interface Upload {
  number: number;
  id: string;
  vault: string;
  description: string;
  part_size: number;
  created: number;
  /** When it began or its last part came. */
  active: number;
  /** When it was completed or aborted; `null` while it is open. */
  ended: number | null;
  /** The archive that it became, its size and hash; `null` where it didn't. */
  archive: string | null;
  archive_size: number | null;
  archive_tree_hash: string | null;
}

/** Which uploads to list. */
export interface UploadFilter {
  vault: string;
  /** Only those that were written to after this time. */
  activeAfter: number;
  /** Only those with a higher number. */
  after: number;
  limit: number;
}

/** Uploads by ID, and their parts. */
export interface UploadTable {
  get(id: string): Upload | undefined;
  /** Open uploads of a vault in the order they began. */
  list(filter: UploadFilter): Upload[];
  insert(
    upload: Pick<
      Upload,
      "id" | "vault" | "description" | "part_size" | "created"
    >,
  ): void;
  /** Adds a part; dooms the blob of the one that it replaces. */
  putPart(upload: number, part: Segment, now: number): void;
  /** Parts in their order, from `start` in bytes. */
  parts(upload: number, start: number, limit: number): Segment[];
  complete(
    upload: number,
    archive: { id: string; size: number; treeHash: string; now: number },
  ): void;
  /** Ends an upload and dooms the blobs of its parts. */
  abort(upload: number, now: number): void;
  removeEndedBefore(time: number): void;
  /** Removes up to 100 open uploads that nothing was written to since then, and dooms their blobs; returns how many. */
  removeIdleSince(time: number): number;
}

export function uploadTable(database: Database): UploadTable {
  const get = database.prepare("SELECT * FROM uploads WHERE id = ?");
  const list = database.prepare(
    `SELECT * FROM uploads WHERE vault = ? AND ended IS NULL AND active > ? AND number > ?
     ORDER BY number LIMIT ?`,
  );
  const insert = database.prepare(
    `INSERT INTO uploads (id, vault, description, part_size, created, active)
     VALUES (?1, ?2, ?3, ?4, ?5, ?5)`,
  );
  const doomPart = database.prepare(
    `INSERT OR IGNORE INTO doomed_blobs
       SELECT blob FROM parts WHERE upload = ? AND start = ?`,
  );
  const putPart = database.prepare(
    "INSERT OR REPLACE INTO parts (upload, start, size, tree_hash, blob) VALUES (?, ?, ?, ?, ?)",
  );
  const touch = database.prepare(
    "UPDATE uploads SET active = ? WHERE number = ?",
  );
  const parts = database.prepare(
    `SELECT start, size, tree_hash, blob FROM parts
     WHERE upload = ? AND start >= ? ORDER BY start LIMIT ?`,
  );
  const complete = database.prepare(
    `UPDATE uploads SET ended = ?, archive = ?, archive_size = ?, archive_tree_hash = ?
     WHERE number = ?`,
  );
  const end = database.prepare("UPDATE uploads SET ended = ? WHERE number = ?");
  const removeParts = [
    `INSERT OR IGNORE INTO doomed_blobs SELECT blob FROM parts WHERE upload = ?`,
    `DELETE FROM parts WHERE upload = ?`,
  ].map((sql) => database.prepare(sql));
  const idle = database.prepare(
    "SELECT number FROM uploads WHERE ended IS NULL AND active <= ? LIMIT 100",
  );
  const remove = database.prepare("DELETE FROM uploads WHERE number = ?");
  const removeEnded = database.prepare("DELETE FROM uploads WHERE ended < ?");

  return {
    get: (id) => get.get(id) as Upload | undefined,
    list: ({ vault, activeAfter, after, limit }) =>
      list.all(vault, activeAfter, after, limit) as unknown as Upload[],
    insert: ({ id, vault, description, part_size, created }) =>
      void insert.run(id, vault, description, part_size, created),
    putPart(upload, { start, size, tree_hash, blob }, now) {
      doomPart.run(upload, start);
      putPart.run(upload, start, size, tree_hash, blob);
      touch.run(now, upload);
    },
    parts: (upload, start, limit) =>
      parts.all(upload, start, limit) as unknown as Segment[],
    complete: (upload, { id, size, treeHash, now }) =>
      void complete.run(now, id, size, treeHash, upload),
    abort(upload, now) {
      removeParts.forEach((statement) => statement.run(upload));
      end.run(now, upload);
    },
    removeEndedBefore: (time) => void removeEnded.run(time),
    removeIdleSince(time) {
      const numbers = idle.all(time).map((row) => Number(row.number));
      for (const number of numbers) {
        removeParts.forEach((statement) => statement.run(number));
        remove.run(number);
      }
      return numbers.length;
    },
  };
}
