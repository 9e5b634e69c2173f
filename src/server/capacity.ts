/**
 * Purchase and List Provisioned Capacity.
 *
 * Capacity is never short here, so that retrievals at the Expedited tier are
 * accepted with a unit and without one.
 *
 * @module
 */

import type { Hono } from "hono";
import type { CapacityUnit } from "./capacity_table.ts";
import type { RouteEnvironment, ServerContext } from "./context.ts";
import { newCapacityId } from "./ids.ts";
import { isoTime } from "./parameters.ts";
import { Refusal } from "./refusal.ts";

/** Units that an account has at a time ("Archive Retrieval Options" in the Glacier developer guide). */
const MAX_UNITS = 2;

/**
 * The same time a month later to the second, or the last day of that month
 * where it is shorter ("Purchase Provisioned Capacity" in the Glacier developer
 * guide).
 */
function monthAfter(time: number): number {
  const date = new Date(time);
  date.setUTCMilliseconds(0);
  const day = date.getUTCDate();
  date.setUTCMonth(date.getUTCMonth() + 1);
  // A day that the month doesn't have has led into the month after.
  if (date.getUTCDate() !== day) date.setUTCDate(0);
  return date.getTime();
}

function purchase({ state, clock }: ServerContext): string {
  const start = clock.now();
  const id = newCapacityId();
  state.transaction(() => {
    state.capacity.removeExpired(start);
    if (state.capacity.list(start).length >= MAX_UNITS) {
      throw new Refusal(
        "LimitExceededException",
        `The number of provisioned capacity units is limited to ${MAX_UNITS}`,
      );
    }
    state.capacity.insert({ id, start, expiration: monthAfter(start) });
  });
  return id;
}

function describe({ id, start, expiration }: CapacityUnit) {
  return {
    CapacityId: id,
    ExpirationDate: isoTime(expiration),
    StartDate: isoTime(start),
  };
}

/** Adds the routes of provisioned capacity. */
export function routeCapacity(
  app: Hono<RouteEnvironment>,
  context: ServerContext,
): void {
  const path = "/:account/provisioned-capacity";
  app.get(path, (c) => {
    const units = context.state.capacity.list(context.clock.now());
    return c.json({ ProvisionedCapacityList: units.map(describe) });
  });
  app.post(
    path,
    (c) => c.body(null, 201, { "x-amz-capacity-id": purchase(context) }),
  );
}
