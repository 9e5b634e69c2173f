/**
 * `list-vaults`.
 *
 * @module
 */

import type { CommandEvent } from "./command_events.ts";
import type { ServiceContext } from "./context.ts";

/** Tells of each vault as soon as the service has, and then of all together. */
export async function listVaults(
  { service, emit, signal }: ServiceContext<CommandEvent>,
): Promise<void> {
  const totals = { vaults: 0, archives: 0, size: 0 };
  for await (const vault of service.listVaults({ signal })) {
    emit({ type: "vault", ...vault });
    totals.vaults++;
    totals.archives += vault.archives;
    totals.size += vault.size;
  }
  emit({ type: "vaultTotals", ...totals });
}
