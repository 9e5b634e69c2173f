/**
 * Writes the reference of commands and options, `docs/commands.md`, from the
 * tables of the program.
 *
 * Usage: `deno run --allow-write=docs scripts/commands_doc.ts`, and `deno fmt`
 * after it; or with `--check` and `--allow-read=docs`: exits with 1 where the
 * file says anything else than the tables.
 *
 * @module
 */

import {
  type CommandName,
  COMMANDS,
  commandSpec,
  GENERAL,
  SERVICE,
} from "../src/cli/commands.ts";
import { synopsis } from "../src/cli/help.ts";
import { valueNote } from "../src/cli/option_notes.ts";
import {
  type OptionName,
  OPTIONS,
  type OptionSpec,
  optionSpec,
} from "../src/cli/options.ts";

const FILE = "docs/commands.md";

const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];
const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

const HEAD = `# Commands and options

<!-- Made from the program by \`deno task docs\`: changes belong into
src/cli/commands.ts and src/cli/options.ts. -->

\`moraine COMMAND [options]\`. Options stand anywhere after the command. They take
one dash or two, \`--name value\` or \`--name=value\`; a switch is on by its name
alone, and \`--name=0\` turns it off. An option comes from the command line, else
from the configuration file that \`--config\` names, else from the environment,
else it has its default. What is printed, and the exit statuses, are in
[json.md](json.md).

A configuration file has \`name=value\` in each line; blanks around both, blank
lines, and lines that begin with \`#\` don't count, and a name alone means 1. What
the command doesn't take is passed over, so that one file does for all commands.
`;

/** Options that many commands have in common. */
const GROUPS: {
  title: string;
  anchor: string;
  words: string;
  members: readonly OptionName[];
}[] = [
  {
    title: "Options for the service",
    anchor: "options-for-the-service",
    words: "those for the service",
    members: SERVICE,
  },
  {
    title: "General options",
    anchor: "general-options",
    words: "the general ones",
    members: GENERAL,
  },
];

/** The reference, not yet laid out as `deno fmt` would. */
export function commandsDoc(): string {
  return [
    HEAD,
    "## Commands",
    ...COMMAND_NAMES.map((name) =>
      `- [${code(name)}](#${anchor(name)}): ${commandSpec(name).summary}`
    ),
    ...COMMAND_NAMES.flatMap(commandSection),
    "## Options",
    ...GROUPS.flatMap(groupSection),
    ...OPTION_NAMES.flatMap(optionSection),
  ].join("\n\n").replace(/(\n- .*)\n(?=\n- )/g, "$1") + "\n";
}

function commandSection(name: CommandName): string[] {
  const spec = commandSpec(name);
  const { positional } = spec;
  return [
    `### ${code(name)}`,
    `${spec.summary}.`,
    fenced(synopsis(name)),
    escaped(spec.description),
    ...positional
      ? [`${code(positional.name)}: ${escaped(positional.help)}.`]
      : [],
    ...optionList("Required", spec.required),
    ...optionList("Options", spec.optional),
    ...optionList("Accepted without effect", spec.ignored ?? []),
    "Example:",
    fenced(spec.example),
  ];
}

function optionList(title: string, names: readonly OptionName[]): string[] {
  if (names.length === 0) return [];
  const groups = GROUPS.filter(({ members }) =>
    members.every((name) => names.includes(name))
  );
  const grouped = groups.flatMap(({ members }) => members);
  const links = [
    ...names.filter((name) => !grouped.includes(name)).map(linkToOption),
    ...groups.map((group) => `[${group.words}](#${group.anchor})`),
  ];
  return [`${title}: ${links.join(", ")}.`];
}

function groupSection({ title, members }: typeof GROUPS[number]): string[] {
  return [`### ${title}`, `${members.map(linkToOption).join(", ")}.`];
}

function linkToOption(name: OptionName): string {
  return `[${code(`--${name}`)}](#--${name})`;
}

function optionSection(name: OptionName): string[] {
  const spec = optionSpec(name);
  const takers = (among: (command: CommandName) => readonly OptionName[]) =>
    COMMAND_NAMES.filter((command) => among(command).includes(name))
      .map((command) => `[${code(command)}](#${anchor(command)})`).join(", ");
  const taken = takers((command) => {
    const { required, optional } = commandSpec(command);
    return [...required, ...optional];
  });
  const ignored = takers((command) => commandSpec(command).ignored ?? []);
  return [
    `### ${code(`--${name}`)}`,
    `${escaped(spec.help)}.`,
    [
      `Value: ${valueOf(spec)}`,
      ...spec.default === undefined
        ? []
        : [`Default: ${code(`${spec.default}`)}`],
      ...spec.env
        ? [`Environment: ${codes(spec.env)}, the first that is set`]
        : [],
      ...spec.repeatable ? ["May be given more than once"] : [],
      ...spec.needs ? [`Only together with ${code(`--${spec.needs}`)}`] : [],
      ...spec.deprecated
        ? [
          `Older names: ${
            codes(spec.deprecated.map((old) => `--${old}`))
          }, with a warning on the command line`,
        ]
        : [],
      `In a configuration file: ${IN_FILE[spec.inFile ?? "taken"]}`,
      `Commands: ${taken}`,
      ...ignored === "" ? [] : [`Without effect: ${ignored}`],
    ].map((line) => `- ${line}`).join("\n"),
  ];
}

const IN_FILE = {
  taken: "yes",
  "warned of": "no; there it has no effect, and is warned of",
  refused: "no; there it is an error",
};

/** What the value of an option can be. */
function valueOf(spec: OptionSpec): string {
  switch (spec.type.kind) {
    case "flag":
      return "none; or `1` (on) and `0` (off)";
    case "choice":
      return codes(spec.type.values, " or ");
    case "encoding":
      return valueNote(spec)!.replace("UTF-8", code);
    default:
      return `${code(spec.value!)}, ${valueNote(spec)}`;
  }
}

function code(text: string): string {
  return "`" + text + "`";
}

function codes(texts: readonly string[], separator = ", "): string {
  return texts.map(code).join(separator);
}

function fenced(line: string): string {
  return ["```sh", line, "```"].join("\n");
}

/** As GitHub makes it of a heading. */
function anchor(name: string): string {
  return name.replaceAll(" ", "-");
}

/** A text of the program, whose options and names are code, and whose signs are no marks of Markdown. */
function escaped(text: string): string {
  return text.split(/(`[^`]*`|(?<=\s)'[^']*'|--[a-z-]*[a-z]|\bhttps?:\/\/)/)
    .map((part, i) =>
      i % 2 === 0 ? part.replace(/[*_<>[\]\\]/g, "\\$&") : code(unquoted(part))
    ).join("");
}

function unquoted(text: string): string {
  return /^([`']).*\1$/.test(text) ? text.slice(1, -1) : text;
}

/** The words of a text: what `deno fmt` leaves as it is. */
function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

if (import.meta.main) {
  const made = commandsDoc();
  if (!Deno.args.includes("--check")) Deno.writeTextFileSync(FILE, made);
  else if (
    words(Deno.readTextFileSync(FILE)).join(" ") !== words(made).join(" ")
  ) {
    console.error(
      `${FILE} is not what src/cli/commands.ts and options.ts say: run \`deno task docs\``,
    );
    Deno.exit(1);
  }
}
