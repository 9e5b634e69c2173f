import { assertEquals, assertThrows } from "@std/assert";
import { parseConfigFile } from "../../src/cli/config_file.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
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

const wrongLines: [text: string, message: string][] = [
  ["=value", "glacier.cfg, line 1"],
  ["key=a\nwhat is this", "glacier.cfg, line 2"],
  ["partsize=3", "partsize in glacier.cfg, line 1 takes a power of two"],
  ["partsize=", "not nothing"],
  ["dry-run=perhaps", "dry-run in glacier.cfg, line 1 takes no value"],
];

for (const [text, message] of wrongLines) {
  Deno.test(`a wrong line is an error: ${JSON.stringify(text)}`, () => {
    assertThrows(() => config(text), UsageError, message);
  });
}
