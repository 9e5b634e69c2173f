/**
 * Create, Describe, List and Delete Vault.
 *
 * @module
 */

import type { Hono } from "hono";
import {
  removeDoomedBlobs,
  requireVault,
  type RouteEnvironment,
  type ServerContext,
  vaultArn,
} from "./context.ts";
import { checkVaultName, isoTime, parseLimit } from "./parameters.ts";
import { invalid, Refusal } from "./refusal.ts";
import type { Vault } from "./vault_table.ts";

/** Vaults in one account and region ("Creating a Vault" in the Glacier developer guide). */
const MAX_VAULTS = 1000;

/** Vaults in one answer ("List Vaults" in the Glacier developer guide). */
const MAX_LISTED = 10;

/** A vault in the service's form: as of its last inventory, and empty before the first. */
function describe(context: ServerContext, vault: Vault) {
  const now = context.clock.now();
  const inventory = context.state.inventories.last(vault, now);
  return {
    CreationDate: isoTime(vault.created),
    LastInventoryDate: inventory === null ? null : isoTime(inventory.date),
    NumberOfArchives: inventory?.archives ?? 0,
    SizeInBytes: inventory?.bytes ?? 0,
    VaultARN: vaultArn(context, vault.name),
    VaultName: vault.name,
  };
}

/** The name in a vault's ARN; empty for the empty marker. */
function nameInMarker(context: ServerContext, marker: string): string {
  const prefix = vaultArn(context, "");
  if (marker !== "" && !marker.startsWith(prefix)) {
    throw invalid(`Invalid marker: ${marker}`);
  }
  return marker.slice(prefix.length);
}

function create({ state, clock }: ServerContext, name: string): void {
  state.transaction(() => {
    if (state.vaults.get(name) !== undefined) return;
    if (state.vaults.count() >= MAX_VAULTS) {
      throw new Refusal(
        "LimitExceededException",
        `The number of vaults is limited to ${MAX_VAULTS}`,
      );
    }
    state.vaults.insert(name, clock.now());
  });
}

/** A vault goes when its last inventory shows none, and of this moment ("Delete Vault" in the Glacier developer guide). */
function remove(context: ServerContext, name: string): void {
  const { state, clock } = context;
  state.transaction(() => {
    const vault = state.vaults.get(name);
    if (vault === undefined) return;
    const inventory = state.inventories.last(vault, clock.now());
    const written = vault.pending !== null && !inventory?.isNew;
    if (written || (inventory?.archives ?? 0) > 0) {
      throw invalid(
        `Vault not empty or recently written to: ${vaultArn(context, name)}`,
      );
    }
    state.vaults.remove(name);
  });
}

function list(
  context: ServerContext,
  query: { limit?: string; marker?: string },
) {
  const limit = parseLimit(query.limit, MAX_LISTED);
  const after = nameInMarker(context, query.marker ?? "");
  const vaults = context.state.vaults.list(after, limit + 1);
  const page = vaults.slice(0, limit).map((vault) => describe(context, vault));
  return {
    Marker: vaults.length > limit ? page.at(-1)!.VaultARN : null,
    VaultList: page,
  };
}

/** Adds the routes of vaults. */
export function routeVaults(
  app: Hono<RouteEnvironment>,
  context: ServerContext,
): void {
  app.get("/:account/vaults", (c) => c.json(list(context, c.req.query())));
  app.put("/:account/vaults/:vault", (c) => {
    const name = checkVaultName(c.req.param("vault"));
    create(context, name);
    return c.body(null, 201, {
      location: `/${context.account}/vaults/${name}`,
    });
  });
  app.get("/:account/vaults/:vault", (c) => {
    const name = checkVaultName(c.req.param("vault"));
    return c.json(describe(context, requireVault(context, name)));
  });
  app.delete("/:account/vaults/:vault", async (c) => {
    const name = checkVaultName(c.req.param("vault"));
    // Its jobs go with it.
    await context.publishDue();
    remove(context, name);
    await removeDoomedBlobs(context);
    return c.body(null, 204);
  });
}
