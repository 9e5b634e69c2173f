/**
 * Two ratios that are cheap to measure, for CI: whoever makes hashing or the
 * reading of journals several times slower is told so.
 *
 * @module
 */

import { join } from "node:path";
import { loadJournal } from "../../src/journal/load.ts";
import { createHost } from "../../src/platform/host.ts";
import { HashPool } from "../../src/treehash/pool.ts";
import { benchName, writeJournal } from "./journal.ts";
import { opensslSha256 } from "./openssl.ts";
import { median } from "./table.ts";

const MiB = 1024 * 1024;
const RUNS = 5;
const host = createHost();

/** A rate, as a multiple of another one of the same run. */
interface Ratio {
  what: string;
  ratio: number;
  /** Less than this is a failure: about a third of what it was when this was written. */
  least: number;
}

/** Measures; resolves to whether both ratios are good. */
export async function guard(): Promise<boolean> {
  const folder = await Deno.makeTempDir({ prefix: "moraine-guard-" });
  try {
    const ratios = [await hashRatio(folder), await journalRatio(folder)];
    for (const { what, ratio, least } of ratios) {
      console.log(
        `${ratio >= least ? "good   " : "TOO LOW"} ${what}: ${
          ratio.toFixed(2)
        } (at least ${least})`,
      );
    }
    return ratios.every(({ ratio, least }) => ratio >= least);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The middle of several rates: of `amount` by the seconds that `work` takes. */
async function rate(
  amount: number,
  work: () => unknown,
): Promise<number> {
  const rates: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const started = performance.now();
    await work();
    rates.push(amount / ((performance.now() - started) / 1000));
  }
  return median(rates);
}

async function hashRatio(folder: string): Promise<Ratio> {
  const size = 256 * MiB;
  const path = join(folder, "file");
  await Deno.writeFile(path, new Uint8Array(size).fill(7));
  const file = { path, identity: (await host.files.stat(path))! };
  await using pool = new HashPool(host);
  await pool.treeHash(file);
  const { single } = await opensslSha256(1);
  const value = await rate(size / MiB, () => pool.treeHash(file));
  return {
    what: `tree hash on ${host.cores} cores ÷ SHA-256 by OpenSSL on one`,
    ratio: value / single,
    least: 0.5,
  };
}

async function journalRatio(folder: string): Promise<Ratio> {
  const count = 100_000;
  const path = join(folder, "journal.log");
  await writeJournal(path, count);
  const objects = Array.from({ length: count }, (_, i) =>
    JSON.stringify({
      time: 1_400_000_000 + i,
      id: String(i).padStart(138, "A"),
      size: i + 1,
      mtime: 1_300_000_000 + i,
      hash: String(i).padStart(64, "0"),
      name: benchName(i),
    }));
  const reference = await rate(count, () => {
    for (const object of objects) JSON.parse(object);
  });
  const value = await rate(count, () => loadJournal(path, host.files, {}));
  return {
    what: "records of a journal ÷ JSON.parse of the same facts",
    ratio: value / reference,
    least: 0.15,
  };
}
