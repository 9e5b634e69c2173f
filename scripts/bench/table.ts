/**
 * Measures the cases, each several times, and compares the median with what it
 * must be.
 *
 * @module
 */

import type { BenchContext, Case } from "./cases.ts";
import { type HashReference, opensslSha256 } from "./openssl.ts";

/** What a case came to. */
export interface Result {
  id: string;
  title: string;
  unit: string;
  digits: number;
  /** The median. */
  value: number;
  /** Of all runs, in their order. */
  values: number[];
  /** What it must be at least, or at most. */
  limit: number;
  formula: string;
  met: boolean;
  /** OpenSSL's rates just before the runs, medians too, where they matter. */
  reference?: HashReference;
  original: string;
}

/** Measures a case so many times. */
export async function measureCase(
  one: Case,
  runs: number,
  context: BenchContext,
): Promise<Result> {
  const once = await one.prepare(context);
  const values: number[] = [];
  const references: HashReference[] = [];
  for (let i = 0; i < runs; i++) {
    if (one.reference) {
      references.push(await opensslSha256(navigator.hardwareConcurrency));
    }
    values.push(await once());
  }
  const reference = {
    single: median(references.map(({ single }) => single)),
    all: median(references.map(({ all }) => all)),
  };
  const { limit, atLeast, formula } = one.target(reference);
  const value = median(values);
  const { id, title, unit, digits, original } = one;
  return {
    ...{ id, title, unit, digits, original, value, values, limit, formula },
    met: atLeast ? value >= limit : value <= limit,
    reference: one.reference ? reference : undefined,
  };
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** The result for a terminal. */
export function resultLine(result: Result): string {
  const { title, unit, formula, met, value, limit, reference } = result;
  const { single, all } = reference ?? {};
  const beside = single && all
    ? `; S = ${written(single, 0)}, M = ${written(all, 0)}`
    : "";
  return `${met ? "met   " : "MISSED"} ${title}: ${
    written(value, result.digits)
  } ${unit} (wanted ${formula} = ${
    written(limit, result.digits)
  } ${unit}${beside})`;
}

/** The results for docs/performance.md. */
export function resultTable(results: readonly Result[]): string {
  const rows = results.map((result) => {
    const { title, unit, digits, value, limit, formula, met, original } =
      result;
    const cells = [
      title,
      `${written(value, digits)} ${unit}`,
      `${atLeastOrMost(result)} ${formula}` +
      (/[SM]/.test(formula) ? ` = ${written(limit, digits)} ${unit}` : ""),
      met ? "yes" : "no",
      original,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "| case | measured | wanted | met | mt-aws-glacier |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

function atLeastOrMost({ value, limit, met }: Result): string {
  return (value >= limit) === met ? "≥" : "≤";
}

function written(value: number, digits: number): string {
  return value.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
