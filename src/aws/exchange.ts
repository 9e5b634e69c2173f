/**
 * The life of one request, from the first byte sent to the last one read: one
 * signal that ends it, for the caller's reason or because time is up.
 *
 * @module
 */

/** One request and its answer. Dispose of it when the answer's body is released. */
export class Exchange implements Disposable {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  /** When time is up, by `performance.now()`, and the error then; `undefined` where nothing is waited for. */
  #limit: { deadline: number; error: () => Error } | undefined;
  /** The timer, and when it goes off: at the deadline or before. */
  #timer: { id: ReturnType<typeof setTimeout>; at: number } | undefined;

  // Linked by hand instead of by AbortSignal.any(): a run of millions of
  // requests has one signal, which must not remember any of them.
  readonly #onAbort = () => this.#controller.abort(this.#caller?.reason);

  /** Ends when `caller` is aborted, for its reason. */
  constructor(caller?: AbortSignal) {
    this.#caller = caller;
    if (caller?.aborted) this.#onAbort();
    else caller?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Aborted when the exchange must end; its reason is the error to reject with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the exchange with `error()` after `ms` milliseconds, unless disarmed before. */
  arm(ms: number, error: () => Error): void {
    const deadline = performance.now() + ms;
    this.#limit = { deadline, error };
    // A body comes in thousands of pieces, each of which is waited for: one
    // timer serves them all, and looks when it goes off how far they are.
    if (this.#timer === undefined || this.#timer.at > deadline) {
      this.#setTimer(ms);
    }
  }

  /** Stops the clock. */
  disarm(): void {
    this.#limit = undefined;
  }

  #setTimer(ms: number): void {
    clearTimeout(this.#timer?.id);
    const id = setTimeout(() => this.#look(), ms);
    this.#timer = { id, at: performance.now() + ms };
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#limit === undefined) return;
    const left = this.#limit.deadline - performance.now();
    // Timers may go off a moment too soon.
    if (left > 1) this.#setTimer(left);
    else this.#controller.abort(this.#limit.error());
  }

  /**
   * Settles like `promise`, or rejects with the signal's reason where that is
   * first: not everything that is waited for knows of signals.
   */
  async race<T>(promise: Promise<T>): Promise<T> {
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(this.signal.reason);
    if (this.signal.aborted) onAbort();
    else this.signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([ended, promise]);
    } finally {
      this.signal.removeEventListener("abort", onAbort);
    }
  }

  [Symbol.dispose](): void {
    this.disarm();
    clearTimeout(this.#timer?.id);
    this.#caller?.removeEventListener("abort", this.#onAbort);
  }
}
