/**
 * Completions for zsh.
 *
 * @module
 */

import { type CommandName, commandSpec } from "./commands.ts";
import {
  COMMAND_NAMES,
  firstWords,
  optionsOf,
  positionalWords,
  quoted,
  shortHelp,
  twoWordCommands,
  valuesOf,
} from "./completion_words.ts";
import { optionSpec } from "./options.ts";

/** The script: to be read at the start, or put where zsh looks for functions as `_moraine`. */
export function zshCompletions(): string {
  return SCRIPT
    .replaceAll("@FIRST@", () => described(firstWords()))
    .replaceAll("@SECOND@", () => secondWords())
    .replace("@COMMANDS@", () => COMMAND_NAMES.map(commandCase).join("\n"));
}

/** The first words of commands, each with what it does. */
function described(words: readonly string[]): string {
  const two = twoWordCommands();
  return words.map((word) => {
    const summary = two.has(word)
      ? `${two.get(word)!.join(" or ")}`
      : commandSpec(word as CommandName).summary;
    return `    ${quoted(`${escaped(word)}:${summary}`)}`;
  }).join("\n");
}

/** Of each command of two words, what the second can be. */
function secondWords(): string {
  return [...twoWordCommands()].map(([first, words]) => {
    const known = words.map((word) =>
      quoted(
        `${escaped(word)}:${
          commandSpec(`${first} ${word}` as CommandName).summary
        }`,
      )
    );
    return `    ${first}) second=(${known.join(" ")}) ;;`;
  }).join("\n");
}

function commandCase(name: CommandName): string {
  const options = optionsOf(name).map(argument);
  const { positional } = commandSpec(name);
  if (positional !== undefined) {
    const words = positionalWords(name);
    // It may come after options as well.
    options.unshift(
      quoted(`*:${escaped(positional.name)}:(${words.join(" ")})`),
    );
  }
  return [
    `    ${quoted(name)})`,
    "      _arguments \\",
    options.map((option) => `        ${option}`).join(" \\\n"),
    "      ;;",
  ].join("\n");
}

/** An option as `_arguments` reads it. */
function argument(name: ReturnType<typeof optionsOf>[number]): string {
  const spec = optionSpec(name);
  const times = spec.repeatable ? "*" : "";
  const help = `[${escaped(shortHelp(spec))}]`;
  if (spec.type.kind === "flag") return quoted(`${times}--${name}${help}`);
  const values = valuesOf(spec);
  const action = {
    words: () => `(${values.kind === "words" ? values.words.join(" ") : ""})`,
    file: () => "_files",
    folder: () => "_files -/",
    anything: () => " ",
  }[values.kind]();
  return quoted(
    `${times}--${name}=${help}:${escaped(spec.value ?? "VALUE")}:${action}`,
  );
}

/** A text within what `_arguments` and `_describe` read. */
function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&");
}

const SCRIPT = `#compdef moraine
# zsh completions of moraine. In ~/.zshrc, after compinit:
#   source <(moraine completions zsh)

_moraine() {
  local curcontext=$curcontext command=$words[2] i=3
  local -a first second
  first=(
@FIRST@
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command first
    return
  fi
  if [[ $command == help ]]; then
    command=$words[3]
    i=4
    if (( CURRENT == 3 )); then
      _describe -t commands command first
      return
    fi
  fi
  # Commands of two words.
  case $command in
@SECOND@
  esac
  if (( CURRENT == i )) && (( $#second > 0 )); then
    _describe -t commands command second
    return
  fi
  [[ $words[2] == help ]] && return
  if (( $#second > 0 )); then
    command="$command $words[3]"
    shift words
    (( CURRENT-- ))
  fi
  shift words
  (( CURRENT-- ))
  case $command in
@COMMANDS@
  esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _moraine "$@"
else
  compdef _moraine moraine
fi
`;
