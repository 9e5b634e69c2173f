/**
 * Pieces of the lines that are shown.
 *
 * @module
 */

import { printable } from "../relative_name.ts";

/** Such as `1 file` and `2 files`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** A time in seconds since 1970 as ISO 8601; one that is beyond the calendar as it is. */
export function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime())
    ? `${seconds}`
    : date.toISOString().replace(".000Z", "Z");
}

/** ` (filename NAME)`, nothing where there is none. */
export function filename({ name }: { name: string | null }): string {
  return name === null ? "" : ` (filename ${printable(name)})`;
}
