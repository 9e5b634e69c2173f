/**
 * How time and memory grow with the number of files, and of records.
 *
 * @module
 */

import { type BenchContext, startOn, syncSmall } from "./cases.ts";
import type { MeasuredRun } from "./program.ts";

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

export const GROWTHS: readonly Growth[] = [
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

/**
 * How much more time each thing takes at the largest size than at the one
 * before: 1 where cost grows with the number, more where the curve bends
 * upward.
 */
export function bend(points: readonly GrowthPoint[]): number {
  const [before, last] = points.slice(-2);
  return (last.wall / last.count) / (before.wall / before.count);
}
