/**
 * Bodies with which something is wrong on the way.
 *
 * @module
 */

import { delay } from "../async/delay.ts";
import { ConnectionDropped } from "../errors.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Chunks = AsyncIterable<Uint8Array>;

/** The chunks of a body, up to when `signal` is aborted. */
async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    // Harmless where the end was reached.
    await reader.cancel().catch(() => {});
  }
}

/** Makes other chunks of chunks; `signal` is aborted when nobody wants them any more. */
export type Reshape = (
  chunks: Chunks,
  signal: AbortSignal,
) => AsyncGenerator<Uint8Array>;

/** A body as `reshape` lets it through. Where `closing` is aborted, it breaks. */
export function reshaped(
  body: ReadableStream<Uint8Array>,
  reshape: Reshape,
  closing: AbortSignal,
): ReadableStream<Bytes> {
  const unwanted = new AbortController();
  const signal = AbortSignal.any([unwanted.signal, closing]);
  const chunks = reshape(chunksOf(body, signal), signal);
  return new ReadableStream<Bytes>({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      // Nobody shares memory with a request or an answer.
      else controller.enqueue(value as Bytes);
    },
    async cancel(reason) {
      unwanted.abort(reason);
      await chunks.return(undefined).catch(() => {});
    },
  }, { highWaterMark: 0 });
}

/** The first `size` bytes. */
async function* head(
  chunks: Chunks,
  size: number,
): AsyncGenerator<Uint8Array> {
  let rest = size;
  if (rest === 0) return;
  for await (const chunk of chunks) {
    yield chunk.subarray(0, rest);
    rest -= chunk.length;
    if (rest <= 0) return;
  }
}

/** So many bytes a second, in pieces of a tenth of that at most. */
export function slow(rate: number): Reshape {
  const piece = Math.ceil(rate / 10);
  return async function* (chunks, signal) {
    const begin = performance.now();
    let bytes = 0;
    for await (const chunk of chunks) {
      for (let start = 0; start < chunk.length; start += piece) {
        const part = chunk.subarray(start, start + piece);
        bytes += part.length;
        const due = begin + 1000 * bytes / rate;
        await delay(Math.max(0, due - performance.now()), { signal });
        yield part;
      }
    }
  };
}

/** Nothing more after so many bytes, and no end either. */
export function stalled(size: number): Reshape {
  return async function* (chunks, signal) {
    yield* head(chunks, size);
    await new Promise((_, reject) => {
      const stop = () => reject(signal.reason);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  };
}

/** A broken connection after so many bytes. */
export function truncated(size: number): Reshape {
  return async function* (chunks) {
    yield* head(chunks, size);
    throw new ConnectionDropped();
  };
}

/** One bit of the byte at `offset` is another. */
export function corrupted(offset: number): Reshape {
  return async function* (chunks) {
    let position = 0;
    for await (const chunk of chunks) {
      const index = offset - position;
      position += chunk.length;
      if (index < 0 || index >= chunk.length) {
        yield chunk;
        continue;
      }
      const copy = chunk.slice();
      copy[index] ^= 1;
      yield copy;
    }
  };
}
