/**
 * Fetching an archive in segments, several at a time.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { forEachBounded, type Semaphore } from "../async/bounded.ts";
import { IntegrityError } from "../errors.ts";
import { printable } from "../relative_name.ts";
import { type FetchContext, type Fetched, fetchRange } from "./fetch.ts";
import type { PartRange } from "./parts.ts";

/** What fetching segments works with. */
export interface SegmentsContext extends FetchContext {
  /** One permit for each request under way, over all files. */
  permits: Semaphore;
}

/** How often a segment is fetched whose bytes are not what the service says of them. */
const DAMAGED_TRIES = 3;

/** Segments of one file that stand in line for a permit. */
const MAX_SEGMENTS_WAITING = 64;

/**
 * Fetches the pieces of an archive that are not in place, each as a segment. A
 * segment whose connection breaks, or whose tree hash is not what the service
 * says, is fetched again by itself.
 *
 * @param onSegment called with each segment that is in its place.
 * @throws {IntegrityError} where a segment is damaged each time.
 * @throws like `fetchRange`.
 */
export async function fetchInSegments(
  fetched: Fetched,
  onSegment: (segment: PartRange) => void,
  context: SegmentsContext,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  await forEachBounded(
    fetched.partial.missing(),
    MAX_SEGMENTS_WAITING,
    async (segment) => {
      try {
        using _permit = await context.permits.acquire({ signal });
        await fetchUndamaged(fetched, segment, { ...context, signal });
        onSegment(segment);
      } catch (error) {
        // The other segments are of no use any more.
        failed.abort(error);
        throw error;
      }
    },
    { signal },
  );
}

async function fetchUndamaged(
  fetched: Fetched,
  segment: PartRange,
  context: FetchContext,
): Promise<void> {
  for (let tries = 1;; tries++) {
    const { hash, announced } = await fetchSegment(fetched, segment, context);
    if (announced === undefined || announced === encodeHex(hash)) {
      return await fetched.partial.add(segment.offset, hash);
    }
    if (tries === DAMAGED_TRIES) throw damagedError(fetched, segment);
    const { offset, length } = segment;
    context.emit({
      type: "retry",
      operation: "GetJobOutput",
      name: fetched.entry.name,
      range: `${offset}-${offset + length - 1}`,
      attempt: tries,
      delay: 0,
      message: "The bytes that came are not those that the service has",
    });
  }
}

/** Fetches a segment, and doesn't believe it yet. */
async function fetchSegment(
  fetched: Fetched,
  segment: PartRange,
  context: FetchContext,
): Promise<{ hash: Uint8Array<ArrayBuffer>; announced?: string }> {
  let fetchedHash: Uint8Array<ArrayBuffer>;
  const announced = await fetchRange(fetched, segment, (_, hash) => {
    fetchedHash = hash;
    return Promise.resolve();
  }, context);
  return { hash: fetchedHash!, announced };
}

function damagedError(
  { entry: { name, archiveId } }: Fetched,
  { offset, length }: PartRange,
): IntegrityError {
  return new IntegrityError(
    `Downloaded bytes are not those that the service has: ${
      printable(name)
    } at offset ${offset}, size ${length}, fetched ${DAMAGED_TRIES} times (archive ${archiveId}); the file was not restored`,
  );
}
