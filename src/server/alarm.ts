/**
 * Waiting for a time of the server's clock.
 *
 * @module
 */

import type { Clock } from "../platform.ts";

/**
 * The longest wait, in milliseconds. The clock can be moved, and nothing tells
 * when it is.
 */
const LONGEST_WAIT = 1000;

/** One timer. Disposing of it leaves none behind, and lets none begin. */
export class Alarm implements Disposable {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #disposed = false;

  /** Calls `ring` at the time that was set, or before: it finds out whether the time has come. */
  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Sets the time, in place of any other; `null` for none. */
  set(time: number | null): void {
    clearTimeout(this.#timer);
    if (time === null || this.#disposed) return;
    const wait = Math.max(time - this.#clock.now(), 0);
    this.#timer = setTimeout(this.#ring, Math.min(wait, LONGEST_WAIT));
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }
}
