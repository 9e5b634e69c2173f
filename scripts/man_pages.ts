/**
 * Writes the manual pages into a folder, from the tables of the program: one
 * for the program, one for each command, and one for the configuration file.
 *
 * Usage: `deno run --allow-read=CHANGELOG.md --allow-env=SOURCE_DATE_EPOCH
 * --allow-write scripts/man_pages.ts FOLDER`.
 *
 * The pages bear the date at which CHANGELOG.md says the version was released,
 * or that of SOURCE_DATE_EPOCH, or none; never today's, so that the same source
 * makes the same pages.
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
import { shortHelp } from "../src/cli/completion_words.ts";
import { EXIT, EXIT_MEANINGS } from "../src/cli/exit_codes.ts";
import { optionNotes, valueNote } from "../src/cli/option_notes.ts";
import {
  type OptionName,
  OPTIONS,
  type OptionSpec,
  optionSpec,
} from "../src/cli/options.ts";
import { VERSION } from "../src/version.ts";
import {
  bold,
  entry,
  example,
  italic,
  macro,
  page,
  type PageHead,
  paragraph,
  references,
  type Section,
} from "./roff.ts";

const COMMAND_NAMES = Object.keys(COMMANDS) as CommandName[];
const OPTION_ENTRIES = Object.entries(OPTIONS) as [OptionName, OptionSpec][];

/** Commands that are looked for together. */
const RELATED: readonly (readonly CommandName[])[] = [
  ["create-vault", "list-vaults", "delete-vault", "purge-vault"],
  ["sync", "upload-file", "check-local-hash", "uploads"],
  ["restore", "restore-completed"],
  ["retrieve-inventory", "download-inventory", "journal reconcile"],
  ["journal verify", "journal stats", "journal reconcile"],
  ["uploads", "journal reconcile"],
];

/** What the examples of the program's own page show, in this order. */
const TOUR: readonly CommandName[] = [
  "create-vault",
  "sync",
  "check-local-hash",
  "restore",
  "restore-completed",
];

/** What is beside a journal; docs/files.md tells more of each. */
const BESIDE_JOURNAL: readonly [end: string, text: string][] = [
  [
    ".lock",
    "Keeps two runs from writing one journal at once. Empty, and stays.",
  ],
  [
    ".intents",
    "Uploads under way, and those in doubt. Gone when there are none. Don't delete it: it is what the next run needs to know after a crash.",
  ],
  [
    ".vault",
    "Which vault the journal is of: account, region and name. A run for another vault is refused.",
  ],
  [
    ".downloads",
    "Downloads under way. Gone when there are none; deleting it costs a new download of these files.",
  ],
  [
    ".downloads.lock",
    "Keeps two runs from going on with the same downloads. Empty, and stays.",
  ],
  [
    ".torn-…",
    "The end of a last line that a crash or a full disk cut short. Yours to look at and delete.",
  ],
  [
    ".new-…",
    "A journal that `moraine download-inventory` is making. It gets its name when it is whole.",
  ],
  [
    ".probe-…",
    "There for a moment at the start of a run: it tells whether the disk takes anything.",
  ],
];

/** Variables that no option of moraine stands for. */
const OTHER_VARIABLES: readonly [names: string[], text: string][] = [
  [
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"],
    "The credentials, where neither --key and --secret nor --profile is given. (All other places where AWS's programs look for credentials are looked up as well.)",
  ],
  [
    ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"],
    "Where AWS's shared files are, if not in ~/.aws.",
  ],
  [["TERM"], "With `dumb` there is no progress bar, but a line now and then."],
  [["NO_COLOR"], "Has no effect, since nothing is printed in colours."],
];

/** All pages: the name of each file, and its text. `date`: `2026-12-31`, or empty. */
export function manPages(date: string): Map<string, string> {
  const head = (name: string, section: number, summary: string): PageHead => ({
    name,
    section,
    date,
    source: `moraine ${VERSION}`,
    summary,
  });
  return new Map([
    [
      "moraine.1",
      page(
        head(
          "moraine",
          1,
          "keep copies of local files in Amazon Glacier vaults",
        ),
        programSections(),
      ),
    ],
    ...COMMAND_NAMES.map((name): [string, string] => [
      `${pageName(name)}.1`,
      page(
        head(pageName(name), 1, lowerFirst(commandSpec(name).summary)),
        commandSections(name),
      ),
    ]),
    [
      "moraine.cfg.5",
      page(
        head("moraine.cfg", 5, "configuration file of moraine"),
        fileSections(),
      ),
    ],
  ]);
}

/** The name of a command's page, such as `moraine-journal-verify`. */
function pageName(command: CommandName): string {
  return `moraine-${command.replaceAll(" ", "-")}`;
}

function lowerFirst(text: string): string {
  return text[0].toLowerCase() + text.slice(1);
}

