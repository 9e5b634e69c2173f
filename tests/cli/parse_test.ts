import { assertEquals, assertThrows } from "@std/assert";
import { parseConfigFile } from "../../src/cli/config_file.ts";
import type { CommandName } from "../../src/cli/commands.ts";
import {
  type CommandLine,
  type FilterOption,
  type OptionValues,
  parseCommandLine,
} from "../../src/cli/parse.ts";
import { UsageError } from "../../src/errors.ts";

const forms: [title: string, words: string[]][] = [
  ["--name value", ["--dir", "/data", "--partsize", "8", "--dry-run"]],
  ["--name=value", ["--dir=/data", "--partsize=8", "--dry-run=1"]],
  ["-name value", ["-dir", "/data", "-partsize", "8", "-dry-run"]],
  ["-name=value", ["-dir=/data", "-partsize=8", "-dry-run=true"]],
  ["any order", ["-dry-run", "--partsize=8", "-dir", "/data"]],
];

for (const [title, words] of forms) {
  Deno.test(`options may be written ${title}`, () => {
    assertEquals(parseCommandLine(["sync", ...words]), {
      command: "sync",
      positional: undefined,
      values: { dir: "/data", partsize: 8, "dry-run": true },
      filters: [],
      warnings: [],
    });
  });
}

const values: [words: string[], dir: string][] = [
  [["--dir", "-x"], "-x"],
  [["--dir=-x=y"], "-x=y"],
  [["--dir", "--journal"], "--journal"],
  [["--dir", "a\nb c"], "a\nb c"],
  [["--dir", "12"], "12"],
  [["--dir", "007"], "007"],
  [["--dir", "true"], "true"],
  [["--dir=a b"], "a b"],
];

for (const [words, dir] of values) {
  Deno.test(`a value is taken as it is: ${JSON.stringify(words)}`, () => {
    assertEquals(parseCommandLine(["sync", ...words]).values, { dir });
  });
}

Deno.test("an option that may be repeated keeps its values in their order", () => {
  const fault = [
    "--fault",
    "*,drop",
    "-fault=ListJobs,stall",
    "--fault=*,drop",
  ];
  assertEquals(parseCommandLine(["serve", ...fault]).values, {
    fault: ["*,drop", "ListJobs,stall", "*,drop"],
  });
  const file = "fault=*,drop\nport=1\n fault = ListJobs,stall\n";
  assertEquals(parseConfigFile(file, "serve.cfg", "serve").values, {
    fault: ["*,drop", "ListJobs,stall"],
    port: 1,
  });
});

Deno.test("older names work, with a warning each", () => {
  const line = parseCommandLine([
    "sync",
    "--from-dir",
    "/data",
    "-to-vault=photos",
  ]);
  assertEquals(line.values, { dir: "/data", vault: "photos" });
  assertEquals(line.warnings, [
    "Option --from-dir is deprecated: use --dir",
    "Option --to-vault is deprecated: use --vault",
  ]);
});

Deno.test("a positional value may stand before or after the options", () => {
  for (
    const words of [["photos", "--region", "eu-west-1"], [
      "-region=eu-west-1",
      "photos",
    ]]
  ) {
    const { positional, values } = parseCommandLine(["create-vault", ...words]);
    assertEquals([positional, values], ["photos", { region: "eu-west-1" }]);
  }
  const { positional } = parseCommandLine(["create-vault", "0123"]);
  assertEquals(positional, "0123");
});

Deno.test("no words, and the usual words for help and version, are commands", () => {
  const command = (...words: string[]) => parseCommandLine(words).command;
  for (const words of [[], ["help"], ["--help"], ["-h"], ["-help"]]) {
    assertEquals(command(...words), "help");
  }
  for (const word of ["version", "--version", "-V"]) {
    assertEquals(command(word), "version");
  }
  for (const word of ["--help", "-h", "-help"]) {
    assertEquals(parseCommandLine(["sync", word]).values, { help: true });
  }
});

const config = (text: string, command: "sync" | "check-local-hash" = "sync") =>
  parseConfigFile(text, "glacier.cfg", command);

Deno.test("a configuration file gives options in any layout that the original takes", () => {
  const text = [
    "# my backup",
    "",
    "key=ID",
    "  secret =  with = and # in it  ",
    "\tvault\t=\tphotos\r",
    "partsize = 64",
    "dry-run",
    "from-dir=/data",
  ].join("\n");
  assertEquals(config(text), {
    values: {
      key: "ID",
      secret: "with = and # in it",
      vault: "photos",
      partsize: 64,
      "dry-run": true,
      dir: "/data",
    },
    warnings: [],
  });
});

