/**
 * `delete-vault`.
 *
 * @module
 */

import type { StoreContext } from "./context.ts";

/**
 * Deletes the store's vault; one that isn't there is as good as deleted.
 *
 * @throws {ServiceError} where the vault has archives, or had them lately.
 */
export async function deleteVault(
  { store, emit, signal }: StoreContext,
  options: { vault: string },
): Promise<void> {
  await store.deleteVault({ signal });
  emit({ type: "vaultDeleted", vault: options.vault });
}
