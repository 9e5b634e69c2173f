/**
 * The gate that all requests of a client go through, so that together they can
 * be fewer where the service throttles or the line is too slow for so many.
 *
 * Whoever is in holds up those who wait. So nobody may wait for the gate while
 * being in: what is in must come out by itself, after the answer or a time-out.
 *
 * @module
 */

import { AdaptiveLimit } from "./adaptive_limit.ts";

/** Leave to send a request. Dispose of it when the answer is there. */
export interface Pass extends Disposable {
  /** The request was answered, and not for being one too many. */
  succeeded(): void;
  /** It met with a service that throttles, or a line with too much to do. */
  overloaded(): void;
}

/** How many may be in from now on. */
export interface LimitChange {
  /** `Infinity` where the only limit is the caller's. */
  limit: number;
  /** Whether that is all that was wanted. */
  full: boolean;
}

/** Options for {@linkcode Gate}. */
export interface GateOptions {
  /** How many may be in at a time; any number where absent. */
  most?: number;
  /** Called when the limit goes down, and when it is back where it was. */
  onChange?: (change: LimitChange) => void;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
}

/** Lets requests through, first come first served. */
export class Gate {
  readonly #limit: AdaptiveLimit;
  readonly #options: GateOptions;
  readonly #waiting = new Set<() => void>();
  #inside = 0;
  #closedUntil = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @throws {RangeError} unless `most` is a whole number from 1. */
  constructor(options: GateOptions = {}) {
    this.#options = options;
    this.#limit = new AdaptiveLimit(options.most);
  }

  /** How many may be in now. */
  get limit(): number {
    return this.#limit.limit;
  }

  /**
   * Resolves when there is room; rejects with the signal's reason once it is
   * aborted. `stop`, once aborted, ends the waiting too: what has begun is
   * seen through, and need not stand in line for it.
   */
  async enter(
    { signal, stop }: { signal?: AbortSignal; stop?: AbortSignal } = {},
  ): Promise<Pass> {
    signal?.throwIfAborted();
    const free = this.#waiting.size === 0 && this.#hasRoom() &&
      this.#closedFor() <= 0;
    if (free || stop?.aborted) this.#inside++;
    else await this.#wait(signal, stop);
    return this.#pass();
  }

  /** Lets nobody in for so many milliseconds from now. */
  close(ms: number): void {
    this.#closedUntil = Math.max(this.#closedUntil, this.#now() + ms);
  }

  #now(): number {
    return (this.#options.now ?? performance.now.bind(performance))();
  }

  #hasRoom(): boolean {
    return this.#inside < this.#limit.limit;
  }

  /** For how many milliseconds nobody is let in; not more than 0 where it is open. */
  #closedFor(): number {
    if (this.#closedUntil === -Infinity) return 0;
    return this.#closedUntil - this.#now();
  }

  #wait(signal?: AbortSignal, stop?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(go);
        signal?.removeEventListener("abort", onAbort);
        stop?.removeEventListener("abort", onStop);
      };
      const go = () => {
        leave();
        this.#inside++;
        resolve();
      };
      const onAbort = () => {
        leave();
        reject(signal!.reason);
        this.#letIn();
      };
      const onStop = () => {
        go();
        this.#letIn();
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      stop?.addEventListener("abort", onStop, { once: true });
      this.#waiting.add(go);
      this.#letIn();
    });
  }

  /** Lets in who there is room for; where it is closed, looks again when it opens. */
  #letIn(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.size === 0) return;
    // Asked for once: were it to open between two looks at the clock, nobody
    // would ever look again.
    const closed = this.#closedFor();
    if (closed > 0) {
      this.#timer = setTimeout(() => this.#letIn(), Math.ceil(closed));
      return;
    }
    for (const first of this.#waiting) {
      if (!this.#hasRoom()) return;
      first();
    }
  }

  #pass(): Pass {
    const { round } = this.#limit;
    let held = true;
    const report = (outcome: () => void) => {
      const { limit, isFull } = this.#limit;
      outcome();
      const now = this.#limit;
      if (now.limit < limit || now.isFull !== isFull) {
        this.#options.onChange?.({ limit: now.limit, full: now.isFull });
      }
    };
    return {
      succeeded: () => report(() => this.#limit.succeeded()),
      overloaded: () =>
        report(() => this.#limit.overloaded(round, this.#inside)),
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#inside--;
        this.#letIn();
      },
    };
  }
}
