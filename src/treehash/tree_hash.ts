/**
 * Glacier's SHA-256 tree hash.
 *
 * The leaves are the SHA-256 of each 1 MiB of the content, the last one of
 * what remains. Neighbours are hashed together pair by pair, level by level;
 * an odd node at the end moves up as it is. ("Computing Checksums" in the
 * Glacier developer guide.)
 *
 * A tree hash of no bytes does not exist: the service stores no empty archive.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";

/**
 * Bytes under one leaf of the tree: 1,048,576, which is 1 MiB. ("Computing
 * Checksums" in the Glacier developer guide)
 *
 * @example How many leaves a content has
 * ```ts
 * import { LEAF_SIZE } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(Math.ceil(5_000_000 / LEAF_SIZE), 5);
 * ```
 */
export const LEAF_SIZE: number = 1024 * 1024;

/** A SHA-256 function: 32 bytes of any number. */
export type Sha256 = (
  bytes: Uint8Array<ArrayBuffer>,
) => Promise<Uint8Array<ArrayBuffer>> | Uint8Array<ArrayBuffer>;

/** SHA-256 by Web Crypto. */
export async function sha256(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** A complete subtree: the hash at its top, and the bytes under it. */
interface Subtree {
  hash: Uint8Array<ArrayBuffer>;
  /** Number of leaves; a power of two, but for the last subtree of a content. */
  leaves: number;
}

/**
 * Computes a tree hash from content that comes in chunks of any size, or from
 * the tree hashes of its parts. Keeps one leaf of bytes and one hash for each
 * level, whatever the length of the content. ("Computing Checksums" in the
 * Glacier developer guide)
 *
 * Calls to `update` must not overlap: await each before the next.
 *
 * @example Content as it comes
 * ```ts
 * import { TreeHash } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const hash = new TreeHash();
 * for await (const chunk of new Blob(["a few notes.\n"]).stream()) {
 *   await hash.update(chunk);
 * }
 * assertEquals(hash.size, 13);
 * // Up to 1 MiB it is the SHA-256 of the bytes ("Computing Checksums" in the
 * // Glacier developer guide).
 * assertEquals(
 *   await hash.hexDigest(),
 *   "bc6e61c673b0d8597517cfd1decc795c1a59e91dcf1a76ed13c3ec95c816cca0",
 * );
 * ```
 */
export class TreeHash {
  readonly #sha256: Sha256;
  /** Subtrees so far, largest first, no two of the same size. */
  readonly #subtrees: Subtree[] = [];
  /** Made when first needed: content that comes leaf by leaf never is copied. */
  #leaf: Uint8Array<ArrayBuffer> | undefined;
  #leafLength = 0;
  #size = 0;
  /** A part was appended after which nothing can come. */
  #ended = false;

  /** `sha256`: computes hashes in the place of Web Crypto, a faster one say. */
  constructor(options: { sha256?: Sha256 } = {}) {
    this.#sha256 = options.sha256 ?? sha256;
  }

  /** Bytes taken in so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes in the next bytes. They may be reused once the promise resolves.
   *
   * @throws {RangeError} after a part was appended that can only be the last.
   */
  async update(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#ended) throw new RangeError("Cannot hash on after a last part");
    let offset = 0;
    while (offset < chunk.length) {
      const rest = chunk.length - offset;
      if (this.#leafLength === 0 && rest >= LEAF_SIZE) {
        const leaf = chunk.subarray(offset, offset + LEAF_SIZE);
        await this.#push({ hash: await this.#sha256(leaf), leaves: 1 });
        this.#size += LEAF_SIZE;
        offset += LEAF_SIZE;
        continue;
      }
      this.#leaf ??= new Uint8Array(LEAF_SIZE);
      const taken = Math.min(rest, LEAF_SIZE - this.#leafLength);
      this.#leaf.set(chunk.subarray(offset, offset + taken), this.#leafLength);
      this.#leafLength += taken;
      this.#size += taken;
      offset += taken;
      if (this.#leafLength === LEAF_SIZE) await this.#flushLeaf();
    }
  }

  /**
   * Takes in the next `size` bytes by their tree hash alone.
   *
   * @throws {RangeError} where those bytes are no subtree of the whole: they
   * must begin at a multiple of their own length rounded up to 1 MiB times a
   * power of two, and nothing can follow a part that is not of such a length.
   *
   * @example Of the hashes of leaves, and bytes after them
   * ```ts
   * import { LEAF_SIZE, TreeHash, treeHash } from "@moraine/moraine";
   * import { assertEquals } from "@std/assert";
   *
   * const content = new Uint8Array(2 * LEAF_SIZE + 5).fill(7);
   * const hash = new TreeHash();
   * for (const start of [0, LEAF_SIZE]) {
   *   const leaf = content.slice(start, start + LEAF_SIZE);
   *   await hash.append(await treeHash(leaf), LEAF_SIZE);
   * }
   * await hash.update(content.slice(2 * LEAF_SIZE));
   * assertEquals(await hash.digest(), await treeHash(content));
   * ```
   */
  async append(
    hash: Uint8Array<ArrayBuffer>,
    size: number,
  ): Promise<void> {
    const leaves = Math.ceil(size / LEAF_SIZE);
    if (!(size > 0) || !Number.isSafeInteger(size)) {
      throw new RangeError(`Cannot append a part of ${size} bytes`);
    }
    const span = ceilPowerOfTwo(leaves);
    if (this.#ended || this.#size % (LEAF_SIZE * span) !== 0) {
      throw new RangeError(
        `Cannot append a part of ${size} bytes at offset ${this.#size}: it is not a subtree`,
      );
    }
    await this.#push({ hash, leaves });
    this.#size += size;
    this.#ended = size !== LEAF_SIZE * span;
  }

  /**
   * The tree hash of everything taken in, 32 bytes; taking in more afterwards
   * is possible.
   *
   * @throws {RangeError} where nothing was taken in.
   */
  async digest(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#size === 0) throw new RangeError("Cannot hash no bytes");
    let root = this.#leafLength > 0
      ? await this.#sha256(this.#leaf!.subarray(0, this.#leafLength))
      : undefined;
    for (const { hash } of this.#subtrees.toReversed()) {
      root = root === undefined ? hash : await this.#join(hash, root);
    }
    return root!;
  }

  /**
   * Like {@linkcode TreeHash.digest}, as 64 digits of lower-case hexadecimal.
   *
   * @throws {RangeError} where nothing was taken in.
   */
  async hexDigest(): Promise<string> {
    return encodeHex(await this.digest());
  }

  async #flushLeaf(): Promise<void> {
    const hash = await this.#sha256(this.#leaf!);
    this.#leafLength = 0;
    await this.#push({ hash, leaves: 1 });
  }

  /** Adds a subtree and joins equals, as a carry runs through a binary number. */
  async #push(subtree: Subtree): Promise<void> {
    let { hash, leaves } = subtree;
    while (this.#subtrees.at(-1)?.leaves === leaves) {
      hash = await this.#join(this.#subtrees.pop()!.hash, hash);
      leaves *= 2;
    }
    this.#subtrees.push({ hash, leaves });
  }

  #join(left: Uint8Array, right: Uint8Array) {
    const pair = new Uint8Array(left.length + right.length);
    pair.set(left);
    pair.set(right, left.length);
    return this.#sha256(pair);
  }
}

