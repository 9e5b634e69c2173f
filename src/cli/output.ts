/**
 * How results look: as the lines that scripts look for, or as JSON.
 *
 * The misspellings are mt-aws-glacier's, whose users' scripts search for them.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import type {
  AnyResultEvent,
  CommandEvent,
} from "../commands/command_events.ts";
import type { JournalStatistics } from "../journal/statistics.ts";
import type { JournalTotals } from "../journal/verify.ts";
import { escapeUnprintable, printable } from "../relative_name.ts";
import type { CheckTotals, Summary } from "../transfer/events.ts";
import {
  contentOf,
  DOUBT_ANSWERS,
  reconcileTotalsLines,
  unknownLine,
  uploadLine,
} from "./orphan_lines.ts";
import { count, filename, isoTime } from "./wording.ts";

/** How lists of vaults look. */
export type VaultFormat = "for-humans" | "mtmsg";

/** The lines that an event is on standard output, none for most. */
export function resultLines(
  event: AnyResultEvent,
  vaultFormat: VaultFormat = "for-humans",
): string[] {
  switch (event.type) {
    case "vaultCreated":
      return [`Created vault ${event.vault}`];
    case "vaultDeleted":
      return [`Deleted vault ${event.vault}`];
    case "vault":
      return VAULT_LINES[vaultFormat].vault(event);
    case "vaultTotals":
      return VAULT_LINES[vaultFormat].totals(event);
    case "willUploadStream":
      return ["Will UPLOAD stream from STDIN"];
    case "willVerify":
      return [
        `Will VERIFY treehash and UPLOAD ${printable(event.path)} if modified`,
      ];
    case "willDelete":
      return [
        `Will DELETE archive ${event.archiveId} (filename ${
          printable(event.name)
        })`,
      ];
    case "compared":
      return [
        `Checked treehash for ${printable(event.path)} - ${
          event.matches ? "MATCH" : "DOES NOT MATCH"
        }`,
      ];
    case "deleted":
      return [
        `Deleted ${printable(event.name)} archive_id [${event.archiveId}]`,
      ];
    case "nothingToDelete":
      return ["Nothing to delete"];
    case "downloadedPart":
      return [
        `Downloaded part of archive ${
          printable(event.path)
        } at offset ${event.offset}, size ${event.size}`,
      ];
    case "inventoryRequested":
      return [`Retrieved Inventory, job id ${event.jobId}`];
    case "inventoryDownloaded":
      return [`Downloaded inventory in ${event.format.toUpperCase()} format`];
    case "journalProblem":
      return [`Line ${event.line}: ${printable(event.reason)}`];
    case "journalTotals":
      return journalTotalsLines(event.totals);
    case "unfinishedUpload":
      return [uploadLine(event)];
    case "uploadInDoubt":
      return [
        `In doubt since ${isoTime(event.time)} (filename ${
          printable(event.name)
        }): ${printable(event.reason)}`,
      ];
    case "uploadTotals":
      return [
        "TOTALS:",
        `${event.own} OWN`,
        `${event.gone} GONE`,
        `${event.foreign} FOREIGN`,
        `${event.inDoubt} IN DOUBT`,
      ];
    case "nothingUnfinished":
      return ["No unfinished uploads"];
    case "willAbort":
      return [`Will ABORT upload ${event.uploadId}${filename(event)}`];
    case "uploadAborted":
      return [`Aborted upload ${event.uploadId}${filename(event)}`];
    case "nothingToAbort":
      return ["Nothing to abort"];
    case "unknownArchive":
      return [unknownLine(event)];
    case "missingArchive":
      return [
        `Missing archive ${event.archiveId}${
          filename(event)
        } of ${event.size} bytes, recorded ${isoTime(event.recorded)}`,
      ];
    case "differingArchive":
      return [
        `Different archive ${event.archiveId}${filename(event)}: ${
          contentOf(event.journal)
        } in the journal, ${contentOf(event.inventory)} in the vault`,
      ];
    case "undeletedArchive":
      return [
        `Undeleted archive ${event.archiveId}${
          filename(event)
        } of ${event.size} bytes, recorded as deleted ${
          isoTime(event.deleted)
        }`,
      ];
    case "doubt":
      return [
        `Upload in doubt${filename(event)}: ${
          event.answer === "found"
            ? `archive ${event.archiveId} came of it`
            : DOUBT_ANSWERS[event.answer]
        }`,
      ];
    case "reconcileTotals":
      return reconcileTotalsLines(event.totals);
    case "willAdopt":
      return [`Will ADOPT archive ${event.archiveId}${filename(event)}`];
    case "adopted":
      return [
        `Adopted ${printable(event.name)} archive_id [${event.archiveId}]`,
      ];
    case "willMark":
      return [
        `Will MARK archive ${event.archiveId}${filename(event)} as deleted`,
      ];
    case "marked":
      return [
        `Marked ${
          printable(event.name)
        } as deleted archive_id [${event.archiveId}]`,
      ];
    case "journalStatistics":
      return statisticsLines(event.statistics);
    case "journalSpread":
      return spreadLines(event);
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
      // Otherwise its segments were told of.
      return event.segments > 1
        ? []
        : [`Downloaded archive ${printable(event.path)}`];
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
    case "downloadResumed":
    case "skipped":
    case "notReady":
    case "summary":
      return [];
    case "done":
      return ["OK DONE"];
  }
}

