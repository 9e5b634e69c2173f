/**
 * All options of one command, from the command line, the configuration file,
 * the environment and the defaults, in this order of precedence.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { printable } from "../relative_name.ts";
import { holdsSecret, parseConfigFile } from "./config_file.ts";
import type { CliHost } from "./host.ts";
import { type CommandName, commandSpec } from "./commands.ts";
import { type OptionName, optionSpec } from "./options.ts";
import {
  checkValue,
  type CommandLine,
  type FilterOption,
  type OptionValues,
  takes,
} from "./parse.ts";
import { exposedWarning, readSmallFile } from "./small_file.ts";

/** The settled options of a command. */
export class Settings {
  readonly #values: OptionValues;
  /** The rules of all filter options, in their order. */
  readonly filters: readonly FilterOption[];
  readonly #typed: ReadonlySet<string>;
  readonly #given: ReadonlySet<string>;

  /** `typed`: the options that the command line itself gives; `given`: those that do not have their default. */
  constructor(
    values: OptionValues,
    filters: readonly FilterOption[] = [],
    typed: Iterable<OptionName> = [],
    given: Iterable<OptionName> = typed,
  ) {
    this.#values = values;
    this.filters = filters;
    this.#typed = new Set(typed);
    this.#given = new Set(given);
  }

  /**
   * Whether an option was given for this very run, on the command line, and not
   * for all runs, in the configuration file or by default.
   */
  isTyped(name: OptionName): boolean {
    return this.#typed.has(name);
  }

  /** The number of an option, where the user gives it in whatever way; its default does not count. */
  givenNumber(name: OptionName): number | undefined {
    return this.#given.has(name) ? this.number(name) : undefined;
  }

  /** The text of an option that is set. */
  text(name: OptionName): string {
    return String(this.#values[name]);
  }

  /** The text of an option, where it is set. */
  optionalText(name: OptionName): string | undefined {
    const value = this.#values[name];
    return value === undefined ? undefined : String(value);
  }

  /** The number of an option that is set or has a default. */
  number(name: OptionName): number {
    return Number(this.#values[name]);
  }

  /** The number of an option, where it is set. */
  optionalNumber(name: OptionName): number | undefined {
    const value = this.#values[name];
    return value === undefined ? undefined : Number(value);
  }

  /** The texts of an option that may be given more than once, in their order. */
  list(name: OptionName): readonly string[] {
    const value = this.#values[name];
    return value === undefined ? [] : value as readonly string[];
  }

  /** Whether a switch is on. */
  flag(name: OptionName): boolean {
    return this.#values[name] === true;
  }
}

/**
 * Settles the options of a command.
 *
 * @throws {UsageError} where one is missing or wrong, or the configuration file can't be read.
 */
export async function settle(
  line: CommandLine,
  host: CliHost,
): Promise<{ settings: Settings; warnings: string[] }> {
  const { command, values } = line;
  const config = await readConfig(line, host);
  const given = {
    ...environment(command, host),
    ...config.values,
    ...values,
  };
  expectNeeds(given);
  const all = { ...defaults(command), ...given };
  const spec = commandSpec(command);
  const missing = spec.required.filter((name) => all[name] === undefined);
  if (missing.length > 0) {
    throw new UsageError(
      `Missing option: ${
        missing.map((name) => `--${name}`).join(", ")
      } (see moraine ${command} --help)`,
    );
  }
  if (spec.positional && !spec.positional.name.startsWith("[")) {
    if (line.positional === undefined) {
      throw new UsageError(
        `Missing argument: ${spec.positional.name} (see moraine ${command} --help)`,
      );
    }
  }
  return {
    settings: new Settings(
      all,
      line.filters,
      Object.keys(values) as OptionName[],
      Object.keys(given) as OptionName[],
    ),
    warnings: [...line.warnings, ...config.warnings],
  };
}

/** Refuses an option that makes no sense without another one that is not on. */
function expectNeeds(given: OptionValues): void {
  for (const name of Object.keys(given) as OptionName[]) {
    const { needs } = optionSpec(name);
    if (needs === undefined || given[needs as OptionName]) continue;
    throw new UsageError(
      `Option --${name} makes sense only together with --${needs}`,
    );
  }
}

async function readConfig({ command, values }: CommandLine, host: CliHost) {
  const path = values.config;
  if (path === undefined) return { values: {}, warnings: [] };
  const { text, exposed } = await readSmallFile(
    String(path),
    "configuration file",
    host.platform.files,
  );
  const config = parseConfigFile(text, printable(String(path)), command);
  if (exposed && holdsSecret(text)) {
    config.warnings.push(exposedWarning(String(path)));
  }
  return config;
}

function defaults(command: CommandName): OptionValues {
  const values: OptionValues = {};
  for (const name of optionsOf(command)) {
    const value = optionSpec(name).default;
    if (value !== undefined) values[name] = value;
  }
  return values;
}

function environment(command: CommandName, host: CliHost): OptionValues {
  const values: OptionValues = {};
  for (const name of optionsOf(command)) {
    for (const variable of optionSpec(name).env ?? []) {
      const value = host.env(variable);
      if (value === undefined) continue;
      values[name] = checkValue(name, value, variable);
      break;
    }
  }
  return values;
}

function optionsOf(command: CommandName): OptionName[] {
  const { required, optional } = commandSpec(command);
  return [...required, ...optional].filter((name) => takes(command, name));
}
