/**
 * When to stop repeating requests altogether: each has its own number of tries,
 * but where none succeeds for long, the service or the line is out of order,
 * and every further request would only wait in vain as long as the one before.
 *
 * @module
 */

/** Options for {@linkcode RetryBudget}. */
export interface RetryBudgetOptions {
  /** How long failures may go on, in milliseconds. */
  patience: number;
  /** How many failures there must be as well: two on a slow line can be far apart. */
  failures: number;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
}

/** The patience of all requests of a client together. Any success restores it. */
export class RetryBudget {
  readonly #options: RetryBudgetOptions;
  #failures = 0;
  #since = 0;

  constructor(options: RetryBudgetOptions) {
    this.#options = options;
  }

  /** How long failures may go on, in milliseconds. */
  get patience(): number {
    return this.#options.patience;
  }

  /** Whether what failed may be tried again. */
  get isLeft(): boolean {
    const { failures, patience } = this.#options;
    if (this.#failures < failures) return true;
    return this.#now() - this.#since < patience;
  }

  /** The service answered a request, and not by asking to come back later. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** A request failed in a way that may pass. */
  failed(): void {
    if (this.#failures++ === 0) this.#since = this.#now();
  }

  #now(): number {
    return (this.#options.now ?? performance.now.bind(performance))();
  }
}
