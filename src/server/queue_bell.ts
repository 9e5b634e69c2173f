/**
 * Waiting for messages: those who wait are woken when a queue may have one.
 *
 * @module
 */

/** Wakes those who wait for messages of a queue. */
export class QueueBell {
  readonly #waiting = new Map<string, Set<() => void>>();
  #ended = false;

  /** Whether no wait begins any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Resolves when the bell of the queue rings, after `ms` milliseconds, or when
   * the signal is aborted. Leaves neither a timer nor a listener behind.
   */
  async wait(queue: string, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#ended || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    const abort = () => resolve();
    signal.addEventListener("abort", abort, { once: true });
    const others = this.#waiting.get(queue) ?? new Set();
    this.#waiting.set(queue, others.add(resolve));
    await promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    others.delete(resolve);
    if (others.size === 0 && this.#waiting.get(queue) === others) {
      this.#waiting.delete(queue);
    }
  }

  /** Wakes all who wait for messages of a queue. */
  ring(queue: string): void {
    this.#waiting.get(queue)?.forEach((wake) => wake());
  }

  /** Wakes everybody, and lets nobody wait from now on. */
  end(): void {
    this.#ended = true;
    for (const queue of this.#waiting.keys()) this.ring(queue);
  }
}
