/**
 * A set that remembers texts by their hashes alone.
 *
 * @module
 */

/** How full the table may be; beyond, looking something up gets slow. */
const MAX_LOAD = 0.7;

/**
 * Tells whether a text came before, for millions of them: takes about 20 bytes
 * for each, whatever its length, where a set of the texts would take hundreds.
 *
 * With a probability of n² / 2^54 one of n texts is taken for another one; so
 * "came before" is a suspicion, and "is new" is certain.
 */
export class HashSet {
  /** Hashes at the places that they lead to, or behind; 0 is an empty place. */
  #table = new Float64Array(1024);
  #size = 0;

  /** Adds a text; returns whether it is new. */
  add(text: string): boolean {
    if (this.#size >= this.#table.length * MAX_LOAD) this.#grow();
    const isNew = put(this.#table, hashOf(text));
    if (isNew) this.#size++;
    return isNew;
  }

  /** Whether a text, or another one of the same hash, was added. */
  has(text: string): boolean {
    const hash = hashOf(text);
    return this.#table[placeOf(this.#table, hash)] === hash;
  }

  #grow(): void {
    const table = new Float64Array(this.#table.length * 2);
    for (const hash of this.#table) if (hash !== 0) put(table, hash);
    this.#table = table;
  }
}

/** Where a hash is in the table, or would be put. */
function placeOf(table: Float64Array, hash: number): number {
  const mask = table.length - 1;
  // Its low 32 bits: the table is never larger.
  let place = (hash >>> 0) & mask;
  while (table[place] !== 0 && table[place] !== hash) {
    place = (place + 1) & mask;
  }
  return place;
}

function put(table: Float64Array, hash: number): boolean {
  const place = placeOf(table, hash);
  if (table[place] === hash) return false;
  table[place] = hash;
  return true;
}

/**
 * A hash of 53 bits, but never 0: two multiplicative hashes of 32 bits whose
 * bits are mixed at the end.
 */
function hashOf(text: string): number {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul((b << 5 | b >>> 27) ^ code, 0xcc9e2d51);
  }
  a = mix(a ^ b >>> 7);
  b = mix(b ^ a);
  return (a >>> 11) * 2 ** 32 + (b >>> 0) || 1;
}

/** Spreads each bit over all others. */
function mix(bits: number): number {
  bits = Math.imul(bits ^ bits >>> 16, 0x85ebca6b);
  bits = Math.imul(bits ^ bits >>> 13, 0xc2b2ae35);
  return bits ^ bits >>> 16;
}
