/**
 * Completions for PowerShell: Windows PowerShell 5.1, and 7. (5.1 asks for none
 * behind one dash, nor behind two where nothing follows them.)
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
import type { OptionSpec } from "./options.ts";

/**
 * The script. It is ASCII: what a program prints comes to PowerShell in
 * whatever encoding the console has.
 */
export function powershellCompletions(): string {
  return SCRIPT
    .replace("@FIRST@", () => table(firstEntries()))
    .replace("@SECOND@", () =>
      [...twoWordCommands()].map(([first, words]) =>
        [
          `        ${powershellQuoted(first)} = [ordered]@{`,
          table(secondEntries(first, words), 12),
          "        }",
        ].join("\n")
      ).join("\n"))
    .replace("@WORDS@", () =>
      table(
        COMMAND_NAMES.filter((name) => positionalWords(name).length > 0)
          .map((name) => [name, list(positionalWords(name))]),
      ))
    .replace(
      "@OPTIONS@",
      () => table(COMMAND_NAMES.map((name) => [name, list(optionsOf(name))])),
    )
    .replace(
      "@TIPS@",
      () =>
        table(
          everyOption().map((
            [name, spec],
          ) => [name, powershellTip(shortHelp(spec))]),
        ),
    )
    .replace("@KINDS@", () =>
      table(
        everyOption().map(([name, spec]) => [
          name,
          powershellQuoted(kindOf(spec)),
        ]),
      ))
    .replace("@CHOICES@", () =>
      table(
        everyOption().flatMap(([name, spec]) => {
          const values = valuesOf(spec);
          return values.kind === "words" ? [[name, list(values.words)]] : [];
        }),
      ))
    .replace(
      "@OLDER@",
      () =>
        table(
          everyOption().flatMap(([name, { deprecated = [] }]) =>
            deprecated.map((old): Entry => [old, powershellQuoted(name)])
          ),
        ),
    );
}

/**
 * Text in single quotes, as PowerShell reads it; to it, typographic quotes are
 * quotes as well.
 */
export function powershellQuoted(text: string): string {
  return `'${text.replace(/['\u2018-\u201b]/g, "$&$&")}'`;
}

/** A key of a table, and what stands for its value in the script. */
type Entry = [key: string, value: string];

function table(entries: readonly (readonly string[])[], indent = 8): string {
  return entries.map(([key, value]) =>
    `${" ".repeat(indent)}${powershellQuoted(key)} = ${value}`
  ).join("\n");
}

/** An array, also where it has one element or none. */
function list(words: readonly string[]): string {
  return `@(${words.map(powershellQuoted).join(", ")})`;
}

/** A text to be shown beside what it explains, in ASCII and in quotes. */
export function powershellTip(text: string): string {
  return powershellQuoted(
    text.replaceAll("…", "...").replace(/[^\x20-\x7e]/g, "?"),
  );
}

/** The first words of commands, each with what it does. */
function firstEntries(): Entry[] {
  const two = twoWordCommands();
  return firstWords().map((word) => [
    word,
    powershellTip(
      two.get(word)?.join(" or ") ?? commandSpec(word as CommandName).summary,
    ),
  ]);
}

function secondEntries(first: string, words: readonly string[]): Entry[] {
  return words.map((word) => [
    word,
    powershellTip(commandSpec(`${first} ${word}` as CommandName).summary),
  ]);
}

/** What stands after the name of an option; of a switch, only after `=`. */
function kindOf(spec: OptionSpec): string {
  return spec.type.kind === "flag" ? "switch" : valuesOf(spec).kind;
}

