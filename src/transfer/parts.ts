/**
 * How a file is cut into parts: arithmetic only.
 *
 * @module
 */

import type { StoreLimits } from "../store.ts";

/** A part of a file; both in bytes. */
export interface PartRange {
  offset: number;
  length: number;
}

/** How a file is sent. */
export type PartPlan =
  /** With one request. */
  | { kind: "single" }
  /** In `count` parts of `partSize` bytes, the last of which may be shorter. */
  | { kind: "multipart"; partSize: number; count: number }
  /** Not at all: the service takes no archive of more than `limit` bytes. */
  | { kind: "tooLarge"; limit: number };

/**
 * Plans a file of `size` bytes (at least 1) with parts of `partSize` bytes, a
 * power of two of MiB. A file not larger than a part takes one request. The
 * part size is doubled until the file has not more parts than the service
 * allows.
 *
 * @throws {RangeError} where `size` is no whole number from 1.
 */
export function planParts(
  size: number,
  partSize: number,
  limits: StoreLimits,
): PartPlan {
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new RangeError(`Cannot plan parts of ${size} bytes`);
  }
  const limit = limits.maxParts * limits.maxPartSize;
  if (size > limit) return { kind: "tooLarge", limit };
  const effective = partSizeFor(size, partSize, limits);
  if (size <= Math.min(effective, limits.maxSingleUpload)) {
    return { kind: "single" };
  }
  return {
    kind: "multipart",
    partSize: effective,
    count: Math.ceil(size / effective),
  };
}

/**
 * The size of a part in bytes: `partSize`, doubled until `size` bytes have not
 * more parts than the service allows, or parts are as large as it takes them.
 */
export function partSizeFor(
  size: number,
  partSize: number,
  limits: StoreLimits,
): number {
  const { minPartSize, maxPartSize, maxParts } = limits;
  let effective = Math.min(Math.max(partSize, minPartSize), maxPartSize);
  while (size > effective * maxParts && effective < maxPartSize) effective *= 2;
  return effective;
}

/** The parts of a file of `size` bytes in their order. */
export function* partRanges(
  size: number,
  partSize: number,
): Generator<PartRange> {
  for (let offset = 0; offset < size; offset += partSize) {
    yield { offset, length: Math.min(partSize, size - offset) };
  }
}
