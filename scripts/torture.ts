/**
 * Tortures the program: random folders, options and commands, a server that
 * fails, and kills at random instants; and looks whether the promises hold.
 *
 * Usage: `deno task torture [--runs N] [--seed S] [--run K] [--jobs J]
 * [--fail-fast] [--keep] [--program FILE]`.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { torture } from "../tests/torture/torture.ts";

const NUMBERS = ["runs", "seed", "run", "jobs"];
const FLAGS = ["fail-fast", "keep"];

function parse(words: string[]) {
  const args = parseArgs(words, {
    string: [...NUMBERS, "program"],
    boolean: FLAGS,
    unknown: (word) => {
      throw new Error(`Unknown argument: ${word}`);
    },
  });
  const number = (name: string) => {
    const text = args[name] as string | undefined;
    if (text === undefined) return undefined;
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new Error(`--${name} takes a whole number, not ${text}`);
  };
  return {
    runs: number("runs"),
    seed: number("seed"),
    run: number("run"),
    jobs: number("jobs"),
    failFast: args["fail-fast"] as boolean,
    keep: args.keep as boolean,
    program: args.program as string | undefined,
  };
}

if (import.meta.main) {
  let options: ReturnType<typeof parse>;
  try {
    options = parse(Deno.args);
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(2);
  }
  Deno.exit(await torture(options) ? 0 : 1);
}
