/**
 * How time and memory grow with the number of files, and of records.
 *
 * @module
 */

import { type BenchContext, MiB, startOn, syncSmall } from "./cases.ts";
import type { MeasuredRun } from "./program.ts";
import { median } from "./table.ts";
import type { Workshop } from "./workshop.ts";

/** One measurement. */
export interface GrowthPoint {
  /** How many files, or records. */
  count: number;
  /** In seconds. */
  wall: number;
  /** In MB. */
  memory: number;
}

/** What is measured at several sizes. */
export interface Growth {
  /** Part of the picture's name. */
  id: string;
  title: string;
  /** What is counted. */
  counted: string;
  counts: readonly number[];
  prepare(count: number): (
    context: BenchContext,
  ) => Promise<() => Promise<MeasuredRun>>;
}

const GROWTHS: readonly Growth[] = [
  {
    id: "files",
    title: "sync of new files of 1 KiB, concurrency 16",
    counted: "files",
    counts: [1_000, 10_000, 100_000, 1_000_000],
    prepare: syncSmall,
  },
  {
    id: "records",
    title: "a command with nothing to do on a journal",
    counted: "records",
    counts: [10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000],
    prepare: startOn,
  },
];

/** How something grew. */
export interface GrowthCurve extends Pick<Growth, "id" | "title" | "counted"> {
  points: GrowthPoint[];
  /** How much more time each thing takes at the largest number than at the one before; more than 1 where the curve bends upward. */
  bend: number;
}

/** Runs of more seconds than this are measured once: chance evens out in them. */
const LONG = 60;

async function measured(
  once: () => Promise<MeasuredRun>,
): Promise<MeasuredRun[]> {
  const first = await once();
  return first.wall > LONG ? [first] : [first, await once(), await once()];
}

/** Measures all of them; `say` is told of each. */
export async function measureGrowth(
  workshop: Workshop,
  say: (line: string) => void,
): Promise<GrowthCurve[]> {
  const curves: GrowthCurve[] = [];
  for (const { id, title, counted, counts, prepare } of GROWTHS) {
    const points: GrowthPoint[] = [];
    for (const count of counts) {
      const runs = await workshop.within(async (context) => {
        const once = await prepare(count)(context);
        return await measured(once);
      });
      const wall = median(runs.map((run) => run.wall));
      const memory = median(runs.map((run) => run.peak)) * MiB / 1e6;
      points.push({ count, wall, memory });
      say(
        `${title}: ${count} ${counted}: ${wall.toFixed(2)} s, ${
          memory.toFixed(0)
        } MB`,
      );
    }
    const bend = bendOf(points);
    say(`The last point costs ${bend.toFixed(2)} times as much for each`);
    curves.push({ id, title, counted, points, bend });
  }
  return curves;
}

function bendOf(points: readonly GrowthPoint[]): number {
  const [before, last] = points.slice(-2);
  return (last.wall / last.count) / (before.wall / before.count);
}
