/**
 * The time by the service's clock, where this machine's is wrong: what is
 * recorded is compared with times of the service some day.
 *
 * @module
 */

import type { Clock } from "../platform.ts";

/** A clock that can be corrected. */
export class CorrectedClock implements Clock {
  readonly #clock: Clock;
  /** In milliseconds. */
  #ahead = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now() + this.#ahead;
  }

  /** From now on the time is so many milliseconds later than by the clock itself. */
  correct(ahead: number): void {
    this.#ahead = ahead;
  }
}
