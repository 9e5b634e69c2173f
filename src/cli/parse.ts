/**
 * From the words of a command line to a command and its options' values.
 *
 * Long options take one dash or two, `--name value` or `--name=value`, and
 * stand anywhere after the command.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { UsageError } from "../errors.ts";
import { printable } from "../relative_name.ts";
import {
  type CommandName,
  COMMANDS,
  commandsBeginning,
  commandSpec,
  isCommandName,
} from "./commands.ts";
import {
  type OptionName,
  optionNames,
  optionSpec,
  type OptionType,
  resolveOption,
} from "./options.ts";
import { suggestion } from "./suggest.ts";

/** A value as the command gets it. */
export type OptionValue = string | number | boolean | readonly string[];

/** Options by name. */
export type OptionValues = Partial<Record<OptionName, OptionValue>>;

/** An option that takes filter rules. */
export type FilterOptionName = "filter" | "include" | "exclude";

/** Rules that one option gave. */
export interface FilterOption {
  option: FilterOptionName;
  text: string;
}

/** A command line, taken apart but not yet joined with the configuration file. */
export interface CommandLine {
  command: CommandName;
  positional: string | undefined;
  values: OptionValues;
  /** The rules of all filter options, in their order. */
  filters: FilterOption[];
  warnings: string[];
}

/**
 * Takes a command line apart.
 *
 * @throws {UsageError} where a command, option or value is unknown or wrong.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const { command, rest } = splitCommand(args);
  const spec = commandSpec(command);
  const warnings: string[] = [];
  const values: OptionValues = {};
  const joined = joinValues(rest);
  const parsed = parseArgs(joined, {
    string: ["_", ...optionNames()],
    collect: optionNames(),
    unknown: (arg, key) => {
      if (key === undefined || !arg.startsWith("-")) return true;
      throw unknownOption(key, command);
    },
  });
  for (const [key, given] of Object.entries(parsed)) {
    if (key === "_") continue;
    const all = given as string[];
    if (all.length === 0) continue;
    const { name, deprecated } = resolveOption(key)!;
    if (!takes(command, name)) {
      throw new UsageError(
        `Option --${key} does not apply to ${command}: see moraine ${command} --help`,
      );
    }
    const { repeatable = false } = optionSpec(name);
    if ((all.length > 1 || values[name] !== undefined) && !repeatable) {
      throw new UsageError(`Option --${name} is given twice`);
    }
    if (deprecated) {
      warnings.push(`Option --${key} is deprecated: use --${name}`);
    }
    const checked = all.map((text) => checkValue(name, text, `--${key}`));
    values[name] = repeatable ? checked.map(String) : checked[0];
  }
  const words = parsed._.map(String);
  const { words: limit = 1 } = spec.positional ?? { words: 0 };
  if (words.length > limit) {
    throw new UsageError(
      `Unexpected argument: ${
        printable(words[limit])
      } (names with spaces need quotes; see moraine ${command} --help)`,
    );
  }
  const filters = filtersOf(joined);
  const positional = words.length > 0 ? words.join(" ") : undefined;
  return { command, positional, values, filters, warnings };
}

/** The filter options among words that `joinValues` has brought to one form. */
function filtersOf(joined: readonly string[]): FilterOption[] {
  const end = joined.indexOf("--");
  return joined.slice(0, end < 0 ? undefined : end).flatMap((word) => {
    const match = /^--(filter|include|exclude)=([^]*)$/.exec(word);
    if (match === null) return [];
    return [{ option: match[1] as FilterOptionName, text: match[2] }];
  });
}

/** Whether a command takes an option, with or without effect. */
export function takes(command: CommandName, name: OptionName): boolean {
  const { required, optional, ignored = [] } = commandSpec(command);
  return [...required, ...optional, ...ignored].includes(name);
}

/**
 * Gives a value its type.
 *
 * @throws {UsageError} where the value is not what the option takes. `where` names the option in the message.
 */
export function checkValue(
  name: OptionName,
  value: string,
  where: string,
): string | number | boolean {
  const { type } = optionSpec(name);
  const text = value;
  const wrong = (expected: string) =>
    new UsageError(
      `${where} takes ${expected}, not ${
        text === "" ? "nothing" : `"${printable(text)}"`
      }`,
    );
  // An address may hold a password.
  const wrongUrl = (without: string) =>
    new UsageError(
      `${where} takes an http:// or https:// address, without ${without}`,
    );
  // So the runtime shows bytes that it can't decode. Taken as it is, the value
  // would name another file, or be a filter that matches nothing.
  if (text.includes("\uFFFD")) {
    throw new UsageError(
      `${where} holds something that is not UTF-8, as its \uFFFD shows: give it in UTF-8`,
    );
  }
  switch (type.kind) {
    case "flag":
      if (text === "1" || text === "true") return true;
      if (text === "0" || text === "false") return false;
      throw wrong("no value, or 1 or 0");
    case "text":
      if (text === "" && !type.empty) throw wrong("a value");
      return text;
    case "word":
      if (!/^\S+$/.test(text)) throw wrong("one word");
      return text;
    case "path":
      if (text === "") throw wrong("a value");
      return text;
    case "encoding":
      // (The last is Perl's own name for it.)
      if (!/^utf[-_]?8(-strict)?$/i.test(text)) {
        throw wrong("UTF-8, which is all that moraine knows");
      }
      return text;
    case "choice":
      if (!type.values.includes(text)) throw wrong(type.values.join(" or "));
      return text;
    case "url":
      if (type.query) {
        if (!isHttpUrl(text)) throw wrongUrl("user");
        return text;
      }
      if (!isHttpUrl(text) || !isPlain(text)) throw wrongUrl("user or query");
      return text.replace(/\/+$/, "");
    case "integer":
      if (!isWithin(text, type)) throw wrong(describeInteger(type));
      return Number(text);
  }
}

