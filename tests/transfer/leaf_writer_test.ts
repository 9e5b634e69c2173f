import { assertEquals, assertRejects } from "@std/assert";
import { LeafWriter } from "../../src/transfer/leaf_writer.ts";
import { LEAF_SIZE } from "../../src/treehash/tree_hash.ts";

/** Bytes each of which tells where it stands. */
function content(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 12)) & 0xff);
}

for (const chunk of [1000, 65_536, LEAF_SIZE, 3 * LEAF_SIZE + 7]) {
  Deno.test(`bytes in chunks of ${chunk} are stored leaf by leaf, in their order`, async () => {
    const all = content(3 * LEAF_SIZE + 5);
    const stored = new Uint8Array(all.length);
    const lengths: number[] = [];
    const start = 7 * LEAF_SIZE;
    let underWay = 0;
    {
      await using leaves = new LeafWriter(
        start,
        start + all.length,
        async (leaf, position) => {
          assertEquals(++underWay, 1);
          // The bytes are not another's before this is over.
          await new Promise((resolve) => setTimeout(resolve));
          stored.set(leaf, position - start);
          lengths.push(leaf.length);
          underWay--;
          return leaf;
        },
      );
      for (let at = 0; at < all.length; at += chunk) {
        await leaves.add(all.slice(at, at + chunk));
      }
      await leaves.stored();
      assertEquals(leaves.position, start + all.length);
    }
    assertEquals(lengths, [LEAF_SIZE, LEAF_SIZE, LEAF_SIZE, 5]);
    assertEquals(stored, all);
  });
}

Deno.test("where a leaf can't be stored, the next one or the end says so", async () => {
  const full = new Error("no space");
  const failing = () =>
    new LeafWriter(0, 3 * LEAF_SIZE, () => Promise.reject(full));
  await using ended = failing();
  await ended.add(new Uint8Array(LEAF_SIZE));
  await assertRejects(() => ended.stored(), Error, "no space");
  await using going = failing();
  await going.add(new Uint8Array(LEAF_SIZE));
  await assertRejects(
    () => going.add(new Uint8Array(LEAF_SIZE)),
    Error,
    "no space",
  );
});
