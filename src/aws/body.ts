/**
 * Bodies of answers: watched while they are read, and always released.
 *
 * @module
 */

import type { Exchange } from "./exchange.ts";

/** How to watch a body. */
export interface GuardOptions {
  exchange: Exchange;
  /** How long a read may wait for the next byte, in milliseconds. */
  stallTimeout: number;
  /** How many bytes were announced, where they were. */
  size?: number;
  stalled: () => Error;
  /** Makes a typed error of what a read threw, or of a body that ended early. */
  failed: (cause: unknown) => unknown;
}

/**
 * The same bytes, from a stream that ends with the exchange: it fails with the
 * signal's reason when that is aborted, when no byte comes for too long while
 * somebody waits for one, and when it ends before its announced size. The
 * exchange is disposed of when the stream ends, fails or is cancelled.
 */
export function guardBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  options: GuardOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { exchange, stallTimeout, size } = options;
  const { signal } = exchange;
  const reader = body.getReader();
  let received = 0;
  // Ends a read that is under way, of whatever stream. Not awaited: what does
  // not answer may not answer this either.
  const onAbort = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", onAbort, { once: true });

  const end = () => {
    signal.removeEventListener("abort", onAbort);
    exchange[Symbol.dispose]();
  };

  async function pull(
    controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>,
  ): Promise<void> {
    signal.throwIfAborted();
    exchange.arm(stallTimeout, options.stalled);
    const { done, value } = await reader.read();
    signal.throwIfAborted();
    exchange.disarm();
    if (!done) {
      received += value.length;
      return controller.enqueue(value);
    }
    // Some runtimes notice this by themselves.
    if (size !== undefined && received !== size) {
      throw new Error(`The body has ${received} bytes instead of ${size}`);
    }
    end();
    controller.close();
  }

  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        await pull(controller);
      } catch (cause) {
        const error = signal.aborted ? signal.reason : options.failed(cause);
        end();
        reader.cancel(error).catch(() => {});
        controller.error(error);
      }
    },
    async cancel(reason) {
      end();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/** What {@linkcode readBody} read. */
export interface LimitedBody {
  bytes: Uint8Array<ArrayBuffer>;
  /** Whether this is all there was. */
  whole: boolean;
}

/** Reads at most `limit` bytes of a body, and cancels the rest. */
export async function readBody(
  response: Response,
  limit: number,
): Promise<LimitedBody> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (response.body !== null) {
    // Leaving the loop cancels the stream.
    for await (const chunk of response.body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limit) break;
    }
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return { bytes: bytes.subarray(0, limit), whole: size <= limit };
}

/**
 * Reads what little an answer without content may hold, so that its
 * connection can serve again; resolves to whether there was nothing. Never
 * rejects: the answer's head said all that matters.
 */
export async function releaseBody(response: Response): Promise<boolean> {
  try {
    const { bytes } = await readBody(response, 64 * 1024);
    return bytes.length === 0;
  } catch {
    return true;
  }
}
