/**
 * Jobs as a store's contract has them: retrievals and inventories.
 *
 * @module
 */

import type { Inventory, Retrieval } from "../store.ts";
import type { JobDescription } from "./types.ts";

/** The inventory that a job is. */
export function inventoryOf(job: JobDescription): Inventory {
  const { startDate, endDate, limit, marker, format } = job.inventory ?? {};
  const partial = startDate ?? endDate ?? limit ?? marker;
  const { completionDate } = job;
  return {
    jobId: job.jobId,
    status: STATUS[job.statusCode],
    format: format?.toUpperCase() === "CSV" ? "csv" : "json",
    full: partial === undefined,
    created: Date.parse(job.creationDate),
    completed: completionDate === undefined
      ? undefined
      : Date.parse(completionDate),
    size: job.inventorySize,
  };
}

/** The retrieval that a job is; `undefined` for other jobs. */
export function retrievalOf(job: JobDescription): Retrieval | undefined {
  const { action, archiveId, archiveSize, range } = job;
  if (action !== "ArchiveRetrieval" || archiveId === undefined) {
    return undefined;
  }
  const whole = range === undefined ||
    (range.start === 0 && range.end === archiveSize);
  return {
    jobId: job.jobId,
    archiveId,
    status: STATUS[job.statusCode],
    archiveSize,
    range: whole ? undefined : range,
    treeHash: job.treeHash ?? (whole ? job.archiveTreeHash : undefined),
    description: job.description,
    created: Date.parse(job.creationDate),
    statusMessage: job.statusMessage,
  };
}

const STATUS = {
  InProgress: "pending",
  Succeeded: "ready",
  Failed: "failed",
} as const;
