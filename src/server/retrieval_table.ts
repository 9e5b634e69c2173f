/**
 * The data retrieval policy in the database, and the retrievals that count
 * for it. These are kept apart from the jobs, which end with their vault.
 *
 * @module
 */

import type { Database } from "../platform.ts";

/** What limits retrievals. */
export interface RetrievalPolicy {
  strategy: "BytesPerHour" | "FreeTier" | "None";
  /** In decimal notation: it may have more digits than a number holds. */
  bytes_per_hour: string | null;
}

/** The policy, and the retrievals at the Standard tier. */
export interface RetrievalTable {
  /** The policy; `undefined` where none was ever set. */
  policy(): RetrievalPolicy | undefined;
  setPolicy(policy: RetrievalPolicy): void;
  /** Bytes that were asked for after this time. */
  bytesAfter(time: number): number;
  insert(time: number, bytes: number): void;
  removeBefore(time: number): void;
}

export function retrievalTable(database: Database): RetrievalTable {
  const policy = database.prepare(
    "SELECT strategy, bytes_per_hour FROM data_retrieval_policy",
  );
  const setPolicy = database.prepare(
    `INSERT OR REPLACE INTO data_retrieval_policy (only, strategy, bytes_per_hour)
     VALUES (1, ?, ?)`,
  );
  const bytesAfter = database.prepare(
    "SELECT total(bytes) AS bytes FROM retrievals WHERE time > ?",
  );
  const insert = database.prepare(
    "INSERT INTO retrievals (time, bytes) VALUES (?, ?)",
  );
  const removeBefore = database.prepare(
    "DELETE FROM retrievals WHERE time < ?",
  );
  return {
    policy: () => policy.get() as RetrievalPolicy | undefined,
    setPolicy: ({ strategy, bytes_per_hour }) =>
      void setPolicy.run(strategy, bytes_per_hour),
    bytesAfter: (time) => Number(bytesAfter.get(time)?.bytes),
    insert: (time, bytes) => void insert.run(time, bytes),
    removeBefore: (time) => void removeBefore.run(time),
  };
}
