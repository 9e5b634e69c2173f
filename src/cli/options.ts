/**
 * THE table of commands and options. Parsing, validation, configuration files
 * and help all come from it, and nothing else knows an option.
 *
 * @module
 */

/** What a value must look like. */
export type OptionType =
  | { kind: "text" }
  /** A switch; in a configuration file also `1` and `0`. */
  | { kind: "flag" }
  /** A whole number within bounds, both included. */
  | { kind: "integer"; min: number; max: number; powerOfTwo?: boolean }
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
  /** Older names that still work; a warning is given for one on the command line. */
  deprecated?: readonly string[];
}

const TEXT: OptionType = { kind: "text" };
const FLAG: OptionType = { kind: "flag" };

const whole = (min: number, max: number): OptionType => ({
  kind: "integer",
  min,
  max,
});

/** Every option by name. */
export const OPTIONS = {
  config: {
    type: TEXT,
    value: "FILE",
    help: "Read options from FILE: a `name=value` a line, `#` for comments",
  },
  dir: {
    type: TEXT,
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
    type: TEXT,
    value: "FILE",
    help: "The journal: what is in the vault, a text file that only grows",
  },
  concurrency: {
    type: whole(1, 1000),
    value: "N",
    default: 4,
    help: "Requests under way at a time",
  },
  partsize: {
    type: { kind: "integer", min: 1, max: 4096, powerOfTwo: true },
    value: "MIB",
    default: 16,
    help:
      "Size of a part in MiB, a power of two; raised by itself where a file would have more than 10,000 parts",
  },
  "max-number-of-files": {
    type: whole(1, Number.MAX_SAFE_INTEGER),
    value: "N",
    help: "Stop after so many files",
  },
  new: {
    type: FLAG,
    help: "Upload new files, which is all that sync does so far",
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
    help: "AWS secret access key; better kept in the configuration file",
  },
  token: { type: TEXT, value: "TOKEN", help: "AWS session token" },
  profile: {
    type: TEXT,
    value: "NAME",
    env: ["AWS_PROFILE"],
    help: "Profile in AWS's shared configuration and credentials files",
  },
  region: {
    type: TEXT,
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
      "How long to wait for a service that says nothing; a second more for each 16 KiB sent",
  },
  retries: {
    type: whole(0, 100),
    value: "N",
    default: 7,
    help: "How often to repeat a request that failed but may succeed",
  },
  json: { type: FLAG, help: "Print every event as a JSON object, one a line" },
  quiet: { type: FLAG, help: "No progress and no summary" },
  verbose: {
    type: FLAG,
    help: "Tell of each request that is repeated, and each file left out",
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
    type: TEXT,
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
    help: "Secret access key that clients must use",
  },
  keys: {
    type: TEXT,
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
  help: { type: FLAG, help: "Show this help" },
} as const satisfies Record<string, OptionSpec>;

/** mt-aws-glacier's options that are not supported yet. They are refused by name, so that nobody believes them to be in force. */
export const NOT_YET: readonly string[] = [
  "replace-modified",
  "delete-removed",
  "detect",
  "leaf-optimization",
  "follow",
  "filter",
  "include",
  "exclude",
  "segment-size",
  "terminal-encoding",
  "filenames-encoding",
  "journal-encoding",
  "config-encoding",
];

/** The name of an option. */
export type OptionName = keyof typeof OPTIONS;

/** One command. */
export interface CommandSpec {
  /** One line for the list of commands. */
  summary: string;
  /** What it does, what it changes, what it costs; a paragraph for its help. */
  description: string;
  /** A value that follows the command's name. */
  positional?: { name: string; help: string };
  /** Options that must be given. */
  required: readonly OptionName[];
  /** Options that may be given. */
  optional: readonly OptionName[];
  /** Options that are accepted and have no effect, for old scripts. */
  ignored?: readonly OptionName[];
  /** A command line to start from. */
  example: string;
}

const SERVICE = [
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

const GENERAL = ["config", "json", "quiet", "verbose", "help"] as const;

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
    summary: "Upload files that the journal doesn't have",
    description:
      "Uploads each file below --dir whose name is not in the journal, and records it there once the service has confirmed its tree hash. A file that is not larger than a part takes one request, a larger one is sent in parts. Nothing is deleted or replaced. Empty files are left out, because the service takes none, and so are links, sockets, pipes and devices.",
    required: ["dir", "vault", "journal"],
    optional: [
      "concurrency",
      "partsize",
      "max-number-of-files",
      "new",
      "dry-run",
      ...SERVICE,
      ...GENERAL,
    ],
    example:
      "moraine sync --config glacier.cfg --dir /data/backup --vault photos --journal photos.log",
  },
  "check-local-hash": {
    summary: "Compare local files with the journal",
    description:
      "Reads each file of the journal below --dir and compares its size and tree hash with what was uploaded. Works without the network.",
    required: ["dir", "journal"],
    optional: ["dry-run", ...GENERAL],
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
      "concurrency",
      "dry-run",
      ...SERVICE,
      ...GENERAL,
    ],
    example:
      "moraine restore --config glacier.cfg --dir /data/backup --vault photos --journal photos.log --max-number-of-files 10",
  },
  "restore-completed": {
    summary: "Download the files that are ready",
    description:
      "Downloads each missing file whose retrieval job is done. A file appears under its name only when its tree hash equals the journal's; a file that exists is never overwritten. Files whose jobs are still under way are left for a later run.",
    required: ["dir", "vault", "journal"],
    optional: ["concurrency", "dry-run", ...SERVICE, ...GENERAL],
    example:
      "moraine restore-completed --config glacier.cfg --dir /data/backup --vault photos --journal photos.log",
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
  help: {
    summary: "Show what there is, or one command",
    description: "Shows all commands, or one with its options.",
    positional: { name: "[COMMAND]", help: "A command" },
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

/** Looks up an option. */
export function optionSpec(name: OptionName): OptionSpec {
  return OPTIONS[name];
}

/** Whether `name` is a command. */
export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
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
