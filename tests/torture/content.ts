/**
 * Contents of files: bytes that follow from a number, and their tree hash.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import { bytesOf } from "../random.ts";

/** What a file holds. Two of the same seed and size are the same. */
export interface Content {
  seed: number;
  /** In bytes. */
  size: number;
}

/** Makes the bytes and hashes of contents, each once. */
export class Contents {
  readonly #bytes = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #hashes = new Map<string, string>();

  bytes({ seed, size }: Content): Uint8Array<ArrayBuffer> {
    const key = `${seed} ${size}`;
    const known = this.#bytes.get(key);
    if (known) return known;
    const made = bytesOf(seed, size);
    this.#bytes.set(key, made);
    return made;
  }

  /** Hashes contents, so that `hash` knows them. */
  async learn(contents: Iterable<Content>): Promise<void> {
    for (const content of contents) {
      if (content.size === 0) continue;
      const hash = encodeHex(await treeHash(this.bytes(content)));
      this.#hashes.set(`${content.seed} ${content.size}`, hash);
    }
  }

  /** The tree hash in lower-case hexadecimal of a content that was learnt. */
  hash({ seed, size }: Content): string {
    const hash = this.#hashes.get(`${seed} ${size}`);
    if (hash === undefined) throw new Error(`Never hashed: ${seed} ${size}`);
    return hash;
  }

  /** The bytes of the content with a hash; `undefined` where there is none. */
  bytesOfHash(hash: string): Uint8Array<ArrayBuffer> | undefined {
    for (const [key, known] of this.#hashes) {
      if (known === hash) return this.#bytes.get(key);
    }
    return undefined;
  }
}
