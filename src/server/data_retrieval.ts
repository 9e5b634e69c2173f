/**
 * Get and Set Data Retrieval Policy, and what the policy lets pass.
 *
 * The service tells what it limits, not how it measures ("S3 Glacier Data
 * Retrieval Policies" in the Glacier developer guide). Here the bytes asked
 * for count from the moment of the request: with `BytesPerHour` those of the
 * last hour, with `FreeTier` those of the last 24 hours, whatever has become
 * of the jobs and whichever policy was in force then.
 *
 * @module
 */

import type { Hono } from "hono";
import type { RouteEnvironment, ServerContext } from "./context.ts";
import { parsePolicy } from "./data_retrieval_request.ts";
import { Refusal } from "./refusal.ts";
import type { RetrievalPolicy } from "./retrieval_table.ts";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/**
 * What may be retrieved in a day free of charge: 10 GiB a month ("Amazon S3
 * Glacier pricing"), in equal parts over 30 days. The service prorates it over
 * the month that it is.
 */
const FREE_BYTES_PER_DAY = Math.floor(10 * 1024 ** 3 / 30);

/** In force where none was set ("S3 Glacier Data Retrieval Policies"). */
const NO_LIMIT: RetrievalPolicy = { strategy: "None", bytes_per_hour: null };

function currentPolicy({ state }: ServerContext): RetrievalPolicy {
  return state.retrievals.policy() ?? NO_LIMIT;
}

/** How many bytes a policy allows, and in what time. */
function limitOf(
  { strategy, bytes_per_hour }: RetrievalPolicy,
): { bytes: number; period: number } {
  switch (strategy) {
    case "BytesPerHour":
      return { bytes: Number(bytes_per_hour), period: HOUR };
    case "FreeTier":
      return { bytes: FREE_BYTES_PER_DAY, period: DAY };
    case "None":
      return { bytes: Infinity, period: 0 };
  }
}

/**
 * Counts a retrieval that is about to begin. The policy applies to the
 * Standard tier only. Called within the transaction that begins the job.
 *
 * @throws {Refusal} where the policy forbids it.
 */
export function admitRetrieval(
  context: ServerContext,
  tier: string,
  bytes: number,
): void {
  if (tier !== "Standard") return;
  const { retrievals } = context.state;
  const now = context.clock.now();
  const limit = limitOf(currentPolicy(context));
  if (
    limit.bytes < Infinity &&
    retrievals.bytesAfter(now - limit.period) + bytes > limit.bytes
  ) {
    throw new Refusal(
      "PolicyEnforcedException",
      "InitiateJob request denied by current data retrieval policy.",
    );
  }
  retrievals.removeBefore(now - DAY);
  retrievals.insert(now, bytes);
}

function set({ state }: ServerContext, body: Uint8Array): void {
  const policy = parsePolicy(body);
  state.transaction(() => state.retrievals.setPolicy(policy));
}

/** The policy in the service's form. Written by hand, because a number of 63 bits is none of JavaScript's. */
function describe({ strategy, bytes_per_hour }: RetrievalPolicy): string {
  const limit = bytes_per_hour === null
    ? ""
    : `"BytesPerHour":${bytes_per_hour},`;
  return `{"Policy":{"Rules":[{${limit}"Strategy":"${strategy}"}]}}`;
}

/** Adds the routes of the data retrieval policy. */
export function routeDataRetrieval(
  app: Hono<RouteEnvironment>,
  context: ServerContext,
): void {
  const path = "/:account/policies/data-retrieval";
  app.get(path, (c) =>
    c.body(describe(currentPolicy(context)), 200, {
      "content-type": "application/json",
    }));
  app.put(path, (c) => {
    set(context, c.env.smallBody);
    return c.body(null, 204);
  });
}
