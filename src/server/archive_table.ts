/**
 * Archives in the database. An archive is an ordered list of segments, each of
 * which is one blob: completing an upload in parts copies nothing.
 *
 * @module
 */

import type { Database } from "../platform.ts";
import type { InventoryTable } from "./inventory_table.ts";

/** A stretch of bytes that is one blob. */
export interface Segment {
  /** Where it begins, in bytes. */
  start: number;
  size: number;
  tree_hash: string;
  blob: string;
}

/** An archive. */
export interface Archive {
  number: number;
  id: string;
  vault: string;
  description: string;
  size: number;
  tree_hash: string;
  created: number;
  /**
   * When it was deleted; its bytes stay while a job can deliver them, and the
   * rest while an inventory can show it.
   */
  deleted: number | null;
  /** The last inventory that can show it; `null` while it is not deleted. */
  shown: number | null;
}

/** Archives by ID. */
export interface ArchiveTable {
  get(id: string): Archive | undefined;
  /** Adds an archive without its segments, and counts it; returns its number. */
  insert(archive: Omit<Archive, "number" | "deleted" | "shown">): number;
  addSegment(archive: number, segment: Segment): void;
  /** Makes the parts of an upload the segments of an archive. */
  adoptParts(archive: number, upload: number): void;
  /** The segments that hold bytes from `start` up to but not including `end`. */
  segments(archive: number, start: number, end: number): Segment[];
  /** Marks an archive as deleted and takes it out of the count. */
  markDeleted(archive: Archive, now: number): void;
  /** Removes what no job and no inventory needs any more of a deleted archive; dooms its blobs. */
  removeUnneeded(id: string): void;
}

export function archiveTable(
  database: Database,
  inventories: InventoryTable,
): ArchiveTable {
  const get = database.prepare("SELECT * FROM archives WHERE id = ?");
  const insert = database.prepare(
    `INSERT INTO archives (id, vault, description, size, tree_hash, created)
     VALUES (?, ?, ?, ?, ?, ?) RETURNING number`,
  );
  const count = database.prepare(
    `UPDATE vaults SET archives = archives + ?1, bytes = bytes + ?2, changed = ?3,
       pending = coalesce(pending, ?3)
     WHERE name = ?4`,
  );
  const addSegment = database.prepare(
    "INSERT INTO segments (archive, start, size, tree_hash, blob) VALUES (?, ?, ?, ?, ?)",
  );
  const adoptParts = [
    `INSERT INTO segments SELECT ?1, start, size, tree_hash, blob FROM parts WHERE upload = ?2`,
    `DELETE FROM parts WHERE upload = ?2`,
  ].map((sql) => database.prepare(sql));
  // Segments don't overlap, so the one before `start` is the only other that
  // can reach into the range.
  const segments = database.prepare(
    `SELECT start, size, tree_hash, blob FROM segments
     WHERE archive = ?1 AND start < ?3 AND start >= coalesce(
       (SELECT max(start) FROM segments WHERE archive = ?1 AND start <= ?2), 0)
     ORDER BY start`,
  );
  const markDeleted = database.prepare(
    `UPDATE archives SET deleted = ?,
       shown = (SELECT inventory FROM vaults WHERE name = archives.vault)
     WHERE number = ?`,
  );
  const unneeded = database.prepare(
    `SELECT number FROM archives WHERE id = ? AND deleted IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.archive = archives.id)`,
  );
  const removeBytes = [
    `INSERT OR IGNORE INTO doomed_blobs SELECT blob FROM segments WHERE archive = ?`,
    `DELETE FROM segments WHERE archive = ?`,
  ].map((sql) => database.prepare(sql));

  return {
    get: (id) => get.get(id) as Archive | undefined,
    insert(archive) {
      inventories.settle(archive.vault, archive.created);
      const { id, vault, description, size, tree_hash, created } = archive;
      const row = insert.get(id, vault, description, size, tree_hash, created);
      count.run(1, size, created, vault);
      return Number(row?.number);
    },
    addSegment: (archive, { start, size, tree_hash, blob }) =>
      void addSegment.run(archive, start, size, tree_hash, blob),
    adoptParts: (archive, upload) =>
      adoptParts.forEach((statement) => statement.run(archive, upload)),
    segments: (archive, start, end) =>
      segments.all(archive, start, end) as unknown as Segment[],
    markDeleted({ number, size, vault }, now) {
      inventories.settle(vault, now);
      markDeleted.run(now, number);
      count.run(-1, -size, now, vault);
      // Where inventories don't lag, none shows it from now on.
      inventories.settle(vault, now);
    },
    removeUnneeded(id) {
      const row = unneeded.get(id);
      if (row === undefined) return;
      for (const statement of removeBytes) statement.run(row.number);
      inventories.removeUnshown(Number(row.number));
    },
  };
}
