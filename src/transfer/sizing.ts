/**
 * How much is under way at a time: what the user said, and the rest chosen to
 * fit. Arithmetic only.
 *
 * @module
 */

import { UsageError } from "../errors.ts";

const MiB = 1024 * 1024;

/** Memory for the contents of files under way where the user says nothing, in bytes. */
export const USUAL_MEMORY: number = 128 * MiB;

/** Requests at a time: enough that small files don't wait for answers one after the other. */
export const USUAL_CONCURRENCY: number = 16;

/** Size of a part in bytes; that of mt-aws-glacier. */
export const USUAL_PART: number = 16 * MiB;

/** Parts that there is memory for at least, where their size is not given. */
const PARTS = 4;

/** Parts that are read while as many as were asked for are sent. */
const AHEAD = 2;

/** What the user said; sizes in bytes. */
export interface SizingWishes {
  concurrency?: number;
  partSize?: number;
  memoryLimit?: number;
}

/** What comes of it. */
export interface Sizing {
  /** Requests under way at a time. */
  concurrency: number;
  /** Size of a part in bytes, 1 MiB times a power of two; a file that would have too many parts gets larger ones. */
  partSize: number;
  /** Bytes of files that may be held at a time. One part is held even where it is larger. */
  memory: number;
}

/**
 * Chooses what the user left open. Who gives both a concurrency and a part
 * size, and no limit, gets the memory that these take, and two parts more.
 *
 * @throws {UsageError} where a part doesn't fit into the limit.
 */
export function planSizing(wishes: SizingWishes): Sizing {
  const { memoryLimit, concurrency = USUAL_CONCURRENCY } = wishes;
  const memory = memoryLimit ?? USUAL_MEMORY;
  const partSize = wishes.partSize ?? usualPart(memory);
  if (memoryLimit === undefined) {
    const both = wishes.concurrency !== undefined &&
      wishes.partSize !== undefined;
    return {
      concurrency,
      partSize,
      memory: both
        ? (concurrency + AHEAD) * partSize
        : Math.max(memory, partSize),
    };
  }
  if (partSize > memory) {
    throw new UsageError(
      `Parts of ${partSize / MiB} MiB don't fit into the memory limit of ${
        memoryLimit / MiB
      } MiB, which must hold one at least`,
    );
  }
  return { concurrency, partSize, memory };
}

/** The usual size of a part, or the largest of which several fit. */
function usualPart(memory: number): number {
  let partSize = USUAL_PART;
  while (partSize > MiB && partSize * PARTS > memory) partSize /= 2;
  return partSize;
}
