/**
 * Access policies: Set, Get and Delete Vault Access Policy.
 *
 * @module
 */

import type { Hono } from "hono";
import {
  requireVault,
  type RouteEnvironment,
  type ServerContext,
  vaultArn,
} from "./context.ts";
import { checkVaultName } from "./parameters.ts";
import { parsePolicyRequest } from "./policy_document.ts";
import { notFound } from "./refusal.ts";

function set(context: ServerContext, vault: string, body: Uint8Array): void {
  const { state } = context;
  requireVault(context, vault);
  const policy = parsePolicyRequest(body, "vault access");
  state.transaction(() => state.accessPolicies.put(vault, policy));
}

function get(context: ServerContext, vault: string) {
  requireVault(context, vault);
  const policy = context.state.accessPolicies.get(vault);
  if (policy === undefined) {
    throw notFound(
      `No vault access policy is set for: ${vaultArn(context, vault)}`,
    );
  }
  return { Policy: policy };
}

function remove(context: ServerContext, vault: string): void {
  const { state } = context;
  requireVault(context, vault);
  state.transaction(() => state.accessPolicies.remove(vault));
}

/** Adds the routes of access policies. */
export function routeAccessPolicies(
  app: Hono<RouteEnvironment>,
  context: ServerContext,
): void {
  const policy = "/:account/vaults/:vault/access-policy";
  app.put(policy, (c) => {
    const vault = checkVaultName(c.req.param("vault"));
    set(context, vault, c.env.smallBody);
    return c.body(null, 204);
  });
  app.get(policy, (c) => {
    const vault = checkVaultName(c.req.param("vault"));
    return c.json(get(context, vault));
  });
  app.delete(policy, (c) => {
    remove(context, checkVaultName(c.req.param("vault")));
    return c.body(null, 204);
  });
}
