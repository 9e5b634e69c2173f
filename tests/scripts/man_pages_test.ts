import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { fileURLToPath } from "node:url";
import { manPages, pageDate } from "../../scripts/man_pages.ts";
import { escaped, inline, page, sentences } from "../../scripts/roff.ts";
import {
  type CommandName,
  COMMANDS,
  commandSpec,
} from "../../src/cli/commands.ts";
import { parseConfigFile } from "../../src/cli/config_file.ts";
import { EXIT, EXIT_MEANINGS } from "../../src/cli/exit_codes.ts";
import {
  type OptionName,
  OPTIONS,
  type OptionSpec,
  optionSpec,
} from "../../src/cli/options.ts";
import { isInstalled, temporaryFolder } from "../testing.ts";

// Of one in the future mandoc would warn.
const DATE = "2020-01-02";
const names = Object.keys(COMMANDS) as CommandName[];
const pages = manPages(DATE);

/** Without it, what a page says is looked at in its source alone. */
const noMandoc = !isInstalled("mandoc", ["-T", "utf8", "/dev/null"]);

async function mandoc(args: string[], cwd?: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command("mandoc", { args, cwd })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return text(stdout) + text(stderr);
}

/** A page as a reader sees it, its words with one blank between them. */
async function rendered(text: string): Promise<string> {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(folder.at("page"), text);
  const shown = await mandoc(["-Tutf8", folder.at("page")]);
  // Bold and underlined signs are overstruck.
  // deno-lint-ignore no-control-regex
  return shown.replace(/.\x08/gu, "").replace(/\s+/g, " ");
}

function pageOf(name: CommandName): string {
  return pages.get(`moraine-${name.replaceAll(" ", "-")}.1`)!;
}

Deno.test("there is a page for the program, for each command and for the configuration file", () => {
  assertEquals(
    [...pages.keys()].sort(),
    [
      "moraine.1",
      ...names.map((name) => `moraine-${name.replaceAll(" ", "-")}.1`),
      "moraine.cfg.5",
    ].sort(),
  );
});

Deno.test(
  "mandoc finds no fault with any page",
  { ignore: noMandoc },
  async () => {
    await using folder = await temporaryFolder();
    for (const [name, text] of pages) {
      await Deno.writeTextFile(folder.at(name), text);
    }
    const said = await mandoc(
      ["-Tlint", "-Wwarning", ...pages.keys()],
      folder.path,
    );
    assertEquals(said, "");
  },
);

for (const name of names) {
  Deno.test(
    `the page of ${name} has all its options as they are to be typed, with what goes for them`,
    { ignore: noMandoc },
    async () => {
      const text = await rendered(pageOf(name));
      const spec = commandSpec(name);
      const summary = spec.summary[0].toLowerCase() + spec.summary.slice(1);
      assertStringIncludes(text, `${name.replaceAll(" ", "-")} - ${summary} `);
      assertStringIncludes(text, `SYNOPSIS moraine ${name} `);
      assertStringIncludes(text, ` EXAMPLE ${spec.example} `);
      assertStringIncludes(text, spec.description.replaceAll("`", ""));
      const [, options] = / OPTIONS (.*) EXAMPLE /.exec(text)!;
      for (const option of [...spec.required, ...spec.optional]) {
        assertOption(options, option);
      }
      for (const option of spec.ignored ?? []) {
        assertStringIncludes(options, `--${option}`);
      }
    },
  );
}

/** That a text has an option, its value, its default, its environment variables and its older names. */
function assertOption(text: string, name: OptionName) {
  const spec = optionSpec(name);
  const start = ` --${name}${spec.value ? ` ${spec.value}` : ""} ${
    spec.help.replaceAll("`", "")
  }`;
  const at = text.indexOf(start);
  assert(at >= 0, `${start} in ${text}`);
  const rest = text.slice(at + start.length);
  const notes = /^ \([^()]*\)\./.exec(rest)?.[0] ?? ".";
  if (spec.default !== undefined) {
    assertStringIncludes(notes, `default ${spec.default}`, name);
  }
  for (const word of [...spec.env ?? [], ...spec.deprecated ?? []]) {
    assertStringIncludes(notes, word, name);
  }
  if (spec.type.kind === "choice") {
    for (const value of spec.type.values) {
      assertStringIncludes(notes, value, name);
    }
  }
  if (spec.inFile) assertStringIncludes(notes, "not in a configuration file");
}

Deno.test(
  "the program's page has all commands, statuses, environment variables and files",
  { ignore: noMandoc },
  async () => {
    const text = await rendered(pages.get("moraine.1")!);
    for (const name of names) {
      assertStringIncludes(text, ` ${name} ${commandSpec(name).summary}. `);
      assertStringIncludes(text, ` moraine-${name.replaceAll(" ", "-")}(1)`);
    }
    const [, environment] = / ENVIRONMENT (.*) EXIT STATUS /.exec(text)!;
    for (const [name, { env }] of Object.entries<OptionSpec>(OPTIONS)) {
      if (env === undefined) continue;
      assertStringIncludes(
        ` ${environment}`,
        ` ${env.join(", ")} Stands for --${name},`,
      );
    }
    assertStringIncludes(
      environment,
      "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY",
    );
    const [, statuses] = / EXIT STATUS (.*) FILES /.exec(text)!;
    for (const [name, status] of Object.entries(EXIT)) {
      const meaning = EXIT_MEANINGS[name as keyof typeof EXIT];
      assertStringIncludes(
        statuses.toLowerCase(),
        `${status} ${meaning}.`.toLowerCase(),
      );
    }
  },
);

Deno.test(
  "the files beside the journal are those of docs/files.md, the statuses those of docs/json.md",
  { ignore: noMandoc },
  async () => {
    const read = (name: string) =>
      Deno.readTextFile(new URL(`../../docs/${name}`, import.meta.url));
    const text = await rendered(pages.get("moraine.1")!);
    const documented = [...(await read("files.md")).matchAll(
      /^\| `\w+\.log(\.[^`]*)` /gm,
    )].map(([, end]) => end);
    const told = [...text.matchAll(/ JOURNAL(\.\S+)/g)].map(([, end]) => end);
    assert(documented.length > 5);
    assertEquals(told.sort(), documented.sort());
    const statuses = [...(await read("json.md")).matchAll(
      /^\| (\d+) +\| (.*?) *\|$/gm,
    )].map(([, status, meaning]) => [Number(status), meaning]);
    assertEquals(
      statuses,
      Object.entries(EXIT).map(([name, status]) => [
        status,
        EXIT_MEANINGS[name as keyof typeof EXIT],
      ]),
    );
  },
);

