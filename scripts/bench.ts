/**
 * Measures the program from outside, beside what the processor can do at that
 * moment; prints a table, and writes it as JSON. What it says, and what limits
 * each case, is in docs/performance.md.
 *
 * Usage: `deno task bench [--only CASE,…] [--runs N] [--json FILE] [--docs]`
 * for the table, `deno task bench --growth [--docs]` for how cost grows, and
 * `deno task bench --guard` for what CI looks at. With `--docs` the results go
 * into docs/.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { CASES } from "./bench/cases.ts";
import { documentGrowth, documentTable } from "./bench/docs.ts";
import { measureGrowth } from "./bench/growth.ts";
import { guard } from "./bench/guard.ts";
import { measureCase, type Result, resultLine } from "./bench/table.ts";
import { machineName, openWorkshop } from "./bench/workshop.ts";

const args = parseArgs(Deno.args, {
  string: ["only", "runs", "json"],
  boolean: ["growth", "guard", "docs"],
  unknown: (word) => {
    console.error(`Unknown argument: ${word}`);
    Deno.exit(2);
  },
});

if (args.guard) Deno.exit(await guard() ? 0 : 1);
else if (args.growth) await growth();
else Deno.exit(await table() ? 0 : 1);

/** Resolves to whether all cases are as they should be. */
async function table(): Promise<boolean> {
  const only = (args.only as string | undefined)?.split(",");
  const runs = Number(args.runs ?? 5);
  const json = (args.json as string | undefined) ??
    fileURLToPath(new URL("../dist/bench.json", import.meta.url));
  const cases = CASES.filter(({ id }) => only?.includes(id) ?? true);
  const machine = machineName();
  console.log(`${machine}; medians of ${runs}`);
  await using workshop = await openWorkshop();
  const results: Result[] = [];
  for (const one of cases) {
    const result = await workshop.within((context) =>
      measureCase(one, runs, context)
    );
    results.push(result);
    console.log(resultLine(result));
  }
  const measured = { machine, date: today(), runs, results };
  await Deno.mkdir(dirname(json), { recursive: true });
  await Deno.writeTextFile(json, `${JSON.stringify(measured, null, 2)}\n`);
  if (args.docs) await documentTable(measured);
  return results.every(({ met }) => met);
}

async function growth(): Promise<void> {
  const machine = machineName();
  console.log(machine);
  await using workshop = await openWorkshop();
  const curves = await measureGrowth(workshop, (line) => console.log(line));
  if (args.docs) await documentGrowth({ machine, date: today(), curves });
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}
