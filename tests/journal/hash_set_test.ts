import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { HashSet } from "../../src/journal/hash_set.ts";

Deno.test("a text is new once", () => {
  fc.assert(fc.property(fc.array(fc.string()), (texts) => {
    const set = new HashSet();
    const known = new Set<string>();
    for (const text of texts) {
      assertEquals(set.has(text), known.has(text));
      assertEquals(set.add(text), !known.has(text));
      known.add(text);
    }
  }));
});

Deno.test("among a hundred thousand similar texts none is taken for another", () => {
  const set = new HashSet();
  for (let i = 0; i < 100_000; i++) {
    const text = `folder/file ${i}.jpg`;
    assertEquals(set.add(text), true);
  }
  for (let i = 0; i < 100_000; i++) {
    if (!set.has(`folder/file ${i}.jpg`)) throw new Error(`${i} is lost`);
    if (set.has(`folder/file ${i}.png`)) throw new Error(`${i} is confused`);
  }
});
