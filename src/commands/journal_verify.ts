/**
 * `journal-verify`.
 *
 * @module
 */

import type { LocalContext } from "./context.ts";

/** Not written yet. */
export async function journalVerify(
  _context: LocalContext,
  _options: { journal: string },
): Promise<void> {
  await Promise.reject(new Error("not written"));
}
