import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import fc from "fast-check";
import {
  combineParts,
  isMebibyteAligned,
  isTreeHashAligned,
  LEAF_SIZE,
  sha256,
  TreeHash,
  treeHash,
} from "../../src/treehash/tree_hash.ts";
import { readVectors, vectorPayload } from "../testing.ts";

interface Vectors {
  vectors: { size: number; sha256: string; treeHash: string }[];
}

const { vectors } = await readVectors<Vectors>("tree_hash");
const MiB = LEAF_SIZE;

async function hashInChunks(
  payload: Uint8Array<ArrayBuffer>,
  chunkSize: number,
): Promise<string> {
  const hash = new TreeHash();
  for (let start = 0; start < payload.length; start += chunkSize) {
    await hash.update(payload.subarray(start, start + chunkSize));
  }
  assertEquals(hash.size, payload.length);
  return await hash.hexDigest();
}

Deno.test("the vectors are there", () => {
  assert(vectors.length >= 20);
});

for (const vector of vectors) {
  Deno.test(`the tree hash of ${vector.size} bytes is the one that botocore computes`, async () => {
    const payload = vectorPayload(vector.size);
    assertEquals(encodeHex(await sha256(payload)), vector.sha256);
    assertEquals(encodeHex(await treeHash(payload)), vector.treeHash);
    for (const chunkSize of [777_777, MiB - 1, MiB + 1, 3 * MiB + 5]) {
      assertEquals(await hashInChunks(payload, chunkSize), vector.treeHash);
    }
    if (vector.size <= MiB + 1) {
      assertEquals(await hashInChunks(payload, 1), vector.treeHash);
    }
  });
}

Deno.test("a tree hash doesn't change when the bytes are reused after update", async () => {
  const payload = vectorPayload(2 * MiB + 3);
  const hash = new TreeHash();
  const buffer = new Uint8Array(MiB / 2 + 1);
  for (let start = 0; start < payload.length; start += buffer.length) {
    const piece = payload.subarray(start, start + buffer.length);
    buffer.set(piece);
    await hash.update(buffer.subarray(0, piece.length));
    buffer.fill(0);
  }
  assertEquals(await hash.digest(), await treeHash(payload));
});

Deno.test("nothing has no tree hash", async () => {
  await assertRejects(() => treeHash(new Uint8Array(0)), RangeError);
  await assertRejects(() => combineParts([]), RangeError);
});

/** A content as its leaves' hashes: as good as bytes, and as small as needed. */
function fakeLeaves(count: number): Uint8Array<ArrayBuffer>[] {
  return Array.from(
    { length: count },
    (_, i) => new Uint8Array(32).fill(i + 1),
  );
}

/** The definition, word by word: pairs level by level, an odd one moves up. */
async function rootByDefinition(
  leaves: Uint8Array<ArrayBuffer>[],
): Promise<Uint8Array<ArrayBuffer>> {
  let level = leaves;
  while (level.length > 1) {
    const above = [];
    for (let i = 0; i < level.length; i += 2) {
      above.push(
        i + 1 < level.length
          ? await sha256(new Uint8Array([...level[i], ...level[i + 1]]))
          : level[i],
      );
    }
    level = above;
  }
  return level[0];
}

Deno.test("any split into parts of 1 MiB times a power of two gives the same root", async () => {
  await fc.assert(fc.asyncProperty(
    fc.integer({ min: 1, max: 70 }),
    fc.integer({ min: 0, max: 7 }),
    fc.integer({ min: 1, max: MiB }),
    async (leafCount, exponent, lastLeaf) => {
      const leaves = fakeLeaves(leafCount);
      const size = (leafCount - 1) * MiB + lastLeaf;
      const perPart = 2 ** exponent;
      const parts = [];
      for (let first = 0; first < leafCount; first += perPart) {
        const hash = await rootByDefinition(
          leaves.slice(first, first + perPart),
        );
        parts.push({
          hash,
          size: Math.min(perPart * MiB, size - first * MiB),
        });
      }
      assertEquals(await combineParts(parts), await rootByDefinition(leaves));
    },
  ));
});

Deno.test("any split into tree-hash-aligned ranges, of different sizes too, gives the same root", async () => {
  await fc.assert(fc.asyncProperty(
    fc.integer({ min: 1, max: 60 }),
    fc.infiniteStream(fc.boolean()),
    async (leafCount, coin) => {
      const leaves = fakeLeaves(leafCount);
      const hash = new TreeHash();
      // Walks down the tree and stops at a node where the coin says so.
      const take = async (first: number, count: number): Promise<void> => {
        if (count === 1 || coin.next().value) {
          const size = count * MiB;
          assert(isTreeHashAligned(
            first * MiB,
            first * MiB + size,
            leafCount * MiB,
          ));
          const root = await rootByDefinition(
            leaves.slice(first, first + count),
          );
          return await hash.append(root, size);
        }
        let left = 1;
        while (left * 2 < count) left *= 2;
        await take(first, left);
        await take(first + left, count - left);
      };
      await take(0, leafCount);
      assertEquals(await hash.digest(), await rootByDefinition(leaves));
    },
  ));
});

