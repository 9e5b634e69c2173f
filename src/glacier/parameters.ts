/**
 * Parameters of requests: checked before anything is sent, and written as the
 * service reads them.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { isMebibyteAligned } from "../treehash/tree_hash.ts";

const MIB = 1024 * 1024;

/** Smallest part of an upload in parts, in bytes. */
export const MIN_PART_SIZE: number = MIB;
/** Largest part of an upload in parts, in bytes. */
export const MAX_PART_SIZE: number = 4096 * MIB;
/** Largest archive that one request can carry, in bytes. */
export const MAX_SINGLE_UPLOAD: number = 4096 * MIB;
/** Most parts that an upload can have. */
export const MAX_PARTS: number = 10_000;
/** Longest description of an archive or a job, in characters. */
export const MAX_DESCRIPTION: number = 1024;

/** Bytes from `start` up to but not including `end`. */
export interface ByteRange {
  /** The first byte, counted from 0. */
  start: number;
  /** The byte behind the last one. */
  end: number;
}

/** What each parameter in a path may be, and how the user knows it. */
const PATH_PARAMETERS: Record<string, { title: string; pattern: RegExp }> = {
  accountId: { title: "account ID", pattern: /^(-|\d{12})$/ },
  vaultName: { title: "vault name", pattern: /^[A-Za-z0-9_.-]{1,255}$/ },
  archiveId: { title: "archive ID", pattern: /^[A-Za-z0-9_.~-]{1,1024}$/ },
  jobId: { title: "job ID", pattern: /^[A-Za-z0-9_.~-]{1,1024}$/ },
  uploadId: { title: "upload ID", pattern: /^[A-Za-z0-9_.~-]{1,1024}$/ },
  lockId: { title: "lock ID", pattern: /^[A-Za-z0-9_.~-]{1,1024}$/ },
};

/**
 * Puts parameters into the places that `template` has for them.
 *
 * None of them can hold a character that needs an escape, so that what is
 * signed and what is sent are the same.
 *
 * @throws {UsageError} where one cannot be one of its kind.
 */
export function fillPath(
  template: string,
  parameters: Record<string, string>,
): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name] ?? "";
    const { title, pattern } = PATH_PARAMETERS[name];
    // URLs drop "." and take ".." for the folder above: the request would be
    // about something else.
    if (!pattern.test(value) || value === "." || value === "..") {
      throw new UsageError(`Not a valid ${title}: ${JSON.stringify(value)}`);
    }
    return value;
  });
}

/**
 * A description of an archive or a job, or `undefined` for an empty one.
 *
 * @throws {UsageError} where it is longer than 1,024 characters or holds any
 * but printable ASCII. ("Upload Archive" in the Glacier developer guide)
 */
export function checkDescription(
  description: string | undefined,
): string | undefined {
  if (description === undefined || description === "") return undefined;
  if (description.length > MAX_DESCRIPTION) {
    throw new UsageError(
      `A description can have ${MAX_DESCRIPTION} characters, this one has ${description.length}`,
    );
  }
  if (!/^[\x20-\x7e]*$/.test(description)) {
    throw new UsageError(
      `A description can only have printable ASCII characters: ${
        JSON.stringify(description)
      }`,
    );
  }
  return description;
}

/**
 * @throws {UsageError} where it is not 1 MiB times a power of two, up to
 * 4 GiB. ("Initiate Multipart Upload" in the Glacier developer guide)
 */
export function checkPartSize(partSize: number): number {
  const power = Math.log2(partSize / MIB);
  if (!Number.isInteger(power) || power < 0 || partSize > MAX_PART_SIZE) {
    throw new UsageError(
      `A part must be 1 MiB times a power of two in size, up to 4 GiB: ${partSize} bytes`,
    );
  }
  return partSize;
}

/** @throws {UsageError} where `bytes` are none, or more than `limit`. */
export function checkPayload(bytes: Uint8Array, limit: number): void {
  if (bytes.length < 1 || bytes.length > limit) {
    throw new UsageError(
      `A request can carry 1 to ${limit} bytes, not ${bytes.length}`,
    );
  }
}

/** @throws {UsageError} where `text` is no SHA-256 in hexadecimal. */
export function checkHash(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new UsageError(`Not a SHA-256 in hexadecimal: ${text}`);
  }
  return text.toLowerCase();
}

/**
 * A page's size as the service takes it. ("List Jobs" in the Glacier
 * developer guide)
 *
 * @throws {UsageError} where it is not from 1 to 50.
 */
export function checkLimit(limit: number | undefined): string | undefined {
  if (limit === undefined) return undefined;
  if (!Number.isInteger(limit) || limit < 1 || limit > 50) {
    throw new UsageError(`A page can have 1 to 50 entries, not ${limit}`);
  }
  return String(limit);
}

/**
 * A range as HTTP writes it, with the last byte named: `0-1048575`.
 *
 * @throws {UsageError} where it is empty, negative or not in whole bytes.
 */
export function formatRange({ start, end }: ByteRange): string {
  const valid = Number.isSafeInteger(start) && Number.isSafeInteger(end) &&
    start >= 0 && end > start;
  if (!valid) {
    throw new UsageError(`Not a range of bytes: from ${start} to ${end}`);
  }
  return `${start}-${end - 1}`;
}

/**
 * A range of an archive to retrieve. Whether its end is at 1 MiB or at the end
 * of the archive is the service's to check.
 *
 * @throws {UsageError} where it does not begin at a multiple of 1 MiB.
 */
export function formatRetrievalRange(range: ByteRange): string {
  const text = formatRange(range);
  if (!isMebibyteAligned(range.start, range.end, range.end)) {
    throw new UsageError(
      `A range to retrieve must begin at a multiple of 1 MiB: ${text}`,
    );
  }
  return text;
}

/** A range from `0-1048575`; `undefined` where the text is no such thing. */
export function parseRange(text: string): ByteRange | undefined {
  const match = /^(\d+)-(\d+)$/.exec(text);
  if (match === null) return undefined;
  const [start, last] = match.slice(1).map(Number);
  const end = last + 1;
  return Number.isSafeInteger(end) && start < end ? { start, end } : undefined;
}
