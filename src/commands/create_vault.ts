/**
 * `create-vault`.
 *
 * @module
 */

import type { StoreContext } from "./context.ts";

/** Makes the store's vault; one that exists already stays as it is. */
export async function createVault(
  { store, emit, signal }: StoreContext,
  options: { vault: string },
): Promise<void> {
  await store.createVault({ signal });
  emit({ type: "vaultCreated", vault: options.vault });
}
