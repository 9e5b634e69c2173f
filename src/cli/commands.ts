/**
 * THE table of commands: which options each takes, and what its help says.
 *
 * @module
 */

import type { OptionName } from "./options.ts";

/** One command. */
export interface CommandSpec {
  /** One line for the list of commands. */
  summary: string;
  /** What it does, what it changes, what it costs; a paragraph for its help. */
  description: string;
  /** A value that follows the command's name; `words`: of how many words at most, 1 by default. */
  positional?: {
    name: string;
    help: string;
    words?: number;
    /** What it can be, where it is one of a few. */
    values?: readonly string[];
  };
  /** Options that must be given. */
  required: readonly OptionName[];
  /** Options that may be given. */
  optional: readonly OptionName[];
  /** Options that are accepted and have no effect, for old scripts. */
  ignored?: readonly OptionName[];
  /** A command line to start from. */
  example: string;
}

/** What every command takes that reaches the service. */
export const SERVICE = [
  "key",
  "secret",
  "token",
  "profile",
  "region",
  "endpoint",
  "protocol",
  "timeout",
  "retries",
] as const;

const FILTERS = ["filter", "include", "exclude"] as const;

const ENCODINGS = [
  "terminal-encoding",
  "filenames-encoding",
  "journal-encoding",
  "config-encoding",
] as const;

/** What every command takes that does something with archives or a journal. */
export const GENERAL = [
  "config",
  "json",
  "quiet",
  "verbose",
  ...ENCODINGS,
  "help",
] as const;

