/**
 * Completions for fish.
 *
 * @module
 */

import { type CommandName, commandSpec } from "./commands.ts";
import {
  COMMAND_NAMES,
  everyOption,
  firstWords,
  optionsOf,
  positionalWords,
  shortHelp,
  twoWordCommands,
  valuesOf,
} from "./completion_words.ts";
import type { OptionName, OptionSpec } from "./options.ts";

/** The script. */
export function fishCompletions(): string {
  return [
    HEAD,
    ...firstLines(),
    ...secondLines(),
    ...COMMAND_NAMES.flatMap(positionalLines),
    ...everyOption().map(([name, spec]) => optionLine(name, spec)),
    "",
  ].join("\n");
}

/** The first word, and the same after `help`. */
function firstLines(): string[] {
  const two = twoWordCommands();
  return firstWords().map((word) => {
    const summary = two.get(word)?.join(" or ") ??
      commandSpec(word as CommandName).summary;
    return line("__moraine_at ''", `-a ${quote(word)}`, summary);
  });
}

function secondLines(): string[] {
  return [...twoWordCommands()].flatMap(([first, words]) =>
    words.map((word) => {
      const { summary } = commandSpec(`${first} ${word}` as CommandName);
      return line(`__moraine_at ${quote(first)}`, `-a ${quote(word)}`, summary);
    })
  );
}

function positionalLines(command: CommandName): string[] {
  const words = positionalWords(command);
  if (words.length === 0) return [];
  const condition = `__moraine_at ${quote(command)}`;
  return words.map((word) => line(condition, `-a ${quote(word)}`));
}

function optionLine(name: OptionName, spec: OptionSpec): string {
  const commands = COMMAND_NAMES.filter((command) =>
    optionsOf(command).includes(name)
  ).map(quote);
  return line(
    `__moraine_in ${commands.join(" ")}`,
    `-l ${name}${valueArguments(spec)}`,
    shortHelp(spec),
  );
}

/** What `complete` has to be told of an option's value. */
function valueArguments(spec: OptionSpec): string {
  if (spec.type.kind === "flag") return "";
  const values = valuesOf(spec);
  switch (values.kind) {
    case "words":
      return ` -x -a ${quote(values.words.join(" "))}`;
    case "file":
      return " -r -F";
    case "folder":
      return " -x -a '(__fish_complete_directories)'";
    case "anything":
      return " -x";
  }
}

function line(condition: string, what: string, help?: string): string {
  const description = help === undefined ? "" : ` -d ${quote(help)}`;
  return `complete -c moraine -n ${quote(condition)} ${what}${description}`;
}

/** Text in single quotes, as fish reads it. */
function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

const HEAD = `# fish completions of moraine. Once:
#   moraine completions fish > ~/.config/fish/completions/moraine.fish

# The words before the one that is completed, without the program's name.
function __moraine_words
    set -l words (commandline -opc)
    set -e words[1]
    string join -- ' ' $words
end

# Whether exactly these words stand before, after help too.
function __moraine_at
    set -l words (__moraine_words)
    test "$words" = "$argv[1]"; and return
    test "$words" = (string trim "help $argv[1]")
end

# Whether the command is one of these.
function __moraine_in
    set -l words (__moraine_words)
    for command in $argv
        string match -q -- "$command *" "$words "; and return
    end
    return 1
end

complete -c moraine -e
complete -c moraine -f
`;
