/**
 * Measures the program from outside, beside what the processor can do at that
 * moment; prints a table and writes it as JSON. See docs/performance.md.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BenchContext, type Case, CASES } from "./bench/cases.ts";
import { type HashReference, opensslSha256 } from "./bench/openssl.ts";
import { run, underDeno } from "./bench/program.ts";
import { build } from "./build.ts";

/** What a case came to. */
interface Result {
  id: string;
  title: string;
  unit: string;
  /** The median. */
  value: number;
  /** All runs. */
  values: number[];
  limit: number;
  formula: string;
  met: boolean;
  /** OpenSSL's rates beside it, where they matter. */
  reference?: HashReference;
  original: string;
}

const args = parseArgs(Deno.args, { string: ["only", "json", "runs"] });
const runs = Number(args.runs ?? 5);
const json = args.json as string ??
  fileURLToPath(new URL("../dist/bench.json", import.meta.url));
const only = args.only as string | undefined;
const cores = navigator.hardwareConcurrency;
const chosen = only?.split(",");
const cases = CASES.filter(({ id }) => chosen?.includes(id) ?? true);

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

async function measure(one: Case, context: BenchContext): Promise<Result> {
  const once = await one.prepare(context);
  const values: number[] = [];
  const references: HashReference[] = [];
  for (let i = 0; i < runs; i++) {
    if (one.reference) references.push(await opensslSha256(cores));
    values.push(await once());
  }
  const reference = {
    single: median(references.map(({ single }) => single)),
    all: median(references.map(({ all }) => all)),
  };
  const { limit, atLeast, formula } = one.target(reference);
  const value = median(values);
  const { id, title, unit, original } = one;
  return {
    id,
    title,
    unit,
    value,
    values,
    limit,
    formula,
    met: atLeast ? value >= limit : value <= limit,
    reference: one.reference ? reference : undefined,
    original,
  };
}

function line(
  { title, unit, value, limit, formula, met }: Result,
  digits: number,
) {
  const number = (n: number) =>
    n.toLocaleString("en", {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  return `${met ? "met " : "MISS"}  ${number(value)} ${unit}  (${formula} = ${
    number(limit)
  })  ${title}`;
}

const folder = await Deno.makeTempDir({ prefix: "moraine-bench-" });
const memory = await Deno.makeTempDir({
  prefix: "moraine-bench-",
  dir: Deno.build.os === "linux" ? "/dev/shm" : undefined,
});
const bundle = join(folder, "moraine.js");
await build(bundle);
const sink = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    fileURLToPath(new URL("./bench/sink.ts", import.meta.url)),
    "4096",
  ],
  stdout: "piped",
}).spawn();
try {
  const reader = sink.stdout.getReader();
  const { value } = await reader.read();
  const endpoint = new TextDecoder().decode(value).trim();
  const program = underDeno(bundle);
  const machine = `${Deno.build.target}, ${
    cpus()[0]?.model
  }, ${cores} cores, Deno ${Deno.version.deno}`;
  console.log(`${machine}; median of ${runs}`);
  const results: Result[] = [];
  for (const one of cases) {
    const inFolder = (parent: string) => join(parent, one.id);
    const context: BenchContext = {
      folder: inFolder(folder),
      memory: inFolder(memory),
      run: (...words) => run(program, words),
      service: [
        "--endpoint",
        endpoint,
        "--region",
        "eu-west-1",
        "--vault",
        "bench",
      ],
    };
    await Deno.mkdir(context.folder);
    await Deno.mkdir(context.memory);
    const result = await measure(one, context);
    results.push(result);
    console.log(line(result, one.digits));
    await Deno.remove(context.folder, { recursive: true });
    await Deno.remove(context.memory, { recursive: true });
  }
  await Deno.mkdir(dirname(json), { recursive: true });
  await Deno.writeTextFile(
    json,
    JSON.stringify({ machine, runs, results }, null, 2) + "\n",
  );
  if (results.some(({ met }) => !met)) Deno.exitCode = 1;
} finally {
  sink.kill();
  await sink.status;
  await Deno.remove(folder, { recursive: true });
  await Deno.remove(memory, { recursive: true });
}
