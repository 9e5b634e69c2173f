/**
 * What is under way at a time is bounded by memory, whatever else is said.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Fetch } from "../../src/aws/http.ts";
import { operationOf, workplace } from "../program.ts";

const MIB = 1024 * 1024;

/** Syncs files of some sizes; resolves to how many bytes were being sent at most. */
async function mostUnderWay(
  sizes: readonly number[],
  ...options: string[]
): Promise<number> {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  for (const [index, size] of sizes.entries()) {
    await Deno.writeFile(`${place.tree}/${index}`, new Uint8Array(size));
  }
  let [now, most] = [0, 0];
  const fetch: Fetch = async (request) => {
    const sends = /^Upload/.test(operationOf(request));
    const bytes = sends ? (await request.clone().arrayBuffer()).byteLength : 0;
    now += bytes;
    most = Math.max(most, now);
    try {
      // Others get the chance to come meanwhile.
      await new Promise((resolve) => setTimeout(resolve, sends ? 20 : 0));
      return await place.server.fetch(request);
    } finally {
      now -= bytes;
    }
  };
  const run = await place.runWith({ fetch }, "sync", ...options);
  assertEquals(run.status, 0, run.err);
  assertEquals(await place.countArchives(), sizes.length);
  return most;
}

Deno.test("parts and files together are never more than --memory-limit", async () => {
  const sizes = [8 * MIB, 3 * MIB, MIB, MIB, MIB, 7 * MIB + 1];
  const bounded = await mostUnderWay(
    sizes,
    "--memory-limit=3",
    "--partsize=1",
    "--concurrency=16",
  );
  assert(bounded <= 3 * MIB, `${bounded}`);
  const free = await mostUnderWay(sizes, "--partsize=1", "--concurrency=16");
  assert(free > 3 * MIB, `${free}`);
});

Deno.test("where parts don't fit into the limit, nothing is done", async () => {
  await using place = await workplace();
  const run = await place.run("sync", "--memory-limit=8", "--partsize=16");
  assertEquals(run.status, 2);
  assertMatch(
    run.err,
    /ERROR: Parts of 16 MiB don't fit into the memory limit of 8 MiB/,
  );
});
