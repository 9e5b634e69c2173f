/** Every option of the table, in every way in which it can be given. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type CommandName,
  COMMANDS,
  commandSpec,
} from "../../src/cli/commands.ts";
import { parseConfigFile } from "../../src/cli/config_file.ts";
import type { CliHost } from "../../src/cli/host.ts";
import { type OptionName, OPTIONS, optionSpec } from "../../src/cli/options.ts";
import {
  type OptionValue,
  type OptionValues,
  parseCommandLine,
  takes,
} from "../../src/cli/parse.ts";
import { settle } from "../../src/cli/settings.ts";
import { UsageError } from "../../src/errors.ts";
import { createHost } from "../../src/platform/host.ts";
import { temporaryFolder } from "../testing.ts";

/** Values of an option as they are written, with what they come to, and wrong ones with what is said of them. */
interface Row {
  /** At least two. */
  valid: [text: string, value: string | number | boolean][];
  invalid: [text: string, message: string][];
}

const EMPTY: [string, string] = ["", "a value, not nothing"];

/** Any text but none. */
const text = (...values: string[]): Row => ({
  valid: [
    ...values,
    "two words",
    "-x",
    "--dir",
    "a=b",
    "# x",
    "ü 😀",
    "007",
    "0x10",
    "true",
  ].map((value) => [value, value]),
  invalid: [EMPTY],
});

const flag: Row = {
  valid: [["1", true], ["0", false], ["true", true], ["false", false]],
  invalid: [
    ["yes", 'no value, or 1 or 0, not "yes"'],
    ["2", "no value, or 1 or 0"],
    ["", "no value, or 1 or 0, not nothing"],
  ],
};

const choice = (...values: string[]): Row => ({
  valid: values.map((value) => [value, value]),
  invalid: [
    ["", `${values.join(" or ")}, not nothing`],
    ["nonsense", `${values.join(" or ")}, not "nonsense"`],
    [values[0].toUpperCase() + "x", values.join(" or ")],
    [` ${values[0]}`, values.join(" or ")],
  ],
});

const NO_INTEGERS = ["", "1.5", "1e3", "0x10", "1k", "-1", "+1", "1 2", "NaN"];

const integer = (
  expected: string,
  valid: number[],
  invalid: string[],
): Row => ({
  valid: valid.map((value) => [`${value}`, value]),
  invalid: [...NO_INTEGERS, ...invalid].map((value) => [value, expected]),
});

const encoding: Row = {
  valid: ["UTF-8", "utf8", "UTF8", "utf-8", "Utf_8", "utf-8-strict"]
    .map((value) => [value, value]),
  invalid: ["KOI8-R", "latin1", "UTF-16", "", "utf8mb4"].map((value) => [
    value,
    "UTF-8, which is all that moraine knows",
  ]),
};

const url = (without: string): Row => ({
  valid: [
    ["http://localhost:9901", "http://localhost:9901"],
    [
      "https://glacier.eu-west-1.amazonaws.com",
      "https://glacier.eu-west-1.amazonaws.com",
    ],
    ["https://proxy.test/glacier", "https://proxy.test/glacier"],
  ],
  invalid: ["", "localhost", "ftp://x.test", "http://", "http://a:b@x.test"]
    .map((
      value,
    ) => [value, `an http:// or https:// address, without ${without}`]),
});

