/**
 * That the library finds the program of its threads, in whatever form it was
 * installed.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkLocalHash, TreeHash } from "../../mod.ts";

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
    await checkLocalHash({
      dir,
      journal,
      onEvent(event) {
        if (event.type === "checked") outcomes.push(event.outcome);
      },
    });
    assertEquals(outcomes, ["ok"]);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
