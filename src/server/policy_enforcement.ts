/**
 * Enforces a vault's access policy and the policy of its lock, which is in
 * force from when it is initiated, so that it can be tested ("S3 Glacier Vault
 * Lock" in the Glacier developer guide).
 *
 * @module
 */

import type { OperationName } from "../glacier/operations.ts";
import { type ServerContext, vaultArn } from "./context.ts";
import type { ConditionContext } from "./policy_condition.ts";
import { denies } from "./policy_decision.ts";
import { Refusal } from "./refusal.ts";
import { findLock } from "./vault_locks.ts";

const DAY = 24 * 60 * 60 * 1000;

/**
 * Who administers a vault's policies isn't kept from it by them: else an
 * account could lock itself out of its own vault.
 */
const ADMINISTRATION: readonly OperationName[] = [
  "SetVaultAccessPolicy",
  "GetVaultAccessPolicy",
  "DeleteVaultAccessPolicy",
  "InitiateVaultLock",
  "GetVaultLock",
  "AbortVaultLock",
  "CompleteVaultLock",
];

/** The vault and the archive in a path. */
const PATH = /^\/[^/]+\/vaults\/([^/]+)(?:\/archives\/([^/]+))?/;

/**
 * The keys that conditions can be about ("Actions, resources, and condition
 * keys for Amazon S3 Glacier" in the service authorization reference, and
 * "AWS global condition context keys" in the IAM user guide).
 */
function conditionContext(
  { state, clock, account, region }: ServerContext,
  vault: string,
  archiveId: string | undefined,
): ConditionContext {
  const now = clock.now();
  const context = new Map([
    // The server stands for a service that is reached by TLS.
    ["aws:securetransport", "true"],
    ["aws:currenttime", new Date(now).toISOString()],
    ["aws:epochtime", String(Math.floor(now / 1000))],
    ["aws:principalaccount", account],
    ["aws:principalarn", `arn:aws:iam::${account}:root`],
    ["aws:principaltype", "Account"],
    ["aws:requestedregion", region],
  ]);
  for (const { key, value } of state.tags.list(vault)) {
    context.set(`glacier:resourcetag/${key.toLowerCase()}`, value);
  }
  const archive = archiveId === undefined
    ? undefined
    : state.archives.get(archiveId);
  if (archive?.vault === vault) {
    const days = Math.floor((now - archive.created) / DAY);
    context.set("glacier:archiveageindays", String(days));
  }
  return context;
}

/**
 * Lets a request about a vault pass where no policy of the vault denies it.
 *
 * @throws {Refusal} where one does.
 */
export function enforcePolicies(
  context: ServerContext,
  operation: OperationName | undefined,
  pathname: string,
): void {
  const [, vault, archiveId] = PATH.exec(pathname) ?? [];
  if (operation === undefined || vault === undefined) return;
  const { state, account } = context;
  if (
    ADMINISTRATION.includes(operation) || state.vaults.get(vault) === undefined
  ) return;
  const policies = [
    state.accessPolicies.get(vault),
    findLock(context, vault)?.policy,
  ].filter((policy) => policy !== undefined);
  if (policies.length === 0) return;
  const action = `glacier:${operation}`;
  const resource = vaultArn(context, vault);
  const request = {
    action,
    resource,
    account,
    context: conditionContext(context, vault, archiveId),
  };
  if (!policies.some((policy) => denies(policy, request))) return;
  throw new Refusal(
    "AccessDeniedException",
    `User: arn:aws:iam::${account}:root is not authorized to perform: ${action} on resource: ${resource} with an explicit deny in a resource-based policy`,
  );
}
