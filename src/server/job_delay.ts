/**
 * How long jobs take, at each tier.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { printable } from "../relative_name.ts";

/** How fast, and how dear ("Initiate Job" in the Glacier developer guide). */
export const TIERS = ["Expedited", "Standard", "Bulk"] as const;

/** A tier of retrieval. */
export type Tier = (typeof TIERS)[number];

/** Whether a text is the name of a tier. */
export function isTier(text: string): text is Tier {
  return (TIERS as readonly string[]).includes(text);
}

/** How long a job takes at each tier, in seconds. */
export type JobDelays = Readonly<Record<Tier, number>>;

/** The longest delay, in seconds: more than thirty years. */
const MAX_DELAY = 1_000_000_000;

/** The same delay at all tiers. */
export function sameDelays(seconds: number): JobDelays {
  return { Expedited: seconds, Standard: seconds, Bulk: seconds };
}

function parseSeconds(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= MAX_DELAY) return Number(text);
  throw new UsageError(
    `--job-delay takes a whole number of seconds from 0 to ${MAX_DELAY}, or one for each tier such as Expedited=60,Standard=14400,Bulk=36000, not "${
      printable(text)
    }"`,
  );
}

/**
 * Reads the value of `--job-delay`: seconds, or seconds by tier. A tier that
 * isn't named has the delay of the one before it in the order of
 * {@linkcode TIERS}, the first one none: a slower tier is never faster.
 *
 * @throws {UsageError}
 */
export function parseJobDelays(text: string): JobDelays {
  if (!text.includes("=")) return sameDelays(parseSeconds(text));
  const given = new Map<string, number>();
  for (const field of text.split(",")) {
    const [name, seconds = ""] = field.split("=", 2);
    if (!isTier(name) || given.has(name)) {
      throw new UsageError(
        `--job-delay takes each of ${TIERS.join(", ")} once, not "${
          printable(name)
        }"`,
      );
    }
    given.set(name, parseSeconds(seconds));
  }
  const delays = { Expedited: 0, Standard: 0, Bulk: 0 };
  let last = 0;
  for (const tier of TIERS) last = delays[tier] = given.get(tier) ?? last;
  return delays;
}
