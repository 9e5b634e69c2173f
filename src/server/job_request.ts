/**
 * The payload of Initiate Job.
 *
 * @module
 */

import { isMebibyteAligned } from "../treehash/tree_hash.ts";
import type { Archive } from "./archive_table.ts";
import { isTier, type Tier } from "./job_delay.ts";
import { isObject, parseObject, textField } from "./json_body.ts";
import { checkDescription, decodeMarker, parseInteger } from "./parameters.ts";
import { invalid, missing, Refusal } from "./refusal.ts";
import { isTopic } from "./topic.ts";

/** What all requests for jobs can say. */
interface AnyRequest {
  description: string | null;
  snsTopic: string | null;
  tier: Tier | null;
}

/** A request to retrieve an archive, its form checked. */
export interface ArchiveRequest extends AnyRequest {
  type: "archive-retrieval";
  archiveId: string;
  /** As it was written, such as `0-1048575`; `null` for the whole archive. */
  byteRange: string | null;
}

/** A request to retrieve an inventory, its form checked. */
export interface InventoryRequest extends AnyRequest {
  type: "inventory-retrieval";
  format: "JSON" | "CSV";
  /** Only archives made then or later, and before; as they were written. */
  startDate: string | null;
  endDate: string | null;
  limit: number | null;
  /** The number of the archive after which to go on. */
  after: number;
}

/** A request for a job. */
export type JobRequest = ArchiveRequest | InventoryRequest;

/** ISO 8601 with the time in seconds and a zone. */
const DATE =
  /^(\d{4})-(\d\d)-(\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d)$/;

function parseTier(fields: Record<string, unknown>): Tier | null {
  const tier = textField(fields, "Tier");
  if (tier === null || isTier(tier)) return tier;
  throw invalid(`Invalid tier: ${tier}`);
}

function parseTopic(fields: Record<string, unknown>): string | null {
  const topic = textField(fields, "SNSTopic");
  if (topic === null || isTopic(topic)) return topic;
  throw invalid(`Invalid SNS topic: ${topic}`);
}

/** A date of an inventory, such as `2013-03-20T17:03:43Z` ("InventoryRetrievalJobInput" in the Glacier developer guide). */
function parseDate(
  fields: Record<string, unknown>,
  name: string,
): string | null {
  const text = textField(fields, name);
  if (text === null) return null;
  const [, year, month, day] = DATE.exec(text) ?? [];
  // JavaScript takes the 31st of a short month for the 1st of the next.
  const calendar = new Date(`${year}-${month}-${day}T00:00:00Z`);
  if (calendar.getUTCDate() === Number(day) && !isNaN(Date.parse(text))) {
    return text;
  }
  throw invalid(`Invalid ${name}: ${text}`);
}

function parseItemLimit(fields: Record<string, unknown>): number | null {
  const text = textField(fields, "Limit");
  if (text === null) return null;
  const limit = parseInteger(text);
  if (limit === undefined || limit < 1) throw invalid(`Invalid Limit: ${text}`);
  return limit;
}

function parseInventoryRequest(
  fields: Record<string, unknown>,
): Omit<InventoryRequest, keyof AnyRequest> {
  for (const name of ["ArchiveId", "RetrievalByteRange"]) {
    if (textField(fields, name) === null) continue;
    throw invalid(`${name} cannot be specified for an inventory retrieval`);
  }
  const format = textField(fields, "Format") ?? "JSON";
  if (format !== "JSON" && format !== "CSV") {
    throw invalid(`Invalid format: ${format}`);
  }
  const filter = fields.InventoryRetrievalParameters ?? {};
  if (!isObject(filter)) {
    throw new Refusal(
      "SerializationException",
      "The field InventoryRetrievalParameters of the request is not an object",
    );
  }
  return {
    type: "inventory-retrieval",
    format,
    startDate: parseDate(filter, "StartDate"),
    endDate: parseDate(filter, "EndDate"),
    limit: parseItemLimit(filter),
    after: decodeMarker(
      "inventory",
      textField(filter, "Marker") ?? undefined,
      0,
    ),
  };
}

function parseArchiveRequest(
  fields: Record<string, unknown>,
): Omit<ArchiveRequest, keyof AnyRequest> {
  const archiveId = textField(fields, "ArchiveId");
  if (archiveId === null) throw missing("Archive ID");
  if (textField(fields, "Format") !== null) {
    throw invalid("Format cannot be specified for an archive retrieval");
  }
  return {
    type: "archive-retrieval",
    archiveId,
    byteRange: textField(fields, "RetrievalByteRange"),
  };
}

/**
 * Reads the payload of Initiate Job.
 *
 * @throws {Refusal}
 */
export function parseJobRequest(bytes: Uint8Array): JobRequest {
  const fields = parseObject(bytes);
  const type = textField(fields, "Type");
  if (type === null) throw missing("Job type");
  const description = textField(fields, "Description");
  const tier = parseTier(fields);
  const common = {
    description: description === null ? null : checkDescription(description),
    snsTopic: parseTopic(fields),
  };
  if (type === "archive-retrieval") {
    const request = parseArchiveRequest(fields);
    return { ...common, tier: tier ?? "Standard", ...request };
  }
  if (type === "inventory-retrieval") {
    return { ...common, tier, ...parseInventoryRequest(fields) };
  }
  throw invalid(`Invalid job type: ${type}`);
}

/** The range of an archive that a job retrieves, without `end`. */
export function resolveByteRange(
  byteRange: string | null,
  archive: Archive,
): { start: number; end: number } {
  if (byteRange === null) return { start: 0, end: archive.size };
  const [, first, last] = /^(\d+)-(\d+)$/.exec(byteRange) ?? [];
  const start = parseInteger(first ?? "");
  const end = (parseInteger(last ?? "") ?? NaN) + 1;
  if (start === undefined || !(start < end && end <= archive.size)) {
    throw invalid(`Invalid byte range: ${byteRange}`);
  }
  if (!isMebibyteAligned(start, end, archive.size)) {
    throw invalid(`Invalid byte range: ${byteRange} is not megabyte aligned`);
  }
  return { start, end };
}
