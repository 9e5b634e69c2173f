/**
 * Configuration files: lines `name=value`, blanks around both trimmed, blank
 * lines and lines that begin with `#` skipped; a name alone means 1.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { printable } from "../relative_name.ts";
import {
  type CommandName,
  NOT_YET,
  type OptionName,
  optionNames,
  optionSpec,
  resolveOption,
} from "./options.ts";
import { checkValue, type OptionValues, takes } from "./parse.ts";
import { suggestion } from "./suggest.ts";

/** What a file says for a command. */
export interface ConfigFile {
  values: OptionValues;
  warnings: string[];
}

/** Options that make no sense in a file. */
const NOT_IN_FILE: readonly OptionName[] = ["config", "help"];

/**
 * Reads the text of a configuration file for one command. Options that the
 * command doesn't take are passed over; unknown ones are warned of.
 *
 * @throws {UsageError} naming the file and line, where a line or value is wrong.
 */
export function parseConfigFile(
  text: string,
  path: string,
  command: CommandName,
): ConfigFile {
  const values: OptionValues = {};
  const warnings: string[] = [];
  for (
    const [index, line] of text.replace(/^\uFEFF/, "").split(/\r?\n/).entries()
  ) {
    const where = `${path}, line ${index + 1}`;
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const match = /^([A-Za-z0-9-]+)\s*(?:=\s*(.*))?$/.exec(trimmed);
    if (!match) {
      // The line isn't shown: it may hold a secret.
      throw new UsageError(`Cannot understand ${where}: expected name=value`);
    }
    const [, key, value = "1"] = match;
    const resolved = resolveOption(key);
    if (resolved && NOT_IN_FILE.includes(resolved.name)) {
      warnings.push(`Option without effect in ${where}: ${key}`);
      continue;
    }
    if (NOT_YET.includes(key)) {
      warnings.push(`Option not supported yet in ${where}: ${key}`);
      continue;
    }
    if (resolved === undefined) {
      // What is this long is no option, and may be a key on a line of its own.
      const shown = key.length <= 24
        ? `: ${printable(key)}.${suggestion(key, optionNames())}`
        : "";
      warnings.push(`Unknown option in ${where}${shown}`);
      continue;
    }
    if (!takes(command, resolved.name)) continue;
    const { name } = resolved;
    const checked = checkValue(name, value, `${key} in ${where}`);
    values[name] = optionSpec(name).repeatable
      ? [...values[name] as readonly string[] ?? [], String(checked)]
      : checked;
  }
  return { values, warnings };
}
