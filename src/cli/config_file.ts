/**
 * Configuration files: lines `name=value`, blanks around both trimmed, blank
 * lines and lines that begin with `#` skipped; a name alone means 1. Of two
 * lines for one option the later one counts.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { printable } from "../relative_name.ts";
import type { CommandName } from "./commands.ts";
import {
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
    const match = /^([A-Za-z0-9][A-Za-z0-9-]*)\s*(?:=\s*(.*))?$/.exec(trimmed);
    if (!match) {
      // The line isn't shown: it may hold a secret.
      throw new UsageError(`Cannot understand ${where}: expected name=value`);
    }
    const [, key, rest = "1"] = match;
    const resolved = resolveOption(key);
    if (resolved === undefined) {
      const similar = suggestion(key, optionNames());
      // A line of its own that is like no option may be a key; so may what is
      // longer than any option.
      const shown = key.length <= 24 && (similar || match[2] !== undefined)
        ? `: ${printable(key)}.${similar}`
        : "";
      warnings.push(`Unknown option in ${where}${shown}`);
      continue;
    }
    const { name } = resolved;
    const { inFile, repeatable } = optionSpec(name);
    if (inFile === "warned of") {
      warnings.push(`Option without effect in ${where}: ${key}`);
      continue;
    }
    if (inFile === "refused") {
      // Passed over, a filter would let the wrong files be sent or deleted.
      throw new UsageError(
        `Option ${key} in ${where} can be given on the command line only`,
      );
    }
    if (!takes(command, name)) continue;
    const value = mayHoldBlanks(name) ? rest : withoutComment(rest);
    const checked = checkValue(name, value, `${key} in ${where}`);
    if (values[name] !== undefined && !repeatable) {
      warnings.push(
        `Option ${name} is given twice in ${path}: line ${index + 1} counts`,
      );
    }
    values[name] = repeatable
      ? [...values[name] as readonly string[] ?? [], String(checked)]
      : checked;
  }
  return { values, warnings };
}

/** Whether the text of a configuration file has a secret, be it for this command or another. */
export function holdsSecret(text: string): boolean {
  return [...text.matchAll(/^\s*([A-Za-z0-9-]+)\s*=\s*\S/gm)]
    .some(([, key]) => {
      const resolved = resolveOption(key);
      return resolved !== undefined && optionSpec(resolved.name).secret;
    });
}

/** Whether a value of the option can have blanks, and so whatever follows one. */
function mayHoldBlanks(name: OptionName): boolean {
  const { kind } = optionSpec(name).type;
  return kind === "text" || kind === "path";
}

/**
 * The value without what follows a blank and `#`: the README of mt-aws-glacier
 * has `region=us-east-1 #eu-west-1, us-east-1 etc`.
 */
function withoutComment(value: string): string {
  // From the first of several blanks only: from each it would take long.
  return value.replace(/(?<!\s)\s+#.*$/, "");
}
