/**
 * `download-inventory`.
 *
 * @module
 */

import type { StoreContext } from "./context.ts";

/** Not written yet. */
export async function downloadInventory(
  _context: StoreContext,
  _options: {
    newJournal: string;
    descriptions: "all" | "mt";
    undecodable: "archive-id" | "leave-out" | "fail";
  },
): Promise<void> {
  await Promise.reject(new Error("not written"));
}
