/**
 * Chance that can be repeated: numbers and bytes that follow from a seed.
 *
 * @module
 */

/** A generator of numbers (xorshift of 32 bits; the seed must not be 0). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
    // The first numbers of neighbouring seeds are alike.
    for (let i = 0; i < 10; i++) this.next();
  }

  /** From 0 up to but not including 1. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 up to but not including `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** A whole number between two, both included. */
  between(first: number, last: number): number {
    return first + this.below(last - first + 1);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of them; `undefined` where there is none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }
}

/** Bytes that follow from a seed. */
export function bytesOf(seed: number, size: number): Uint8Array<ArrayBuffer> {
  const random = new Random(seed);
  const words = new Uint32Array(Math.ceil(size / 4));
  for (let i = 0; i < words.length; i++) words[i] = random.next() * 2 ** 32;
  return new Uint8Array(words.buffer).subarray(0, size);
}
