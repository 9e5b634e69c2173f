/**
 * Options that programs give: what cannot be one is refused before anything is
 * done, for a program need not be in TypeScript.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { NameFilter } from "../files/filter.ts";
import { checkRelativeName, printable } from "../relative_name.ts";
import { planSizing } from "../transfer/sizing.ts";

const MiB = 1024 * 1024;

/** What an option must be; `undefined` where the value is that. */
export type Check = (value: unknown) => string | undefined;

/** What each option of a vault must be. */
export const VAULT_CHECKS: Readonly<Record<string, Check>> = {
  name: text,
  region: text,
  endpoint: text,
  credentials: aFunction,
  fetch: aFunction,
  concurrency: whole(1, 1000),
  retries: whole(0, 100),
  timeout: seconds,
  tier: oneOf("Expedited", "Standard", "Bulk"),
};

/** What each option of every run must be. */
export const RUN_CHECKS: Readonly<Record<string, Check>> = {
  onEvent: aFunction,
  signal: (value) =>
    value instanceof AbortSignal ? undefined : "an AbortSignal",
  journal: text,
  dir: text,
  newJournal: text,
  dryRun: flag,
  rebind: flag,
  filter: (value) => isFilter(value) ? undefined : "what createFilter() makes",
  uploadNew: flag,
  replaceModified: oneOf(
    "treehash",
    "mtime",
    "mtime-or-treehash",
    "mtime-and-treehash",
    "size-only",
    "always-positive",
  ),
  deleteRemoved: flag,
  follow: flag,
  countFirst: flag,
  maxFiles: whole(1, Number.MAX_SAFE_INTEGER),
  partSize: bytes(MiB),
  segmentSize: bytes(0),
  memoryLimit: whole(MiB, MiB * MiB),
  name: relativeName,
  source: (value) =>
    isSource(value)
      ? undefined
      : "{ path } or { stream, maxSize? }, with a maxSize of whole bytes",
  format: oneOf("json", "csv"),
  descriptions: oneOf("all", "mt"),
  undecodable: oneOf("archive-id", "leave-out", "fail"),
};

/** What {@linkcode checkOptions} goes by: the options of one run. */
export interface OptionRules {
  /** What each must be; {@linkcode RUN_CHECKS} where absent. */
  checks?: Readonly<Record<string, Check>>;
  /** Those that must be there. */
  required?: readonly string[];
  /** Those that may be, besides `onEvent` and `signal`. */
  optional?: readonly string[];
  /** Whether the run deletes what the option `filter` takes. */
  deletes?: boolean;
}

/** Options of every run. */
const ALWAYS = ["onEvent", "signal"];

/**
 * Makes sure that options are what they must be, and none is there that the run
 * doesn't take: a limit or a dry run that has no effect could cost a lot.
 *
 * @throws {UsageError} which names the option.
 */
export function checkOptions(
  options: object,
  { checks = RUN_CHECKS, required = [], optional = [], deletes }: OptionRules,
): void {
  if (typeof options !== "object" || options === null) {
    throw new UsageError(
      `The options must be an object, and are ${shown(options)}`,
    );
  }
  for (const name of required) {
    if (valueOf(options, name) === undefined) {
      throw new UsageError(`The option ${name} is missing`);
    }
  }
  const taken = [...required, ...optional, ...ALWAYS];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(checks, name)) {
      throw new UsageError(`There is no option ${printable(name)}`);
    }
    if (!taken.includes(name)) {
      throw new UsageError(`The option ${name} is not one of this run`);
    }
    const wanted = checks[name](value);
    if (wanted === undefined) continue;
    throw new UsageError(
      `The option ${name} must be ${wanted}, and is ${shown(value)}`,
    );
  }
  // Refuses parts that don't fit.
  planSizing(options);
  expectWork(options);
  expectRestSaid(options, deletes);
}

/** A filter that takes all it doesn't speak of was meant otherwise, and what is deleted is gone. */
function expectRestSaid(
  { filter, deleteRemoved }: { filter?: NameFilter; deleteRemoved?: boolean },
  deletes: boolean = deleteRemoved === true,
): void {
  if (!deletes || filter?.rest !== "not said") return;
  throw new UsageError(
    'Nothing is deleted by the option filter, because its rules say what to take and not what becomes of the rest, which would be deleted, too: end them by { include: false, pattern: "" }, or by { include: true, pattern: "" } where all of it is meant',
  );
}

/** A sync that does none of the three things was meant otherwise. */
function expectWork(
  { uploadNew, replaceModified, deleteRemoved }: {
    uploadNew?: boolean;
    replaceModified?: string;
    deleteRemoved?: boolean;
  },
): void {
  if (uploadNew !== false || replaceModified !== undefined) return;
  if (deleteRemoved === true) return;
  throw new UsageError(
    "Without the option uploadNew there must be replaceModified or deleteRemoved",
  );
}

function valueOf(options: object, name: string): unknown {
  return (options as Record<string, unknown>)[name];
}

function text(value: unknown): string | undefined {
  const given = typeof value === "string" && value !== "";
  return given ? undefined : "a text that is not empty";
}

function flag(value: unknown): string | undefined {
  return typeof value === "boolean" ? undefined : "true or false";
}

function aFunction(value: unknown): string | undefined {
  return typeof value === "function" ? undefined : "a function";
}

function seconds(value: unknown): string | undefined {
  const given = typeof value === "number" && value > 0 && value <= 86_400;
  return given ? undefined : "a number of seconds up to 86400";
}

function whole(min: number, max: number): Check {
  const range = max === Number.MAX_SAFE_INTEGER
    ? `, at least ${min}`
    : ` from ${min} to ${max}`;
  return (value) =>
    Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max
      ? undefined
      : `a whole number${range}`;
}

/** Sizes that parts and segments can have, in bytes; 0 where `min` is. */
function bytes(min: number): Check {
  const zero = min === 0 ? "0 or " : "";
  return (value) =>
    (value === 0 && min === 0) || isPartSize(value)
      ? undefined
      : `${zero}1 MiB (1048576) times a power of two, 4 GiB at most, in bytes`;
}

/** 1 MiB times a power of two, up to 4 GiB ("Initiate Multipart Upload" in the Glacier developer guide). */
function isPartSize(value: unknown): boolean {
  const power = Math.log2(Number(value) / MiB);
  return typeof value === "number" && Number.isInteger(power) && power >= 0 &&
    power <= 12;
}

function oneOf(...values: readonly string[]): Check {
  return (value) =>
    values.includes(value as string)
      ? undefined
      : `one of ${values.map((each) => JSON.stringify(each)).join(", ")}`;
}

function relativeName(value: unknown): string | undefined {
  if (typeof value !== "string") return "a text";
  const problem = checkRelativeName(value);
  return problem && `a relative path such as a/b.jpg (${problem})`;
}

function isFilter(value: unknown): boolean {
  return hasMethod(value, "includes") && hasMethod(value, "mayEnter");
}

function isSource(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { path, stream, maxSize } = value as Record<string, unknown>;
  if (stream === undefined) {
    return text(path) === undefined && maxSize === undefined;
  }
  const fits = maxSize === undefined || isWhole(maxSize);
  return fits && path === undefined && typeof stream === "object" &&
    stream !== null && Symbol.asyncIterator in stream;
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null &&
    typeof valueOf(value, name) === "function";
}

/** What was given, as far as it can be shown in a sentence. */
function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return printable(JSON.stringify(value));
    case "number":
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : "an object";
    case "undefined":
      return "undefined";
    default:
      return `a ${typeof value}`;
  }
}
