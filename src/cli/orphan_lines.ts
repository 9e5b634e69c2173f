/**
 * How unfinished uploads look, and what a comparison with an inventory found.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { printable } from "../relative_name.ts";
import type {
  AnyResultEvent,
  ReconcileTotals,
} from "../commands/command_events.ts";
import { filename, isoTime } from "./wording.ts";

type EventOf<Type extends AnyResultEvent["type"]> = Extract<
  AnyResultEvent,
  { type: Type }
>;

export function uploadLine(event: EventOf<"unfinishedUpload">): string {
  const { own, uploadId, name, description, began } = event;
  const what = name === null
    ? ` (description "${printable(description)}")`
    : filename(event);
  return `${own ? "Own" : "Foreign"} upload ${uploadId}${what}, begun ${
    isoTime(began)
  }, ${partsOf(event)}${UPLOAD_STATES[event.state]}`;
}

function partsOf(event: EventOf<"unfinishedUpload">): string {
  const { size, partSize, storedParts } = event;
  const bytes = formatBytes(partSize, { binary: true });
  if (storedParts === undefined) return `parts of ${bytes}`;
  const all = size === null ? "" : ` of ${Math.ceil(size / partSize)}`;
  return `${storedParts}${all} parts of ${bytes}`;
}

const UPLOAD_STATES: Record<EventOf<"unfinishedUpload">["state"], string> = {
  resumable: ": the next sync goes on with it",
  stream: ": it was of standard input, and the next sync ends it",
  completing: ": all was sent, and the next sync finishes it",
  doubtful: ": it is not known whether an archive came of it",
  gone: ": the service has given it up, and the next sync begins anew",
  foreign: "",
};

export function unknownLine(event: EventOf<"unknownArchive">): string {
  const { archiveId, description, size, created, inDoubt } = event;
  const what = description === null
    ? filename(event)
    : ` (description "${printable(description)}")`;
  return `Unknown archive ${archiveId}${what} of ${size} bytes, made ${
    isoTime(created)
  }${inDoubt ? " by an upload in doubt" : ""}`;
}

export function contentOf(
  { size, treeHash }: { size: number; treeHash: string },
): string {
  return `${size} bytes with tree hash ${treeHash}`;
}

export const DOUBT_ANSWERS = {
  absent: "no archive came of it",
  open: "the inventory is too old to tell",
} as const;

export function reconcileTotalsLines(totals: ReconcileTotals): string[] {
  const { date } = totals;
  return [
    "TOTALS:",
    `${totals.archives} IN THE INVENTORY`,
    `${totals.known} KNOWN`,
    `${totals.unknown} UNKNOWN`,
    `${totals.missing} MISSING`,
    `${totals.differing} DIFFERENT`,
    `${totals.undeleted} UNDELETED`,
    `${totals.newer} NEWER THAN THE INVENTORY`,
    `${totals.doubts} IN DOUBT`,
    ...date === null ? [] : [`Inventory date: ${isoTime(date)}`],
  ];
}
