/**
 * How events look: as the lines that scripts look for, or as JSON.
 *
 * The misspellings are mt-aws-glacier's, whose users' scripts search for them.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { printable } from "../relative_name.ts";
import type {
  CheckTotals,
  ResultEvent,
  RunEvent,
  Summary,
  TroubleEvent,
} from "../transfer/events.ts";

/** The lines that an event is on standard output, none for most. */
export function resultLines(event: ResultEvent): string[] {
  switch (event.type) {
    case "vaultCreated":
      return [`Created vault ${event.vault}`];
    case "willUpload":
      return [`Will UPLOAD ${printable(event.path)}`];
    case "uploaded":
      return [
        `Finished ${
          printable(event.name)
        } hash [${event.treeHash}] archive_id [${event.archiveId}]`,
      ];
    case "willRetrieve":
      return [
        `Will RETRIEVE archive ${event.archiveId} (filename ${
          printable(event.name)
        })`,
      ];
    case "retrievalStarted":
      return [`Retrieved Archive ${event.archiveId}`];
    case "willDownload":
      return [
        `Will DOWNLOAD (if available) archive ${event.archiveId} (filename ${
          printable(event.name)
        })`,
      ];
    case "downloaded":
      return [`Downloaded archive ${printable(event.path)}`];
    case "willCheck":
      return [`Will check file ${printable(event.name)}`];
    case "mtimeMismatch":
      return [
        `MTIME missmatch ${
          printable(event.name)
        } ${event.localMtime} != ${event.journalMtime}`,
      ];
    case "checked":
      return [checkedLine(event)];
    case "checkTotals":
      return totalsLines(event.totals);
    case "nothingToRestore":
      return ["Nothing to restore"];
    case "skipped":
    case "notReady":
    case "summary":
      return [];
    case "done":
      return ["OK DONE"];
  }
}

function checkedLine(event: Extract<ResultEvent, { type: "checked" }>): string {
  const name = printable(event.name);
  switch (event.outcome) {
    case "ok":
      return `OK ${name} ${event.size} ${event.treeHash}`;
    case "treeHashMismatch":
      return `TREEHASH MISSMATCH ${name}`;
    case "sizeMismatch":
      return `SIZE MISSMATCH ${name}`;
    case "zeroSize":
      return `ZERO SIZE ${name}`;
    case "missing":
      return `MISSED ${name}`;
    case "error":
      return `CANNOT OPEN file ${name}: ${printable(event.reason ?? "")}`;
  }
}

function totalsLines(totals: CheckTotals): string[] {
  return [
    "TOTALS:",
    `${totals.ok} OK`,
    `${totals.mtimeMismatch} MODIFICATION TIME MISSMATCHES`,
    `${totals.treeHashMismatch} TREEHASH MISSMATCH`,
    `${totals.sizeMismatch} SIZE MISSMATCH`,
    `${totals.zeroSize} ZERO SIZE`,
    `${totals.missing} MISSED`,
    `${totals.errors} ERRORS`,
  ];
}

/** The line that trouble is on standard error. */
export function troubleLine(event: TroubleEvent): string {
  switch (event.type) {
    case "warning":
      return `WARNING: ${printable(event.message)}`;
    case "failure":
      return errorLine(event.message);
    case "retry":
      return `Trying ${event.operation} again in ${
        (event.delay / 1000).toFixed(1)
      } s (attempt ${event.attempt}): ${printable(event.message)}`;
  }
}

/** The line that an error is on standard error: always one line, whatever is in the message. */
export function errorLine(message: string): string {
  return `ERROR: ${printable(message)}`;
}

/** What a run amounted to, for people. */
export function summaryLine(summary: Summary): string {
  const parts = [
    `${count(summary.files, "file")} (${
      formatBytes(summary.bytes, { binary: true })
    })`,
    count(summary.requests, "request"),
  ];
  if (summary.pending > 0) {
    parts.push(`${summary.pending} asked for, not here yet`);
  }
  if (summary.empty > 0) parts.push(`${summary.empty} empty left out`);
  if (summary.failed > 0) parts.push(`${summary.failed} FAILED`);
  return parts.join(", ");
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** An event as one line of JSON. */
export function jsonLine(event: RunEvent): string {
  return JSON.stringify(event);
}
