/**
 * What can stand where on a command line, from the tables: what the completions
 * of all shells have in common.
 *
 * @module
 */

import { type CommandName, COMMANDS, commandSpec } from "./commands.ts";
import { type OptionName, OPTIONS, type OptionSpec } from "./options.ts";

/** Every command. */
export const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];

/** Commands of two words: the first word, and the second ones. */
export function twoWordCommands(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of COMMAND_NAMES) {
    const [first, second] = name.split(" ");
    if (second === undefined) continue;
    found.set(first, [...found.get(first) ?? [], second]);
  }
  return found;
}

/** What the first word can be, each once. */
export function firstWords(): string[] {
  return [...new Set(COMMAND_NAMES.map((name) => name.split(" ")[0]))];
}

/** The options that a command takes and that have an effect. */
export function optionsOf(command: CommandName): OptionName[] {
  const { required, optional } = commandSpec(command);
  return [...required, ...optional];
}

/** Every option by name. */
export function everyOption(): [name: OptionName, spec: OptionSpec][] {
  return Object.entries(OPTIONS) as [OptionName, OptionSpec][];
}

/** What the value of an option can be. */
export type Values =
  | { kind: "words"; words: readonly string[] }
  | { kind: "file" | "folder" | "anything" };

/** What can be offered as the value of an option; of a switch, where it is given one. */
export function valuesOf({ type }: OptionSpec): Values {
  switch (type.kind) {
    case "flag":
      return { kind: "words", words: ["1", "0"] };
    case "choice":
      return { kind: "words", words: type.values };
    case "encoding":
      return { kind: "words", words: ["UTF-8"] };
    case "path":
      return { kind: type.of };
    default:
      return { kind: "anything" };
  }
}

/** The words that can follow the name of a command. */
export function positionalWords(command: CommandName): readonly string[] {
  const { positional } = commandSpec(command);
  return positional?.values ?? [];
}

/** The help of an option as far as it goes on a line. */
export function shortHelp({ help }: OptionSpec): string {
  return help.split(/[;:] /)[0];
}

/** Text in single quotes, as bash and zsh read it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
