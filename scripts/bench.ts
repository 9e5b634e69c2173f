/**
 * Measures the two things that every command waits for, hashing files and
 * reading a journal, beside a reference of the same run.
 *
 * @module
 */

import { join } from "node:path";
import { loadJournal } from "../src/journal/load.ts";
import { createHost } from "../src/platform/host.ts";
import { HashPool } from "../src/treehash/pool.ts";

const MiB = 1024 * 1024;
const RUNS = 5;
const host = createHost();

/** A measurement, and what it is compared with; both in `unit`. */
interface Row {
  what: string;
  value: number;
  reference: number;
  referenceIs: string;
  unit: string;
}

/** The median of the rates of several runs. */
async function median(amount: number, run: () => Promise<unknown>) {
  const rates: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const started = performance.now();
    await run();
    rates.push(amount / ((performance.now() - started) / 1000));
  }
  return rates.sort((a, b) => a - b)[Math.floor(RUNS / 2)];
}

async function treeHashRow(folder: string): Promise<Row> {
  const size = 512 * MiB;
  const path = join(folder, "file");
  await Deno.writeFile(path, new Uint8Array(size).fill(7));
  const file = { path, identity: (await host.files.stat(path))! };
  await using pool = new HashPool(host);
  await pool.treeHash(file);
  const value = await median(size / MiB, () => pool.treeHash(file));
  const block = new Uint8Array(MiB);
  const reference = await median(256, async () => {
    for (let i = 0; i < 256; i++) await crypto.subtle.digest("SHA-256", block);
  });
  return {
    what: `tree hash of one file of 512 MiB, ${host.cores} threads`,
    value,
    reference,
    referenceIs: "crypto.subtle.digest of 1 MiB, again and again",
    unit: "MiB/s",
  };
}

async function journalRow(folder: string): Promise<Row> {
  const records = 200_000;
  const path = join(folder, "journal.log");
  const lines: string[] = [];
  const objects: string[] = [];
  for (let i = 0; i < records; i++) {
    const id = String(i).padStart(138, "A");
    const hash = String(i).padStart(64, "0");
    const name = `photos/2026/${i % 1000}/IMG_${i}.jpg`;
    lines.push(
      `B\t${1_400_000_000 + i}\tCREATED\t${id}\t${
        i + 1
      }\t1300000000\t${hash}\t${name}`,
    );
    objects.push(
      JSON.stringify({ time: 1_400_000_000 + i, id, size: i + 1, hash, name }),
    );
  }
  await Deno.writeTextFile(path, lines.join("\n") + "\n");
  const value = await median(records, () => loadJournal(path, host.files, {}));
  const reference = await median(records, () => {
    for (const object of objects) JSON.parse(object);
    return Promise.resolve();
  });
  return {
    what: "journal of 200,000 records",
    value,
    reference,
    referenceIs: "JSON.parse of the same facts",
    unit: "records/s",
  };
}

const folder = await Deno.makeTempDir({ prefix: "moraine-bench-" });
try {
  console.log(
    `${Deno.build.target}, ${host.cores} cores, Deno ${Deno.version.deno}; median of ${RUNS}`,
  );
  for (const measure of [treeHashRow, journalRow]) {
    const { what, value, reference, referenceIs, unit } = await measure(folder);
    const number = (n: number) => Math.round(n).toLocaleString("en");
    console.log(
      `${what}: ${number(value)} ${unit} = ${
        (value / reference).toFixed(2)
      } × ${referenceIs} (${number(reference)} ${unit})`,
    );
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
