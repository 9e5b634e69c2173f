/**
 * The archives of a journal in columns of numbers and one row of bytes: a
 * journal of millions fits into memory, and none of its archives is an object
 * before somebody asks for it.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { ByteArena } from "./byte_arena.ts";
import { EMPTY_HASH, finishHash, hashByte, HashIndex } from "./hash_index.ts";
import type { CreatedRecord } from "./record.ts";

/** An archive of the journal. */
export type JournalEntry = Readonly<Omit<CreatedRecord, "type">>;

/** What of an archive is numbers. */
export interface ArchiveNumbers {
  /** In whole seconds since 1970. */
  time: number;
  /** In bytes. */
  size: number;
  /** In whole seconds since 1970; NaN where unknown. */
  mtime: number;
}

/** Bytes of a tree hash. */
export const TREE_HASH_BYTES = 32;

const TAB = 0x09;
const LF = 0x0a;

/** The first archive of its name, in the order of the journal. */
const FIRST = 1;
const DELETED = 2;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/**
 * Archives by numbers that count from 0 in the order in which they came. One
 * that is deleted keeps its number.
 *
 * The text of each is its tree hash in 32 bytes, its ID, TAB, its name, LF;
 * neither of the two can hold a TAB or LF.
 */
export class ArchiveTable {
  readonly #text = new ByteArena();
  readonly #byArchive: HashIndex;
  /** Leads to the latest archive of each name in the order of the journal. */
  readonly #byName: HashIndex;
  #capacity: number;
  #count = 0;
  #time: Float64Array<ArrayBuffer>;
  #size: Float64Array<ArrayBuffer>;
  #mtime: Float64Array<ArrayBuffer>;
  /** Where the text begins. */
  #position: Float64Array<ArrayBuffer>;
  /** The next archive of the same name; the last leads back to the first. */
  #next: Uint32Array<ArrayBuffer>;
  #flags: Uint8Array<ArrayBuffer>;
  /** What is looked for. */
  #sought: Uint8Array = new Uint8Array(0);
  #soughtStart = 0;
  #soughtEnd = 0;
  #scratch = new Uint8Array(1024);

  /** @param expected how many archives will come, as far as is known. */
  constructor(expected = 0) {
    this.#byArchive = new HashIndex(expected);
    this.#byName = new HashIndex(expected);
    const capacity = Math.max(64, expected);
    this.#capacity = capacity;
    this.#time = new Float64Array(capacity);
    this.#size = new Float64Array(capacity);
    this.#mtime = new Float64Array(capacity);
    this.#position = new Float64Array(capacity);
    this.#next = new Uint32Array(capacity);
    this.#flags = new Uint8Array(capacity);
  }

  /** How many archives have come; those that were deleted count. */
  get count(): number {
    return this.#count;
  }

  /** Room for the text of an archive, which `add` keeps; less than 64 MiB. */
  reserve(length: number): { page: Uint8Array<ArrayBuffer>; offset: number } {
    return this.#text.reserve(length);
  }

  /**
   * Adds the archive whose text was written to where `reserve` said, with the
   * hashes of its ID and of its name, unless its ID is there already. Returns
   * whether it was added.
   *
   * @param idEnd where in the page its ID ends.
   * @param end where in the page its text ends, the LF included.
   */
  add(
    numbers: ArchiveNumbers,
    idHash: number,
    nameHash: number,
    idEnd: number,
    end: number,
  ): boolean {
    const { page, offset } = this.#text.reserve(0);
    this.#seek(page, offset + TREE_HASH_BYTES, idEnd + 1);
    if (this.#byArchive.find(idHash, this.#hasId) >= 0) return false;
    this.#seek(page, idEnd + 1, end);
    const latest = this.#byName.find(nameHash, this.#hasName);
    if (this.#count === this.#capacity) this.#grow();
    const n = this.#count++;
    this.#time[n] = numbers.time;
    this.#size[n] = numbers.size;
    this.#mtime[n] = numbers.mtime;
    this.#position[n] = this.#text.keep(end - offset);
    this.#byArchive.add(idHash, n);
    if (latest < 0) {
      this.#next[n] = n;
      this.#flags[n] = FIRST;
      this.#byName.add(nameHash, n);
    } else {
      this.#next[n] = this.#next[latest];
      this.#next[latest] = n;
      this.#byName.replace(nameHash, latest, n);
    }
    return true;
  }

  /** Adds a record, unless its ID is there already; returns whether it was added. */
  addRecord(record: JournalEntry): boolean {
    const { time, size, mtime, archiveId, treeHash, name } = record;
    // A unit of UTF-16 takes 3 bytes at most.
    const longest = TREE_HASH_BYTES + archiveId.length + 3 * name.length + 2;
    const { page, offset } = this.reserve(longest);
    for (let i = 0; i < TREE_HASH_BYTES; i++) {
      page[offset + i] = parseInt(treeHash.slice(2 * i, 2 * i + 2), 16);
    }
    const idStart = offset + TREE_HASH_BYTES;
    const idEnd = idStart + write(archiveId, page, idStart);
    page[idEnd] = TAB;
    const nameEnd = idEnd + 1 + write(name, page, idEnd + 1);
    page[nameEnd] = LF;
    return this.add(
      { time, size, mtime: mtime ?? NaN },
      hashOf(page, idStart, idEnd),
      hashOf(page, idEnd + 1, nameEnd),
      idEnd,
      nameEnd + 1,
    );
  }

  /** The number of an archive; -1 where there never was one of that ID. */
  find(archiveId: string): number {
    return this.#byArchive.find(
      this.#seekText(`${archiveId}\t`),
      this.#hasId,
    );
  }

  /** The archives of a name that were not deleted, in the order of the journal. */
  ofName(name: string): number[] {
    const hash = this.#seekText(`${name}\n`);
    const latest = this.#byName.find(hash, this.#hasName);
    return latest < 0 ? [] : this.#from(this.#next[latest]);
  }

  /** The archives of a name that were not deleted, where `n` is the first that ever had it; none where it isn't. */
  ofFirst(n: number): number[] {
    return this.#flags[n] & FIRST ? this.#from(n) : [];
  }

  /** Those of the same name that were not deleted, from the first on. */
  #from(first: number): number[] {
    const found: number[] = [];
    let n = first;
    do {
      if (!this.isDeleted(n)) found.push(n);
      n = this.#next[n];
    } while (n !== first);
    return found;
  }