/**
 * The tree hash of a whole content in memory, of 1 byte at least; 32 bytes.
 * ("Computing Checksums" in the Glacier developer guide)
 *
 * @throws {RangeError} where there are no bytes.
 *
 * @example Of bytes in memory
 * ```ts
 * import { type Sha256, treeHash } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const sha256: Sha256 = async (bytes) =>
 *   new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
 * const bytes = new Uint8Array(2 * 1024 * 1024);
 * // Two leaves of the same bytes.
 * const leaf = await sha256(bytes.slice(1024 * 1024));
 * const root = await sha256(new Uint8Array([...leaf, ...leaf]));
 * assertEquals(await treeHash(bytes, { sha256 }), root);
 * ```
 */
export async function treeHash(
  bytes: Uint8Array<ArrayBuffer>,
  options: { sha256?: Sha256 } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const hash = new TreeHash(options);
  await hash.update(bytes);
  return await hash.digest();
}

/** A part of a content, by its tree hash. */
export interface HashedPart {
  /** Tree hash of the part, 32 bytes. */
  hash: Uint8Array<ArrayBuffer>;
  /** Size in bytes. */
  size: number;
}

/**
 * The tree hash of a content from those of its parts in their order. All but
 * the last have the same size, 1 MiB times a power of two; the last is not
 * larger; the result has 32 bytes. ("Computing Checksums" in the Glacier
 * developer guide)
 *
 * @throws {RangeError} where there are no parts, or a part is no subtree.
 *
 * @example Of an upload in parts
 * ```ts
 * import { combineParts, type HashedPart, treeHash } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const content = new Uint8Array(5_000_000).fill(7);
 * const partSize = 2 * 1024 * 1024;
 * const parts: HashedPart[] = [];
 * for (let offset = 0; offset < content.length; offset += partSize) {
 *   const bytes = content.slice(offset, offset + partSize);
 *   parts.push({ hash: await treeHash(bytes), size: bytes.length });
 * }
 * assertEquals(await combineParts(parts), await treeHash(content));
 * ```
 */
