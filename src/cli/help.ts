/**
 * Help, made from the table of commands and options.
 *
 * @module
 */

import {
  type CommandName,
  COMMANDS,
  commandsBeginning,
  commandSpec,
} from "./commands.ts";
import { optionNotes, rangeNote } from "./option_notes.ts";
import { type OptionName, type OptionSpec, optionSpec } from "./options.ts";

/** Where the text of an option begins, in characters. */
const INDENT = 26;

/** The list of commands. */
export function generalHelp(columns: number): string {
  const names = Object.keys(COMMANDS) as CommandName[];
  return [
    "moraine keeps copies of local files in Amazon Glacier vaults, and gets them back.",
    "",
    "Usage: moraine COMMAND [options]",
    "",
    "Commands:",
    ...names.map((name) => entry(name, commandSpec(name).summary, columns)),
    "",
    "moraine COMMAND --help tells more of one. Options take one dash or two,",
    "--name value or --name=value, and most may stand in a file given by --config.",
    "",
    "Exit status: 0 done; 1 failed; 2 wrong usage; 130 interrupted.",
  ].join("\n");
}

/** The commands of two words that begin with this one. */
export function groupHelp(first: string, columns: number): string {
  return [
    `Usage: moraine ${first} COMMAND [options]`,
    "",
    "Commands:",
    ...commandsBeginning(first).map((name) =>
      entry(name, commandSpec(name).summary, columns)
    ),
    "",
    `moraine ${first} COMMAND --help tells more of one.`,
  ].join("\n");
}

/** How the command is written, with what it must be given. */
export function synopsis(command: CommandName): string {
  const { positional, required } = commandSpec(command);
  return [
    "moraine",
    command,
    ...positional ? [positional.name] : [],
    ...required.map((name) => `--${name} ${optionSpec(name).value}`),
    "[options]",
  ].join(" ");
}

/** All of one command. */
export function commandHelp(command: CommandName, columns: number): string {
  const spec = commandSpec(command);
  const section = (title: string, names: readonly OptionName[]) =>
    names.length === 0 ? [] : [
      "",
      title,
      ...names.map((name) => optionEntry(name, optionSpec(name), columns)),
    ];
  return [
    `Usage: ${synopsis(command)}`,
    "",
    ...wrap(spec.description, columns),
    ...spec.positional
      ? ["", entry(spec.positional.name, spec.positional.help, columns)]
      : [],
    ...section("Required:", spec.required),
    ...section("Options:", spec.optional),
    ...spec.ignored
      ? [
        "",
        ...wrap(
          `Accepted without effect: ${
            spec.ignored.map((name) => `--${name}`).join(", ")
          }.`,
          columns,
        ),
      ]
      : [],
    "",
    `Example: ${spec.example}`,
  ].join("\n");
}

function optionEntry(name: string, spec: OptionSpec, columns: number): string {
  const range = rangeNote(spec);
  const notes = [...range === undefined ? [] : [range], ...optionNotes(spec)];
  const text = notes.length > 0
    ? `${spec.help} (${notes.join("; ")})`
    : spec.help;
  return entry(`--${name}${spec.value ? ` ${spec.value}` : ""}`, text, columns);
}

/** A term with its explanation beside it, or below it where the term is long. */
function entry(term: string, text: string, columns: number): string {
  const lines = wrap(text, columns - INDENT);
  const first = `  ${term}`;
  const padding = " ".repeat(INDENT);
  const head = first.length < INDENT - 1
    ? first.padEnd(INDENT) + lines.shift()
    : first;
  return [head, ...lines.map((line) => padding + line)].join("\n");
}

/** Breaks a text into lines at blanks. */
function wrap(text: string, columns: number): string[] {
  const width = Math.max(30, Math.min(columns, 100));
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
