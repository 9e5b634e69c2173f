/**
 * The payload of Initiate Job.
 *
 * @module
 */

import { isMebibyteAligned } from "../treehash/tree_hash.ts";
import type { Archive } from "./archive_table.ts";
import { parseObject, textField } from "./json_body.ts";
import { checkDescription, parseInteger } from "./parameters.ts";
import { invalid, missing } from "./refusal.ts";

/** A request to retrieve an archive, its form checked. */
export interface RetrievalRequest {
  archiveId: string;
  description: string | null;
  snsTopic: string | null;
  tier: string;
  /** As it was written, such as `0-1048575`; `null` for the whole archive. */
  byteRange: string | null;
}

/** How fast, and how dear ("Initiate Job" in the Glacier developer guide). */
const TIERS: readonly string[] = ["Expedited", "Standard", "Bulk"];

/**
 * Reads the payload of Initiate Job.
 *
 * @throws {Refusal}
 */
export function parseJobRequest(bytes: Uint8Array): RetrievalRequest {
  const fields = parseObject(bytes);
  const type = textField(fields, "Type");
  if (type === null) throw missing("Job type");
  if (type !== "archive-retrieval") throw invalid(`Invalid job type: ${type}`);
  const archiveId = textField(fields, "ArchiveId");
  if (archiveId === null) throw missing("Archive ID");
  const tier = textField(fields, "Tier") ?? "Standard";
  if (!TIERS.includes(tier)) throw invalid(`Invalid tier: ${tier}`);
  if (textField(fields, "Format") !== null) {
    throw invalid("Format cannot be specified for an archive retrieval");
  }
  const description = textField(fields, "Description");
  return {
    archiveId,
    description: description === null ? null : checkDescription(description),
    snsTopic: textField(fields, "SNSTopic"),
    tier,
    byteRange: textField(fields, "RetrievalByteRange"),
  };
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
