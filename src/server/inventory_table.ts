/**
 * Inventories in the database.
 *
 * An inventory is no copy: archives have rising numbers, and one that is
 * deleted notes the last inventory that can show it. So an inventory is told by
 * its own number and the highest number of an archive in it, and costs the same
 * for three archives or a million. A vault has its last one; jobs keep those
 * that they deliver.
 *
 * @module
 */

import type { Database } from "../platform.ts";
import type { Archive } from "./archive_table.ts";
import type { Vault, VaultTable } from "./vault_table.ts";

/** What the last inventory of a vault shows. */
export interface Inventory {
  /** When it was taken. */
  date: number;
  archives: number;
  /** Their size in bytes. */
  bytes: number;
  /** Whether its time has come since the vault was last written to the database. */
  isNew: boolean;
}

/** What a job delivers of an inventory. */
export interface InventoryJob {
  /** The number of the job. */
  job: number;
  vault: string;
  inventory: number;
  date: number;
  format: "JSON" | "CSV";
  /** The dates of the request as they were written, and what they mean. */
  start_date: string | null;
  end_date: string | null;
  created_from: number;
  created_before: number;
  item_limit: number | null;
  /** Its archives have higher numbers, but none higher than `last`. */
  after: number;
  last: number;
  /** Size of the output in bytes; `null` before it is measured. */
  size: number | null;
  /** Where the next page goes on; `null` where there is none. */
  next: number | null;
}

/** A place from which an output can be read. */
export interface InventoryPage {
  /** Where it is in the output, in bytes. */
  start: number;
  /** Its archives have higher numbers. */
  after: number;
}

/** Inventories of vaults, and the jobs that deliver them. */
export interface InventoryTable {
  /** The last inventory as of `now`; `null` before the first. */
  last(vault: Vault, now: number): Inventory | null;
  /** Takes the inventory whose time has come. To be called before a change. */
  settle(vault: string, now: number): void;
  /** Adds what a job delivers of the last inventory of its vault. */
  insertJob(
    job: Omit<InventoryJob, "inventory" | "date" | "last" | "size" | "next">,
  ): void;
  job(number: number): InventoryJob | undefined;
  /** Archives that a job delivers, from those after a number. */
  archives(job: InventoryJob, after: number, limit: number): Archive[];
  /** Notes what was measured of an output. */
  setMeasured(job: InventoryJob, pages: readonly InventoryPage[]): void;
  /** The last page that begins at `offset` or before. */
  page(job: number, offset: number): InventoryPage | undefined;
  /** Removes a deleted archive, unless an inventory can show it. */
  removeUnshown(archive: number): void;
  /** Removes up to 1,000 deleted archives that nothing needs; returns how many. */
  removeAllUnshown(): number;
}

/** Archives `a` of vaults `v` that no inventory can show any more. */
const UNSHOWN = `a.shown < min(v.inventory, coalesce(
  (SELECT min(inventory) FROM inventory_jobs WHERE vault = v.name), v.inventory))`;

export function inventoryTable(
  database: Database,
  vaults: VaultTable,
  delay: number,
): InventoryTable {
  const take = database.prepare(
    `UPDATE vaults SET inventory = inventory + 1, inventory_date = ?,
       inventory_last = (SELECT coalesce(max(number), 0) FROM archives),
       inventory_archives = archives, inventory_bytes = bytes, pending = NULL
     WHERE name = ?`,
  );
  const insertJob = database.prepare(
    `INSERT INTO inventory_jobs (job, vault, inventory, date, format, start_date,
       end_date, created_from, created_before, item_limit, after, last)
     SELECT ?1, name, inventory, inventory_date, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
       inventory_last FROM vaults WHERE name = ?2`,
  );
  const job = database.prepare("SELECT * FROM inventory_jobs WHERE job = ?");
  const archives = database.prepare(
    `SELECT * FROM archives
     WHERE vault = ? AND number > ? AND number <= ?
       AND (shown IS NULL OR shown >= ?)
       AND created >= ? AND created < ?
     ORDER BY number LIMIT ?`,
  );
  const setMeasured = database.prepare(
    "UPDATE inventory_jobs SET size = ?, last = ?, next = ? WHERE job = ?",
  );
  const addPage = database.prepare(
    "INSERT OR REPLACE INTO inventory_pages (job, start, after) VALUES (?, ?, ?)",
  );
  const page = database.prepare(
    `SELECT start, after FROM inventory_pages WHERE job = ? AND start <= ?
     ORDER BY start DESC LIMIT 1`,
  );
  const removeUnshown = database.prepare(
    `DELETE FROM archives WHERE number = (SELECT a.number
       FROM archives a JOIN vaults v ON v.name = a.vault
       WHERE a.number = ? AND ${UNSHOWN})`,
  );
  const removeAllUnshown = database.prepare(
    `DELETE FROM archives WHERE number IN (SELECT a.number
       FROM vaults v JOIN archives a ON a.vault = v.name AND ${UNSHOWN}
       WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.archive = a.id)
       LIMIT 1000)`,
  );

  function last(vault: Vault, now: number): Inventory | null {
    const { pending, changed, archives, bytes } = vault;
    if (pending !== null && pending + delay <= now) {
      // Where the delay was made shorter, there were changes after its time.
      const date = Math.max(pending + delay, changed ?? 0);
      return { date, archives, bytes, isNew: true };
    }
    if (vault.inventory_date === null) return null;
    return {
      date: vault.inventory_date,
      archives: vault.inventory_archives,
      bytes: vault.inventory_bytes,
      isNew: false,
    };
  }

  return {
    last,
    settle(name, now) {
      const vault = vaults.get(name);
      const inventory = vault && last(vault, now);
      if (inventory?.isNew) take.run(inventory.date, name);
    },
    insertJob: (job) =>
      void insertJob.run(
        job.job,
        job.vault,
        job.format,
        job.start_date,
        job.end_date,
        job.created_from,
        job.created_before,
        job.item_limit,
        job.after,
      ),
    job: (number) => job.get(number) as InventoryJob | undefined,
    archives: (job, after, limit) =>
      archives.all(
        job.vault,
        after,
        job.last,
        job.inventory,
        job.created_from,
        job.created_before,
        limit,
      ) as unknown as Archive[],
    setMeasured({ job, size, last, next }, pages) {
      setMeasured.run(size, last, next, job);
      for (const { start, after } of pages) addPage.run(job, start, after);
    },
    page: (job, offset) =>
      page.get(job, offset) as unknown as InventoryPage | undefined,
    removeUnshown: (archive) => void removeUnshown.run(archive),
    removeAllUnshown: () => removeAllUnshown.run().changes,
  };
}
