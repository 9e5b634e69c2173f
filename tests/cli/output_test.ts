import { assertEquals } from "@std/assert";
import {
  jsonLine,
  operationsLine,
  resultLines,
  summaryLine,
  type VaultFormat,
} from "../../src/cli/output.ts";
import { errorLine, troubleLine } from "../../src/cli/trouble_lines.ts";
import type { AnyResultEvent } from "../../src/commands/command_events.ts";
import type { TroubleEvent } from "../../src/transfer/events.ts";

const treeHash = "0f".repeat(32);

const lines: [event: AnyResultEvent, lines: string[]][] = [
  [{ type: "vaultCreated", vault: "photos" }, ["Created vault photos"]],
  [{ type: "willUpload", name: "a b", path: "/d/a b", size: 1 }, [
    "Will UPLOAD /d/a b",
  ]],
  [{
    type: "uploaded",
    name: "a b",
    path: "/d/a b",
    size: 1,
    mtime: 0,
    treeHash,
    archiveId: "ID",
  }, [`Finished a b hash [${treeHash}] archive_id [ID]`]],
  [{ type: "willRetrieve", name: "a", archiveId: "ID", size: 1 }, [
    "Will RETRIEVE archive ID (filename a)",
  ]],
  [{
    type: "retrievalStarted",
    name: "a",
    archiveId: "ID",
    jobId: "J",
    size: 1,
  }, ["Retrieved Archive ID"]],
  [{ type: "willDownload", name: "a", archiveId: "ID", size: 1 }, [
    "Will DOWNLOAD (if available) archive ID (filename a)",
  ]],
  [{
    type: "downloaded",
    name: "a",
    path: "/d/a",
    archiveId: "ID",
    size: 1,
    segments: 1,
  }, [
    "Downloaded archive /d/a",
  ]],
  [{ type: "willCheck", name: "a" }, ["Will check file a"]],
  [{ type: "mtimeMismatch", name: "a", localMtime: 1, journalMtime: -2 }, [
    "MTIME missmatch a 1 != -2",
  ]],
  [{ type: "checked", name: "a", outcome: "ok", size: 7, treeHash }, [
    `OK a 7 ${treeHash}`,
  ]],
  [
    {
      type: "checked",
      name: "a",
      outcome: "error",
      size: 7,
      treeHash,
      reason: "EACCES: permission denied",
    },
    ["CANNOT OPEN file a: EACCES: permission denied"],
  ],
  [{ type: "nothingToRestore" }, ["Nothing to restore"]],
  [{ type: "done" }, ["OK DONE"]],
];

for (const [event, expected] of lines) {
  Deno.test(`scripts find: ${expected[0]}`, () => {
    assertEquals(resultLines(event), expected);
  });
}

const vault = {
  type: "vault",
  name: "photos",
  arn: "arn:aws:glacier:eu-west-1:012345678901:vaults/photos",
  archives: 3,
  size: 4096,
  created: "2012-03-20T17:03:43.221Z",
  lastInventory: "2012-03-21T17:03:43.221Z",
} as const;
const totals = {
  type: "vaultTotals",
  vaults: 2,
  archives: 3,
  size: 4096,
} as const;

const vaultLines: [
  format: VaultFormat,
  event: AnyResultEvent,
  lines: string[],
][] = [
  ["for-humans", vault, [
    `Vault photos (${vault.arn})`,
    "Archives: 3, Size: 4096",
    "Created: 2012-03-20T17:03:43.221Z",
    "Last inventory generation date: 2012-03-21T17:03:43.221Z",
    "",
  ]],
  ["for-humans", { ...vault, lastInventory: null }, [
    `Vault photos (${vault.arn})`,
    "Archives: 3, Size: 4096",
    "Created: 2012-03-20T17:03:43.221Z",
    "Never had inventory generation",
    "",
  ]],
  ["for-humans", totals, [
    "Total vaults: 2",
    "Total archives: 3",
    "Total size: 4096",
  ]],
  ["mtmsg", vault, [
    `MTMSG\tVAULT_LIST\t${vault.arn}\tVaultName\tphotos`,
    `MTMSG\tVAULT_LIST\t${vault.arn}\tVaultARN\t${vault.arn}`,
    `MTMSG\tVAULT_LIST\t${vault.arn}\tCreationDate\t2012-03-20T17:03:43.221Z`,
    `MTMSG\tVAULT_LIST\t${vault.arn}\tLastInventoryDate\t2012-03-21T17:03:43.221Z`,
    `MTMSG\tVAULT_LIST\t${vault.arn}\tNumberOfArchives\t3`,
    `MTMSG\tVAULT_LIST\t${vault.arn}\tSizeInBytes\t4096`,
  ]],
  ["mtmsg", totals, [
    "MTMSG\tVAULTS_SUMMARY\ttotal_number_of_archives\t3",
    "MTMSG\tVAULTS_SUMMARY\ttotal_size_of_archives\t4096",
  ]],
  ["mtmsg", { ...vault, name: "a\tb\n" }, [
    `MTMSG\tVAULT_LIST\t${vault.arn}\tVaultName\ta\\x09b\\x0a`,
    `MTMSG\tVAULT_LIST\t${vault.arn}\tVaultARN\t${vault.arn}`,
    `MTMSG\tVAULT_LIST\t${vault.arn}\tCreationDate\t2012-03-20T17:03:43.221Z`,
    `MTMSG\tVAULT_LIST\t${vault.arn}\tLastInventoryDate\t2012-03-21T17:03:43.221Z`,
    `MTMSG\tVAULT_LIST\t${vault.arn}\tNumberOfArchives\t3`,
    `MTMSG\tVAULT_LIST\t${vault.arn}\tSizeInBytes\t4096`,
  ]],
];

