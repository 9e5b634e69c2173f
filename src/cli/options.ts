/**
 * THE table of options. Parsing, validation, configuration files, help,
 * completions and the reference in `docs/commands.md` all come from it and from
 * the table of commands, and nothing else knows an option.
 *
 * @module
 */

import {
  USUAL_CONCURRENCY,
  USUAL_MEMORY,
  USUAL_PART,
} from "../transfer/sizing.ts";

const MEBIBYTE = 1024 * 1024;

/** What a value must look like. */
export type OptionType =
  /** Of at least one character, unless it may be empty. */
  | { kind: "text"; empty?: boolean }
  /** Text without blanks. */
  | { kind: "word" }
  /** A switch; in a configuration file also `1` and `0`. */
  | { kind: "flag" }
  /** A whole number within bounds, both included. */
  | { kind: "integer"; min: number; max: number; powerOfTwo?: boolean }
  /** A file or folder of this machine. */
  | { kind: "path"; of: "file" | "folder" }
  /** The name of a character encoding, of which only UTF-8 is supported. */
  | { kind: "encoding" }
  | { kind: "choice"; values: readonly string[] }
  /** An `http:` or `https:` URL; `query`: it may have a query, and is kept as it is written. */
  | { kind: "url"; query?: boolean };

/** One option. */
export interface OptionSpec {
  type: OptionType;
  /** Stands for the value in help. */
  value?: string;
  help: string;
  default?: string | number | boolean;
  /** Environment variables that give the value where neither the command line nor the configuration file does, best first. */
  env?: readonly string[];
  /** Whether it may be given more than once; its value is a list then. */
  repeatable?: boolean;
  /** An option without which this one makes no sense, and is refused. */
  needs?: string;
  /** Whether whoever knows the value can act for its owner. */
  secret?: true;
  /** What comes of it in a configuration file, where it has no place: a warning or an error. */
  inFile?: "warned of" | "refused";
  /** Older names that still work; a warning is given for one on the command line. */
  deprecated?: readonly string[];
}

const TEXT: OptionType = { kind: "text" };
const FLAG: OptionType = { kind: "flag" };
const FILE: OptionType = { kind: "path", of: "file" };
const FOLDER: OptionType = { kind: "path", of: "folder" };

const whole = (min: number, max: number): OptionType => ({
  kind: "integer",
  min,
  max,
});

/** Sizes in MiB that parts and segments can have. */
const sizeInMebibytes = (min: number): OptionType => ({
  kind: "integer",
  min,
  max: 4096,
  powerOfTwo: true,
});

const encodingOf = (what: string) =>
  ({
    type: { kind: "encoding" },
    value: "NAME",
    default: "UTF-8",
    help: `Encoding of ${what}; no other than UTF-8 is supported`,
  }) as const;

