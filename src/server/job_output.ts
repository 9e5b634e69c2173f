/**
 * Get Job Output.
 *
 * @module
 */

import { isTreeHashAligned } from "../treehash/tree_hash.ts";
import type { Archive } from "./archive_table.ts";
import type { ServerContext } from "./context.ts";
import { measureInventory, streamInventory } from "./inventory_output.ts";
import type { ArchiveJob, Job } from "./job_table.ts";
import { parseInteger } from "./parameters.ts";
import { rangeTreeHash } from "./range_hash.ts";
import { invalid } from "./refusal.ts";
import { streamArchive } from "./stream_archive.ts";

/** The range of an output to send, in bytes, without `end`. */
interface OutputRange {
  start: number;
  end: number;
}

/** Reads the Range header; an end beyond the output means its end (RFC 2616, 14.35). */
function parseRange(header: string, size: number): OutputRange {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(header) ?? [];
  const start = parseInteger(first ?? "");
  const end = last ? (parseInteger(last) ?? NaN) + 1 : size;
  if (start === undefined || !(start < end) || start >= size) {
    throw invalid(`Invalid range: ${header}`);
  }
  return { start, end: Math.min(end, size) };
}

/**
 * The hash that goes with a range of an output: only where what was retrieved
 * and what is sent are both tree-hash-aligned ("Receiving Checksums When
 * Downloading Data" in the Glacier developer guide).
 */
async function hashOfOutput(
  context: ServerContext,
  job: ArchiveJob,
  archive: Archive,
  { start, end }: OutputRange,
): Promise<string | null> {
  const size = job.end - job.start;
  if (job.tree_hash === null || !isTreeHashAligned(start, end, size)) {
    return null;
  }
  if (end - start === size) return job.tree_hash;
  const from = job.start + start;
  const to = job.start + end;
  return await rangeTreeHash(context.state, archive.number, from, to);
}

/** What a Range header asks for of an output, and the headers that tell it. */
function openRange(
  header: string | undefined,
  size: number,
  contentType: string,
): { range: OutputRange; status: number; headers: Headers } {
  const range = header === undefined
    ? { start: 0, end: size }
    : parseRange(header, size);
  const headers = new Headers({
    "accept-ranges": "bytes",
    "content-length": String(range.end - range.start),
    "content-type": contentType,
  });
  if (header === undefined) return { range, status: 200, headers };
  headers.set("content-range", `bytes ${range.start}-${range.end - 1}/${size}`);
  return { range, status: 206, headers };
}

async function openArchive(
  context: ServerContext,
  job: ArchiveJob,
  rangeHeader: string | undefined,
): Promise<Response> {
  const { archives } = context.state;
  const archive = archives.get(job.archive)!;
  const { range, status, headers } = openRange(
    rangeHeader,
    job.end - job.start,
    "application/octet-stream",
  );
  const hash = await hashOfOutput(context, job, archive, range);
  if (hash !== null) headers.set("x-amz-sha256-tree-hash", hash);
  if (archive.description !== "") {
    headers.set("x-amz-archive-description", archive.description);
  }
  const from = job.start + range.start;
  const to = job.start + range.end;
  const segments = archives.segments(archive.number, from, to);
  const body = streamArchive(context, segments, from, to);
  return new Response(body, { status, headers });
}

/** An inventory has no tree hash ("Get Job Output" in the Glacier developer guide). */
async function openInventory(
  context: ServerContext,
  number: number,
  rangeHeader: string | undefined,
): Promise<Response> {
  const job = await measureInventory(context, number);
  const { range, status, headers } = openRange(
    rangeHeader,
    job.size,
    job.format === "CSV" ? "text/csv" : "application/json",
  );
  const body = streamInventory(context, job, range.start, range.end);
  return new Response(body, { status, headers });
}

/**
 * The output of a job, or a range of it.
 *
 * @throws {Refusal} where there is none yet, or the job failed.
 */
export async function openJobOutput(
  context: ServerContext,
  job: Job,
  rangeHeader: string | undefined,
): Promise<Response> {
  if (job.completes > context.clock.now() || job.failure !== null) {
    throw invalid(
      `The job is not currently available for download: ${job.id}`,
    );
  }
  return job.action === "ArchiveRetrieval"
    ? await openArchive(context, job, rangeHeader)
    : await openInventory(context, job.number, rangeHeader);
}