for (const [format, event, expected] of vaultLines) {
  Deno.test(`a list of vaults, ${format}: ${JSON.stringify(event)}`, () => {
    assertEquals(resultLines(event, format), expected);
  });
}

Deno.test("totals are counts, a line each, in the original's words", () => {
  const totals = {
    ok: 1,
    mtimeMismatch: 2,
    treeHashMismatch: 3,
    sizeMismatch: 4,
    zeroSize: 5,
    missing: 6,
    errors: 7,
  };
  assertEquals(resultLines({ type: "checkTotals", totals }), [
    "TOTALS:",
    "1 OK",
    "2 MODIFICATION TIME MISSMATCHES",
    "3 TREEHASH MISSMATCH",
    "4 SIZE MISSMATCH",
    "5 ZERO SIZE",
    "6 MISSED",
    "7 ERRORS",
  ]);
});

Deno.test("JSON has no character that could drive a terminal, and holds names as they are", () => {
  const name = "a\x7f\x9b31m\u202e\u2066 \u{1f600}";
  const line = jsonLine({ type: "willCheck", name });
  assertEquals(
    line,
    '{"type":"willCheck","name":"a\\u007f\\u009b31m\\u202e\\u2066 \u{1f600}"}',
  );
  assertEquals(JSON.parse(line).name, name);
});

Deno.test("no name or message reaches the terminal with control characters, nor breaks a line", () => {
  const evil = "a\x1b]0;owned\x07\nOK DONE\u202e";
  const safe = "a\\x1b]0;owned\\x07\\x0aOK DONE\\u{202e}";
  const event = {
    name: evil,
    path: evil,
    archiveId: "ID",
    size: 1,
    treeHash,
    mtime: 0,
  };
  assertEquals(resultLines({ type: "uploaded", ...event }), [
    `Finished ${safe} hash [${treeHash}] archive_id [ID]`,
  ]);
  assertEquals(resultLines({ type: "downloaded", segments: 1, ...event }), [
    `Downloaded archive ${safe}`,
  ]);
  assertEquals(errorLine(evil), `ERROR: ${safe}`);
  assertEquals(
    troubleLine({ type: "warning", message: evil }),
    `WARNING: ${safe}`,
  );
});

const troubles: [TroubleEvent, string][] = [
  [
    {
      type: "retry",
      operation: "ListJobs",
      attempt: 2,
      delay: 1234,
      message: "It broke",
    },
    "Trying ListJobs again in 1.2 s (attempt 2): It broke",
  ],
  [
    {
      type: "retry",
      operation: "UploadMultipartPart",
      name: "a\n\x1b",
      range: "0-1048575",
      attempt: 1,
      delay: 0,
      message: "It broke",
    },
    "Trying UploadMultipartPart of a\\x0a\\x1b (bytes 0-1048575) again in 0.0 s (attempt 1): It broke",
  ],
  [
    {
      type: "gaveUp",
      operation: "DeleteArchive",
      name: "a",
      attempts: 8,
      reason: "tries",
      patience: 900_000,
      message: "It broke",
    },
    "Not trying DeleteArchive of a again after 8 attempts: It broke",
  ],
  [
    {
      type: "gaveUp",
      operation: "ListVaults",
      attempts: 1,
      reason: "outage",
      patience: 900_000,
      message: "It broke",
    },
    "Not trying ListVaults again after 1 attempt, because no request has succeeded for 15 minutes: It broke",
  ],
  [
    { type: "requestLimit", requests: 1, message: "Rate\nexceeded" },
    "Sending 1 request at a time at most: Rate\\x0aexceeded",
  ],
  [
    { type: "requestLimitLifted", requests: 8 },
    "Sending 8 requests at a time again",
  ],
];

for (const [event, expected] of troubles) {
  Deno.test(`trouble is told in a line: ${expected.slice(0, 60)}`, () => {
    assertEquals(troubleLine(event), expected);
  });
}

Deno.test("the summary counts what matters, and leaves out what didn't happen", () => {
  const summary = {
    files: 1,
    bytes: 1536,
    failed: 0,
    empty: 0,
    pending: 0,
    deleted: 0,
    requests: 2,
    operations: { DescribeVault: 1, UploadArchive: 1 },
  };
  assertEquals(summaryLine(summary), "1 file (1.5 kiB), 2 requests");
  assertEquals(
    operationsLine({
      ...summary,
      operations: { DescribeVault: 1, UploadArchive: 2000, ListJobs: 3 },
    }),
    "Requests: 2000 UploadArchive, 3 ListJobs, 1 DescribeVault",
  );
  assertEquals(
    summaryLine({ ...summary, files: 3, failed: 2, empty: 4, pending: 5 }),
    "3 files (1.5 kiB), 2 requests, 5 asked for, not here yet, 4 empty left out, 2 FAILED",
  );
});