Deno.test("a configuration file's options for other commands are passed over, unknown ones warned of", () => {
  const { values, warnings } = config("port=1\npartsize=4\nvualt=x\nconfig=y");
  assertEquals(values, { partsize: 4 });
  assertEquals(warnings, [
    "Unknown option in glacier.cfg, line 3: vualt. Did you mean vault?",
    "Option without effect in glacier.cfg, line 4: config",
  ]);
});

Deno.test("of two lines for one option the later one counts, with a warning", () => {
  assertEquals(config("vault=a\nto-vault=photos\n\ndry-run\ndry-run=0"), {
    values: { vault: "photos", "dry-run": false },
    warnings: [
      "Option vault is given twice in glacier.cfg: line 2 counts",
      "Option dry-run is given twice in glacier.cfg: line 5 counts",
    ],
  });
});

const wrongLines: [text: string, message: string][] = [
  ["=value", "glacier.cfg, line 1"],
  ["key=a\nwhat is this", "glacier.cfg, line 2"],
  ["key=a\r\n\r\nwhat is this\r\n", "Cannot understand glacier.cfg, line 3"],
  ["\ufeff# x\nkey a", "Cannot understand glacier.cfg, line 2"],
  ["--key=a", "Cannot understand glacier.cfg, line 1"],
  ["filter=+*.jpg -", "filter in glacier.cfg, line 1 can be given on the"],
  ["include=*", "include in glacier.cfg, line 1 can be given on the"],
  ["exclude", "exclude in glacier.cfg, line 1 can be given on the"],
  ["terminal-encoding=KOI8-R", "takes UTF-8, which is all"],
  ["partsize=3", "partsize in glacier.cfg, line 1 takes a power of two"],
  ["partsize=", "not nothing"],
  ["dry-run=perhaps", "dry-run in glacier.cfg, line 1 takes no value"],
  [
    "\ndir=/caf\uFFFD",
    "dir in glacier.cfg, line 2 holds something that is not",
  ],
];

for (const [text, message] of wrongLines) {
  Deno.test(`a wrong line is an error: ${JSON.stringify(text)}`, () => {
    assertThrows(() => config(text), UsageError, message);
  });
}

Deno.test("a line of a configuration file that isn't understood is not shown, for it may hold a secret", () => {
  const error = assertThrows(() => config("se cret: abc"), UsageError);
  assertEquals(error.message.includes("abc"), false);
});

const layouts: [title: string, text: string][] = [
  ["LF", "key=ID\nvault=photos\ndry-run=1\n"],
  ["no end", "key=ID\nvault=photos\ndry-run=1"],
  ["CRLF", "key=ID\r\nvault=photos\r\ndry-run=1\r\n"],
  ["a mark of byte order", "\ufeffkey=ID\nvault=photos\ndry-run=1\n"],
  ["blanks and TABs", "  key\t=  ID \n\tvault =photos\t\n dry-run = 1 \n"],
  [
    "comments and blank lines",
    "\n# key=other\nkey=ID\n  \t\n   # x\nvault=photos\n#\ndry-run=1\n",
  ],
  ["a bare name", "key=ID\nvault=photos\ndry-run\n"],
  ["a bare name with blanks", "key=ID\r\nvault=photos\r\n dry-run \r\n"],
  ["older names", "key=ID\nto-vault=photos\ndry-run\n"],
];

for (const [title, text] of layouts) {
  Deno.test(`a configuration file may have ${title}`, () => {
    assertEquals(config(text), {
      values: { key: "ID", vault: "photos", "dry-run": true },
      warnings: [],
    });
  });
}

const MT_CONFIG = `key=AKIDEXAMPLE
secret=abc/def+gh=
# region: eu-west-1, us-east-1 etc
region=us-east-1
protocol=http
partsize=64
concurrency=10
vault=myvault
journal=/var/lib/mt/journal.log
dir=/data/backup
`;

const ofMtConfig: [command: CommandName, values: OptionValues][] = [
  ["sync", {
    key: "AKIDEXAMPLE",
    secret: "abc/def+gh=",
    region: "us-east-1",
    protocol: "http",
    partsize: 64,
    concurrency: 10,
    vault: "myvault",
    journal: "/var/lib/mt/journal.log",
    dir: "/data/backup",
  }],
  ["restore", {
    key: "AKIDEXAMPLE",
    secret: "abc/def+gh=",
    region: "us-east-1",
    protocol: "http",
    concurrency: 10,
    vault: "myvault",
    journal: "/var/lib/mt/journal.log",
    dir: "/data/backup",
  }],
  ["list-vaults", {
    key: "AKIDEXAMPLE",
    secret: "abc/def+gh=",
    region: "us-east-1",
    protocol: "http",
  }],
  ["journal stats", { journal: "/var/lib/mt/journal.log" }],
  ["serve", { region: "us-east-1" }],
];

