/**
 * Gathering what comes over the network into leaves of the tree hash: each is
 * written and hashed at once, while the next one comes.
 *
 * @module
 */

import { LEAF_SIZE } from "../treehash/tree_hash.ts";

/** Stores a leaf that stands at `position` in the file; resolves to its bytes, which are not touched meanwhile. */
export type StoreLeaf = (
  leaf: Uint8Array<ArrayBuffer>,
  position: number,
) => Promise<Uint8Array<ArrayBuffer>>;

/**
 * Cuts a stretch of a file into leaves, the last of which may be shorter.
 * Two are in memory at a time. Dispose of it when nothing more comes: it waits
 * for what is being stored.
 */
export class LeafWriter implements AsyncDisposable {
  readonly #end: number;
  readonly #store: StoreLeaf;
  #filling: Uint8Array<ArrayBuffer>;
  #filled = 0;
  #position: number;
  /** What is being stored, or was: it gives memory back. */
  #storing: Promise<Uint8Array<ArrayBuffer> | undefined> = Promise.resolve(
    undefined,
  );

  /**
   * @param start where the stretch begins, a multiple of 1 MiB.
   * @param end where it ends.
   */
  constructor(start: number, end: number, store: StoreLeaf) {
    this.#position = start;
    this.#end = end;
    this.#store = store;
    this.#filling = new Uint8Array(Math.min(LEAF_SIZE, end - start));
  }

  /** Up to where bytes have come. */
  get position(): number {
    return this.#position;
  }

  /**
   * Takes the next bytes, not more than up to the end; they may be used again
   * once it resolves. Waits where the leaf before the last is still being
   * stored, and rejects where that failed.
   */
  async add(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    while (bytes.length > 0) {
      const taken = bytes.subarray(0, LEAF_SIZE - this.#filled);
      this.#filling.set(taken, this.#filled);
      this.#filled += taken.length;
      this.#position += taken.length;
      bytes = bytes.subarray(taken.length);
      const full = this.#filled === LEAF_SIZE || this.#position === this.#end;
      if (full) await this.#flush();
    }
  }

  /** Resolves when every leaf is stored; rejects where one could not be. */
  async stored(): Promise<void> {
    await this.#storing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#storing.catch(() => {});
  }

  async #flush(): Promise<void> {
    const spare = await this.#storing;
    const leaf = this.#filling.subarray(0, this.#filled);
    this.#storing = this.#store(leaf, this.#position - leaf.length);
    // Whoever waits for it is told; nobody may ever do so.
    this.#storing.catch(() => {});
    this.#filled = 0;
    if (this.#position === this.#end) return;
    this.#filling = spare ?? new Uint8Array(LEAF_SIZE);
  }
}
