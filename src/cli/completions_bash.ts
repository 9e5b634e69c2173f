/**
 * Completions for bash, 3.2 and newer.
 *
 * @module
 */

import {
  COMMAND_NAMES,
  everyOption,
  firstWords,
  optionsOf,
  positionalWords,
  quoted,
  twoWordCommands,
  type Values,
  valuesOf,
} from "./completion_words.ts";

/** The script. */
export function bashCompletions(): string {
  const seconds = [...twoWordCommands()].map(([first, words]) =>
    `    ${first}) second=${quoted(words.join(" "))} ;;`
  );
  const commands = COMMAND_NAMES.map((name) => {
    const options = optionsOf(name).map((option) => `--${option}`).join(" ");
    const words = positionalWords(name).join(" ");
    return `    ${quoted(name)}) options=${quoted(options)} words=${
      quoted(words)
    } ;;`;
  });
  const values = everyOption().map(([name, spec]) => {
    const names = [name, ...spec.deprecated ?? []].map((known) => `-${known}`);
    // After a switch, but for =, comes the next option.
    const patterns = spec.type.kind === "flag"
      ? names.map((known) => `${known}=`)
      : names.flatMap((known) => [known, `${known}=`]);
    return `    ${patterns.join("|")}) ${offer(valuesOf(spec))} ;;`;
  });
  return SCRIPT
    .replaceAll("@FIRST@", () => quoted(firstWords().join(" ")))
    .replaceAll("@SECOND@", () => seconds.join("\n"))
    .replace("@COMMANDS@", () => commands.join("\n"))
    .replace("@VALUES@", () => values.join("\n"));
}

function offer(values: Values): string {
  switch (values.kind) {
    case "words":
      return `_moraine_offer -W ${quoted(values.words.join(" "))}`;
    case "file":
      return "_moraine_offer -f";
    case "folder":
      return "_moraine_offer -d";
    case "anything":
      return ":";
  }
}

const SCRIPT = `# bash completions of moraine. In ~/.bashrc:
#   source <(moraine completions bash)

# Offers what compgen finds for the word, which may be a file name with blanks.
_moraine_offer() {
  local found
  while IFS= read -r found; do
    COMPREPLY+=("$prefix$found")
  done < <(compgen "$@" -- "$cur")
  case $1 in
    -f|-d) compopt -o filenames 2>/dev/null ;;
  esac
}

# What stands after the name of an option, which is given with one dash, and
# with = where that follows it.
_moraine_value() {
  case $1 in
@VALUES@
    *) return 1 ;;
  esac
  return 0
}

_moraine() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev='' prefix='' second=''
  local command=\${COMP_WORDS[1]} options='' words=''
  COMPREPLY=()
  (( COMP_CWORD > 1 )) && prev=\${COMP_WORDS[COMP_CWORD-1]}
  # Bash takes --name=value for three words, unless it was told not to.
  if [[ $cur == '=' && $prev == -* ]]; then
    prev=$prev= cur=''
  elif [[ $prev == '=' && COMP_CWORD -gt 2 ]]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}=
  elif [[ $cur == -*=* ]]; then
    prefix=\${cur%%=*}= prev=\${cur%%=*}= cur=\${cur#*=}
  fi

  if (( COMP_CWORD == 1 )); then
    _moraine_offer -W @FIRST@
    return
  fi
  # Commands of two words, and help for them.
  if [[ $command == help ]]; then
    if (( COMP_CWORD == 2 )); then
      _moraine_offer -W @FIRST@
      return
    fi
    case \${COMP_WORDS[2]} in
@SECOND@
    esac
    (( COMP_CWORD == 3 )) && _moraine_offer -W "$second"
    return
  fi
  case $command in
@SECOND@
  esac
  if [[ -n $second ]]; then
    if (( COMP_CWORD == 2 )); then
      _moraine_offer -W "$second"
      return
    fi
    command="$command \${COMP_WORDS[2]}"
  fi

  # An option takes one dash or two.
  if [[ $prev == -?* ]]; then
    prev=\${prev#-}
    _moraine_value "-\${prev#-}" && return
  fi
  case $command in
@COMMANDS@
  esac
  case $cur in
    -[!-]*) _moraine_offer -W "\${options//--/-}" ;;
    -*) _moraine_offer -W "$options" ;;
    *)
      _moraine_offer -W "$words"
      [[ -z $cur && -z $words ]] && _moraine_offer -W "$options"
      ;;
  esac
}

complete -F _moraine moraine
`;