export async function combineParts(
  parts: Iterable<HashedPart>,
  options: { sha256?: Sha256 } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const hash = new TreeHash(options);
  for (const part of parts) await hash.append(part.hash, part.size);
  return await hash.digest();
}

/**
 * Whether the tree hash of the bytes from `start` up to but not including
 * `end` is a node in the tree of a content of `size` bytes. Only then does the
 * service send a checksum with a range. All three in bytes; a range that is
 * none, such as one beyond `size`, is no node. ("Receiving Checksums When
 * Downloading Data" in the Glacier developer guide)
 *
 * @example Ranges that come with a checksum
 * ```ts
 * import { isTreeHashAligned, LEAF_SIZE } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const size = 10 * LEAF_SIZE;
 * assertEquals(isTreeHashAligned(4 * LEAF_SIZE, 8 * LEAF_SIZE, size), true);
 * // 4 MiB of it are no node of the tree when they begin at 2 MiB.
 * assertEquals(isTreeHashAligned(2 * LEAF_SIZE, 6 * LEAF_SIZE, size), false);
 * ```
 */
export function isTreeHashAligned(
  start: number,
  end: number,
  size: number,
): boolean {
  if (!isMebibyteAligned(start, end, size)) return false;
  const leaves = Math.ceil((end - start) / LEAF_SIZE);
  const span = ceilPowerOfTwo(leaves);
  if (end < size && span !== leaves) return false;
  return (start / LEAF_SIZE) % span === 0;
}

/**
 * Whether a job may retrieve the bytes from `start` up to but not including
 * `end` of an archive of `size` bytes: both at a multiple of 1 MiB, or `end`
 * at the archive's end. All three in bytes. ("Initiate Job" in the Glacier
 * developer guide)
 *
 * @example Ranges that a job can retrieve
 * ```ts
 * import { isMebibyteAligned, LEAF_SIZE } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(isMebibyteAligned(LEAF_SIZE, 3 * LEAF_SIZE, 5_000_000), true);
 * assertEquals(isMebibyteAligned(LEAF_SIZE, 5_000_000, 5_000_000), true);
 * assertEquals(isMebibyteAligned(1_000_000, 5_000_000, 5_000_000), false);
 * ```
 */
export function isMebibyteAligned(
  start: number,
  end: number,
  size: number,
): boolean {
  if (!(start >= 0 && start < end && end <= size)) return false;
  return start % LEAF_SIZE === 0 && (end % LEAF_SIZE === 0 || end === size);
}

/** The smallest power of two that is not smaller than `n`; exact up to 2⁵³. */
function ceilPowerOfTwo(n: number): number {
  let power = 1;
  while (power < n) power *= 2;
  return power;
}
