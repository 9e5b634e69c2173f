/**
 * `list-vaults`.
 *
 * @module
 */

import type { ServiceContext } from "./context.ts";

/** Not written yet. */
export async function listVaults(
  _context: ServiceContext,
): Promise<void> {
  await Promise.reject(new Error("not written"));
}
