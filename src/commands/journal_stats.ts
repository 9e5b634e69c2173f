/**
 * `journal-stats`.
 *
 * @module
 */

import type { NameFilter } from "../files/filter.ts";
import type { LocalContext } from "./context.ts";

/** Not written yet. */
export async function journalStats(
  _context: LocalContext,
  _options: { journal: string; filter: NameFilter },
): Promise<void> {
  await Promise.reject(new Error("not written"));
}
