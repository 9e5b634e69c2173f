/**
 * Finding the inventory of a vault to work from.
 *
 * @module
 */

import type { Inventory } from "../store.ts";
import type { StoreContext } from "./context.ts";

/** The newest full inventory that is ready, and how many are under way. */
export async function newestInventory(
  { store, signal }: Pick<StoreContext, "store" | "signal">,
): Promise<{ inventory?: Inventory; pending: number }> {
  const age = ({ completed, created }: Inventory) => completed ?? created;
  let inventory: Inventory | undefined;
  let pending = 0;
  for await (const each of store.listInventories({ signal })) {
    if (!each.full) continue;
    if (each.status === "pending") pending++;
    if (each.status !== "ready") continue;
    if (inventory === undefined || age(each) > age(inventory)) inventory = each;
  }
  return { inventory, pending };
}

/** Why there is none, and what to do, as the beginning of a sentence; `pending`: how many are under way, `request`: what asks for one. */
export function noInventory(
  { store }: Pick<StoreContext, "store">,
  pending: number,
  request = "retrieve-inventory",
): string {
  const why = pending === 0
    ? `and none was asked for within the last day or so (${request} asks for one)`
    : `and ${pending} asked for ${
      pending === 1 ? "is" : "are"
    } still under way (try again later)`;
  return `No inventory of ${store.title} is ready, ${why}`;
}
