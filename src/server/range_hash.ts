/**
 * Tree hashes of stretches of an archive, from stored hashes alone.
 *
 * @module
 */

import { decodeHex } from "@std/encoding/hex";
import { LEAF_SIZE, TreeHash } from "../treehash/tree_hash.ts";
import type { Segment } from "./archive_table.ts";
import type { State } from "./state.ts";

/** Takes in the leaves of a segment that lie in a range of the archive. */
async function appendLeaves(
  hash: TreeHash,
  segment: Segment,
  leaves: Uint8Array<ArrayBuffer>,
  range: { start: number; end: number },
): Promise<void> {
  const from = Math.max(range.start - segment.start, 0);
  const to = Math.min(range.end - segment.start, segment.size);
  for (let offset = from; offset < to; offset += LEAF_SIZE) {
    const index = offset / LEAF_SIZE;
    await hash.append(
      leaves.slice(index * 32, (index + 1) * 32),
      Math.min(LEAF_SIZE, segment.size - offset),
    );
  }
}

/**
 * The tree hash of the bytes from `start` up to but not including `end` of an
 * archive, lower-case hexadecimal. The range must be tree-hash-aligned.
 */
export async function rangeTreeHash(
  state: State,
  archive: number,
  start: number,
  end: number,
): Promise<string> {
  const hash = new TreeHash();
  for (const segment of state.archives.segments(archive, start, end)) {
    const { start: begin, size, blob } = segment;
    if (begin >= start && begin + size <= end) {
      await hash.append(decodeHex(segment.tree_hash), size);
    } else {
      const leaves = state.blobs.leaves(blob);
      await appendLeaves(hash, segment, leaves, { start, end });
    }
  }
  return await hash.hexDigest();
}
