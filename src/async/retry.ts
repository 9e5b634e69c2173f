/**
 * Trying again, with full jitter: each wait is a random part of a bound that
 * doubles, so that clients which failed together do not come back together.
 *
 * @module
 */

import { isTransient, ServiceError } from "../errors.ts";
import { delay } from "./delay.ts";

/**
 * The longest wait that a server can ask for, in milliseconds. One that asks
 * for a day must not look like a program that hangs.
 */
const MAX_RETRY_AFTER = 5 * 60_000;

/** What is about to be tried again. */
export interface RetryEvent {
  /** Number of the try that failed; the first is 1. */
  attempt: number;
  /** Milliseconds until the next try. */
  delay: number;
  /** What it failed with. */
  error: unknown;
}

/** How often and how fast to try again. */
export interface RetryTiming {
  /** Number of tries in all, at least 1. */
  attempts?: number;
  /** Bound of the first wait in milliseconds; it doubles with each wait. */
  base?: number;
  /** Bound of every wait in milliseconds. */
  cap?: number;
}

/** The defaults of {@linkcode RetryTiming}. */
const TIMING: Required<RetryTiming> = {
  attempts: 8,
  base: 200,
  cap: 20_000,
};

/** How often and how fast to try again, and by what chance and clock. */
export interface RetryPolicy extends RetryTiming {
  /** A random number from 0 up to but not including 1; `Math.random` where absent. */
  random?: () => number;
  /** Waits `ms` milliseconds, or rejects with the signal's reason; a timer where absent. */
  delay?: (ms: number, options?: { signal?: AbortSignal }) => Promise<void>;
}

/** Options for {@linkcode retry}. */
export interface RetryOptions extends RetryPolicy {
  signal?: AbortSignal;
  /** Once aborted, the try under way is the last one; a wait for the next ends at once. */
  stop?: AbortSignal;
  /** Whether to try again after this error; {@linkcode isTransient} by default. */
  shouldRetry?: (error: unknown) => boolean;
  /** Called before each wait. */
  onRetry?: (event: RetryEvent) => void;
}

/**
 * Calls `action` until it succeeds, fails with an error that is final, or has
 * been called `attempts` times; then rejects with its last error. An answer's
 * `retryAfter` is waited for at least, up to five minutes.
 *
 * `action` is given the number of the try. Rejects with the signal's reason
 * once it is aborted, whatever `action` rejects with then.
 */
export async function retry<T>(
  action: (attempt: number) => Promise<T>,
  options: RetryOptions = {},
): Promise<T> {
  const {
    attempts = TIMING.attempts,
    base = TIMING.base,
    cap = TIMING.cap,
    signal,
    stop,
    shouldRetry = isTransient,
    onRetry,
    random = Math.random,
    delay: wait = delay,
  } = options;
  for (let attempt = 1;; attempt++) {
    signal?.throwIfAborted();
    try {
      return await action(attempt);
    } catch (error) {
      signal?.throwIfAborted();
      if (attempt >= attempts || !shouldRetry(error)) throw error;
      if (stop?.aborted) throw error;
      const ms = Math.max(
        random() * boundOf({ base, cap }, attempt),
        askedFor(error),
      );
      onRetry?.({ attempt, delay: ms, error });
      try {
        await wait(ms, { signal: anyOf(signal, stop) });
      } catch (reason) {
        signal?.throwIfAborted();
        throw stop?.aborted ? error : reason;
      }
    }
  }
}

/** Bound of the wait after the n-th try, in milliseconds. */
function boundOf(
  { base, cap }: Pick<Required<RetryTiming>, "base" | "cap">,
  attempt: number,
): number {
  return Math.min(cap, base * 2 ** (attempt - 1));
}

/** The number of tries, and the longest that the waits between them can take in all, in milliseconds, where no server asks for more. */
export function longestTrial(
  timing: RetryTiming = {},
): { attempts: number; waits: number } {
  const { attempts, ...bounds } = { ...TIMING, ...timing };
  let waits = 0;
  for (let n = 1; n < attempts; n++) waits += boundOf(bounds, n);
  return { attempts, waits };
}

function anyOf(...signals: (AbortSignal | undefined)[]) {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : given[0];
}

/** How long the server asks to wait, in milliseconds; five minutes at most. */
export function askedFor(error: unknown): number {
  if (!(error instanceof ServiceError)) return 0;
  return Math.min(error.retryAfter ?? 0, MAX_RETRY_AFTER);
}
