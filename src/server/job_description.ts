/**
 * A job as Describe Job, List Jobs and notifications tell of it.
 *
 * @module
 */

import { type ServerContext, vaultArn } from "./context.ts";
import { measureInventory } from "./inventory_output.ts";
import type { ArchiveJob, InventoryRetrieval, Job } from "./job_table.ts";
import { encodeMarker, isoTime } from "./parameters.ts";

function status(job: Job, now: number) {
  if (job.completes > now) {
    return { StatusCode: "InProgress", StatusMessage: null };
  }
  return job.failure === null
    ? { StatusCode: "Succeeded", StatusMessage: "Succeeded" }
    : { StatusCode: "Failed", StatusMessage: job.failure };
}

/** What only a job has that retrieves an archive. */
function describeArchive(
  context: ServerContext,
  job: ArchiveJob,
  completed: boolean,
) {
  // There as long as the job is.
  const archive = context.state.archives.get(job.archive)!;
  const whole = job.end - job.start === archive.size;
  return {
    ArchiveId: job.archive,
    ArchiveSHA256TreeHash: archive.tree_hash,
    ArchiveSizeInBytes: archive.size,
    RetrievalByteRange: `${job.start}-${job.end - 1}`,
    SHA256TreeHash: whole && !completed ? null : job.tree_hash,
  };
}

/** What only a job has that retrieves an inventory. */
async function describeInventory(
  context: ServerContext,
  { number }: InventoryRetrieval,
  completed: boolean,
) {
  const job = completed
    ? await measureInventory(context, number)
    : context.state.inventories.job(number)!;
  return {
    InventoryRetrievalParameters: {
      EndDate: job.end_date,
      Format: job.format,
      Limit: job.item_limit === null ? null : String(job.item_limit),
      Marker: job.next === null ? null : encodeMarker("inventory", job.next),
      StartDate: job.start_date,
    },
    InventorySizeInBytes: completed ? job.size : null,
  };
}

/**
 * A job as of `now` in the service's form ("GlacierJobDescription" in the
 * Glacier developer guide). What does not apply to it is null.
 */
export async function describeJob(
  context: ServerContext,
  job: Job,
  now: number,
) {
  const completed = job.completes <= now;
  return {
    Action: job.action,
    ArchiveId: null,
    ArchiveSHA256TreeHash: null,
    ArchiveSizeInBytes: null,
    Completed: completed,
    CompletionDate: completed ? isoTime(job.completes) : null,
    CreationDate: isoTime(job.created),
    InventoryRetrievalParameters: null,
    InventorySizeInBytes: null,
    JobDescription: job.description,
    JobId: job.id,
    RetrievalByteRange: null,
    SHA256TreeHash: null,
    SNSTopic: job.sns_topic,
    ...status(job, now),
    Tier: job.tier,
    VaultARN: vaultArn(context, job.vault),
    ...job.action === "ArchiveRetrieval"
      ? describeArchive(context, job, completed)
      : await describeInventory(context, job, completed),
  };
}
