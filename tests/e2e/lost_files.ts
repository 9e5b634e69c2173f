/**
 * Files that are in a vault, ready to be downloaded, and nowhere else.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { createFaultPlan } from "../../src/server/fault_plan.ts";
import { parseFaultRule } from "../../src/server/fault_rule.ts";
import {
  operationOf,
  type RunOptions,
  type Workplace,
  workplace,
} from "../program.ts";
import { vectorPayload } from "../testing.ts";

/** A workplace whose files were uploaded, lost and brought within reach. */
export interface LostFiles extends Workplace {
  content: Map<string, Uint8Array>;
  /** Lets requests fail from now on. */
  strike(...rules: string[]): void;
  /** The ranges that were asked for so far, `all` where it was none. */
  ranges: string[];
  /** Runs restore-completed; sizes of segments in MiB. */
  restore(
    segmentSize: number,
    options?: RunOptions,
    ...words: string[]
  ): ReturnType<Workplace["run"]>;
}

export async function lostFiles(
  sizes: Record<string, number>,
): Promise<LostFiles> {
  const faults = createFaultPlan();
  const place = await workplace({ faults });
  await place.run("create-vault", "photos");
  const content = new Map<string, Uint8Array>();
  for (const [name, size] of Object.entries(sizes)) {
    content.set(name, vectorPayload(size));
    await Deno.writeFile(`${place.tree}/${name}`, content.get(name)!);
  }
  await place.run("sync");
  for (const name of content.keys()) await Deno.remove(`${place.tree}/${name}`);
  assertEquals((await place.run("restore")).status, 0);
  const ranges: string[] = [];
  const fetch = (request: Request) => {
    if (operationOf(request) === "GetJobOutput") {
      ranges.push(request.headers.get("range")?.slice(6) ?? "all");
    }
    return place.server.fetch(request);
  };
  return {
    ...place,
    content,
    ranges,
    strike: (...rules) => faults.replace(rules.map(parseFaultRule), 1),
    restore: (segmentSize, options = {}, ...words) =>
      place.runWith(
        { fetch, ...options },
        "restore-completed",
        ...["--segment-size", String(segmentSize), ...words],
      ),
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

/** What is in the folder, with the temporary files. */
export async function found(
  { tree }: Workplace,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for await (const { name } of Deno.readDir(tree)) {
    files.set(name, await Deno.readFile(`${tree}/${name}`));
  }
  return files;
}
