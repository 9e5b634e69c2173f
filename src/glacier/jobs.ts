/**
 * Jobs: requests that take hours, and their output.
 *
 * @module
 */

import type { CallOptions } from "../store.ts";
import type { Answer, JsonObject } from "./answer.ts";
import type { Connection } from "./connection.ts";
import { rangeHeader, readJobOutput } from "./job_output.ts";
import { pageQuery, readPage } from "./pages.ts";
import {
  checkDescription,
  fillPath,
  formatRetrievalRange,
} from "./parameters.ts";
import { fromWire, toWire } from "./select.ts";
import type {
  InitiatedJob,
  JobDescription,
  JobFilter,
  JobInput,
  JobOutput,
  OutputRange,
  Page,
  PageOptions,
} from "./types.ts";

const ACTIONS = ["ArchiveRetrieval", "InventoryRetrieval", "Select"] as const;
const STATUS_CODES = ["InProgress", "Succeeded", "Failed"] as const;

/**
 * Starts a job, which is billed and cannot be cancelled. Sent again only where
 * it surely had no effect. ("Initiate Job" in the Glacier developer guide)
 *
 * @throws {UsageError} where description, archive ID or range cannot be one.
 */
export function initiateJob(
  connection: Connection,
  vaultName: string,
  job: JobInput,
  options?: CallOptions,
): Promise<InitiatedJob> {
  const input = { path: { vaultName }, json: jobParameters(job) };
  return connection.call("InitiateJob", input, readInitiated, options);
}

async function readInitiated(answer: Answer): Promise<InitiatedJob> {
  await answer.release();
  return {
    jobId: answer.header("x-amz-job-id"),
    location: answer.optionalHeader("location"),
    jobOutputPath: answer.optionalHeader("x-amz-job-output-path"),
  };
}

/** Tells of a job. Those that are done are forgotten some time later. ("Describe Job" in the Glacier developer guide) */
export function describeJob(
  connection: Connection,
  vaultName: string,
  jobId: string,
  options?: CallOptions,
): Promise<JobDescription> {
  return connection.call(
    "DescribeJob",
    { path: { vaultName, jobId } },
    async (answer) => readJob(await answer.json()),
    options,
  );
}

/** A page of a vault's jobs, by the time of their start. ("List Jobs" in the Glacier developer guide) */
export function listJobs(
  connection: Connection,
  vaultName: string,
  page: PageOptions & JobFilter & CallOptions = {},
): Promise<Page<JobDescription>> {
  const { completed, statusCode } = page;
  return connection.call(
    "ListJobs",
    {
      path: { vaultName },
      query: {
        ...pageQuery(page),
        completed: completed === undefined ? undefined : String(completed),
        statuscode: statusCode,
      },
    },
    readPage("JobList", readJob, page),
    page,
  );
}

/**
 * Opens the output of a job, or a range of it. It is there for at least 24
 * hours after the job is done. Only the request is sent again where necessary:
 * what goes wrong while the body is read is the reader's to mend, by asking
 * for the rest. ("Get Job Output" in the Glacier developer guide)
 *
 * @throws {UsageError} where the range cannot be one.
 * @throws {ServiceError} also where another range comes than was asked for.
 */
export function getJobOutput(
  connection: Connection,
  vaultName: string,
  jobId: string,
  options: { range?: OutputRange } & CallOptions = {},
): Promise<JobOutput> {
  const { range } = options;
  return connection.call(
    "GetJobOutput",
    {
      path: { vaultName, jobId },
      headers: { range: range && rangeHeader(range) },
    },
    (answer) => readJobOutput(answer, range),
    options,
  );
}

/** A job as the API writes it. */
function jobParameters(job: JobInput): Record<string, unknown> {
  const parameters = {
    Type: job.type,
    Description: checkDescription(job.description),
    SNSTopic: job.snsTopic,
  };
  if (job.type === "inventory-retrieval") {
    const { startDate, endDate, limit, marker } = job.inventory ?? {};
    return {
      ...parameters,
      Format: job.format,
      InventoryRetrievalParameters: job.inventory && {
        StartDate: startDate,
        EndDate: endDate,
        Limit: limit === undefined ? undefined : String(limit),
        Marker: marker,
      },
    };
  }
  const archive = {
    ...parameters,
    ArchiveId: fillPath("{archiveId}", { archiveId: job.archiveId }),
    Tier: job.tier,
  };
  if (job.type === "archive-retrieval") {
    const { range } = job;
    return {
      ...archive,
      RetrievalByteRange: range && formatRetrievalRange(range),
    };
  }
  return {
    ...archive,
    SelectParameters: toWire(job.select),
    OutputLocation: toWire(job.outputLocation),
  };
}

function readJob(json: JsonObject): JobDescription {
  const select = json.optionalObject("SelectParameters");
  const location = json.optionalObject("OutputLocation");
  const action = json.oneOf("Action", ACTIONS);
  return {
    jobId: json.string("JobId"),
    action,
    statusCode: json.oneOf("StatusCode", STATUS_CODES),
    statusMessage: json.optionalString("StatusMessage"),
    completed: json.boolean("Completed"),
    creationDate: json.date("CreationDate"),
    completionDate: json.optionalDate("CompletionDate"),
    vaultArn: json.string("VaultARN"),
    description: json.optionalString("JobDescription"),
    archiveId: action === "ArchiveRetrieval"
      ? json.string("ArchiveId")
      : json.optionalString("ArchiveId"),
    archiveSize: json.optionalNumber("ArchiveSizeInBytes"),
    inventorySize: json.optionalNumber("InventorySizeInBytes"),
    treeHash: json.optionalTreeHash("SHA256TreeHash"),
    archiveTreeHash: json.optionalTreeHash("ArchiveSHA256TreeHash"),
    range: json.optionalRange("RetrievalByteRange"),
    tier: json.optionalString("Tier"),
    snsTopic: json.optionalString("SNSTopic"),
    inventory: readInventory(json),
    jobOutputPath: json.optionalString("JobOutputPath"),
    select: select && fromWire(select.fields),
    outputLocation: location && fromWire(location.fields),
  };
}

function readInventory(json: JsonObject): JobDescription["inventory"] {
  const inventory = json.optionalObject("InventoryRetrievalParameters");
  return inventory && {
    format: inventory.optionalString("Format"),
    startDate: inventory.optionalString("StartDate"),
    endDate: inventory.optionalString("EndDate"),
    limit: inventory.optionalCount("Limit"),
    marker: inventory.optionalString("Marker"),
  };
}