  /** Whether another archive of the same name was not deleted. */
  hasOthers(n: number): boolean {
    for (let i = this.#next[n]; i !== n; i = this.#next[i]) {
      if (!this.isDeleted(i)) return true;
    }
    return false;
  }

  isDeleted(n: number): boolean {
    return (this.#flags[n] & DELETED) !== 0;
  }

  markDeleted(n: number): void {
    this.#flags[n] |= DELETED;
  }

  /** When it was recorded. */
  timeOf(n: number): number {
    return this.#time[n];
  }

  /** By what versions are compared first: the modification time, or that of the record where it is unknown. */
  ageOf(n: number): number {
    const mtime = this.#mtime[n];
    return Number.isNaN(mtime) ? this.#time[n] : mtime;
  }

  /** All that is known of an archive. */
  entry(n: number): JournalEntry {
    const page = this.#text.pageOf(this.#position[n]);
    const start = this.#text.offsetOf(this.#position[n]);
    const idStart = start + TREE_HASH_BYTES;
    const end = page.indexOf(LF, idStart);
    const text = decoder.decode(page.subarray(idStart, end));
    const idEnd = text.indexOf("\t");
    const mtime = this.#mtime[n];
    return {
      time: this.#time[n],
      archiveId: text.slice(0, idEnd),
      size: this.#size[n],
      mtime: Number.isNaN(mtime) ? null : mtime,
      treeHash: toHex(page.subarray(start, idStart)),
      name: text.slice(idEnd + 1),
    };
  }

  /** Looks for a text with the byte that ends it; returns its hash without that. */
  #seekText(text: string): number {
    if (3 * text.length > this.#scratch.length) {
      this.#scratch = new Uint8Array(6 * text.length);
    }
    const { written } = encoder.encodeInto(text, this.#scratch);
    this.#seek(this.#scratch, 0, written);
    return hashOf(this.#scratch, 0, written - 1);
  }

  #seek(bytes: Uint8Array, start: number, end: number): void {
    this.#sought = bytes;
    this.#soughtStart = start;
    this.#soughtEnd = end;
  }

  /** Whether an archive's text has what is looked for, with the TAB behind it, where its ID begins. */
  readonly #hasId = (n: number): boolean => {
    const position = this.#position[n];
    return this.#isAt(
      this.#text.pageOf(position),
      this.#text.offsetOf(position) + TREE_HASH_BYTES,
    );
  };

  /** The same, with the LF behind it, where its name begins. */
  readonly #hasName = (n: number): boolean => {
    const position = this.#position[n];
    const page = this.#text.pageOf(position);
    const start = this.#text.offsetOf(position) + TREE_HASH_BYTES;
    return this.#isAt(page, page.indexOf(TAB, start) + 1);
  };

  #isAt(page: Uint8Array, offset: number): boolean {
    const sought = this.#sought;
    for (let i = this.#soughtStart; i < this.#soughtEnd; i++) {
      if (page[offset++] !== sought[i]) return false;
    }
    return true;
  }

  #grow(): void {
    const capacity = 2 * this.#capacity;
    this.#time = widened(this.#time, new Float64Array(capacity));
    this.#size = widened(this.#size, new Float64Array(capacity));
    this.#mtime = widened(this.#mtime, new Float64Array(capacity));
    this.#position = widened(this.#position, new Float64Array(capacity));
    this.#next = widened(this.#next, new Uint32Array(capacity));
    this.#flags = widened(this.#flags, new Uint8Array(capacity));
    this.#capacity = capacity;
  }
}

type Column =
  | Float64Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>;

function widened<C extends Column>(column: C, wider: C): C {
  wider.set(column);
  return wider;
}

/** In lower case; by the runtime itself where it can. */
function toHex(bytes: Uint8Array): string {
  const quick = bytes as Uint8Array & { toHex?(): string };
  return quick.toHex ? quick.toHex() : encodeHex(bytes);
}

function write(text: string, page: Uint8Array, offset: number): number {
  return encoder.encodeInto(text, page.subarray(offset)).written;
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = EMPTY_HASH;
  for (let i = start; i < end; i++) hash = hashByte(hash, bytes[i]);
  return finishHash(hash);
}
