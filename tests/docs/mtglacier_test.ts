/** That docs/mtglacier.md leaves nothing out that mt-aws-glacier has. */

import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { OPTIONS, resolveOption } from "../../src/cli/options.ts";

const text = await Deno.readTextFile(
  new URL("../../docs/mtglacier.md", import.meta.url),
);

/** Rows of tables that say how moraine compares: what, the verdict, why. */
const rows = text.split("\n").flatMap((line) => {
  const cells = line.split("|").map((cell) => cell.trim());
  return /^(same|wider|different)$/.test(cells[2]) ? [cells.slice(1, 4)] : [];
});

/** What stands in backquotes in the first cells. */
const subjects = new Set(
  rows.flatMap(([subject]) =>
    Array.from(subject.matchAll(/`([^`]+)`/g), ([, code]) => code)
  ),
);

const MT_COMMANDS =
  "sync restore restore-completed upload-file check-local-hash purge-vault retrieve-inventory download-inventory create-vault delete-vault list-vaults help version"
    .split(" ");

const MT_OPTIONS =
  "config dir vault journal key secret token region protocol timeout concurrency partsize max-number-of-files new replace-modified delete-removed detect leaf-optimization follow filter include exclude dry-run segment-size filename set-rel-filename stdin check-max-file-size new-journal request-inventory-format format terminal-encoding filenames-encoding journal-encoding config-encoding from-dir to-dir to-vault"
    .split(" ");

const MT_LINES = [
  "Will UPLOAD ABS",
  "Will VERIFY treehash and UPLOAD ABS if modified",
  "Will DELETE archive ID (filename REL)",
  "Will UPLOAD stream from STDIN",
  "Will RETRIEVE archive ID (filename REL)",
  "Will DOWNLOAD (if available) archive ID (filename REL)",
  "Will check file REL",
  "Finished REL hash [TREEHASH] archive_id [ID]",
  "Deleted REL archive_id [ID]",
  "Checked treehash for ABS - MATCH",
  "Checked treehash for ABS - DOES NOT MATCH",
  "Retrieved Archive ID",
  "Downloaded archive ABS",
  "Downloaded part of archive ABS at offset N, size N",
  "Retrieved Inventory, job id ID",
  "Downloaded inventory in JSON format",
  "Downloaded inventory in CSV format",
  "Created vault NAME",
  "Deleted vault NAME",
  "Nothing to restore",
  "Nothing to delete",
  "OK REL SIZE TREEHASH",
  "MTIME missmatch REL A != B",
  "TREEHASH MISSMATCH REL",
  "SIZE MISSMATCH REL",
  "ZERO SIZE REL",
  "MISSED REL",
  "CANNOT OPEN file REL: why",
  "TOTALS:",
  "n OK",
  "n MODIFICATION TIME MISSMATCHES",
  "n TREEHASH MISSMATCH",
  "n SIZE MISSMATCH",
  "n ZERO SIZE",
  "n MISSED",
  "n ERRORS",
  "Vault NAME (ARN)",
  "Archives: n, Size: n",
  "Created: DATE",
  "Last inventory generation date: DATE",
  "Never had inventory generation",
  "MTMSG\tVAULT_LIST\tARN\tFIELD\tVALUE",
  "MTMSG\tVAULTS_SUMMARY\ttotal_number_of_archives\tn",
  "MTMSG\tVAULTS_SUMMARY\ttotal_size_of_archives\tn",
  "OK DONE",
  "ERROR: …",
];

Deno.test("docs/mtglacier.md compares every command, option and line of mt-aws-glacier", () => {
  const all = [...MT_COMMANDS, ...MT_OPTIONS, ...MT_LINES];
  assertEquals(all.filter((subject) => !subjects.has(subject)), []);
});

Deno.test("every command and option of mt-aws-glacier is one of moraine", () => {
  for (const command of MT_COMMANDS) assert(Object.hasOwn(COMMANDS, command));
  for (const option of MT_OPTIONS) assert(resolveOption(option), option);
});

Deno.test("docs/mtglacier.md says why where something is not the same", () => {
  const unexplained = rows.filter(([, verdict, why]) =>
    verdict !== "same" && why === ""
  );
  assertEquals(unexplained, []);
});

Deno.test("docs/mtglacier.md names the options that are new", () => {
  const [, added] = /^New ones that fit with all of these: ([^]*?)\.$/m
    .exec(text)!;
  const names = Array.from(added.matchAll(/`([^`]+)`/g), ([, name]) => name);
  for (const name of names) assert(Object.hasOwn(OPTIONS, name), name);
  const ofServer = [
    "host",
    "port",
    "data",
    "access-key",
    "secret-key",
    "keys",
    "job-delay",
    "inventory-delay",
    "notify-url",
    "fault",
    "fault-seed",
    "control",
    "help",
  ];
  const known = [...MT_OPTIONS, ...names, ...ofServer];
  assertEquals(
    Object.keys(OPTIONS).filter((name) => !known.includes(name)),
    [],
  );
});
