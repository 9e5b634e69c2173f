/**
 * Locks: Initiate, Get, Abort and Complete Vault Lock.
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
import { newLockId } from "./ids.ts";
import { checkVaultName, isoTime } from "./parameters.ts";
import { parsePolicyRequest } from "./policy_document.ts";
import { invalid, notFound, Refusal } from "./refusal.ts";
import type { VaultLock } from "./vault_lock_table.ts";

/** How long a lock can be in progress, in milliseconds ("Initiate Vault Lock" in the Glacier developer guide). */
const LOCK_LIFETIME = 24 * 60 * 60 * 1000;

function denied(message: string): Refusal {
  return new Refusal("AccessDeniedException", message);
}

/** The lock of a vault, unless its time to be completed is over. */
export function findLock(
  context: ServerContext,
  vault: string,
): VaultLock | undefined {
  requireVault(context, vault);
  const lock = context.state.vaultLocks.get(vault);
  if (lock === undefined || lock.locked !== null) return lock;
  return lock.created + LOCK_LIFETIME > context.clock.now() ? lock : undefined;
}

function requireLock(context: ServerContext, vault: string): VaultLock {
  const lock = findLock(context, vault);
  if (lock === undefined) {
    throw notFound(
      `No vault lock policy is set for: ${vaultArn(context, vault)}`,
    );
  }
  return lock;
}

function initiate(
  context: ServerContext,
  vault: string,
  body: Uint8Array,
): string {
  const { state, clock } = context;
  requireVault(context, vault);
  const policy = parsePolicyRequest(body, "vault lock");
  const id = newLockId();
  state.transaction(() => {
    const lock = findLock(context, vault);
    if (lock !== undefined) {
      throw denied(
        lock.locked === null
          ? "The vault lock is already in progress. Abort it before another is initiated"
          : "The vault is locked, and its vault lock policy cannot be changed",
      );
    }
    state.vaultLocks.put(vault, { id, policy, created: clock.now() });
  });
  return id;
}

/** A lock in the service's form ("Get Vault Lock" in the Glacier developer guide). */
function describe({ policy, created, locked }: VaultLock) {
  const expires = created + LOCK_LIFETIME;
  return {
    CreationDate: isoTime(created),
    ExpirationDate: locked === null ? isoTime(expires) : null,
    Policy: policy,
    State: locked === null ? "InProgress" : "Locked",
  };
}

/** Succeeds where there is no lock ("Abort Vault Lock" in the Glacier developer guide). */
function abort(context: ServerContext, vault: string): void {
  const { state } = context;
  state.transaction(() => {
    const lock = findLock(context, vault);
    if (lock !== undefined && lock.locked !== null) {
      throw denied("The vault is locked, and its lock cannot be aborted");
    }
    state.vaultLocks.remove(vault);
  });
}

/** Completing again succeeds ("Complete Vault Lock" in the Glacier developer guide). */
function complete(context: ServerContext, vault: string, id: string): void {
  const { state, clock } = context;
  state.transaction(() => {
    const lock = requireLock(context, vault);
    const message = `Invalid lock ID: ${id}`;
    if (lock.id !== id) {
      throw lock.locked === null ? invalid(message) : denied(message);
    }
    if (lock.locked === null) state.vaultLocks.complete(vault, clock.now());
  });
}

/** Adds the routes of locks. */
export function routeVaultLocks(
  app: Hono<RouteEnvironment>,
  context: ServerContext,
): void {
  const lock = "/:account/vaults/:vault/lock-policy";
  app.post(lock, (c) => {
    const vault = checkVaultName(c.req.param("vault"));
    const id = initiate(context, vault, c.env.smallBody);
    return c.body(null, 201, { "x-amz-lock-id": id });
  });
  app.get(lock, (c) => {
    const vault = checkVaultName(c.req.param("vault"));
    return c.json(describe(requireLock(context, vault)));
  });
  app.delete(lock, (c) => {
    abort(context, checkVaultName(c.req.param("vault")));
    return c.body(null, 204);
  });
  app.post(`${lock}/:lock`, (c) => {
    const { vault, lock } = c.req.param();
    complete(context, checkVaultName(vault), lock);
    return c.body(null, 204);
  });
}
