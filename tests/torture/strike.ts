/**
 * What strikes an attempt at a step, and when.
 *
 * @module
 */

import type { Random } from "../random.ts";
import type { Change } from "./tree.ts";

/** Before a request is passed on, when half of its payload is passed on, or when its answer has come and is not passed on yet. */
export type Moment = "before" | "half" | "after";

/** When something strikes. */
export type Trigger =
  /** At the n-th request of this kind, counted from 1. */
  | { on: "request"; of: RequestKind; n: number; moment: Moment }
  /** At the n-th line of standard output. */
  | { on: "line"; n: number }
  /** At the n-th change of a file in the folders of the journal and the step. */
  | { on: "change"; n: number }
  /** So many milliseconds after the start. */
  | { on: "time"; ms: number };

/** Which requests count. */
export const REQUEST_KINDS = {
  any: null,
  creating: ["UploadArchive", "CompleteMultipartUpload"],
  parts: ["UploadMultipartPart"],
  beginning: ["InitiateMultipartUpload"],
  deleting: ["DeleteArchive", "AbortMultipartUpload"],
  retrieving: ["InitiateJob"],
  fetching: ["GetJobOutput"],
  listing: ["ListJobs", "ListParts"],
} as const satisfies Record<string, readonly string[] | null>;

export type RequestKind = keyof typeof REQUEST_KINDS;

/** What strikes. */
export type Strike =
  & { trigger: Trigger }
  & (
    | { kind: "killClient" }
    /** The server is started again: after so many milliseconds, or only when the client has ended. */
    | { kind: "killServer"; down: number | "until the client ends" }
    | { kind: "killBoth" }
    /** The attempt's change of a file is made now. */
    | { kind: "change" }
    /** Another client begins the same; `held`: the first one's request waits meanwhile. */
    | { kind: "second"; held: boolean }
  );

/** How an attempt is made. */
export interface AttemptPlan {
  strike?: Strike;
  /** A local file changes: after the attempt, where its strike hasn't made it so before. */
  change?: Change;
  /** Rules of the server; none where absent. */
  faults: readonly string[];
  faultSeed: number;
  /** After a kill: lose what of the journal's files may not have reached the disk. */
  powerLoss: boolean;
  /** By how many seconds the client's clock is behind. */
  behind: number;
}

/** The most by which a clock is behind, in seconds: so much the service lets pass. */
export const MOST_BEHIND = 200;

/** Draws a strike; `kinds` are the requests that the step is likely to make. */
export function drawStrike(
  random: Random,
  kinds: readonly RequestKind[],
): Strike {
  const trigger = drawTrigger(random, kinds);
  const chance = random.next();
  if (chance < 0.55) return { kind: "killClient", trigger };
  if (chance < 0.75) {
    const down = random.chance(0.5)
      ? random.below(600)
      : "until the client ends";
    return { kind: "killServer", down, trigger };
  }
  if (chance < 0.82) return { kind: "killBoth", trigger };
  return { kind: "second", held: random.chance(0.7), trigger };
}

function drawTrigger(
  random: Random,
  kinds: readonly RequestKind[],
): Trigger {
  const chance = random.next();
  // The first ones come in every attempt, the others only where there is much to do.
  const early = (end: number) => 1 + Math.floor(end * random.next() ** 2);
  if (chance < 0.65) {
    const of = random.chance(0.7) ? random.pick(kinds)! : "any";
    const moment = random.pick(["before", "half", "after", "after"] as const)!;
    return { on: "request", of, n: early(4), moment };
  }
  if (chance < 0.85) return { on: "change", n: early(40) };
  if (chance < 0.9) return { on: "line", n: early(3) };
  return { on: "time", ms: 80 + random.below(250) };
}

/** A trigger in words, for the log. */
export function describeTrigger(trigger: Trigger): string {
  switch (trigger.on) {
    case "request":
      return `${trigger.moment} request ${trigger.n} (${trigger.of})`;
    case "line":
      return `at line ${trigger.n} of its output`;
    case "change":
      return `at change ${trigger.n} of its files`;
    case "time":
      return `after ${trigger.ms} ms`;
  }
}
