/**
 * Doing many things a few at a time.
 *
 * @module
 */

/** A permit; dispose of it to give it back. */
export type Permit = Disposable;

/** Hands out at most so many permits at a time, first come first served. */
export class Semaphore {
  #free: number;
  readonly #waiting: { grant(): void }[] = [];

  /** @throws {RangeError} unless `permits` is a whole number from 1. */
  constructor(permits: number) {
    if (!Number.isInteger(permits) || permits < 1) {
      throw new RangeError(`Cannot hand out ${permits} permits`);
    }
    this.#free = permits;
  }

  /** Resolves to a permit when one is free; rejects with the signal's reason once it is aborted. */
  async acquire(options: { signal?: AbortSignal } = {}): Promise<Permit> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
      return this.#permit();
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { grant: resolve };
    const abort = () => {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
      reject(signal!.reason);
    };
    this.#waiting.push(waiter);
    signal?.addEventListener("abort", abort, { once: true });
    waiter.grant = () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    };
    await promise;
    return this.#permit();
  }

  #permit(): Permit {
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        // A permit goes straight to the next in line, so that nobody overtakes.
        const next = this.#waiting.shift();
        if (next) next.grant();
        else this.#free++;
      },
    };
  }
}

/**
 * Calls `work` with each item, at most `limit` at a time. An item is taken
 * from the source only when there is room for it, so a source of any length
 * needs no memory.
 *
 * Where a call rejects, or the source fails, or the signal is aborted, no
 * further item is taken; the promise settles only when every call that was
 * begun has settled. It rejects with the first error.
 */
export async function forEachBounded<T>(
  items: AsyncIterable<T> | Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  const { signal } = options;
  const room = new Semaphore(limit);
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  try {
    for await (const item of items) {
      const permit = await room.acquire({ signal });
      if (failures.length > 0) {
        permit[Symbol.dispose]();
        break;
      }
      const call = work(item)
        .catch((error) => void failures.push(error))
        .finally(() => {
          permit[Symbol.dispose]();
          running.delete(call);
        });
      running.add(call);
    }
  } catch (error) {
    failures.push(error);
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}
