/**
 * Jobs: Initiate, Describe, List Jobs.
 *
 * @module
 */

import type { Hono } from "hono";
import { isTreeHashAligned } from "../treehash/tree_hash.ts";
import type { Archive } from "./archive_table.ts";
import {
  removeDoomedBlobs,
  requireVault,
  type RouteEnvironment,
  type ServerContext,
  vaultArn,
} from "./context.ts";
import { admitRetrieval } from "./data_retrieval.ts";
import { newJobId } from "./ids.ts";
import { describeJob } from "./job_description.ts";
import { openJobOutput } from "./job_output.ts";
import {
  type ArchiveRequest,
  type InventoryRequest,
  parseJobRequest,
  resolveByteRange,
} from "./job_request.ts";
import type { Job, JobFilter, NewJob } from "./job_table.ts";
import {
  checkVaultName,
  decodeMarker,
  pageOf,
  parseLimit,
} from "./parameters.ts";
import { topicsOf } from "./publisher.ts";
import { rangeTreeHash } from "./range_hash.ts";
import { invalid, notFound } from "./refusal.ts";
import { JOB_LIFETIME } from "./state.ts";

/** Jobs in one answer ("List Jobs" in the Glacier developer guide). */
const MAX_LISTED = 50;

function requireArchive(
  context: ServerContext,
  vault: string,
  id: string,
): Archive {
  requireVault(context, vault);
  const archive = context.state.archives.get(id);
  if (archive?.vault !== vault || archive.deleted !== null) {
    throw notFound(`The archive ID was not found: ${id}`);
  }
  return archive;
}

/** The job of that ID in a vault, as long as it can be asked for. */
function requireJob(context: ServerContext, vault: string, id: string): Job {
  requireVault(context, vault);
  const job = context.state.jobs.get(id);
  if (
    job?.vault !== vault || job.completes + JOB_LIFETIME <= context.clock.now()
  ) {
    throw notFound(`The job ID was not found: ${id}`);
  }
  return job;
}

/** The hash that goes with a range, where there is one. */
async function hashOfRange(
  context: ServerContext,
  archive: Archive,
  { start, end }: { start: number; end: number },
): Promise<string | null> {
  if (!isTreeHashAligned(start, end, archive.size)) return null;
  if (end - start === archive.size) return archive.tree_hash;
  return await rangeTreeHash(context.state, archive.number, start, end);
}

/** The fields of a new job that do not depend on what it retrieves. */
function newJob(
  context: ServerContext,
  vault: string,
  request: ArchiveRequest | InventoryRequest,
) {
  const now = context.clock.now();
  // An inventory may be asked for without a tier, and comes at this one.
  const { tier } = request;
  const delay = context.jobDelays[tier ?? "Standard"] * 1000;
  return {
    id: newJobId(),
    vault,
    description: request.description,
    sns_topic: request.snsTopic,
    tier,
    created: now,
    completes: now + delay,
    failure: null,
  };
}

/** Adds a job. One that is done at once and that nobody is told of needs no second look. */
function insertJob(context: ServerContext, job: NewJob): number {
  const done = job.completes <= context.clock.now();
  const quiet = topicsOf(context, job).length === 0;
  return context.state.jobs.insert(job, done && quiet);
}

async function initiateArchive(
  context: ServerContext,
  vault: string,
  request: ArchiveRequest,
): Promise<string> {
  const archive = requireArchive(context, vault, request.archiveId);
  const range = resolveByteRange(request.byteRange, archive);
  const treeHash = await hashOfRange(context, archive, range);
  const { state } = context;
  const job = newJob(context, vault, request);
  state.transaction(() => {
    // It may have been deleted meanwhile.
    requireArchive(context, vault, request.archiveId);
    admitRetrieval(
      context,
      request.tier ?? "Standard",
      range.end - range.start,
    );
    insertJob(context, {
      ...job,
      action: "ArchiveRetrieval",
      archive: archive.id,
      ...range,
      tree_hash: treeHash,
    });
  });
  return job.id;
}