Deno.test(
  "the page of the configuration file has what may stand there and what may not, and an example that is one",
  { ignore: noMandoc },
  async () => {
    const text = await rendered(pages.get("moraine.cfg.5")!);
    const [, may, mayNot] = / OPTIONS (.*) NOT IN THE FILE (.*) PERMISSIONS /
      .exec(text)!;
    for (const [name, spec] of Object.entries<OptionSpec>(OPTIONS)) {
      assertEquals(` ${may}`.includes(` ${name}=`), !spec.inFile, name);
      assertEquals(
        new RegExp(`--${name}[ ,]`).test(mayNot),
        spec.inFile !== undefined,
        name,
      );
    }
    const [, example] = /\.SH "EXAMPLE"\n\.RS 4\n\.EX\n([^]*?)\.EE/.exec(
      pages.get("moraine.cfg.5")!,
    )!;
    const { values, warnings } = parseConfigFile(
      example.replaceAll("\\-", "-"),
      "moraine.cfg",
      "sync",
    );
    assertEquals(warnings, []);
    assertEquals([values.region, values.vault, values.concurrency], [
      "eu-west-1",
      "photos",
      8,
    ]);
  },
);

Deno.test("no page has a hyphen or a quote that would be shown as another sign", () => {
  for (const [name, text] of pages) {
    const shown = text.replace(/^\.TH .*$/m, "").replace(/\\-/g, "");
    assertEquals(shown.match(/[-'^~`]|[^\n\x20-\x7e]/)?.[0], undefined, name);
  }
});

const inRoff: [text: string, written: string][] = [
  ["a-b", "a\\-b"],
  ["C:\\x", "C:\\ex"],
  ["don't", "don\\(aqt"],
  ['say "x"', "say \\(dqx\\(dq"],
  ["~/.aws `x` ^", "\\(ti/.aws \\(gax\\(ga \\(ha"],
  ["…", "\\[u2026]"],
  ["é😀", "\\[u00E9]\\[u1F600]"],
];

for (const [text, written] of inRoff) {
  Deno.test(`a manual page has ${text} as ${written}, and shows it`, {
    ignore: noMandoc,
  }, async () => {
    assertEquals(escaped(text), written);
    const head = { name: "x", section: 1, date: DATE, source: "", summary: "" };
    const whole = page(head, [{ title: "S", parts: [sentences(text)] }]);
    assertStringIncludes(
      await rendered(whole),
      ` S ${text.replaceAll("`", "")} `,
    );
  });
}

Deno.test("a line that begins with a dot is no request, options are bold, and each sentence has its line", () => {
  assertEquals(
    sentences(".TH is one. Not --this."),
    "\\&.TH is one.\nNot \\fB\\-\\-this\\fR.",
  );
  assertEquals(inline("`a b` or c"), "\\fBa b\\fR or c");
});

Deno.test("the date is that of the release or of SOURCE_DATE_EPOCH, and never today's", () => {
  const changelog =
    "# Changelog\n\n## 0.2.0, 2026-12-01\n\n## 0.1.0, not released yet\n";
  assertEquals(pageDate(undefined, changelog, "0.2.0"), "2026-12-01");
  assertEquals(pageDate(undefined, changelog, "0.1.0"), "");
  assertEquals(pageDate(undefined, changelog, "0.3.0"), "");
  assertEquals(pageDate("86400", changelog, "0.2.0"), "1970-01-02");
  assertEquals(pageDate("", changelog, "0.2.0"), "2026-12-01");
  assertThrows(() => pageDate("today", changelog), Error, "SOURCE_DATE_EPOCH");
  assertStringIncludes(pages.get("moraine.1")!, `"1" "${DATE}" "moraine `);
});

Deno.test("the script writes all pages into a folder", async () => {
  await using folder = await temporaryFolder();
  const out = folder.at("a", "man");
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read=CHANGELOG.md",
      "--allow-env=SOURCE_DATE_EPOCH",
      `--allow-write=${out}`,
      "scripts/man_pages.ts",
      out,
    ],
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    env: { SOURCE_DATE_EPOCH: "1577923200" },
  }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  for (const [name, text] of manPages(DATE)) {
    assertEquals(await Deno.readTextFile(`${out}/${name}`), text);
  }
  assertEquals([...Deno.readDirSync(out)].length, pages.size);
});
