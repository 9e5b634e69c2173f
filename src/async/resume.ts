/**
 * Reading bytes over connections that break.
 *
 * @module
 */

import { isTransient, NetworkError } from "../errors.ts";
import { delay } from "./delay.ts";
import type { RetryEvent } from "./retry.ts";

/** Bytes from some place on. */
export interface OpenedBytes {
  body: AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Where all bytes end, counted from the first one of all; where known. */
  end?: number;
}

/** Broken connections in a row, without a byte between them, after which reading fails. */
const FRUITLESS_TRIES = 5;

const PAUSE = 5_000;

/** How {@linkcode resumingBytes} reads. */
export interface ResumeOptions {
  signal?: AbortSignal;
  /**
   * Longest pause before reading goes on, in milliseconds.
   * @default 5 seconds
   */
  pause?: number;
  /** Called before each pause, with the position that reading goes on from. */
  onBreak?: (event: RetryEvent & { position: number }) => void;
}

/**
 * The bytes that `open` gives from 0 on; where the connection breaks, goes on
 * from the byte reached. `what` is read, for errors, and `operation` reads it.
 *
 * @throws what is not transient, and the fifth transient error in a row between
 * which no byte came.
 */
export async function* resumingBytes(
  what: string,
  operation: string,
  open: (start: number) => Promise<OpenedBytes>,
  options: ResumeOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { signal, pause = PAUSE, onBreak } = options;
  let position = 0;
  let end: number | undefined;
  let fruitless = 0;
  let breaks = 0;
  while (true) {
    const before = position;
    try {
      const opened = await open(position);
      end = opened.end ?? end;
      for await (const chunk of opened.body) {
        signal?.throwIfAborted();
        position += chunk.length;
        yield chunk;
      }
      if (end === undefined || position >= end) return;
      throw new NetworkError(`${what} ended too soon`, operation, "dropped");
    } catch (error) {
      if (!isTransient(error)) throw error;
      // All that was missing is the connection's end.
      if (end !== undefined && position >= end) return;
      fruitless = position > before ? 0 : fruitless + 1;
      if (fruitless >= FRUITLESS_TRIES) throw error;
      const ms = Math.random() * pause * fruitless / FRUITLESS_TRIES;
      onBreak?.({ attempt: ++breaks, delay: ms, error, position });
      await delay(ms, { signal });
    }
  }
}
