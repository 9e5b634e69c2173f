/**
 * Cutting a stream into parts.
 *
 * @module
 */

import { abortable } from "../async/abortable.ts";
import { UsageError } from "../errors.ts";

/** A part of a stream, the last of which may be shorter than the others. */
export interface StreamPart {
  /** First byte. */
  offset: number;
  bytes: Uint8Array<ArrayBuffer>;
}

/** Memory for parts that is used again: memory of this size is slow to get and to give back. */
export class PartBuffers {
  readonly #size: number;
  readonly #free: ArrayBuffer[] = [];

  /** `size` in bytes. */
  constructor(size: number) {
    this.#size = size;
  }

  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#free.pop() ?? new ArrayBuffer(this.#size));
  }

  /** Takes back what `take` gave, or the part that was made in it. */
  give(bytes: Uint8Array<ArrayBuffer>): void {
    this.#free.push(bytes.buffer);
  }
}

/** How {@linkcode streamParts} works. */
export interface StreamPartsOptions {
  /** In bytes. */
  partSize: number;
  buffers: PartBuffers;
  /** How many parts there may be, and the error where more comes. */
  maxParts: number;
  tooLong: () => Error;
  /** Makes the error of what reading threw. */
  unreadable: (cause: unknown) => Error;
  signal: AbortSignal;
}

/**
 * The parts of a stream in their order, each as soon as it is full. While the
 * caller has a part and asks for no other, nothing is read.
 *
 * Rejects with the signal's reason once it is aborted, also while the stream
 * is silent; the stream's iterator is told then, too.
 *
 * @throws {UsageError} where the stream gives anything but bytes: of a text or an `ArrayBuffer` none would go up, and nobody would know.
 */
export async function* streamParts(
  content: AsyncIterable<Uint8Array>,
  options: StreamPartsOptions,
): AsyncGenerator<StreamPart, void, void> {
  const { partSize, buffers, maxParts } = options;
  let offset = 0;
  let filled = 0;
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  for await (let chunk of chunksOf(content, options)) {
    while (chunk.length > 0) {
      if (offset === partSize * maxParts) throw options.tooLong();
      bytes ??= buffers.take();
      const taken = chunk.subarray(0, partSize - filled);
      bytes.set(taken, filled);
      filled += taken.length;
      chunk = chunk.subarray(taken.length);
      if (filled < partSize) continue;
      yield { offset, bytes };
      offset += filled;
      filled = 0;
      bytes = undefined;
    }
  }
  if (bytes) yield { offset, bytes: bytes.subarray(0, filled) };
}

/** What is read, piece by piece. */
async function* chunksOf(
  content: AsyncIterable<Uint8Array>,
  { unreadable, signal }: StreamPartsOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const chunks = content[Symbol.asyncIterator]();
  const next = async () => {
    try {
      return await chunks.next();
    } catch (cause) {
      throw unreadable(cause);
    }
  };
  try {
    while (true) {
      const { done, value } = await abortable(next(), signal);
      if (done) return;
      if (!((value as unknown) instanceof Uint8Array)) {
        throw new UsageError("The stream gives something else than Uint8Array");
      }
      yield value;
    }
  } finally {
    // Not waited for: a read that is under way may never end.
    const end = async () => await chunks.return?.();
    end().catch(() => {});
  }
}
