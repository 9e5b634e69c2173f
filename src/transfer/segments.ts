/**
 * Fetching an archive in segments, several at a time.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { forEachBounded, type Semaphore } from "../async/bounded.ts";
import { IntegrityError } from "../errors.ts";
import { printable } from "../relative_name.ts";
import { combineParts, type HashedPart } from "../treehash/tree_hash.ts";
import {
  fetchBytes,
  type FetchContext,
  type Fetched,
  type FetchedBytes,
} from "./fetch.ts";
import { type PartRange, partRanges } from "./parts.ts";

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
 * Fetches all of an archive; `segmentSize` in bytes, 1 MiB times a power of
 * two. A segment whose connection breaks, or whose tree hash is not what the
 * service says, is fetched again by itself. Resolves to the tree hash of the
 * whole.
 *
 * @param onSegment called with each segment that is in its place.
 * @throws {IntegrityError} where a segment is damaged each time.
 * @throws like `fetchBytes`.
 */
export async function fetchInSegments(
  fetched: Fetched,
  segmentSize: number,
  onSegment: (segment: PartRange) => void,
  context: SegmentsContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const hashes: HashedPart[] = [];
  await forEachBounded(
    partRanges(fetched.entry.size, segmentSize),
    MAX_SEGMENTS_WAITING,
    async (segment) => {
      try {
        using _permit = await context.permits.acquire({ signal });
        hashes[segment.offset / segmentSize] = await fetchUndamaged(
          fetched,
          segment,
          { ...context, signal },
        );
        onSegment(segment);
      } catch (error) {
        // The other segments are of no use any more.
        failed.abort(error);
        throw error;
      }
    },
    { signal },
  );
  return await combineParts(hashes);
}

async function fetchUndamaged(
  fetched: Fetched,
  segment: PartRange,
  context: FetchContext,
): Promise<HashedPart> {
  for (let tries = 1;; tries++) {
    const bytes = await fetchBytes(fetched, segment, context);
    if (!isDamaged(bytes)) return bytes;
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

function isDamaged({ hash, announced }: FetchedBytes): boolean {
  return announced !== undefined && announced !== encodeHex(hash);
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
