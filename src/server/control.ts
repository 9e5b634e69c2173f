/**
 * The control endpoint: tests move the clock of a running server, and tell it
 * which faults to produce. No request of the API begins with its path, for
 * those begin with an account.
 *
 * @module
 */

import { Hono } from "hono";
import { UsageError } from "../errors.ts";
import type { RouteEnvironment, ServerContext } from "./context.ts";
import { type FaultRule, parseFaultRule } from "./fault_rule.ts";
import { parseObject, textListField } from "./json_body.ts";
import { isoTime } from "./parameters.ts";
import { readSmallBody } from "./payload.ts";
import { invalid, missing, Refusal } from "./refusal.ts";

const PREFIX = "/_control";

/** How far the clock can be ahead in all, in seconds: some ten years. */
const MAX_ADVANCE = 10 * 366 * 24 * 60 * 60;

/** The largest seed. */
const MAX_SEED = Number.MAX_SAFE_INTEGER;

/** A field that is a whole number from 0 to `max`; `undefined` where it is absent. */
function wholeField(
  fields: Record<string, unknown>,
  name: string,
  max: number,
): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (
    typeof value === "number" && Number.isInteger(value) && value >= 0 &&
    value <= max
  ) return value;
  throw invalid(`Invalid ${name}: it must be a whole number from 0 to ${max}`);
}

function describeClock({ clock }: ServerContext) {
  return { time: isoTime(clock.now()), ahead: clock.ahead / 1000 };
}

function describeFaults({ faults }: ServerContext) {
  return { seed: faults.seed, faults: faults.counts() };
}

function parseRules(texts: readonly string[]): FaultRule[] {
  try {
    return texts.map(parseFaultRule);
  } catch (cause) {
    throw cause instanceof UsageError
      ? invalid(cause.message, { cause })
      : cause;
  }
}

function replaceFaults({ faults }: ServerContext, body: Uint8Array): void {
  const fields = parseObject(body);
  const texts = textListField(fields, "faults");
  if (texts === null) throw missing("faults");
  const seed = wholeField(fields, "seed", MAX_SEED) ?? faults.seed;
  faults.replace(parseRules(texts), seed);
}

function advanceClock({ clock }: ServerContext, body: Uint8Array): void {
  const rest = MAX_ADVANCE - clock.ahead / 1000;
  const seconds = wholeField(parseObject(body), "advance", rest);
  if (seconds === undefined) throw missing("advance");
  clock.advance(seconds * 1000);
}

function createRoutes(context: ServerContext): Hono<RouteEnvironment> {
  const app = new Hono<RouteEnvironment>();
  const clock = `${PREFIX}/clock`;
  const faults = `${PREFIX}/faults`;
  app.get(clock, (c) => c.json(describeClock(context)));
  app.post(clock, (c) => {
    advanceClock(context, c.env.smallBody);
    return c.json(describeClock(context));
  });
  app.get(faults, (c) => c.json(describeFaults(context)));
  app.put(faults, (c) => {
    replaceFaults(context, c.env.smallBody);
    return c.json(describeFaults(context));
  });
  app.notFound(() => {
    throw new Refusal(
      "BadRequest",
      `There are GET and POST ${clock}, GET and PUT ${faults}`,
    );
  });
  app.onError((error) => {
    throw error;
  });
  return app;
}

/**
 * Keeps out pages that somebody on this machine looks at. Those of other sites
 * can't send JSON without being allowed to first, and one that passes itself
 * off as this server's own is told by its browser's Origin.
 */
function checkSender({ headers, body }: Request): void {
  if (headers.has("origin")) {
    throw new Refusal("BadRequest", "Web pages have no access");
  }
  if (body === null) return;
  const type = headers.get("content-type") ?? "";
  if (/^application\/json\s*(;|$)/i.test(type)) return;
  throw new Refusal("BadRequest", "The content-type must be application/json");
}

/** Answers requests for the control endpoint. */
export interface Control {
  /** Whether a request is for it. */
  isFor(request: Request): boolean;
  /** @throws {Refusal} where the request is wrong. */
  respond(request: Request): Promise<Response>;
}

/** Makes the control endpoint of a server. */
export function createControl(context: ServerContext): Control {
  const routes = createRoutes(context);
  return {
    isFor: ({ url }) =>
      URL.canParse(url) && new URL(url).pathname.startsWith(`${PREFIX}/`),
    async respond(request) {
      checkSender(request);
      const smallBody = await readSmallBody(context, request);
      return await routes.fetch(request, { smallBody });
    },
  };
}