const SCRIPT =
  `# PowerShell completions of moraine, for 5.1 and newer. In $PROFILE:
#   moraine completions powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName 'moraine' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    Set-StrictMode -Off

    # What the first word can be, with what it does.
    $first = [ordered]@{
@FIRST@
    }
    # Of commands of two words, what the second can be.
    $second = @{
@SECOND@
    }
    # What can follow a command, but for options.
    $words = @{
@WORDS@
    }
    # The options of each command, and of each option what it is for, what kind
    # of value it takes, and which ones there are. (A key may be called keys:
    # look up by index only.)
    $options = @{
@OPTIONS@
    }
    $tips = @{
@TIPS@
    }
    $kinds = @{
@KINDS@
    }
    $choices = @{
@CHOICES@
    }
    # Older names of options.
    $older = @{
@OLDER@
    }

    # The words before the cursor, and the one that it is in or behind, as it is
    # written: $wordToComplete lacks quotes.
    $before = @()
    $current = ''
    foreach ($element in $commandAst.CommandElements) {
        $extent = $element.Extent
        if ($extent.EndOffset -lt $cursorPosition) {
            if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
                $before += $element.Value
            } else {
                $before += $extent.Text
            }
        } elseif ($extent.StartOffset -lt $cursorPosition) {
            $current = $extent.Text.Substring(0, $cursorPosition - $extent.StartOffset)
        }
    }
    $before = @($before | Select-Object -Skip 1)

    # The text that a word stands for, which may have a quote at its beginning.
    $plain = {
        param($word)
        if ($word -match '^[''"]') {
            $mark = $word.Substring(0, 1)
            $text = $word.Substring(1)
            if ($text.EndsWith($mark)) { $text = $text.Substring(0, $text.Length - 1) }
            return $text.Replace($mark + $mark, $mark)
        }
        return $word.Replace([string][char]96, '')
    }

    # A text as a word that PowerShell takes for just this text.
    $quote = {
        param($text)
        if ($text -match '^[A-Za-z0-9_./\\\\:+-]+\\z') { return $text }
        return "'" + ($text -replace '[''\\u2018-\\u201b]', '$0$0') + "'"
    }

    $beginsWith = {
        param($text, $beginning)
        return $text.StartsWith($beginning, [System.StringComparison]::OrdinalIgnoreCase)
    }

    # The files and folders, or the folders only, that a path may be the beginning of.
    $paths = {
        param($path, $foldersOnly)
        # In quotes, ~ would not be the home folder.
        if ($path -match '^~[/\\\\]') { $path = $HOME + $path.Substring(1) }
        $cut = $path.LastIndexOfAny([char[]]'/\\') + 1
        $folder = $path.Substring(0, $cut)
        $beginning = $path.Substring($cut)
        $place = $folder
        if ($place -eq '') { $place = '.' }
        # With -Force also what is hidden.
        $dotted = $beginning.StartsWith('.')
        $items = @(Get-ChildItem -LiteralPath $place -Force:$dotted -ErrorAction SilentlyContinue)
        foreach ($item in $items) {
            # The current place may be no folder, but the registry for instance.
            if ($item -isnot [System.IO.FileSystemInfo]) { continue }
            if ($foldersOnly -and -not $item.PSIsContainer) { continue }
            if (& $beginsWith $item.Name $beginning) { $folder + $item.Name }
        }
    }

    # Offers a word.
    $offer = {
        param($text, $shown, $type, $tip)
        New-Object System.Management.Automation.CompletionResult $text, $shown, $type, $tip
    }

    # Offers the words of a table that begin with a text.
    $offerEntries = {
        param($table, $beginning)
        foreach ($entry in $table.GetEnumerator()) {
            if (& $beginsWith $entry.Key $beginning) {
                & $offer $entry.Key $entry.Key 'ParameterValue' $entry.Value
            }
        }
    }

    # Offers the values of an option that begin with a text, each behind the prefix.
    $offerValues = {
        param($name, $beginning, $prefix)
        $texts = @()
        if ($kinds[$name] -eq 'file') {
            $texts = @(& $paths $beginning $false)
        } elseif ($kinds[$name] -eq 'folder') {
            $texts = @(& $paths $beginning $true)
        } elseif ($choices.Contains($name)) {
            $texts = @($choices[$name] | Where-Object { & $beginsWith $_ $beginning })
        }
        foreach ($text in $texts) {
            & $offer ($prefix + (& $quote $text)) $text 'ParameterValue' $text
        }
    }

    # The option that a name with its dashes stands for, if any.
    $optionOf = {
        param($word)
        $name = $word -replace '^--?', ''
        if ($older.Contains($name)) { $name = $older[$name] }
        if ($word.StartsWith('-') -and $kinds.Contains($name)) { return $name }
        return ''
    }

    $complete = {
        $count = $before.Count
        $typed = & $plain $current
        if ($count -eq 0) {
            & $offerEntries $first $typed
            return
        }
        # Commands of two words, and help for them.
        $command = $before[0]
        if ($command -eq 'help') {
            if ($count -eq 1) {
                & $offerEntries $first $typed
            } elseif ($count -eq 2 -and $second.Contains($before[1])) {
                & $offerEntries $second[$before[1]] $typed
            }
            return
        }
        if ($second.Contains($command)) {
            if ($count -eq 1) {
                & $offerEntries $second[$command] $typed
                return
            }
            $command = $command + ' ' + $before[1]
        }

        # An option takes one dash or two, and its value behind = or by itself.
        $equals = $current.IndexOf('=')
        if ($current.StartsWith('-') -and $equals -gt 0) {
            $name = & $optionOf $current.Substring(0, $equals)
            if ($name -ne '') {
                $value = & $plain $current.Substring($equals + 1)
                & $offerValues $name $value $current.Substring(0, $equals + 1)
            }
            return
        }
        $name = & $optionOf $before[$count - 1]
        if ($name -ne '' -and $kinds[$name] -ne 'switch') {
            & $offerValues $name $typed ''
            return
        }

        $known = @()
        if ($words.Contains($command)) { $known = $words[$command] }
        if ($current.StartsWith('-') -or ($current -eq '' -and $known.Count -eq 0)) {
            $dashes = '--'
            if ($current -match '^-[^-]') { $dashes = '-' }
            if (-not $options.Contains($command)) { return }
            foreach ($name in $options[$command]) {
                $option = $dashes + $name
                if (& $beginsWith $option $current) {
                    & $offer $option $option 'ParameterName' $tips[$name]
                }
            }
            return
        }
        foreach ($word in $known) {
            if (& $beginsWith $word $typed) { & $offer $word $word 'ParameterValue' $word }
        }
    }

    $found = @(& $complete)
    # Without any answer PowerShell would offer files.
    if ($found.Count -eq 0) { return '' }
    return $found
}
`;
