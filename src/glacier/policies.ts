/**
 * Who may use a vault, how it is locked, and how fast and how dear retrievals
 * can be.
 *
 * @module
 */

import type { CallOptions } from "../store.ts";
import { type JsonObject, readNothing } from "./answer.ts";
import type { Connection } from "./connection.ts";
import type {
  DataRetrievalRule,
  ProvisionedCapacity,
  VaultLock,
} from "./types.ts";

const LOCK_STATES = ["InProgress", "Locked"] as const;
const STRATEGIES = ["BytesPerHour", "FreeTier", "None"] as const;

/**
 * Sets who may use a vault. `policy` is a JSON document of up to 20 KB. ("Set
 * Vault Access Policy" in the Glacier developer guide)
 */
export function setVaultAccessPolicy(
  connection: Connection,
  vaultName: string,
  policy: string,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    "SetVaultAccessPolicy",
    { path: { vaultName }, json: { Policy: policy } },
    readNothing,
    options,
  );
}

/**
 * Who may use a vault, a JSON document; a `ServiceError` with the code
 * `ResourceNotFoundException` where that was never set. ("Get Vault Access
 * Policy" in the Glacier developer guide)
 */
export function getVaultAccessPolicy(
  connection: Connection,
  vaultName: string,
  options?: CallOptions,
): Promise<string> {
  return connection.call(
    "GetVaultAccessPolicy",
    { path: { vaultName } },
    async (answer) => (await answer.json()).string("Policy"),
    options,
  );
}

/** Leaves a vault to its owner's rules; succeeds where it has no policy. ("Delete Vault Access Policy" in the Glacier developer guide) */
export function deleteVaultAccessPolicy(
  connection: Connection,
  vaultName: string,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    "DeleteVaultAccessPolicy",
    { path: { vaultName } },
    readNothing,
    options,
  );
}

/**
 * Begins to lock a vault; resolves to the lock's ID, with which it must be
 * completed within 24 hours. `policy` is a JSON document of up to 20 KB. Sent
 * again only where it surely had no effect: where the answer is lost, abort
 * the lock and begin anew. ("Initiate Vault Lock" in the Glacier developer
 * guide)
 */
export function initiateVaultLock(
  connection: Connection,
  vaultName: string,
  policy: string,
  options?: CallOptions,
): Promise<string> {
  return connection.call("InitiateVaultLock", {
    path: { vaultName },
    json: { Policy: policy },
  }, async (answer) => {
    await answer.release();
    return answer.header("x-amz-lock-id");
  }, options);
}

/**
 * A vault's lock; a `ServiceError` with the code `ResourceNotFoundException`
 * where there is none. ("Get Vault Lock" in the Glacier developer guide)
 */
export function getVaultLock(
  connection: Connection,
  vaultName: string,
  options?: CallOptions,
): Promise<VaultLock> {
  return connection.call(
    "GetVaultLock",
    { path: { vaultName } },
    async (answer) => {
      const json = await answer.json();
      return {
        policy: json.string("Policy"),
        state: json.oneOf("State", LOCK_STATES),
        creationDate: json.date("CreationDate"),
        expirationDate: json.optionalDate("ExpirationDate"),
      };
    },
    options,
  );
}

/** Gives up a lock in progress; refused once it is complete. ("Abort Vault Lock" in the Glacier developer guide) */
export function abortVaultLock(
  connection: Connection,
  vaultName: string,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    "AbortVaultLock",
    { path: { vaultName } },
    readNothing,
    options,
  );
}

/** Locks a vault for good: nothing can change or remove the policy afterwards. ("Complete Vault Lock" in the Glacier developer guide) */
export function completeVaultLock(
  connection: Connection,
  vaultName: string,
  lockId: string,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    "CompleteVaultLock",
    { path: { vaultName, lockId } },
    readNothing,
    options,
  );
}

/**
 * Limits the retrievals of the account in the region, at the Standard tier
 * only; jobs beyond the limit are refused. ("Set Data Retrieval Policy" in the
 * Glacier developer guide)
 */
export function setDataRetrievalPolicy(
  connection: Connection,
  rules: DataRetrievalRule[],
  options?: CallOptions,
): Promise<void> {
  const Rules = rules.map((rule) => ({
    Strategy: rule.strategy,
    BytesPerHour: "bytesPerHour" in rule ? rule.bytesPerHour : undefined,
  }));
  return connection.call(
    "SetDataRetrievalPolicy",
    { json: { Policy: { Rules } } },
    readNothing,
    options,
  );
}

/** What limits the retrievals of the account in the region. ("Get Data Retrieval Policy" in the Glacier developer guide) */
export function getDataRetrievalPolicy(
  connection: Connection,
  options?: CallOptions,
): Promise<DataRetrievalRule[]> {
  return connection.call("GetDataRetrievalPolicy", {}, async (answer) => {
    const json = await answer.json();
    return json.object("Policy").objects("Rules").map(readRule);
  }, options);
}

/**
 * Buys a unit of capacity for Expedited retrievals, for a month; an account
 * can have two. Sent again only where it surely had no effect. Resolves to the
 * unit's ID. ("Purchase Provisioned Capacity" in the Glacier developer guide)
 */
export function purchaseProvisionedCapacity(
  connection: Connection,
  options?: CallOptions,
): Promise<string> {
  return connection.call("PurchaseProvisionedCapacity", {}, async (answer) => {
    await answer.release();
    return answer.header("x-amz-capacity-id");
  }, options);
}

/** The units of capacity that the account has. ("List Provisioned Capacity" in the Glacier developer guide) */
export function listProvisionedCapacity(
  connection: Connection,
  options?: CallOptions,
): Promise<ProvisionedCapacity[]> {
  return connection.call("ListProvisionedCapacity", {}, async (answer) => {
    const json = await answer.json();
    return json.objects("ProvisionedCapacityList").map((unit) => ({
      capacityId: unit.string("CapacityId"),
      startDate: unit.date("StartDate"),
      expirationDate: unit.date("ExpirationDate"),
    }));
  }, options);
}

function readRule(json: JsonObject): DataRetrievalRule {
  const strategy = json.oneOf("Strategy", STRATEGIES);
  if (strategy !== "BytesPerHour") return { strategy };
  return { strategy, bytesPerHour: json.number("BytesPerHour") };
}
