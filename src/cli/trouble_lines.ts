/**
 * How trouble looks on standard error.
 *
 * @module
 */

import { messageOf, MoraineError } from "../errors.ts";
import { printable } from "../relative_name.ts";
import type { RequestSubject } from "../store.ts";
import type { TroubleEvent } from "../transfer/events.ts";
import { count } from "./wording.ts";

/** The line that trouble is on standard error. */
export function troubleLine(event: TroubleEvent): string {
  switch (event.type) {
    case "warning":
      return `WARNING: ${printable(event.message)}`;
    case "failure":
      return errorLine(event.message);
    case "retry":
      return `Trying ${subjectOf(event)} again in ${
        (event.delay / 1000).toFixed(1)
      } s (attempt ${event.attempt}): ${printable(event.message)}`;
    case "gaveUp":
      return `Not trying ${subjectOf(event)} again after ${
        count(event.attempts, "attempt")
      }${whyGivenUp(event)}: ${printable(event.message)}`;
    case "requestLimit":
      return `Sending ${count(event.requests, "request")} at a time at most: ${
        printable(event.message)
      }`;
    case "requestLimitLifted":
      return `Sending ${event.requests} requests at a time again`;
  }
}

/** An operation and what it is about, such as `UploadMultipartPart of a.jpg (bytes 0-1048575)`. */
function subjectOf({ operation, name, range }: RequestSubject): string {
  const of = name === undefined ? "" : ` of ${printable(name)}`;
  return `${operation}${of}${range === undefined ? "" : ` (bytes ${range})`}`;
}

function whyGivenUp({ reason, patience }: GaveUpEvent): string {
  switch (reason) {
    case "tries":
      return "";
    case "outage":
      return `, because no request has succeeded for ${
        count(Math.round(patience / 60_000), "minute")
      }`;
    case "uncertain":
      return ", because it may have taken effect";
  }
}

type GaveUpEvent = Extract<TroubleEvent, { type: "gaveUp" }>;

/** The line that an error is on standard error: always one line, whatever is in the message. */
export function errorLine(message: string): string {
  return `ERROR: ${printable(message)}`;
}

/** One sentence for errors that are meant for the user; a defect shows where it came from. */
export function describeError(error: unknown): string {
  // What went wrong while things were closed must not hide why they were.
  // (By name: not every runtime has the class.)
  if (error instanceof Error && error.name === "SuppressedError") {
    const { suppressed, error: later } = error as SuppressedError;
    return `${describeError(suppressed)}\n${describeError(later)}`;
  }
  if (error instanceof MoraineError) return errorLine(error.message);
  if (isWithheld(error)) {
    return errorLine(`A permission is missing: ${messageOf(error)}`);
  }
  const line = errorLine(
    `Unexpected: ${
      messageOf(error)
    } (this is a defect; please report it with what follows)`,
  );
  return error instanceof Error && error.stack
    ? `${line}\n${error.stack}`
    : line;
}

/** Whether the runtime refused something because whoever started it did not allow it; each has its own way to say so. */
function isWithheld(error: unknown): boolean {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown };
  return name === "NotCapable" || code === "ERR_ACCESS_DENIED";
}
