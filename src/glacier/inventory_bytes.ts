/**
 * The bytes of an inventory, all of them or an error.
 *
 * @module
 */

import { type ResumeOptions, resumingBytes } from "../async/resume.ts";
import type { Inventory } from "../store.ts";
import { TreeHash } from "../treehash/tree_hash.ts";
import { damaged } from "./inventory_archive.ts";
import type { JobOutput } from "./types.ts";

/**
 * Reads the output that `open` gives, from 0 or from where a connection broke
 * on. An inventory in CSV doesn't tell by itself whether it is whole, so the sizes
 * that the job and the answers announce are compared with what came, and the
 * tree hash where there is one.
 *
 * @throws {IntegrityError} where they differ.
 */
export async function* inventoryBytes(
  { size }: Inventory,
  open: (start: number) => Promise<JobOutput>,
  options: ResumeOptions = {},
): AsyncGenerator<Uint8Array> {
  let total: number | undefined;
  let treeHash: string | undefined;
  const bytes = resumingBytes("Inventory", "GetJobOutput", async (start) => {
    const output = await open(start);
    const end = endOf(output, start);
    if (total !== undefined && end !== undefined && end !== total) {
      await output.body.cancel();
      throw damaged(`it changed from ${total} to ${end} bytes`);
    }
    total ??= end;
    if (start === 0) treeHash = output.treeHash;
    return { body: output.body, end: total ?? size };
  }, options);
  const hash = new TreeHash();
  let received = 0;
  for await (const chunk of bytes) {
    received += chunk.length;
    if (treeHash !== undefined) await hash.update(chunk);
    yield chunk;
  }
  for (const announced of [total, size]) {
    if (announced !== undefined && announced !== received) {
      throw damaged(`it has ${received} bytes instead of ${announced}`);
    }
  }
  if (treeHash !== undefined && await hash.hexDigest() !== treeHash) {
    throw damaged("its tree hash is not the one that the service sent");
  }
}

/** Where the whole output ends, by what an answer says. */
function endOf(
  { contentRange, size }: JobOutput,
  start: number,
): number | undefined {
  if (contentRange?.total !== undefined) return contentRange.total;
  return size === undefined ? undefined : start + size;
}
