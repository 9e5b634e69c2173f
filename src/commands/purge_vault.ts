/**
 * `purge-vault`.
 *
 * @module
 */

import type { NameFilter } from "../files/filter.ts";
import type { StoreContext } from "./context.ts";

/** Not written yet. */
export async function purgeVault(
  _context: StoreContext,
  _options: {
    journal: string;
    dryRun?: boolean;
    filter: NameFilter;
    concurrency: number;
  },
): Promise<void> {
  await Promise.reject(new Error("not written"));
}