/** Shells that there are completions for. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** Every command by name, in the order of the help. */
export const COMMANDS = {
  "create-vault": {
    summary: "Make a vault",
    description: "Makes a vault. One that exists already stays as it is.",
    positional: { name: "NAME", help: "The vault's name" },
    required: [],
    optional: [...SERVICE, ...GENERAL],
    example: "moraine create-vault photos --config glacier.cfg",
  },
  sync: {
    summary: "Bring a vault to the state of a local folder",
    description:
      "Uploads each file below --dir whose name is not in the journal, and records it there once the service has confirmed its tree hash. With --replace-modified, files that changed go up anew, and then the archives that they replace are deleted; with --delete-removed, the archives of files that are gone are deleted. Either of these, given without --new, uploads no new files. A file that is not larger than a part takes one request, a larger one is sent in parts. Empty files are left out, because the service takes none, and so are links, sockets, pipes and devices.",
    required: ["dir", "vault", "journal"],
    optional: [
      "new",
      "replace-modified",
      "delete-removed",
      "detect",
      ...FILTERS,
      "max-number-of-files",
      "dry-run",
      "concurrency",
      "partsize",
      "memory-limit",
      "follow",
      "leaf-optimization",
      "rebind",
      ...SERVICE,
      ...GENERAL,
    ],
    example:
      "moraine sync --config glacier.cfg --dir /data/backup --vault photos --journal photos.log --new --replace-modified",
  },
  "upload-file": {
    summary: "Upload one file, or standard input",
    description:
      "Uploads one file and records it: --filename with --dir records its path relative to that folder, --filename with --set-rel-filename the name given, --stdin with --set-rel-filename what comes on standard input. It does so also where the journal has that name already: the file then has one more version.",
    required: ["vault", "journal"],
    optional: [
      "filename",
      "dir",
      "set-rel-filename",
      "stdin",
      "check-max-file-size",
      "dry-run",
      "concurrency",
      "partsize",
      "memory-limit",
      "rebind",
      ...SERVICE,
      ...GENERAL,
    ],
    example:
      "moraine upload-file --config glacier.cfg --vault photos --journal photos.log --filename /data/backup/notes.txt --dir /data/backup",
  },
  "check-local-hash": {
    summary: "Compare local files with the journal",
    description:
      "Reads each file of the journal below --dir and compares its size and tree hash with what was uploaded. Works without the network.",
    required: ["dir", "journal"],
    optional: [...FILTERS, "dry-run", ...GENERAL],
    ignored: ["vault", "concurrency", ...SERVICE],
    example: "moraine check-local-hash --dir /data/backup --journal photos.log",
  },
  restore: {
    summary: "Ask for files that are missing locally",
    description:
      "Starts a retrieval job for each file of the journal that is missing below --dir, oldest archive first, but for those asked for within the last 24 hours or still under way at the service. The service takes some hours (3 to 5 as a rule), and bills for it; then restore-completed fetches them.",
    required: ["dir", "vault", "journal"],
    optional: [
      "max-number-of-files",
      ...FILTERS,
      "dry-run",
      "concurrency",
      "rebind",
      ...SERVICE,
      ...GENERAL,
    ],
    example:
      "moraine restore --config glacier.cfg --dir /data/backup --vault photos --journal photos.log --max-number-of-files 10",
  },
  "restore-completed": {
    summary: "Download the files that are ready",
    description:
      "Downloads each missing file whose retrieval job is done. A file appears under its name only when its tree hash equals the journal's; a file that exists is never overwritten. Files whose jobs are still under way are left for a later run. What a run that was broken off has brought is gone on with.",
    required: ["dir", "vault", "journal"],
    optional: [
      ...FILTERS,
      "segment-size",
      "dry-run",
      "concurrency",
      "rebind",
      ...SERVICE,
      ...GENERAL,
    ],
    example:
      "moraine restore-completed --config glacier.cfg --dir /data/backup --vault photos --journal photos.log",
  },
  "purge-vault": {
    summary: "Delete all archives of the journal",
    description:
      "Deletes every archive that the journal has, all versions of all files, or those that the filters let pass, and records it. A purge that was broken off goes on where it stopped. There is no way back: look with --dry-run first. Amazon bills archives that are deleted within 90 days for the rest of these.",
    required: ["vault", "journal"],
    optional: [
      ...FILTERS,
      "dry-run",
      "concurrency",
      "rebind",
      ...SERVICE,
      ...GENERAL,
    ],
    ignored: ["dir"],
    example:
      "moraine purge-vault --config glacier.cfg --vault photos --journal photos.log --dry-run",
  },
  "delete-vault": {
    summary: "Delete an empty vault",
    description:
      "Deletes a vault. The service refuses while its last inventory, which is made about once a day, has archives, or something was written to it since.",
    positional: { name: "NAME", help: "The vault's name" },
    required: [],
    optional: [...SERVICE, ...GENERAL],
    example: "moraine delete-vault photos --config glacier.cfg",
  },
  "list-vaults": {
    summary: "List all vaults of the account in the region",
    description:
      "Lists the vaults with the counts and sizes of their last inventories.",
    required: [],
    optional: ["format", ...SERVICE, ...GENERAL],
    example: "moraine list-vaults --config glacier.cfg",
  },
  "retrieve-inventory": {
    summary: "Ask for the list of all archives in a vault",
    description:
      "Starts a job that brings the vault's last inventory within reach, which takes some hours; then download-inventory fetches it. The service makes inventories about once a day.",
    required: ["vault"],
    optional: ["request-inventory-format", ...SERVICE, ...GENERAL],
    example: "moraine retrieve-inventory --config glacier.cfg --vault photos",
  },
  "download-inventory": {
    summary: "Make a journal of a vault's inventory",
    description:
      "Fetches the newest inventory that retrieve-inventory asked for and the service has ready, and makes a journal of it, from which restore brings files back when the old journal is lost. Names and times come from the archives' descriptions. Where no inventory is ready, the journal is empty.",
    required: ["vault", "new-journal"],
    optional: ["descriptions", "undecodable", "rebind", ...SERVICE, ...GENERAL],
    example:
      "moraine download-inventory --config glacier.cfg --vault photos --new-journal found.log",
  },
  uploads: {
    summary: "List the unfinished uploads of a vault, or end them",
    description:
      "Lists the uploads in parts that were begun and neither finished nor ended: those of this journal, with what becomes of them, and foreign ones, of other journals or programs; then those of which it is not known whether an archive came of them. Changes nothing and takes no lock. With --abort, it then ends what it has listed, but for what may be an archive by now. A foreign upload may be of a run that is under way, which then fails: look without --abort first, or add --which own. (The service gives up an upload by itself when nothing has come for about a day.)",
    required: ["vault", "journal"],
    optional: ["which", "abort", "dry-run", "rebind", ...SERVICE, ...GENERAL],
    example:
      "moraine uploads --config glacier.cfg --vault photos --journal photos.log",
  },
  "journal verify": {
    summary: "Look through a journal for anything wrong",
    description:
      "Reads every line of the journal, and tells of each that is no record or can't follow those before it, and of a last line that was torn; then counts how much there is, names with several versions and the like. Exit status 1 where a line is wrong. Warns of uploads that an earlier run did not finish. Changes nothing, takes no lock, and works without the network.",
    required: ["journal"],
    optional: [...GENERAL],
    example: "moraine journal verify --journal photos.log",
  },
  "journal stats": {
    summary: "Tell what a journal holds",
    description:
      "Counts the files, archives, versions and bytes that the journal has, what was deleted and asked for, and how sizes and ages are spread. (Amazon bills archives that are deleted within 90 days for the rest of these.) Changes nothing, and works without the network.",
    required: ["journal"],
    optional: [...FILTERS, ...GENERAL],
    example: "moraine journal stats --journal photos.log",
  },
  "journal reconcile": {
    summary: "Compare a journal with the inventory of its vault",
    description:
      "Reads the newest inventory that retrieve-inventory asked for and the service has ready, and lists the archives in the vault that the journal doesn't know, those of the journal that the vault lacks, and those recorded otherwise than they are. What is less than a day older than the inventory is not missed in it. Exit status 1 where there is any difference. Changes nothing and takes no lock, but for --adopt and --mark, which record what was found; they delete and upload nothing. See docs/orphans.md.",
    required: ["vault", "journal"],
    optional: [
      "adopt",
      "mark",
      "max-missing",
      "descriptions",
      "dry-run",
      "rebind",
      ...SERVICE,
      ...GENERAL,
    ],
    example:
      "moraine journal reconcile --config glacier.cfg --vault photos --journal photos.log",
  },
  serve: {
    summary: "Run a Glacier-compatible server on this machine",
    description:
      "Runs a server that speaks Glacier's protocol and keeps everything in a folder, to try things out without AWS and without cost. Ctrl-C ends it.",
    required: [],
    optional: [
      "host",
      "port",
      "data",
      "access-key",
      "secret-key",
      "keys",
      "region",
      "job-delay",
      "inventory-delay",
      "notify-url",
      "fault",
      "fault-seed",
      "control",
      "config",
      "help",
    ],
    example: "moraine serve --port 9901 --data /tmp/glacier",
  },
  completions: {
    summary: "Print a script by which a shell completes words",
    description:
      "Prints a script for a shell, which completes commands, options, their values, files and folders. For bash, put `source <(moraine completions bash)` into ~/.bashrc, for zsh the same with zsh into ~/.zshrc, after compinit; for fish, write the script to ~/.config/fish/completions/moraine.fish; for PowerShell, put `moraine completions powershell | Out-String | Invoke-Expression` into the file that $PROFILE names.",
    positional: {
      name: "SHELL",
      help: "One of bash, zsh, fish and powershell",
      values: SHELLS,
    },
    required: [],
    optional: ["help"],
    example: "moraine completions bash",
  },
  help: {
    summary: "Show what there is, or one command",
    description: "Shows all commands, or one with its options.",
    positional: { name: "[COMMAND]", help: "A command", words: 2 },
    required: [],
    optional: ["help"],
    example: "moraine help sync",
  },
  version: {
    summary: "Show the version",
    description: "Shows the version of this program and of its runtime.",
    required: [],
    optional: ["help"],
    example: "moraine version",
  },
} as const satisfies Record<string, CommandSpec>;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** Looks up a command by what the user typed. */
export function commandSpec(name: CommandName): CommandSpec {
  return COMMANDS[name];
}

/** Whether `name` is a command. */
export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** Commands of two words of which the first is this. */
export function commandsBeginning(first: string): CommandName[] {
  const names = Object.keys(COMMANDS) as CommandName[];
  return names.filter((name) => name.startsWith(`${first} `));
}
