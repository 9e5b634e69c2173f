/**
 * A request's body that `fetch` sends from where it lies.
 *
 * Given bytes, `fetch` makes a copy of them first, and so does a Blob; for
 * parts of many MiB that takes as long as sending them, and as much memory
 * again. A stream isn't copied, but is sent without its length, which the
 * service wants to know. Of a Blob, Deno and Node read nothing but its `size`
 * and its `stream()`: this one has both, and no bytes of its own.
 *
 * @module
 */

import process from "node:process";

/** How many bytes are handed over at a time. */
const PIECE = 1024 * 1024;

class BytesInPlace extends Blob {
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    super();
    this.#bytes = bytes;
  }

  override get size(): number {
    return this.#bytes.length;
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    const bytes = this.#bytes;
    let offset = 0;
    return new ReadableStream({
      pull(controller) {
        if (offset === bytes.length) return controller.close();
        const piece = bytes.subarray(offset, offset + PIECE);
        offset += piece.length;
        controller.enqueue(piece);
      },
    }, { highWaterMark: 0 });
  }
}

/**
 * The bytes as a body for `fetch`, which never sends it twice of its own
 * accord. They must stay as they are until the answer has come.
 */
export function bodyInPlace(bytes: Uint8Array<ArrayBuffer>): Blob {
  // Other runtimes look into a Blob by ways of their own.
  return "bun" in process.versions
    ? new Blob([bytes])
    : new BytesInPlace(bytes);
}