type IntegerType = Extract<OptionType, { kind: "integer" }>;

function isWithin(text: string, { min, max, powerOfTwo }: IntegerType) {
  const number = Number(text);
  return /^[0-9]+$/.test(text) && number >= min && number <= max &&
    (!powerOfTwo || number === 0 || Number.isInteger(Math.log2(number)));
}

/** `a whole number from 1 to 30`, for messages and help. */
export function describeInteger({ min, max, powerOfTwo }: IntegerType): string {
  if (powerOfTwo && min === 0) return `0 or a power of two up to ${max}`;
  const kind = powerOfTwo ? "a power of two" : "a whole number";
  return max === Number.MAX_SAFE_INTEGER
    ? `${kind}, at least ${min}`
    : `${kind} from ${min} to ${max}`;
}

function isHttpUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) &&
    url.username === "" && url.password === "";
}

/** Whether a URL has neither query nor fragment. */
function isPlain(text: string): boolean {
  const { search, hash } = new URL(text);
  return search === "" && hash === "";
}

function isFlag(name: OptionName): boolean {
  return optionSpec(name).type.kind === "flag";
}

/** Takes the command off the other words; it has two words at most. */
function splitCommand(
  args: readonly string[],
): { command: CommandName; rest: string[] } {
  const [word, ...rest] = args;
  const two = `${word} ${rest[0]}`;
  if (isCommandName(two)) return { command: two, rest: rest.slice(1) };
  // Help for all commands that begin with this word.
  if (rest.some(isHelp) && commandsBeginning(word).length > 0) {
    return { command: "help", rest: [word] };
  }
  return { command: toCommand(word, rest), rest };
}

function isHelp(word: string): boolean {
  return /^--?(help|h|\?)$/.test(word);
}

function toCommand(
  word: string | undefined,
  rest: readonly string[],
): CommandName {
  if (word === undefined || isHelp(word)) return "help";
  if (/^--?(version|V)$/.test(word)) return "version";
  if (isCommandName(word)) return word;
  if (word.startsWith("-")) {
    const command = rest.find(isCommandName);
    throw new UsageError(
      command
        ? `The command comes first: moraine ${command} ${printable(word)} …`
        : "No command given: see moraine help",
    );
  }
  const longer = commandsBeginning(word);
  if (longer.length > 0) throw incompleteCommand(word, rest[0], longer);
  const meant = suggestion(word, Object.keys(COMMANDS));
  throw new UsageError(
    `Unknown command: ${printable(word)}.${meant || " See moraine help"}`,
  );
}

/** The first word of a command of two words, without a second one that there is. */
function incompleteCommand(
  first: string,
  second: string | undefined,
  known: readonly CommandName[],
): UsageError {
  const missing = second === undefined || second.startsWith("-");
  const given = missing ? first : `${first} ${second}`;
  return new UsageError(
    `${missing ? "Incomplete" : "Unknown"} command: ${printable(given)}. ` +
      `There is ${known.join(" and ")}; see moraine ${first} --help`,
  );
}

function unknownOption(key: string, command: CommandName): UsageError {
  const { required, optional } = commandSpec(command);
  const meant = suggestion(key, [...required, ...optional], "--");
  return new UsageError(
    `Unknown option: --${printable(key)}.${
      meant || ` See moraine ${command} --help`
    }`,
  );
}

/**
 * Brings options to the one form `--name=value`, so that one dash or two are
 * the same, a value may itself begin with a dash, and a switch that is on is
 * 1, as in a configuration file.
 */
function joinValues(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const match = /^--?([^-=][^=]*)(=[^]*)?$/.exec(args[i]);
    if (args[i] === "--") return [...joined, ...args.slice(i)];
    if (!match) {
      joined.push(args[i]);
      continue;
    }
    const [, key, value] = match;
    const name = key === "h" ? "help" : resolveOption(key)?.name;
    if (key === "h") joined.push("--help=1");
    else if (name === undefined || value !== undefined) {
      joined.push(`--${key}${value ?? ""}`);
    } else if (isFlag(name)) joined.push(`--${key}=1`);
    else if (i + 1 < args.length) joined.push(`--${key}=${args[++i]}`);
    else throw new UsageError(`Option --${key} needs a value`);
  }
  return joined;
}
