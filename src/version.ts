/**
 * The version of this program; a test compares it with `deno.json`.
 *
 * @example In a report of a defect
 * ```ts
 * import { VERSION } from "@moraine/moraine";
 * import { assertMatch } from "@std/assert";
 *
 * assertMatch(`moraine ${VERSION}`, /^moraine \d+\.\d+\.\d+/);
 * ```
 */
export const VERSION = "0.1.0";
