/**
 * `retrieve-inventory`.
 *
 * @module
 */

import type { StoreContext } from "./context.ts";

/** Not written yet. */
export async function retrieveInventory(
  _context: StoreContext,
  _options: { format: "json" | "csv" },
): Promise<void> {
  await Promise.reject(new Error("not written"));
}
