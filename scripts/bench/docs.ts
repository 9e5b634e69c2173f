/**
 * Puts measurements into docs/: figures into docs/performance.md between
 * marks, all of them as JSON, and pictures.
 *
 * @module
 */

import { chart } from "./chart.ts";
import type { GrowthCurve } from "./growth.ts";
import { type Result, resultTable } from "./table.ts";

const DOCS = new URL("../../docs/", import.meta.url);

/** What the table is made of. */
export interface MeasuredTable {
  machine: string;
  date: string;
  runs: number;
  results: Result[];
}

/** What the pictures are made of. */
export interface MeasuredGrowth {
  machine: string;
  date: string;
  curves: GrowthCurve[];
}

export async function documentTable(measured: MeasuredTable): Promise<void> {
  const { machine, date, runs, results } = measured;
  const [first] = results.flatMap(({ reference }) => reference ?? []);
  const rates = first
    ? ` S = ${Math.round(first.single)} MiB/s and M = ${
      Math.round(first.all)
    } MiB/s at the first case; each case has its own in`
    : " All figures are in";
  await replaceBetween(
    "table",
    `Measured on ${date} on ${machine}; medians of ${runs}.${rates} [performance-table.json](performance-table.json).\n\n${
      resultTable(results)
    }`,
  );
  await writeJson("performance-table.json", measured);
}

export async function documentGrowth(measured: MeasuredGrowth): Promise<void> {
  const { machine, date, curves } = measured;
  for (const { id, title, counted, points } of curves) {
    const picture = chart(title, counted, [
      {
        label: "seconds",
        points: points.map(({ count, wall }) => ({ x: count, y: wall })),
      },
      {
        label: "MB",
        points: points.map(({ count, memory }) => ({ x: count, y: memory })),
      },
    ]);
    await Deno.writeTextFile(new URL(`performance-${id}.svg`, DOCS), picture);
  }
  const rows = curves.flatMap(({ title, counted, points }) =>
    points.map(({ count, wall, memory }) =>
      `| ${title} | ${count.toLocaleString("en")} ${counted} | ${
        wall.toFixed(2)
      } s | ${(wall / count * 1e6).toFixed(1)} µs | ${memory.toFixed(0)} MB |`
    )
  );
  await replaceBetween(
    "growth",
    [
      `Measured on ${date} on ${machine}: medians of 3 runs, and one run of what takes more than a minute.`,
      "",
      "| what | number | time | for each | memory |",
      "|---|---|---|---|---|",
      ...rows,
    ].join("\n"),
  );
  await writeJson("performance-growth.json", measured);
}

async function writeJson(name: string, value: unknown): Promise<void> {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  await Deno.writeTextFile(new URL(name, DOCS), text);
}

/** Replaces what is between two marks of docs/performance.md. */
async function replaceBetween(mark: string, text: string): Promise<void> {
  const path = new URL("performance.md", DOCS);
  const page = await Deno.readTextFile(path);
  const [begin, end] = [`<!-- ${mark} -->`, `<!-- end of ${mark} -->`];
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before < 0 || after < before) {
    throw new Error(`docs/performance.md has no place for the ${mark}`);
  }
  await Deno.writeTextFile(
    path,
    `${page.slice(0, before + begin.length)}\n\n${text}\n\n${
      page.slice(after)
    }`,
  );
}
