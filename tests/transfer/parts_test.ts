import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { StoreLimits } from "../../src/store.ts";
import {
  type PartPlan,
  partRanges,
  partSizeFor,
  planParts,
} from "../../src/transfer/parts.ts";

const MiB = 2 ** 20;
const limits: StoreLimits = {
  maxSingleUpload: 4096 * MiB,
  minPartSize: MiB,
  maxPartSize: 4096 * MiB,
  maxParts: 10_000,
  maxDescription: 1024,
};

const multipart = (partSizeMiB: number, count: number): PartPlan => ({
  kind: "multipart",
  partSize: partSizeMiB * MiB,
  count,
});

const table: [size: number, partSizeMiB: number, plan: PartPlan][] = [
  [1, 16, { kind: "single" }],
  [16 * MiB, 16, { kind: "single" }],
  [16 * MiB + 1, 16, multipart(16, 2)],
  [32 * MiB, 16, multipart(16, 2)],
  [MiB, 1, { kind: "single" }],
  [MiB + 1, 1, multipart(1, 2)],
  [4096 * MiB, 4096, { kind: "single" }],
  [4096 * MiB + 1, 4096, multipart(4096, 2)],
  // 10,000 parts are allowed, 10,001 are not.
  [10_000 * MiB, 1, multipart(1, 10_000)],
  [10_000 * MiB + 1, 1, multipart(2, 5001)],
  [200 * 1024 * MiB, 16, multipart(32, 6400)],
  [10_000 * 4096 * MiB, 1, multipart(4096, 10_000)],
  [10_000 * 4096 * MiB + 1, 16, {
    kind: "tooLarge",
    limit: 10_000 * 4096 * MiB,
  }],
];

for (const [size, partSize, plan] of table) {
  Deno.test(
    `${size} bytes with parts of ${partSize} MiB: ${plan.kind}${
      plan.kind === "multipart" ? `, ${plan.count} parts` : ""
    }`,
    () => {
      assertEquals(planParts(size, partSize * MiB, limits), plan);
    },
  );
}

Deno.test("a single request never carries more than the service takes in one", () => {
  const small = { ...limits, maxSingleUpload: 8 * MiB };
  assertEquals(planParts(9 * MiB, 16 * MiB, small), multipart(16, 1));
});

Deno.test("a size that is no size is refused", () => {
  for (const size of [0, -1, 1.5, NaN, Infinity]) {
    assertThrows(() => planParts(size, MiB, limits), RangeError);
  }
});

Deno.test("parts cover a file without gap or overlap, and only the last is short", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 50_000 * MiB }),
    fc.integer({ min: 0, max: 12 }),
    (size, exponent) => {
      const plan = planParts(size, 2 ** exponent * MiB, limits);
      if (plan.kind !== "multipart") return;
      const ranges = [...partRanges(size, plan.partSize)];
      assertEquals(ranges.length, plan.count);
      assert(plan.count <= limits.maxParts);
      let offset = 0;
      for (const range of ranges) {
        assertEquals(range.offset, offset);
        offset += range.length;
        assert(range.length === plan.partSize || offset === size);
      }
      assertEquals(offset, size);
    },
  ));
});

const sizes: [size: number, partSizeMiB: number, expected: number][] = [
  [0, 16, 16],
  [160_000 * MiB, 16, 16],
  [160_000 * MiB + 1, 16, 32],
  [10_001 * MiB, 1, 2],
  [10_000 * 4096 * MiB, 1, 4096],
  // More than the service takes: whoever sends it will find out.
  [10_000 * 4096 * MiB + 1, 1, 4096],
];

for (const [size, partSizeMiB, expected] of sizes) {
  Deno.test(`parts of ${partSizeMiB} MiB for ${size} bytes have ${expected} MiB`, () => {
    assertEquals(
      partSizeFor(size, partSizeMiB * MiB, limits),
      expected * MiB,
    );
  });
}
