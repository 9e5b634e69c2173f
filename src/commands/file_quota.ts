/**
 * The limit on how many files a run does something with.
 *
 * @module
 */

/**
 * Counts files against `--max-number-of-files`. One of which it is not known
 * yet whether anything will be done with it takes its place meanwhile, and may
 * give it back.
 */
export class FileQuota {
  readonly #max: number;
  #taken = 0;
  /** Of those taken, how many may yet be given back. */
  #open = 0;
  #changed = Promise.withResolvers<void>();

  /** @param max at least 1; no limit where absent. */
  constructor(max: number = Infinity) {
    this.#max = max;
  }

  /** Takes a place for good; waits while one may be given back. Resolves to false where there is none. */
  async take(): Promise<boolean> {
    while (this.#taken >= this.#max) {
      if (this.#open === 0) return false;
      await this.#changed.promise;
    }
    this.#taken++;
    return true;
  }

  /** Takes a place that `settle` keeps or gives back. */
  async takeOpen(): Promise<boolean> {
    if (!await this.take()) return false;
    this.#open++;
    return true;
  }

  /** Says what became of an open place. */
  settle(outcome: "kept" | "givenBack"): void {
    this.#open--;
    if (outcome === "givenBack") this.#taken--;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** Items, as long as there are places; `isOpen` tells those that may give theirs back. */
export async function* withinQuota<T>(
  items: AsyncIterable<T> | Iterable<T>,
  quota: FileQuota,
  isOpen: (item: T) => boolean = () => false,
): AsyncGenerator<T> {
  for await (const item of items) {
    if (!await (isOpen(item) ? quota.takeOpen() : quota.take())) return;
    yield item;
  }
}
