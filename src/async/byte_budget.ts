/**
 * Bounding how many bytes are held at a time.
 *
 * @module
 */

/** Hands out bytes of a budget, first come first served. */
export class ByteBudget {
  readonly #all: number;
  #free: number;
  readonly #waiting: { bytes: number; grant(): void }[] = [];

  /** @throws {RangeError} unless `bytes` is a whole number from 1. */
  constructor(bytes: number) {
    if (!Number.isSafeInteger(bytes) || bytes < 1) {
      throw new RangeError(`Cannot hand out ${bytes} bytes`);
    }
    this.#all = bytes;
    this.#free = bytes;
  }

  /**
   * Resolves when so many bytes are free; dispose of what comes to give them
   * back. More than there are in all are there when nobody else has any.
   * Rejects with the signal's reason once it is aborted.
   */
  async take(
    bytes: number,
    options: { signal?: AbortSignal } = {},
  ): Promise<Disposable> {
    const { signal } = options;
    signal?.throwIfAborted();
    const taken = Math.min(bytes, this.#all);
    if (this.#waiting.length === 0 && taken <= this.#free) {
      this.#free -= taken;
    } else await this.#wait(taken, signal);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#free += taken;
        this.#grant();
      },
    };
  }

  async #wait(bytes: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { bytes, grant: resolve };
    const abort = () => {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      reject(signal!.reason);
      // It may have been the only one for whom there was no room.
      this.#grant();
    };
    signal?.addEventListener("abort", abort, { once: true });
    waiter.grant = () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    };
    this.#waiting.push(waiter);
    await promise;
  }

  #grant(): void {
    while (this.#waiting.length > 0 && this.#waiting[0].bytes <= this.#free) {
      const next = this.#waiting.shift()!;
      this.#free -= next.bytes;
      next.grant();
    }
  }
}
