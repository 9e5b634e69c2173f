/**
 * `retrieve-inventory`: asks for the list of all archives in a vault.
 *
 * @module
 */

import type { InventoryFormat } from "../store.ts";
import type { StoreContext } from "./context.ts";

/** Options of {@linkcode retrieveInventory}. */
export interface RetrieveInventoryOptions {
  /** How the inventory is to be written. */
  format: InventoryFormat;
}

/** Asks for the inventory; `downloadInventory` fetches it once it is ready. */
export async function retrieveInventory(
  { store, emit, signal }: StoreContext,
  { format }: RetrieveInventoryOptions,
): Promise<void> {
  const jobId = await store.requestInventory({ format }, { signal });
  emit({ type: "inventoryRequested", jobId, format });
}
