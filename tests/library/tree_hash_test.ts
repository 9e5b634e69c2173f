/**
 * The library's tree hash, against botocore's. Like all tests in this folder it
 * uses nothing that only Deno has: `deno task check-npm` runs them under Node,
 * against the npm package.
 *
 * @module
 */

import { assertEquals, assertGreater } from "@std/assert";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { combineParts, LEAF_SIZE, TreeHash, treeHash } from "../../mod.ts";

interface Vectors {
  vectors: { size: number; treeHash: string }[];
}

const { vectors }: Vectors = JSON.parse(
  readFileSync(
    new URL("../vectors/tree_hash.json", import.meta.url),
    "utf8",
  ),
);

/** The payload of the vectors: byte i is (i·31 + 7 + ⌊i/256⌋) mod 256. */
function vectorPayload(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = i * 31 + 7 + Math.floor(i / 256);
  return bytes;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

test("the vectors are there", () => {
  assertGreater(vectors.length, 15);
});

for (const vector of vectors) {
  test(`the tree hash of ${vector.size} bytes, at once, in pieces and in parts`, async () => {
    const payload = vectorPayload(vector.size);
    assertEquals(hex(await treeHash(payload)), vector.treeHash);

    const hash = new TreeHash();
    for (let start = 0; start < payload.length; start += 777_777) {
      await hash.update(payload.subarray(start, start + 777_777));
    }
    assertEquals(await hash.hexDigest(), vector.treeHash);

    const parts = [];
    for (let start = 0; start < payload.length; start += 2 * LEAF_SIZE) {
      const part = payload.subarray(start, start + 2 * LEAF_SIZE);
      parts.push({ size: part.length, hash: await treeHash(part) });
    }
    assertEquals(hex(await combineParts(parts)), vector.treeHash);
  });
}
