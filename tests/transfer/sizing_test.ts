import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/errors.ts";
import { planSizing } from "../../src/transfer/sizing.ts";

const MIB = 1024 * 1024;

const cases: [
  what: string,
  wishes: { concurrency?: number; partSize?: number; memoryLimit?: number },
  concurrency: number,
  partSize: number,
  memory: number,
][] = [
  ["nothing said", {}, 16, 16, 128],
  ["a concurrency alone", { concurrency: 100 }, 100, 16, 128],
  ["small parts", { partSize: 1 }, 16, 1, 128],
  ["parts larger than the usual memory", { partSize: 512 }, 16, 512, 512],
  [
    "both: what they take and two parts",
    { concurrency: 10, partSize: 128 },
    10,
    128,
    1536,
  ],
  ["both, of little", { concurrency: 1, partSize: 1 }, 1, 1, 3],
  ["a small limit", { memoryLimit: 16 }, 16, 4, 16],
  ["the smallest", { memoryLimit: 1 }, 16, 1, 1],
  ["a large limit", { memoryLimit: 4096 }, 16, 16, 4096],
  [
    "a limit is kept whatever else is said",
    { concurrency: 10, partSize: 128, memoryLimit: 256 },
    10,
    128,
    256,
  ],
];

for (const [what, wishes, concurrency, partSize, memory] of cases) {
  Deno.test(`what is under way at a time: ${what}`, () => {
    const sizing = planSizing({
      concurrency: wishes.concurrency,
      partSize: wishes.partSize && wishes.partSize * MIB,
      memoryLimit: wishes.memoryLimit && wishes.memoryLimit * MIB,
    });
    assertEquals(sizing, {
      concurrency,
      partSize: partSize * MIB,
      memory: memory * MIB,
    });
  });
}

Deno.test("parts that don't fit into the limit are refused", () => {
  assertThrows(
    () => planSizing({ partSize: 128 * MIB, memoryLimit: 100 * MIB }),
    UsageError,
    "Parts of 128 MiB don't fit into the memory limit of 100 MiB",
  );
});