for (const [command, values] of ofMtConfig) {
  Deno.test(`${command} takes its options from a configuration file of mt-aws-glacier, without a word about others`, () => {
    assertEquals(parseConfigFile(MT_CONFIG, "mt.cfg", command), {
      values,
      warnings: [],
    });
  });
}

const filterOrders: [words: string[], filters: [string, string][]][] = [
  [[], []],
  [["--filter", "+*.jpg -"], [["filter", "+*.jpg -"]]],
  [
    ["--include", "a b", "-filter=-/tmp/", "--exclude=*", "-include", "c"],
    [["include", "a b"], ["filter", "-/tmp/"], ["exclude", "*"], [
      "include",
      "c",
    ]],
  ],
  [["--exclude", "--include", "--dry-run", "--filter=+"], [
    ["exclude", "--include"],
    ["filter", "+"],
  ]],
  [["--exclude=!*.jpg", "--exclude=!*.jpg"], [["exclude", "!*.jpg"], [
    "exclude",
    "!*.jpg",
  ]]],
  [["--dir", "--filter=+x"], []],
];

for (const [words, filters] of filterOrders) {
  Deno.test(`filters keep their order: ${words.join(" ")}`, () => {
    assertEquals(
      parseCommandLine(["sync", ...words]).filters,
      filters.map(([option, text]) => ({ option, text }) as FilterOption),
    );
  });
}

const wrongWords: [words: string[], message: string][] = [
  [["snyc"], "Unknown command: snyc. Did you mean sync?"],
  [["retore-complete"], "Did you mean restore-completed?"],
  [["--dir", "x", "sync"], "The command comes first: moraine sync --dir …"],
  [["--frobnicate"], "No command given"],
  [["journal"], "Incomplete command: journal. There is journal verify and"],
  [["journal", "--journal=x"], "Incomplete command: journal. There is journal"],
  [["journal", "verfy"], "Unknown command: journal verfy. There is journal"],
  [["journal-verify"], "Unknown command: journal-verify."],
  [["sync", "--valt=x"], "Unknown option: --valt. Did you mean --vault?"],
  [["sync", "-valt", "x"], "Unknown option: --valt. Did you mean --vault?"],
  [["sync", "--no-dir"], "Unknown option: --no-dir"],
  [["sync", "--port=1"], "Option --port does not apply to sync"],
  [["journal", "verify", "--filter=-"], "does not apply to journal verify"],
  [["sync", "photos"], "Unexpected argument: photos"],
  [["create-vault", "my", "photos"], "Unexpected argument: photos"],
  [["journal", "verify", "photos.log"], "Unexpected argument: photos.log"],
  [["sync", "--dir"], "Option --dir needs a value"],
  [["sync", "--dir=a", "--from-dir=b"], "Option --dir is given twice"],
  [["sync", "--dir=a", "--dir=a"], "Option --dir is given twice"],
  [["sync", "--exclude", "caf\uFFFD"], "--exclude holds something that is not"],
];

for (const [words, message] of wrongWords) {
  Deno.test(`a wrong command line is refused, with what may be meant: ${words.join(" ")}`, () => {
    assertThrows(() => parseCommandLine(words), UsageError, message);
  });
}

const ofTwoWords: [words: string[], line: Partial<CommandLine>][] = [
  [["journal", "verify", "--journal", "j"], {
    command: "journal verify",
    values: { journal: "j" },
  }],
  [["journal", "stats", "-journal=j", "--filter", "-*.tmp"], {
    command: "journal stats",
    filters: [{ option: "filter", text: "-*.tmp" }],
  }],
  [["journal", "--help"], { command: "help", positional: "journal" }],
  [["journal", "-h"], { command: "help", positional: "journal" }],
  [["help", "journal", "verify"], {
    command: "help",
    positional: "journal verify",
  }],
  [["journal", "verify", "--help"], {
    command: "journal verify",
    values: { help: true },
  }],
];

for (const [words, expected] of ofTwoWords) {
  Deno.test(`commands of two words: ${words.join(" ")}`, () => {
    const line = parseCommandLine(words);
    assertEquals({ ...line, ...expected }, line);
  });
}

Deno.test("in a configuration file a comment may follow a value that can't have blanks", () => {
  const { values } = parseConfigFile(
    [
      "region=us-east-1 #eu-west-1, us-east-1 etc",
      "concurrency = 8 # not more",
      "dry-run=1 # for now",
      "protocol=https\t#",
      "dir=/data/my #1 folder",
      "journal=a#b",
    ].join("\n"),
    "glacier.cfg",
    "sync",
  );
  assertEquals(values, {
    region: "us-east-1",
    concurrency: 8,
    "dry-run": true,
    protocol: "https",
    dir: "/data/my #1 folder",
    journal: "a#b",
  });
});
