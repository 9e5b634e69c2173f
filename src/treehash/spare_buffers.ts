/**
 * Memory that is used again: the system takes its time to give new memory of
 * the size of a part.
 *
 * @module
 */

import { LEAF_SIZE } from "./tree_hash.ts";

/** Memory of fewer bytes than this is not worth using again. */
const WORTH_KEEPING = LEAF_SIZE;

/** Holds what was given back: not more than was under way at a time. */
export class SpareBuffers {
  readonly #buffers: ArrayBuffer[] = [];

  /** Takes back memory that nobody looks at any more. */
  keep(buffer: ArrayBuffer): void {
    if (buffer.byteLength >= WORTH_KEEPING) this.#buffers.push(buffer);
  }

  /** Memory for so many bytes; none where what there is would be too small, or much too large. */
  take(length: number): ArrayBuffer | undefined {
    if (length < WORTH_KEEPING) return undefined;
    const index = this.#buffers.findIndex(({ byteLength }) =>
      byteLength >= length && byteLength <= 2 * length
    );
    // What doesn't fit now doesn't fit the next ones either, as a rule, and
    // would only be held.
    if (index < 0) this.#buffers.length = 0;
    return index < 0 ? undefined : this.#buffers.splice(index, 1)[0];
  }
}
