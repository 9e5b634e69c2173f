/**
 * How many requests may be under way at a time, when a service or a line may
 * have too much to do: half as many as were when it said so, and then one more
 * for as many successes as there may be under way (ten at least), up to what was
 * wanted.
 *
 * @module
 */

/** So many successes it takes at least for one more: where there are few, one is much. */
const FEWEST_SUCCESSES = 10;

/** A number that goes down by half and up by one. */
export class AdaptiveLimit {
  readonly #most: number;
  #limit: number;
  /** What the limit grows to until it is lifted. */
  #full: number;
  #successes = 0;
  #round = 0;

  /**
   * @param most what it begins with and grows back to; `Infinity` for none.
   * @throws {RangeError} unless `most` is a whole number from 1, or `Infinity`.
   */
  constructor(most: number = Infinity) {
    if (!(most === Infinity || (Number.isInteger(most) && most >= 1))) {
      throw new RangeError(`Not a number of requests: ${most}`);
    }
    this.#most = most;
    this.#full = most;
    this.#limit = most;
  }

  /** At least 1. */
  get limit(): number {
    return this.#limit;
  }

  /** Whether as many are let through as were wanted. */
  get isFull(): boolean {
    return this.#limit === this.#most;
  }

  /** To be kept with a request when it is sent: how often the limit had gone down by then. */
  get round(): number {
    return this.#round;
  }

  /** A request succeeded. */
  succeeded(): void {
    const needed = Math.max(this.#limit, FEWEST_SUCCESSES);
    if (this.isFull || ++this.#successes < needed) return;
    this.#successes = 0;
    this.#limit++;
    if (this.#limit >= this.#full) this.#limit = this.#full = this.#most;
  }

  /**
   * A request that was sent in `round` met with too much load, when so many
   * were under way, itself included. What was sent before the limit last went
   * down tells nothing of the limit as it is.
   */
  overloaded(round: number, underWay: number): void {
    if (round < this.#round) return;
    this.#round++;
    this.#successes = 0;
    const used = Math.min(this.#limit, underWay);
    // Without a limit of its own, the caller's is what was under way.
    if (this.#full === Infinity) this.#full = Math.max(2, used);
    this.#limit = Math.max(1, Math.floor(used / 2));
  }
}
