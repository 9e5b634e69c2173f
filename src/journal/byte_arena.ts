/**
 * Bytes that are kept for good, one stretch after the other.
 *
 * @module
 */

/** Bytes of the first page, and of the largest; longer stretches get pages of their own. */
const [FIRST_PAGE, PAGE] = [16 * 1024, 1024 * 1024];

/** Positions count so many bytes for each page, whatever its length: no stretch is as long. */
const SPAN = 2 ** 26;

/**
 * Grows page by page, so that nothing is ever copied, and what is kept takes no
 * more memory than it has bytes.
 */
export class ByteArena {
  readonly #pages: Uint8Array<ArrayBuffer>[] = [];
  #page = new Uint8Array(0);
  #offset = 0;

  /**
   * Makes sure that `length` bytes (less than 64 MiB) can be written from
   * `offset` on into `page`. They are kept once `keep` is called.
   */
  reserve(length: number): { page: Uint8Array<ArrayBuffer>; offset: number } {
    if (this.#offset + length > this.#page.length) {
      const size = Math.min(PAGE, FIRST_PAGE * 2 ** this.#pages.length);
      this.#page = new Uint8Array(Math.max(size, length));
      this.#pages.push(this.#page);
      this.#offset = 0;
    }
    return { page: this.#page, offset: this.#offset };
  }

  /** Keeps the first bytes of what was reserved last; returns their position. */
  keep(length: number): number {
    const position = (this.#pages.length - 1) * SPAN + this.#offset;
    this.#offset += length;
    return position;
  }

  /** The page that holds a position. */
  pageOf(position: number): Uint8Array<ArrayBuffer> {
    return this.#pages[Math.floor(position / SPAN)];
  }

  /** Where in its page a position is. */
  offsetOf(position: number): number {
    return position % SPAN;
  }
}