const ROWS: Record<OptionName, Row> = {
  config: text("glacier.cfg"),
  dir: text("/data/backup", "."),
  vault: text("photos"),
  journal: text("journal.log"),
  rebind: flag,
  concurrency: integer("a whole number from 1 to 1000", [1, 4, 30, 1000], [
    "0",
    "1001",
  ]),
  partsize: integer(
    "a power of two from 1 to 4096",
    [1, 2, 16, 4096],
    ["0", "3", "8192", "24"],
  ),
  "memory-limit": integer(
    "a whole number from 1 to 1048576",
    [1, 3, 256, 1048576],
    ["0", "1048577"],
  ),
  "max-number-of-files": integer(
    "a whole number, at least 1",
    [1, 10, Number.MAX_SAFE_INTEGER],
    ["0", "9007199254740993"],
  ),
  new: flag,
  "replace-modified": flag,
  "delete-removed": flag,
  detect: choice(
    "treehash",
    "mtime",
    "mtime-or-treehash",
    "mtime-and-treehash",
    "size-only",
    "always-positive",
  ),
  follow: flag,
  "leaf-optimization": choice("0", "1"),
  filter: { ...text("+*.jpg -"), invalid: [EMPTY] },
  include: { ...text("*.jpg"), invalid: [] },
  exclude: { ...text("/tmp/"), invalid: [] },
  "segment-size": integer(
    "0 or a power of two up to 4096",
    [0, 1, 2, 4096],
    ["3", "8192"],
  ),
  filename: text("/data/backup/a"),
  "set-rel-filename": text("a/b"),
  stdin: flag,
  "check-max-file-size": integer(
    "a whole number from 1 to 40960000",
    [1, 3, 40_960_000],
    ["0", "40960001"],
  ),
  "new-journal": text("found.log"),
  "request-inventory-format": choice("json", "csv"),
  descriptions: choice("all", "mt"),
  undecodable: choice("archive-id", "leave-out", "fail"),
  which: choice("own", "foreign", "all"),
  abort: flag,
  adopt: flag,
  mark: flag,
  "max-missing": integer("a whole number, at least 0", [0, 500], []),
  format: choice("for-humans", "mtmsg"),
  "dry-run": flag,
  key: text("AKIDEXAMPLE"),
  secret: text("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
  token: text("IQoJb3JpZ2luX2VjE=="),
  profile: text("backup"),
  region: {
    valid: ["eu-west-1", "us-gov-east-1"].map((value) => [value, value]),
    invalid: ["", "eu west", "a b c"].map((
      value,
    ) => [value, "one word"]),
  },
  endpoint: {
    ...url("user or query"),
    valid: [
      ...url("").valid,
      ["http://localhost:9901/", "http://localhost:9901"],
    ],
    invalid: [
      ...url("user or query").invalid,
      ["http://x.test/?a=b", "an http:// or https:// address"],
      ["http://x.test/#a", "an http:// or https:// address"],
    ],
  },
  protocol: choice("https", "http"),
  timeout: integer("a whole number from 1 to 86400", [1, 180, 86_400], [
    "0",
    "86401",
  ]),
  retries: integer("a whole number from 0 to 100", [0, 7, 100], ["101"]),
  "terminal-encoding": encoding,
  "filenames-encoding": encoding,
  "journal-encoding": encoding,
  "config-encoding": encoding,
  json: flag,
  quiet: flag,
  verbose: flag,
  host: text("0.0.0.0", "::1"),
  port: integer("a whole number from 0 to 65535", [0, 9901, 65_535], ["65536"]),
  data: text("/tmp/glacier"),
  "access-key": text("AKID"),
  "secret-key": text("secret"),
  keys: text("keys.json"),
  "job-delay": text("60", "Expedited=60,Standard=14400"),
  "inventory-delay": integer(
    "a whole number from 0 to 1000000000",
    [0, 86_400],
    ["1000000001"],
  ),
  "notify-url": {
    ...url("user"),
    valid: [
      ...url("").valid,
      ["http://x.test/a/?b=c", "http://x.test/a/?b=c"],
    ],
  },
  fault: text("*,drop", "UploadArchive,drop,at=after,p=0.1"),
  "fault-seed": integer("a whole number, at least 0", [0, 42], []),
  control: flag,
  help: flag,
};

const options = Object.keys(OPTIONS) as OptionName[];
const commands = Object.keys(COMMANDS) as CommandName[];

/** A command that takes an option. */
function commandWith(name: OptionName): CommandName {
  const all = commands.filter((command) => {
    const { required, optional } = commandSpec(command);
    return [...required, ...optional].includes(name);
  });
  return all.find((command) => command === "sync") ?? all[0];
}

/** What a command line says of an option. */
function parse(name: OptionName, ...words: string[]): OptionValue | undefined {
  const command = commandWith(name).split(" ");
  const values: OptionValues = parseCommandLine([...command, ...words]).values;
  assertEquals(Object.keys(values), [name]);
  return values[name];
}

/** A value as the command gets it: a list, where it can be given several times. */
function listed(
  name: OptionName,
  value: string | number | boolean,
): OptionValue {
  return optionSpec(name).repeatable ? [String(value)] : value;
}

for (const name of options) {
  const { valid, invalid } = ROWS[name];
  const spec = optionSpec(name);
  const names = [name, ...spec.deprecated ?? []];

  Deno.test(`--${name} takes its values, in every form`, () => {
    for (const [text, value] of valid) {
      const expected = listed(name, value);
      for (const known of names) {
        assertEquals(parse(name, `--${known}=${text}`), expected);
        assertEquals(parse(name, `-${known}=${text}`), expected);
        if (spec.type.kind === "flag") continue;
        assertEquals(parse(name, `--${known}`, text), expected);
        assertEquals(parse(name, `-${known}`, text), expected);
      }
    }
    if (spec.type.kind !== "flag") {
      const error = assertThrows(() => parse(name, `--${name}`), UsageError);
      assertEquals(error.message, `Option --${name} needs a value`);
    } else {
      assertEquals(parse(name, `--${name}`), true);
      assertEquals(parse(name, `-${name}`), true);
    }
  });

  Deno.test(`--${name} refuses other values, and is named`, () => {
    for (const [text, message] of invalid) {
      for (const known of names) {
        assertThrows(
          () => parse(name, `--${known}=${text}`),
          UsageError,
          `--${known} takes ${message}`,
        );
      }
    }
  });

  Deno.test(`--${name} in a configuration file`, () => {
    const command = commandWith(name);
    const read = (line: string) =>
      parseConfigFile(`# cfg\n${line}`, "mt.cfg", command);
    const trimmed = valid.filter(([text]) => text === text.trim());
    if (spec.inFile === "refused") {
      assertThrows(
        () => read(`${name}=${trimmed[0][0]}`),
        UsageError,
        `Option ${name} in mt.cfg, line 2 can be given on the command line only`,
      );
      return;
    }
    if (spec.inFile === "warned of") {
      assertEquals(read(`${name}=${trimmed[0][0]}`), {
        values: {},
        warnings: [`Option without effect in mt.cfg, line 2: ${name}`],
      });
      return;
    }
    for (const [text, value] of trimmed) {
      for (const known of names) {
        assertEquals(read(`\t${known}  =  ${text} `), {
          values: { [name]: listed(name, value) },
          warnings: [],
        });
      }
    }
    for (const [text, message] of invalid) {
      if (text !== text.trim()) continue;
      assertThrows(
        () => read(`${name}=${text}`),
        UsageError,
        `${name} in mt.cfg, line 2 takes ${message}`,
      );
    }
    // For another command it is passed over, even where it is wrong.
    const other = commands.find((command) => !takes(command, name));
    if (other === undefined) return;
    assertEquals(
      parseConfigFile(`${name}=${invalid[0]?.[0]}`, "mt.cfg", other),
      {
        values: {},
        warnings: [],
      },
    );
  });

  Deno.test(`--${name} stands anywhere after the command, with a warning for an older name`, () => {
    const [[text, value]] = valid;
    for (const known of names) {
      const option = [`--${known}=${text}`];
      const command = commandWith(name).split(" ");
      const others = takes(commandWith(name), "verbose") && name !== "verbose"
        ? ["-verbose"]
        : [];
      const expected = listed(name, value);
      for (const words of [[...option, ...others], [...others, ...option]]) {
        const { values, warnings } = parseCommandLine([...command, ...words]);
        assertEquals(values[name], expected);
        assertEquals(
          warnings,
          known === name
            ? []
            : [`Option --${known} is deprecated: use --${name}`],
        );
      }
      if (spec.repeatable) continue;
      assertThrows(
        () => parseCommandLine([...command, ...option, `-${name}=${text}`]),
        UsageError,
        `Option --${name} is given twice`,
      );
    }
  });
}

/** Settles the option of a command that has all it requires. */
async function settled(
  name: OptionName,
  { words = [], config, env = {} }: {
    words?: string[];
    config?: string;
    env?: Record<string, string>;
  },
): Promise<OptionValue | undefined> {
  await using folder = await temporaryFolder();
  const command = commandWith(name);
  const { required, positional } = commandSpec(command);
  const others = required.filter((other) => other !== name)
    .map((other) => `--${other}=x`);
  const needed = optionSpec(name).needs;
  if (config !== undefined) {
    await Deno.writeTextFile(folder.at("cfg"), config);
    others.push(`--config=${folder.at("cfg")}`);
  }
  const line = parseCommandLine([
    ...command.split(" "),
    ...positional ? ["x"] : [],
    ...others,
    ...needed ? [`--${needed}`] : [],
    ...words,
  ]);
  const host = {
    platform: createHost(),
    env: (variable: string) => env[variable],
  } as CliHost;
  const { settings } = await settle(line, host);
  const { type, repeatable } = optionSpec(name);
  if (repeatable) return settings.list(name);
  if (type.kind === "flag") return settings.flag(name);
  if (type.kind === "integer") return settings.optionalNumber(name);
  return settings.optionalText(name);
}

for (const name of options) {
  if (name === "config" || name === "help") continue;
  const spec = optionSpec(name);
  const [[first, one], [second, two]] = ROWS[name].valid;
  const env = Object.fromEntries(
    (spec.env ?? []).map((variable) => [variable, second]),
  );

  Deno.test(`--${name}: the command line comes before the configuration file, the environment and the default`, async () => {
    const { repeatable, inFile, type } = spec;
    const absent = repeatable ? [] : type.kind === "flag" ? false : undefined;
    const byDefault = spec.default ?? absent;
    const required = commandSpec(commandWith(name)).required.includes(name);
    if (!required) assertEquals(await settled(name, {}), byDefault);
    for (const variable of spec.env ?? []) {
      assertEquals(await settled(name, { env: { [variable]: first } }), one);
    }
    const words = [`--${name}=${first}`];
    if (inFile !== undefined) {
      assertEquals(await settled(name, { words, env }), listed(name, one));
      return;
    }
    const config = `${name}=${second}\n`;
    assertEquals(
      await settled(name, {
        config,
        env: { ...env, ...firstOf(spec.env, first) },
      }),
      listed(name, two),
    );
    assertEquals(
      await settled(name, { words, config, env }),
      listed(name, one),
    );
  });

  if (spec.env === undefined) continue;
  Deno.test(`a wrong value in the environment for --${name} is named by its variable`, async () => {
    const [wrong] = ROWS[name].invalid.filter(([text]) => text !== "");
    for (const variable of spec.env!) {
      if (wrong === undefined) continue;
      await assertRejects(
        () => settled(name, { env: { [variable]: wrong[0] } }),
        UsageError,
        `${variable} takes ${wrong[1]}`,
      );
    }
  });
}

function firstOf(
  variables: readonly string[] | undefined,
  value: string,
): Record<string, string> {
  return variables === undefined ? {} : { [variables[0]]: value };
}