function programSections(): Section[] {
  return [
    {
      title: "SYNOPSIS",
      parts: [`${bold("moraine")} ${italic("COMMAND")} [${italic("options")}]`],
    },
    {
      title: "DESCRIPTION",
      parts: [
        "moraine keeps copies of local files in Amazon Glacier vaults, and gets them back. It syncs a folder into a vault, writes down what is where in a journal that is plain text, checks every byte by tree hash on the way there and on the way back, and restores what was lost.",
        "Keep a copy of the journal elsewhere: it tells which archive holds which file.",
      ].map(paragraph),
    },
    {
      title: "COMMANDS",
      parts: [
        paragraph("Each command has a page of its own."),
        ...COMMAND_NAMES.map((name) =>
          entry(bold(name), `${commandSpec(name).summary}.`)
        ),
      ],
    },
    {
      title: "OPTIONS",
      parts: [
        paragraph(
          "Options stand anywhere after the command. They take one dash or two, `--name value` or `--name=value`; a switch is on by its name alone, and `--name=0` turns it off. An option comes from the command line, else from the configuration file that --config names, else from the environment, else it has its default. These are the options that many commands have in common; the pages of the commands have the others.",
        ),
        macro("SS", "For the service"),
        ...SERVICE.map(optionEntry),
        macro("SS", "General"),
        ...GENERAL.map(optionEntry),
      ],
    },
    {
      title: "CONFIGURATION FILE",
      parts: [
        paragraph(
          "Most options may stand in a file that --config names, as `name=value`, one a line. One file does for all commands. There is no other place where moraine looks for such a file.",
        ),
        "See",
        references([["moraine.cfg", 5]], "."),
      ],
    },
    { title: "ENVIRONMENT", parts: environmentEntries() },
    { title: "EXIT STATUS", parts: exitEntries() },
    { title: "FILES", parts: fileEntries() },
    {
      title: "EXAMPLES",
      parts: TOUR.flatMap((name) => [
        paragraph(`${commandSpec(name).summary}:`),
        example(commandSpec(name).example),
      ]),
    },
    {
      title: "SEE ALSO",
      parts: [references([
        ...COMMAND_NAMES.map((name): [string, number] => [pageName(name), 1]),
        ["moraine.cfg", 5],
      ])],
    },
  ];
}

function commandSections(name: CommandName): Section[] {
  const {
    description,
    positional,
    required,
    optional,
    ignored = [],
    example: line,
  } = commandSpec(name);
  const group = (title: string, entries: string[]) =>
    entries.length === 0 ? [] : [macro("SS", title), ...entries];
  return [
    { title: "SYNOPSIS", parts: [synopsis(name)] },
    {
      title: "DESCRIPTION",
      parts: [
        paragraph(description),
        ...positional
          ? [entry(italic(positional.name), `${positional.help}.`)]
          : [],
      ],
    },
    {
      title: "OPTIONS",
      parts: [
        ...group("Required", required.map(optionEntry)),
        ...group("Optional", optional.map(optionEntry)),
        ...group(
          "Accepted without effect",
          ignored.length === 0
            ? []
            : [paragraph(ignored.map((name) => `--${name}`).join(", ") + ".")],
        ),
      ],
    },
    { title: "EXAMPLE", parts: [example(line)] },
    { title: "EXIT STATUS", parts: exitEntries() },
    {
      title: "SEE ALSO",
      parts: [
        references([
          ["moraine", 1],
          ...relatedTo(name).map((other): [string, number] => [
            pageName(other),
            1,
          ]),
          ["moraine.cfg", 5],
        ]),
      ],
    },
  ];
}

function synopsis(name: CommandName): string {
  const { positional, required } = commandSpec(name);
  return [
    bold(`moraine ${name}`),
    ...positional ? [italic(positional.name)] : [],
    ...required.map((option) => optionTerm(option)),
    `[${italic("options")}]`,
  ].join(" ");
}

function relatedTo(name: CommandName): CommandName[] {
  const groups = RELATED.filter((group) => group.includes(name));
  return [...new Set(groups.flat())].filter((other) => other !== name);
}

function optionTerm(name: OptionName): string {
  const { value } = optionSpec(name);
  return bold(`--${name}`) + (value ? ` ${italic(value)}` : "");
}

function optionEntry(name: OptionName): string {
  const spec = optionSpec(name);
  const value = valueNote(spec);
  const notes = [...value === undefined ? [] : [value], ...optionNotes(spec)];
  return entry(
    optionTerm(name),
    notes.length > 0 ? `${spec.help} (${notes.join("; ")}).` : `${spec.help}.`,
  );
}

/** The environment variables of the table of options, then the others. */
function environmentEntries(): string[] {
  return [
    ...OPTION_ENTRIES.flatMap(([name, { env = [] }]) =>
      env.length === 0 ? [] : [
        entry(
          env.map(bold).join(", "),
          `Stands for --${name}, where that is given neither on the command line nor in the configuration file${
            env.length > 1 ? "; the first that is set counts" : ""
          }.`,
        ),
      ]
    ),
    ...OTHER_VARIABLES.map(([names, text]) =>
      entry(names.map(bold).join(", "), text)
    ),
    paragraph("A variable that is empty counts as not set."),
  ];
}

function exitEntries(): string[] {
  return (Object.keys(EXIT) as (keyof typeof EXIT)[]).map((name) =>
    entry(bold(`${EXIT[name]}`), `${upperFirst(EXIT_MEANINGS[name])}.`)
  );
}

