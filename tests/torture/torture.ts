/**
 * Many torture runs, some at a time, and what is said of them.
 *
 * @module
 */

import { build } from "../../scripts/build.ts";
import { forEachBounded } from "../../src/async/bounded.ts";
import type { Program } from "../program.ts";
import { type OddHost, planRun } from "./plan.ts";
import { tortureRun } from "./run.ts";
import { Tally, tallyLines } from "./tally.ts";

/** How to torture. */
export interface TortureOptions {
  /** How many runs; 25 where absent. */
  runs?: number;
  /** A random one where absent. */
  seed?: number;
  /** The number of the only run; all from 1 on where absent. */
  run?: number;
  /** Runs at a time; 2 where absent. */
  jobs?: number;
  /** Whether to begin no other run after one that failed. */
  failFast?: boolean;
  /** Whether to keep the folders of runs that succeed too. */
  keep?: boolean;
  /** The program as one bundled file; built where absent. */
  program?: string;
}

/** Permissions of `deno task moraine`. */
const DENO_ARGS = [
  "run",
  "--quiet",
  "--no-prompt",
  "--no-config",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
];

/** Tortures the program and prints what came of it; resolves to whether all was well. */
export async function torture(options: TortureOptions): Promise<boolean> {
  const {
    seed = crypto.getRandomValues(new Uint32Array(1))[0] % 1_000_000_000,
    jobs = 2,
  } = options;
  const numbers = options.run === undefined
    ? Array.from({ length: options.runs ?? 25 }, (_, index) => index + 1)
    : [options.run];
  console.log(`Torture with seed ${seed}`);
  const folder = await Deno.makeTempDir({ prefix: "moraine-torture-" });
  const started = performance.now();
  const total = new Tally();
  const program = await programOf(options, folder);
  let failed = 0;
  await forEachBounded(numbers, jobs, async (number) => {
    if (failed > 0 && options.failFast) return;
    const place = `${folder}/run-${number}`;
    const tally = await oneRun(seed, number, place, program);
    if (tally) {
      total.add(tally);
      if (!options.keep) await Deno.remove(place, { recursive: true });
    } else failed++;
  });
  for (const line of tallyLines(total)) console.log(line);
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${seconds.toFixed(0)} seconds, ${
      (seconds / numbers.length).toFixed(1)
    } a run`,
  );
  if (failed > 0) console.log(`${failed} runs FAILED (seed ${seed})`);
  else if (!options.keep) await Deno.remove(folder, { recursive: true });
  return failed === 0;
}

async function programOf(
  { program }: TortureOptions,
  folder: string,
): Promise<(odd: OddHost) => Program> {
  const file = program ?? `${folder}/moraine.js`;
  if (program === undefined) await build(file);
  return ({ slow, behind }) => {
    const query = `${slow ? "slow&" : ""}behind=${behind}`;
    const host = new URL(`./odd_host.ts?${query}`, import.meta.url);
    const preload = slow || behind > 0 ? [`--preload=${host}`] : [];
    return {
      command: Deno.execPath(),
      args: [...DENO_ARGS, ...preload, file],
    };
  };
}

/** Makes a run; resolves to nothing where it failed, which is told. */
async function oneRun(
  seed: number,
  number: number,
  folder: string,
  program: (odd: OddHost) => Program,
): Promise<Tally | undefined> {
  const lines: string[] = [];
  const started = performance.now();
  const log = (text: string) => {
    const ms = (performance.now() - started).toFixed(0).padStart(6);
    lines.push(`${ms} ${shortened(text, folder)}`);
  };
  await Deno.mkdir(folder);
  const plan = planRun(seed, number);
  try {
    return await tortureRun({ program, folder, plan, log });
  } catch (error) {
    const { name, message, stack } = error as Error;
    const why = name === "Violation"
      ? shortened(message, folder)
      : stack ?? message;
    console.log(`--- Run ${number} with seed ${seed} failed`);
    for (const line of lines) console.log(line);
    console.log(`FAILED: ${why}`);
    console.log(`Its files: ${folder}`);
    console.log(
      `Again: deno task torture --seed ${seed} --run ${number}\n---`,
    );
    return undefined;
  } finally {
    await Deno.writeTextFile(`${folder}/log.txt`, lines.join("\n") + "\n");
  }
}

/** Of the run's own folder and of long IDs and hashes, as much as tells them apart. */
function shortened(text: string, folder: string): string {
  return text.replaceAll(folder, ".")
    .replace(/[A-Za-z0-9_-]{60,}/g, (id) => `${id.slice(0, 10)}…`);
}
