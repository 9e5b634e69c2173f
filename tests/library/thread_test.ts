/**
 * That the library finds the program of its threads, in whatever form it was
 * installed.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { checkLocalHash, TreeHash } from "../../mod.ts";

/** How many threads are started while the work goes on. */
async function threadsOf(work: () => Promise<void>): Promise<number> {
  let threads = 0;
  const count = () => void threads++;
  if (!("deno" in process.versions)) {
    process.on("worker", count);
    await work();
    process.off("worker", count);
    return threads;
  }
  const host = globalThis as unknown as { Worker: new (...args: []) => object };
  const { Worker } = host;
  host.Worker = class extends Worker {
    constructor(...args: []) {
      super(...args);
      count();
    }
  };
  await work();
  host.Worker = Worker;
  return threads;
}

/** More than is hashed without a thread. */
const SIZE = 24 * 1024 * 1024;

test("a file that is large enough for a thread is read by one", async () => {
  const dir = mkdtempSync(join(tmpdir(), "moraine-test-"));
  try {
    const bytes = new Uint8Array(SIZE).fill(7);
    writeFileSync(join(dir, "large"), bytes);
    const hash = new TreeHash();
    await hash.update(bytes);
    const journal = join(dir, "journal.log");
    const id = "a".repeat(138);
    const line = ["B", 1, "CREATED", id, SIZE, "NONE", await hash.hexDigest()];
    writeFileSync(journal, `${line.join("\t")}\tlarge\n`);
    const outcomes: string[] = [];
    const check = async () => {
      await checkLocalHash({
        dir,
        journal,
        onEvent(event) {
          if (event.type === "checked") outcomes.push(event.outcome);
        },
      });
    };
    const threads = await threadsOf(check);
    assertEquals(outcomes, ["ok"]);
    assert(threads > 0, "No thread was started");
  } finally {
    rmSync(dir, { recursive: true });
  }
});