function upperFirst(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}

function fileEntries(): string[] {
  return [
    entry(
      italic("JOURNAL"),
      "The file that --journal names: what is in the vault, a record a line, fields separated by TAB. It is only ever appended to.",
    ),
    ...BESIDE_JOURNAL.map(([end, text]) =>
      entry(italic("JOURNAL") + bold(end), text)
    ),
    entry(
      `${italic("DIR")}${bold("/…/.moraine-")}${italic("UUID")}${
        bold(".part")
      }`,
      "A file that is being downloaded. It gets its name when it is whole and its tree hash is the journal's; one that was left is gone on with by the next `moraine restore-completed`.",
    ),
    entry(
      `${bold("~/.aws/config")}, ${bold("~/.aws/credentials")}`,
      "AWS's shared files, where credentials come from if no key is given.",
    ),
  ];
}

function fileSections(): Section[] {
  const standing = (inFile: OptionSpec["inFile"]) =>
    OPTION_ENTRIES.filter(([, spec]) => spec.inFile === inFile);
  const list = (inFile: OptionSpec["inFile"]) =>
    standing(inFile).map(([name]) => bold(`--${name}`)).join(", ");
  return [
    {
      title: "SYNOPSIS",
      parts: [
        `${bold("moraine")} ${italic("COMMAND")} ${bold("--config")} ${
          italic("FILE")
        } [${italic("options")}]`,
      ],
    },
    {
      title: "DESCRIPTION",
      parts: [
        "A configuration file gives options to `moraine`. It may have any name: it is read where --config names it, and only there.",
        "The file is UTF-8 text of at most 1 MiB. Each line is `name=value`, where the name is that of an option without its dashes. Blanks around both, blank lines, and lines that begin with `#` don't count. A name alone means 1, which turns a switch on; 0 turns it off. Behind a value that can't have blanks, such as a number or a region, a blank and `#` begin a comment; in other values `#` is a part of the value.",
        "What the command doesn't take is passed over, so that one file does for all commands. An unknown option is warned of. Of two lines for one option the later one counts, with a warning, unless the option may be repeated. Older names of options are known.",
        "What the command line gives counts more than the file, and the file more than the environment.",
      ].map(paragraph),
    },
    {
      title: "OPTIONS",
      parts: standing(undefined).map(([name, spec]) =>
        entry(
          `${bold(`${name}=`)}${
            spec.value ? italic(spec.value) : `${bold("1")} or ${bold("0")}`
          }`,
          `${shortHelp(spec)}.`,
        )
      ),
    },
    {
      title: "NOT IN THE FILE",
      parts: [
        entry(
          list("warned of"),
          "Without effect in the file; a warning is given.",
        ),
        entry(list("refused"), "An error in the file, and nothing is done."),
      ],
    },
    {
      title: "PERMISSIONS",
      parts: [
        paragraph(
          `A file with a value for ${
            OPTION_ENTRIES.filter(([, spec]) => spec.secret)
              .map(([name]) => `\`${name}\``).join(" or ")
          } has to be readable by its owner only; moraine warns of one that its group or everybody may read. Such options are better kept in the file than given on the command line, which others on the machine can see in the list of processes.`,
        ),
        example("chmod 600 glacier.cfg"),
      ],
    },
    {
      title: "EXAMPLE",
      parts: [
        example(
          "# Vault of the photographs",
          "key=AKIAIOSFODNN7EXAMPLE",
          "secret=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
          "region=eu-west-1   # Ireland",
          "vault=photos",
          "journal=/home/me/photos.log",
          "dir=/home/me/photos",
          "concurrency=8",
        ),
      ],
    },
    {
      title: "SEE ALSO",
      parts: [references([["moraine", 1], ["moraine-sync", 1]])],
    },
  ];
}

/**
 * The date of the pages, `2026-12-31`; empty where none is known.
 *
 * @param epoch SOURCE_DATE_EPOCH: seconds since 1970
 * @param changelog the text of CHANGELOG.md
 */
export function pageDate(
  epoch: string | undefined,
  changelog: string,
  version: string = VERSION,
): string {
  if (epoch !== undefined && epoch !== "") {
    if (!/^\d{1,11}$/.test(epoch)) {
      throw new Error(`SOURCE_DATE_EPOCH is no number of seconds: ${epoch}`);
    }
    return new Date(Number(epoch) * 1000).toISOString().slice(0, 10);
  }
  const heading = changelog.split("\n").find((line) =>
    line.startsWith(`## ${version},`)
  );
  return heading?.match(/\b\d{4}-\d\d-\d\d\b/)?.[0] ?? "";
}

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) {
    console.error("Usage: man_pages.ts FOLDER");
    Deno.exit(2);
  }
  const changelog = Deno.readTextFileSync(
    new URL("../CHANGELOG.md", import.meta.url),
  );
  const date = pageDate(Deno.env.get("SOURCE_DATE_EPOCH"), changelog);
  Deno.mkdirSync(folder, { recursive: true });
  for (const [name, text] of manPages(date)) {
    Deno.writeTextFileSync(`${folder}/${name}`, text);
  }
}
