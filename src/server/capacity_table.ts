/**
 * Units of provisioned capacity in the database.
 *
 * @module
 */

import type { Database } from "../platform.ts";

/** A unit of capacity. */
export interface CapacityUnit {
  id: string;
  start: number;
  expiration: number;
}

/** Units of capacity. */
export interface CapacityTable {
  /** Units that have not expired, those bought last first. */
  list(now: number): CapacityUnit[];
  insert(unit: CapacityUnit): void;
  removeExpired(now: number): void;
}

export function capacityTable(database: Database): CapacityTable {
  const list = database.prepare(
    `SELECT id, start, expiration FROM provisioned_capacity
     WHERE expiration > ? ORDER BY number DESC`,
  );
  const insert = database.prepare(
    "INSERT INTO provisioned_capacity (id, start, expiration) VALUES (?, ?, ?)",
  );
  const removeExpired = database.prepare(
    "DELETE FROM provisioned_capacity WHERE expiration <= ?",
  );
  return {
    list: (now) => list.all(now) as unknown as CapacityUnit[],
    insert: ({ id, start, expiration }) =>
      void insert.run(id, start, expiration),
    removeExpired: (now) => void removeExpired.run(now),
  };
}
