/**
 * Faults on demand: what happens to a request that one strikes.
 *
 * @module
 */

import { ConnectionDropped } from "../errors.ts";
import type { ServerContext } from "./context.ts";
import type { Strike } from "./fault_plan.ts";
import type { Fault } from "./fault_rule.ts";
import {
  corrupted,
  type Reshape,
  reshaped,
  slow,
  stalled,
  truncated,
} from "./faulty_body.ts";
import { operationOf } from "./operation_of.ts";
import { faultRefusal, refusalResponse } from "./refusal.ts";

/** Answers a request, whatever becomes of it. */
export type Respond = (request: Request) => Promise<Response>;

/** A fault of a body. */
type BodyFault = Exclude<Fault, { kind: "drop" | "error" }>;

/** What a fault does to a body of `size` bytes. */
function reshapeOf(fault: BodyFault, position: number, size: number): Reshape {
  if (fault.kind === "slow") return slow(fault.rate);
  const byte = fault.byte ?? Math.floor(position * size);
  switch (fault.kind) {
    case "stall":
      return stalled(byte);
    case "truncate":
      return truncated(byte);
    case "corrupt":
      return corrupted(byte);
  }
}

/** The size that headers tell; 0 where they don't. */
function announcedSize(headers: Headers): number {
  return Number(headers.get("content-length") ?? 0);
}

/** Reads what tells no size: such answers are small. */
async function sized(response: Response): Promise<Response> {
  if (response.headers.has("content-length")) return response;
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { status } = response;
  const headers = new Headers(response.headers);
  headers.set("content-length", String(bytes.length));
  return new Response(bytes, { status, headers });
}

async function withFaultyAnswer(
  given: Response,
  { fault, position }: Strike & { fault: BodyFault },
  closing: AbortSignal,
): Promise<Response> {
  if (given.body === null) return given;
  const response = await sized(given);
  const { status, headers } = response;
  const reshape = reshapeOf(fault, position, announcedSize(headers));
  const body = reshaped(response.body!, reshape, closing);
  return new Response(body, { status, headers });
}

async function withFaultyPayload(
  request: Request,
  { fault, position }: Strike & { fault: BodyFault },
  respond: Respond,
  closing: AbortSignal,
): Promise<Response> {
  if (request.body === null) return await respond(request);
  const { method, url, headers } = request;
  const reshape = reshapeOf(fault, position, announcedSize(headers));
  const body = reshaped(request.body, reshape, closing);
  // Node wants to be told that the answer may come before the payload's end.
  const init = { method, headers, body, duplex: "half" };
  return await respond(new Request(url, init));
}

/** Lets a request take effect and throws its answer away. */
async function perform(request: Request, respond: Respond): Promise<void> {
  const response = await respond(request);
  await response.body?.cancel();
}

/**
 * Answers a request as `respond` does, or as the fault has it that strikes it.
 *
 * @throws {ConnectionDropped} where nothing is to be answered.
 */
export async function respondFaultily(
  { faults, signal: closing }: Pick<ServerContext, "faults" | "signal">,
  request: Request,
  respond: Respond,
): Promise<Response> {
  const strike = await faults.next(operationOf(request));
  if (strike === undefined) return await respond(request);
  const { fault, position } = strike;
  if (fault.kind === "drop" || fault.kind === "error") {
    if (fault.at === "after") await perform(request, respond);
    else await request.body?.cancel().catch(() => {});
    if (fault.kind === "drop") throw new ConnectionDropped();
    return refusalResponse(faultRefusal(fault.code));
  }
  if (fault.kind !== "truncate" && fault.of === "payload") {
    const faulty = { fault, position };
    return await withFaultyPayload(request, faulty, respond, closing);
  }
  const response = await respond(request);
  return await withFaultyAnswer(response, { fault, position }, closing);
}
