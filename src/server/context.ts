/**
 * What the operations of the server work with.
 *
 * @module
 */

import type { Clock, IncrementalSha256 } from "../platform.ts";
import type { BlobStore } from "./blobs.ts";
import type { FaultPlan } from "./fault_plan.ts";
import type { JobDelays } from "./job_delay.ts";
import { notFound } from "./refusal.ts";
import type { ServiceClock } from "./service_clock.ts";
import type { State } from "./state.ts";
import type { Vault } from "./vault_table.ts";

/** One server. */
export interface ServerContext {
  /** The account that all belongs to, 12 digits. */
  readonly account: string;
  readonly region: string;
  /** The time of all that happens in the service. */
  readonly clock: ServiceClock;
  /** The time by which clients sign. */
  readonly machineClock: Clock;
  readonly state: State;
  readonly blobs: BlobStore;
  readonly jobDelays: JobDelays;
  readonly faults: FaultPlan;
  /** How long to wait for more of a payload, in milliseconds. */
  readonly payloadTimeout: number;
  /** Aborted when the server closes. */
  readonly signal: AbortSignal;
  createSha256(): IncrementalSha256;
  /** Tells topics of the jobs that have completed; resolves when their messages are on the device. Never rejects. */
  publishDue(): Promise<void>;
  /** Told of failures that no request can be told of, or not in full. */
  report(error: unknown): void;
}

/** What a route gets besides the request. */
export interface RouteBindings {
  /** The payload of a request that uploads nothing. */
  smallBody: Uint8Array<ArrayBuffer>;
}

/** hono's own description of {@linkcode RouteBindings}. */
export interface RouteEnvironment {
  Bindings: RouteBindings;
}

/** The Amazon Resource Name of a vault. */
export function vaultArn(context: ServerContext, name: string): string {
  return `arn:aws:glacier:${context.region}:${context.account}:vaults/${name}`;
}

/**
 * The vault of that name.
 *
 * @throws {Refusal} where there is none.
 */
export function requireVault(context: ServerContext, name: string): Vault {
  const vault = context.state.vaults.get(name);
  if (vault === undefined) {
    throw notFound(`Vault not found for ARN: ${vaultArn(context, name)}`);
  }
  return vault;
}

/** Removes the files of blobs that nothing refers to any more. */
export async function removeDoomedBlobs(context: ServerContext): Promise<void> {
  const { state, blobs } = context;
  try {
    for (;;) {
      const doomed = state.blobs.doomed(500);
      if (doomed.length === 0) return;
      for (const id of doomed) await blobs.remove(id);
      state.transaction(() => state.blobs.forget(doomed));
    }
  } catch (error) {
    // The request that doomed them succeeded; the next start tries again.
    context.report(error);
  }
}