type EventOf<Type extends AnyResultEvent["type"]> = Extract<
  AnyResultEvent,
  { type: Type }
>;

/** The lines of a list of vaults in each format. */
const VAULT_LINES: Record<VaultFormat, {
  vault(event: EventOf<"vault">): string[];
  totals(event: EventOf<"vaultTotals">): string[];
}> = {
  "for-humans": {
    vault: ({ name, arn, archives, size, created, lastInventory }) => [
      `Vault ${printable(name)} (${printable(arn)})`,
      `Archives: ${archives}, Size: ${size}`,
      `Created: ${printable(created)}`,
      lastInventory === null
        ? "Never had inventory generation"
        : `Last inventory generation date: ${printable(lastInventory)}`,
      "",
    ],
    totals: ({ vaults, archives, size }) => [
      `Total vaults: ${vaults}`,
      `Total archives: ${archives}`,
      `Total size: ${size}`,
    ],
  },
  mtmsg: {
    vault: ({ name, arn, archives, size, created, lastInventory }) =>
      Object.entries({
        VaultName: name,
        VaultARN: arn,
        CreationDate: created,
        LastInventoryDate: lastInventory ?? "",
        NumberOfArchives: archives,
        SizeInBytes: size,
      }).map(([field, value]) =>
        ["MTMSG", "VAULT_LIST", arn, field, `${value}`].map(printable).join(
          "\t",
        )
      ),
    totals: ({ archives, size }) =>
      Object.entries({
        total_number_of_archives: archives,
        total_size_of_archives: size,
      }).map((field) => ["MTMSG", "VAULTS_SUMMARY", ...field].join("\t")),
  },
};

function journalTotalsLines(totals: JournalTotals): string[] {
  const versions = Object.entries(totals.byVersion)
    .filter(([, records]) => records > 0)
    .map(([version, records]) => `${records} IN VERSION ${version}`);
  return [
    "TOTALS:",
    `${totals.lines} LINES`,
    ...versions,
    `${totals.created} CREATED`,
    `${totals.deleted} DELETED`,
    `${totals.deletedTwice} DELETED ONCE MORE`,
    `${totals.retrieveJobs} RETRIEVE_JOB`,
    `${totals.retrievalsOfUnknown} RETRIEVALS OF UNKNOWN ARCHIVES`,
    `${totals.files} FILES`,
    `${totals.sameContent} FILES WITH THE CONTENT OF ANOTHER`,
    `${totals.severalVersions} FILES WITH SEVERAL VERSIONS`,
    `${totals.olderVersions} OLDER VERSIONS`,
    `${totals.archives} ARCHIVES`,
    `${totals.bytes} BYTES`,
    `${totals.problems} PROBLEMS`,
  ];
}

function statisticsLines(statistics: JournalStatistics): string[] {
  const { first, last } = statistics;
  return [
    "TOTALS:",
    `${statistics.files} FILES`,
    `${statistics.severalVersions} FILES WITH SEVERAL VERSIONS`,
    `${statistics.archives} ARCHIVES`,
    `${statistics.bytes} BYTES`,
    `${statistics.olderVersions} OLDER VERSIONS`,
    `${statistics.olderBytes} BYTES IN OLDER VERSIONS`,
    `${statistics.deleted} DELETED`,
    `${statistics.deletedBytes} BYTES DELETED`,
    `${statistics.retrieveJobs} RETRIEVALS`,
    ...first === null ? [] : [`First record: ${isoTime(first)}`],
    ...last === null ? [] : [`Last record: ${isoTime(last)}`],
  ];
}

function spreadLines({ of, spread }: EventOf<"journalSpread">): string[] {
  return [
    `BY ${of.toUpperCase()}:`,
    ...spread.map(({ label, archives, bytes }) =>
      `${label}: ${count(archives, "archive")} (${
        formatBytes(bytes, { binary: true })
      })`
    ),
  ];
}

function checkedLine(event: EventOf<"checked">): string {
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

/** What is told of a download that goes on. */
export function resumedLine(
  { path, present, size }: EventOf<"downloadResumed">,
): string {
  return `Going on with ${
    printable(path)
  }: ${present} of ${size} bytes are there`;
}

/** What a run amounted to, for people. */
export function summaryLine(summary: Summary): string {
  const parts = [
    `${count(summary.files, "file")} (${
      formatBytes(summary.bytes, { binary: true })
    })`,
    count(summary.requests, "request"),
  ];
  if (summary.deleted > 0) parts.push(`${summary.deleted} deleted`);
  if (summary.pending > 0) {
    parts.push(`${summary.pending} asked for, not here yet`);
  }
  if (summary.empty > 0) parts.push(`${summary.empty} empty left out`);
  if (summary.failed > 0) parts.push(`${summary.failed} FAILED`);
  return parts.join(", ");
}

/** How many requests of which kind there were, the most frequent first. */
export function operationsLine({ operations }: Summary): string {
  const counts = Object.entries(operations)
    .sort(([, a], [, b]) => b - a)
    .map(([operation, number]) => `${number} ${operation}`);
  return `Requests: ${counts.join(", ")}`;
}

/** An event as one line of JSON; what could drive a terminal is escaped, and reads the same. */
export function jsonLine(event: CommandEvent): string {
  return escapeUnprintable(JSON.stringify(event));
}
