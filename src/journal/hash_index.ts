/**
 * Finds the numbers of things by hashes of what they are called.
 *
 * @module
 */

/** How full the table may be; beyond, looking something up gets slow. */
const MAX_LOAD = 0.6;

/**
 * An open hash table: 8 bytes for each place, and no object for any. What the
 * things are called is their owner's to compare.
 */
export class HashIndex {
  /** Pairs: the hash, and the number plus 1; 0 is an empty place. */
  #table: Uint32Array<ArrayBuffer>;
  #size = 0;

  /** @param expected how many things will come, as far as is known. */
  constructor(expected = 0) {
    let places = 1024;
    while (places * MAX_LOAD < expected) places *= 2;
    this.#table = new Uint32Array(2 * places);
  }

  /** The number of a thing with this hash that `isIt` says is the one; -1 where there is none. */
  find(hash: number, isIt: (number: number) => boolean): number {
    const table = this.#table;
    const mask = table.length - 1;
    let place = (hash << 1) & mask;
    while (table[place + 1] !== 0) {
      if (table[place] === hash) {
        const number = table[place + 1] - 1;
        if (isIt(number)) return number;
      }
      place = (place + 2) & mask;
    }
    return -1;
  }

  /** Adds a thing that isn't there, by its hash (32 bits, not negative) and its number (below 2³² - 1). */
  add(hash: number, number: number): void {
    if (this.#size >= this.#table.length / 2 * MAX_LOAD) this.#grow();
    put(this.#table, hash, number + 1);
    this.#size++;
  }

  /** Has what leads to one number lead to another one, which is called the same. */
  replace(hash: number, number: number, by: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let place = (hash << 1) & mask;
    while (table[place + 1] !== number + 1) place = (place + 2) & mask;
    table[place + 1] = by + 1;
  }

  #grow(): void {
    const old = this.#table;
    const table = new Uint32Array(2 * old.length);
    for (let place = 0; place < old.length; place += 2) {
      if (old[place + 1] !== 0) put(table, old[place], old[place + 1]);
    }
    this.#table = table;
  }
}

function put(table: Uint32Array, hash: number, value: number): void {
  const mask = table.length - 1;
  let place = (hash << 1) & mask;
  while (table[place + 1] !== 0) place = (place + 2) & mask;
  table[place] = hash;
  table[place + 1] = value;
}

/** A hash of no bytes yet; a different one in each process, so that nobody can choose names that share a place. */
export const EMPTY_HASH: number = crypto.getRandomValues(new Uint32Array(1))[0];

/** The hash with one byte more. */
export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

/** The hash of all bytes, each bit of which depends on each of them; 32 bits, not negative. */
export function finishHash(hash: number): number {
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}