/** The job delivers the inventory that is the last one now, whatever comes. */
function initiateInventory(
  context: ServerContext,
  vault: string,
  request: InventoryRequest,
): string {
  const { state, clock } = context;
  const { startDate, endDate } = request;
  const job = newJob(context, vault, request);
  state.transaction(() => {
    const now = clock.now();
    if (state.inventories.last(requireVault(context, vault), now) === null) {
      throw notFound(
        `The vault has no inventory yet: ${vaultArn(context, vault)}`,
      );
    }
    state.inventories.settle(vault, now);
    const number = insertJob(context, {
      ...job,
      action: "InventoryRetrieval",
      archive: null,
      start: null,
      end: null,
      tree_hash: null,
    });
    state.inventories.insertJob({
      job: number,
      vault,
      format: request.format,
      start_date: startDate,
      end_date: endDate,
      created_from: startDate === null ? 0 : Date.parse(startDate),
      created_before: endDate === null
        ? Number.MAX_SAFE_INTEGER
        : Date.parse(endDate),
      item_limit: request.limit,
      after: request.after,
    });
  });
  return job.id;
}

async function initiate(
  context: ServerContext,
  vault: string,
  body: Uint8Array,
): Promise<string> {
  requireVault(context, vault);
  const request = parseJobRequest(body);
  const id = request.type === "archive-retrieval"
    ? await initiateArchive(context, vault, request)
    : initiateInventory(context, vault, request);
  context.state.purge(context.clock.now());
  await removeDoomedBlobs(context);
  return id;
}

/** What each `statuscode` of a query selects. */
const STATUS_FILTERS: Record<
  string,
  Pick<JobFilter, "completed" | "failed">
> = {
  InProgress: { completed: false },
  Succeeded: { completed: true, failed: false },
  Failed: { completed: true, failed: true },
};

/** The query of List Jobs. */
interface ListQuery {
  completed?: string;
  limit?: string;
  marker?: string;
  statuscode?: string;
}

/** Which jobs a query selects; `undefined` where it contradicts itself. */
function parseFilter(query: ListQuery) {
  const { completed, statuscode } = query;
  if (completed !== undefined && !/^(true|false)$/.test(completed)) {
    throw invalid(`The completed value is not valid: ${completed}`);
  }
  if (statuscode !== undefined && !Object.hasOwn(STATUS_FILTERS, statuscode)) {
    throw invalid(`The job status code is not valid: ${statuscode}`);
  }
  const wanted = completed === undefined ? undefined : completed === "true";
  const byStatus = statuscode === undefined ? {} : STATUS_FILTERS[statuscode];
  if (
    wanted !== undefined && byStatus.completed !== undefined &&
    byStatus.completed !== wanted
  ) {
    return undefined;
  }
  return { completed: wanted, ...byStatus };
}

async function list(context: ServerContext, vault: string, query: ListQuery) {
  requireVault(context, vault);
  const limit = parseLimit(query.limit, MAX_LISTED);
  const after = decodeMarker("jobs", query.marker, 0);
  const filter = parseFilter(query);
  const now = context.clock.now();
  const jobs = filter === undefined ? [] : context.state.jobs.list({
    vault,
    now,
    completedAfter: now - JOB_LIFETIME,
    after,
    limit: limit + 1,
    ...filter,
  });
  const { page, marker } = pageOf("jobs", jobs, limit, ({ number }) => number);
  const described = page.map((job) => describeJob(context, job, now));
  return { JobList: await Promise.all(described), Marker: marker };
}

/** Adds the routes of jobs. */
export function routeJobs(
  app: Hono<RouteEnvironment>,
  context: ServerContext,
): void {
  const jobs = "/:account/vaults/:vault/jobs";
  app.post(jobs, async (c) => {
    const vault = checkVaultName(c.req.param("vault"));
    const id = await initiate(context, vault, c.env.smallBody);
    return c.body(null, 202, {
      location: `/${context.account}/vaults/${vault}/jobs/${id}`,
      "x-amz-job-id": id,
    });
  });
  app.get(jobs, async (c) => {
    const vault = checkVaultName(c.req.param("vault"));
    return c.json(await list(context, vault, c.req.query()));
  });
  app.get(`${jobs}/:job`, async (c) => {
    const { vault, job } = c.req.param();
    const found = requireJob(context, checkVaultName(vault), job);
    return c.json(await describeJob(context, found, context.clock.now()));
  });
  app.get(`${jobs}/:job/output`, (c) => {
    const { vault, job } = c.req.param();
    const found = requireJob(context, checkVaultName(vault), job);
    return openJobOutput(context, found, c.req.header("range"));
  });
}