Deno.test("random bytes in random chunks hash as they do in one piece", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5 * MiB }),
      fc.array(fc.integer({ min: 1, max: 2 * MiB }), { minLength: 1 }),
      async (size, chunkSizes) => {
        const payload = vectorPayload(size);
        const hash = new TreeHash();
        for (let start = 0, i = 0; start < size; i++) {
          const end = start + chunkSizes[i % chunkSizes.length];
          await hash.update(payload.subarray(start, end));
          start = end;
          // Chunks of a few bytes make this slow without making it stricter.
          if (i > 100) {
            await hash.update(payload.subarray(start));
            break;
          }
        }
        assertEquals(await hash.digest(), await treeHash(payload));
      },
    ),
    { numRuns: 15 },
  );
});

Deno.test("a part that is no subtree is refused", async () => {
  const [leaf] = fakeLeaves(1);
  const parts = (...sizes: number[]) =>
    combineParts(sizes.map((size) => ({ hash: leaf, size })));
  await assertRejects(() => parts(MiB, 2 * MiB), RangeError);
  await assertRejects(() => parts(MiB - 1, MiB), RangeError);
  await assertRejects(() => parts(3 * MiB, MiB), RangeError);
  await assertRejects(() => parts(0), RangeError);
  await assertRejects(() => parts(-1), RangeError);
  await assertRejects(() => parts(NaN), RangeError);
});

const aligned: [start: number, end: number, size: number, tree: boolean][] = [
  [0, 1, 4, true],
  [1, 2, 4, true],
  [0, 2, 4, true],
  [2, 4, 4, true],
  [0, 4, 4, true],
  [1, 3, 4, false],
  [0, 3, 4, false],
  [1, 4, 4, false],
  [0, 3, 3, true],
  [2, 3, 3, true],
  [4, 7, 7, true],
  [4, 6, 7, true],
  [6, 7, 7, true],
  [2, 7, 7, false],
  [5, 7, 7, false],
  [0, 4, 7, true],
];

for (const [start, end, size, expected] of aligned) {
  Deno.test(`MiB ${start} to ${end} of ${size} ${expected ? "is" : "isn't"} tree-hash-aligned`, async () => {
    const range = [start * MiB, end * MiB, size * MiB] as const;
    assert(isMebibyteAligned(...range));
    assertEquals(isTreeHashAligned(...range), expected);
    // The same with a last leaf that isn't full.
    const short = size * MiB - 17;
    const shortEnd = Math.min(end * MiB, short);
    assertEquals(isTreeHashAligned(start * MiB, shortEnd, short), expected);
    // And by the meaning: is the range's own root a node of the whole's tree?
    const leaves = fakeLeaves(size);
    const nodes = new Set<string>();
    let level = leaves;
    while (true) {
      for (const node of level) nodes.add(encodeHex(node));
      if (level.length === 1) break;
      level = await Promise.all(
        Array.from(
          { length: Math.ceil(level.length / 2) },
          (_, i) => rootByDefinition(level.slice(2 * i, 2 * i + 2)),
        ),
      );
    }
    const root = encodeHex(await rootByDefinition(leaves.slice(start, end)));
    assertEquals(nodes.has(root), expected);
  });
}

const unaligned: [start: number, end: number, size: number][] = [
  [1, MiB, 2 * MiB],
  [0, MiB - 1, 2 * MiB],
  [0, 2 * MiB + 1, 2 * MiB],
  [-MiB, MiB, 2 * MiB],
  [MiB, MiB, 2 * MiB],
  [2 * MiB, MiB, 2 * MiB],
];

for (const [start, end, size] of unaligned) {
  Deno.test(`bytes ${start} to ${end} of ${size} are not MiB-aligned`, () => {
    assert(!isMebibyteAligned(start, end, size));
    assert(!isTreeHashAligned(start, end, size));
  });
}

Deno.test("alignment holds beyond 32-bit numbers", () => {
  const size = 10_000 * 4096 * MiB;
  assert(isTreeHashAligned(4096 * 4096 * MiB, 8192 * 4096 * MiB, size));
  assert(!isTreeHashAligned(2048 * 4096 * MiB, 6144 * 4096 * MiB, size));
});
