/**
 * `delete-vault`.
 *
 * @module
 */

import type { StoreContext } from "./context.ts";

/** Not written yet. */
export async function deleteVault(
  _context: StoreContext,
  _options: { vault: string },
): Promise<void> {
  await Promise.reject(new Error("not written"));
}