/** Every option by name. */
export const OPTIONS = {
  config: {
    type: FILE,
    value: "FILE",
    inFile: "warned of",
    help: "Read options from FILE: a `name=value` a line, `#` for comments",
  },
  dir: {
    type: FOLDER,
    value: "DIR",
    help: "The local folder",
    deprecated: ["from-dir", "to-dir"],
  },
  vault: {
    type: TEXT,
    value: "NAME",
    help: "The vault",
    deprecated: ["to-vault"],
  },
  journal: {
    type: FILE,
    value: "FILE",
    help: "The journal: what is in the vault, a text file that only grows",
  },
  rebind: {
    type: FLAG,
    inFile: "refused",
    help:
      "Use the journal although it is of another vault, and take it for one of this vault from now on",
  },
  concurrency: {
    type: whole(1, 1000),
    value: "N",
    default: USUAL_CONCURRENCY,
    help:
      "Requests under way at a time; fewer for a while where the service throttles, or they take too long",
  },
  partsize: {
    type: sizeInMebibytes(1),
    value: "MIB",
    default: USUAL_PART / MEBIBYTE,
    help:
      "Size of a part in MiB, a power of two; raised by itself where a file would have more than 10,000 parts, and lowered where nothing is said and --memory-limit is small",
  },
  "memory-limit": {
    type: whole(1, 1024 * 1024),
    value: "MIB",
    default: USUAL_MEMORY / MEBIBYTE,
    help:
      "Memory in MiB for the contents of files while they are sent, besides 100 to 150 MiB for the program itself; what doesn't fit waits. Where --concurrency and --partsize are both given and this is not, it is what these take",
  },
  "max-number-of-files": {
    type: whole(1, Number.MAX_SAFE_INTEGER),
    value: "N",
    help: "Stop after so many files",
  },
  new: {
    type: FLAG,
    help:
      "Upload files that the journal doesn't have; so it is where none of --new, --replace-modified and --delete-removed is given",
  },
  "replace-modified": {
    type: FLAG,
    help:
      "Upload files anew that are not what the journal has, and then delete the archives that they replace",
  },
  "delete-removed": {
    type: FLAG,
    help:
      "Delete the archives of files that are gone, or empty, in the local folder",
  },
  detect: {
    type: {
      kind: "choice",
      values: [
        "treehash",
        "mtime",
        "mtime-or-treehash",
        "mtime-and-treehash",
        "size-only",
        "always-positive",
      ],
    },
    value: "MODE",
    default: "mtime-and-treehash",
    needs: "replace-modified",
    help:
      "What makes a file of the same size a modified one: another tree hash; another mtime; either; another tree hash, looked at only where the mtime differs; nothing; anything",
  },
  follow: {
    type: FLAG,
    help: "Take links for the files and folders that they lead to",
  },
  "leaf-optimization": {
    type: { kind: "choice", values: ["0", "1"] },
    value: "0|1",
    default: "1",
    help: "Has no effect: every folder is looked into in any case",
  },
  filter: {
    type: TEXT,
    value: "RULES",
    repeatable: true,
    inFile: "refused",
    help:
      "Take only names that the rules let pass, such as '+*.jpg -/tmp/ -': the first rule that matches decides, + includes and - excludes; no match includes",
  },
  include: {
    type: { kind: "text", empty: true },
    value: "PATTERN",
    repeatable: true,
    inFile: "refused",
    help: "A rule that includes, in its place among the others",
  },
  exclude: {
    type: { kind: "text", empty: true },
    value: "PATTERN",
    repeatable: true,
    inFile: "refused",
    help: "A rule that excludes, in its place among the others",
  },
  "segment-size": {
    type: sizeInMebibytes(0),
    value: "MIB",
    default: 0,
    help:
      "Download files in segments of so many MiB, a power of two, several at a time; 0: each file by one request",
  },
  filename: {
    type: FILE,
    value: "FILE",
    help: "The file to upload",
  },
  "set-rel-filename": {
    type: TEXT,
    value: "NAME",
    help: "The name to record, relative, with / between its parts",
  },
  stdin: { type: FLAG, help: "Upload what comes on standard input" },
  "check-max-file-size": {
    type: whole(1, 40_960_000),
    value: "MIB",
    help:
      "The most that may come on standard input, in MiB: parts are made large enough for it",
  },
  "new-journal": {
    type: FILE,
    value: "FILE",
    help: "The journal to make; must not be there, or be empty",
  },
  "request-inventory-format": {
    type: { kind: "choice", values: ["json", "csv"] },
    value: "FORMAT",
    default: "json",
    help: "The form in which the service is to write the inventory",
  },
  descriptions: {
    type: { kind: "choice", values: ["all", "mt"] },
    value: "WHICH",
    default: "all",
    help:
      "Which descriptions of archives to take names from: mt knows mt-aws-glacier's and ours, all also FastGlacier's, JSON and plain text",
  },
  undecodable: {
    type: { kind: "choice", values: ["archive-id", "leave-out", "fail"] },
    value: "WHAT",
    default: "archive-id",
    help:
      "What to do with archives whose description tells no name: record them under their ID, leave them out, or make no journal",
  },
  which: {
    type: { kind: "choice", values: ["own", "foreign", "all"] },
    value: "WHICH",
    default: "all",
    help:
      "Only the unfinished uploads of this journal, or only those that are not",
  },
  abort: {
    type: FLAG,
    inFile: "refused",
    help: "End the uploads that are listed, and forget what was sent of them",
  },
  adopt: {
    type: FLAG,
    inFile: "refused",
    help:
      "Record the archives that the journal doesn't know, and settle the uploads in doubt",
  },
  mark: {
    type: FLAG,
    inFile: "refused",
    help:
      "Record the archives that the vault lacks as deleted, so that the next sync uploads their files anew",
  },
  "max-missing": {
    type: whole(0, Number.MAX_SAFE_INTEGER),
    value: "N",
    inFile: "refused",
    help:
      "With --adopt or --mark: record nothing where the vault lacks more archives than N; without it, more than 10 and half of all, or any where it has none of the journal's",
  },
  format: {
    type: { kind: "choice", values: ["for-humans", "mtmsg"] },
    value: "FORMAT",
    default: "for-humans",
    help: "Text to read, or lines of fields separated by TAB",
  },
  "dry-run": { type: FLAG, help: "Say what would be done, and do nothing" },
  key: {
    type: TEXT,
    value: "ID",
    help: "AWS access key ID; without it AWS's usual places are looked up",
  },
  secret: {
    type: TEXT,
    value: "SECRET",
    secret: true,
    help:
      "AWS secret access key; better kept in the configuration file, for others on this machine can see a command line",
  },
  token: {
    type: TEXT,
    value: "TOKEN",
    secret: true,
    help: "AWS session token",
  },
  profile: {
    type: TEXT,
    value: "NAME",
    env: ["AWS_PROFILE"],
    help: "Profile in AWS's shared configuration and credentials files",
  },
  region: {
    type: { kind: "word" },
    value: "REGION",
    env: ["AWS_REGION", "AWS_DEFAULT_REGION"],
    help: "AWS region, such as eu-west-1",
  },
  endpoint: {
    type: { kind: "url" },
    value: "URL",
    env: ["AWS_ENDPOINT_URL_GLACIER", "AWS_ENDPOINT_URL"],
    help: "Address of the service, where it is not AWS's own for the region",
  },
  protocol: {
    type: { kind: "choice", values: ["https", "http"] },
    value: "NAME",
    default: "https",
    help: "Protocol to AWS's own endpoint",
  },
  timeout: {
    type: whole(1, 86_400),
    value: "SECONDS",
    default: 180,
    help:
      "How long to wait for a service that says nothing; longer for an upload, by what its bytes take at an eighth of the pace of those before, and at 16 KiB a second at least",
  },
  retries: {
    type: whole(0, 100),
    value: "N",
    default: 7,
    help:
      "How often to repeat a request that failed but may succeed; where none at all succeeds for 15 minutes, none is repeated",
  },
  "terminal-encoding": encodingOf("the terminal"),
  "filenames-encoding": encodingOf("file names"),
  "journal-encoding": encodingOf("the journal"),
  "config-encoding": encodingOf("the configuration file"),
  json: { type: FLAG, help: "Print every event as a JSON object, one a line" },
  quiet: { type: FLAG, help: "No progress and no summary" },
  verbose: {
    type: FLAG,
    help:
      "Tell of each request that is repeated or given up, of fewer requests at a time, and of each file left out",
  },
  host: {
    type: TEXT,
    value: "ADDRESS",
    default: "127.0.0.1",
    help: "Address to listen on",
  },
  port: {
    type: whole(0, 65_535),
    value: "PORT",
    default: 9901,
    help: "Port to listen on; 0 takes any free one",
  },
  data: {
    type: FOLDER,
    value: "DIR",
    help: "Folder for everything stored; without it a temporary one",
  },
  "access-key": {
    type: TEXT,
    value: "ID",
    help: "Access key ID that clients must use",
  },
  "secret-key": {
    type: TEXT,
    value: "SECRET",
    secret: true,
    help: "Secret access key that clients must use",
  },
  keys: {
    type: FILE,
    value: "FILE",
    help:
      "Read more access keys from FILE: JSON objects with accessKeyId, secretAccessKey and, for temporary ones, sessionToken and expires",
  },
  "job-delay": {
    type: TEXT,
    value: "SECONDS",
    default: "0",
    help:
      "How long a job takes; or by tier, such as Expedited=60,Standard=14400,Bulk=36000",
  },
  "inventory-delay": {
    type: whole(0, 1_000_000_000),
    value: "SECONDS",
    default: 0,
    help: "How long inventories lag behind changes of a vault",
  },
  "notify-url": {
    type: { kind: "url", query: true },
    value: "URL",
    help: "Send the notifications of completed jobs to URL as well",
  },
  fault: {
    type: TEXT,
    value: "RULE",
    repeatable: true,
    help:
      "Let requests fail, for tests: OPERATION,FAULT,name=value,… such as UploadArchive,drop,at=after,p=0.1; docs/server.md has them all",
  },
  "fault-seed": {
    type: whole(0, Number.MAX_SAFE_INTEGER),
    value: "N",
    default: 0,
    help: "Which of the requests are struck, the same for the same seed",
  },
  control: {
    type: FLAG,
    help:
      "Let anybody who can reach the server move its clock and change its faults, at /_control/",
  },
  help: { type: FLAG, inFile: "warned of", help: "Show this help" },
} as const satisfies Record<string, OptionSpec>;

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** Looks up an option. */
export function optionSpec(name: OptionName): OptionSpec {
  return OPTIONS[name];
}

/** The option that `name` stands for, an older name included. */
export function resolveOption(
  name: string,
): { name: OptionName; deprecated: boolean } | undefined {
  if (Object.hasOwn(OPTIONS, name)) {
    return { name: name as OptionName, deprecated: false };
  }
  for (const [current, spec] of Object.entries<OptionSpec>(OPTIONS)) {
    if (spec.deprecated?.includes(name)) {
      return { name: current as OptionName, deprecated: true };
    }
  }
  return undefined;
}

/** All names that an option can have. */
export function optionNames(): string[] {
  return Object.entries<OptionSpec>(OPTIONS).flatMap(
    ([name, spec]) => [name, ...spec.deprecated ?? []],
  );
}
