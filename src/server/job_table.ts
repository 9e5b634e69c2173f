/**
 * Jobs in the database. What state a job is in follows from its times and the
 * clock: nothing has to run for it to complete or to end. Whether topics were
 * told of its end is noted.
 *
 * @module
 */

import type { Database, SqlValue } from "../platform.ts";

/** What all jobs have. */
interface AnyJob {
  number: number;
  id: string;
  vault: string;
  description: string | null;
  sns_topic: string | null;
  tier: string | null;
  created: number;
  /** When it completes; may lie in the future. */
  completes: number;
  /** Why it fails when it completes; `null` where it succeeds. */
  failure: string | null;
}

/** A job that retrieves an archive. */
export interface ArchiveJob extends AnyJob {
  action: "ArchiveRetrieval";
  archive: string;
  /** What it retrieves of the archive, in bytes, without `end`. */
  start: number;
  end: number;
  /** Tree hash of that range, where it has one. */
  tree_hash: string | null;
}

/** A job that retrieves an inventory; the table of inventories has more of it. */
export interface InventoryRetrieval extends AnyJob {
  action: "InventoryRetrieval";
  archive: null;
  start: null;
  end: null;
  tree_hash: null;
}

/** A job. */
export type Job = ArchiveJob | InventoryRetrieval;

/** A job before it has its number. */
export type NewJob =
  | Omit<ArchiveJob, "number">
  | Omit<InventoryRetrieval, "number">;

/** Which jobs to list. */
export interface JobFilter {
  vault: string;
  now: number;
  /** Only those that have completed (or not) by `now`. */
  completed?: boolean;
  /** Only those that fail (or don't) in the end. */
  failed?: boolean;
  /** Only those that completed after this time, or haven't yet. */
  completedAfter: number;
  /** Only those with a higher number. */
  after: number;
  limit: number;
}

/** Jobs by ID. */
export interface JobTable {
  get(id: string): Job | undefined;
  /** Jobs in the order they began. */
  list(filter: JobFilter): Job[];
  /** Adds a job; returns its number. `published`: no topic is to be told of its end. */
  insert(job: NewJob, published: boolean): number;
  /** Lets the jobs fail that are not done with an archive when it is deleted. */
  failPending(archive: string, reason: string, now: number): void;
  /** Jobs that have completed and of whose end no topic was told, in the order they completed. */
  unpublished(now: number, limit: number): Job[];
  /** When the first of all such jobs completes, or did; `null` where there is none. */
  nextUnpublished(): number | null;
  /** Notes that topics were told of a job's end; returns whether they had not been, and the job is still there. */
  markPublished(number: number): boolean;
  /** Removes up to 100 jobs of whose end topics were told; returns the archives that they retrieved, `null` for an inventory. */
  removeCompletedBefore(time: number): (string | null)[];
}

/** SQLite has no booleans. */
function asFlag(value: boolean | undefined): SqlValue {
  return value === undefined ? null : Number(value);
}

export function jobTable(database: Database): JobTable {
  const get = database.prepare("SELECT * FROM jobs WHERE id = ?");
  const list = database.prepare(
    `SELECT * FROM jobs
     WHERE vault = ?1 AND number > ?2 AND completes > ?3
       AND (?4 IS NULL OR (completes <= ?5) = ?4)
       AND (?6 IS NULL OR (failure IS NOT NULL) = ?6)
     ORDER BY number LIMIT ?7`,
  );
  const insert = database.prepare(
    `INSERT INTO jobs (id, vault, action, description, sns_topic, tier, created,
       completes, failure, archive, start, end, tree_hash, published)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`,
  );
  const failPending = database.prepare(
    `UPDATE jobs SET failure = ?, completes = ? WHERE archive = ? AND completes > ?`,
  );
  const removeCompleted = database.prepare(
    `DELETE FROM jobs WHERE number IN
       (SELECT number FROM jobs WHERE completes < ? AND published = 1 LIMIT 100)
     RETURNING archive`,
  );
  const unpublished = database.prepare(
    `SELECT * FROM jobs WHERE published = 0 AND completes <= ?
     ORDER BY completes, number LIMIT ?`,
  );
  const nextUnpublished = database.prepare(
    "SELECT min(completes) AS time FROM jobs WHERE published = 0",
  );
  const markPublished = database.prepare(
    "UPDATE jobs SET published = 1 WHERE number = ? AND published = 0",
  );
  return {
    get: (id) => get.get(id) as Job | undefined,
    list: (filter) =>
      list.all(
        filter.vault,
        filter.after,
        filter.completedAfter,
        asFlag(filter.completed),
        filter.now,
        asFlag(filter.failed),
        filter.limit,
      ) as unknown as Job[],
    insert(job, published) {
      const row = insert.get(
        job.id,
        job.vault,
        job.action,
        job.description,
        job.sns_topic,
        job.tier,
        job.created,
        job.completes,
        job.failure,
        job.archive,
        job.start,
        job.end,
        job.tree_hash,
        Number(published),
      );
      return Number(row?.number);
    },
    failPending: (archive, reason, now) =>
      void failPending.run(reason, now, archive, now),
    unpublished: (now, limit) =>
      unpublished.all(now, limit) as unknown as Job[],
    nextUnpublished: () => nextUnpublished.get()?.time as number | null,
    markPublished: (number) => markPublished.run(number).changes > 0,
    removeCompletedBefore: (time) =>
      removeCompleted.all(time).map((row) => row.archive as string | null),
  };
}
