import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { checkPage, deadLinks } from "../../scripts/check_docs.ts";
import { temporaryFolder } from "../testing.ts";

const script = fileURLToPath(
  new URL("../../scripts/check_docs.ts", import.meta.url),
);

/** Runs the check as a program. */
async function check(...args: string[]) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script, ...args],
  }).output();
  return { code, err: new TextDecoder().decode(stderr) };
}

/** A page, with `'''` for the marks of a block of code. */
const page = (text: string) => text.replaceAll("'''", "```");

Deno.test("a page that shows wrong output is refused by file and line, and --write mends it", async () => {
  await using folder = await temporaryFolder();
  const file = folder.at("page.md");
  const text = page(
    "Words.\n\n'''console\n$ seq 2\n1\n2\n\n$ echo a; echo b\na\nc\n'''\n\nMore words.\n",
  );
  await Deno.writeTextFile(file, text);
  const { code, err } = await check(file);
  assertEquals(code, 1);
  assertStringIncludes(err, "page.md:10: there was something else.");
  assertEquals(err.match(/page\.md:/g)?.length, 1);
  assertEquals(await Deno.readTextFile(file), text);
  await check("--write", file);
  assertEquals(await Deno.readTextFile(file), text.replace("\nc\n", "\nb\n"));
  assertEquals(await check(file), { code: 0, err: "" });
});

/** Pages, and what is wrong with them: the line, and the beginning of the message. */
const PAGES: [what: string, page: string, problems: string[]][] = [
  [
    "commands in order, in one folder and one shell",
    "'''sh\nx=1\nf() { echo $x; }\ntouch a\n'''\n'''console\n$ f\n1\n\n$ ls\na\n'''",
    [],
  ],
  [
    "a pipe, a here-document and a file",
    "'''console\n$ cat <<'END' | sort > a\nb\na\nEND\n\n$ cat a\na\nb\n'''",
    [],
  ],
  [
    "standard error is shown",
    "'''console\n$ echo a; echo b >&2; echo c\na\nb\nc\n'''",
    [],
  ],
  ["a missing line", "'''console\n$ echo a\na\nb\n'''", [
    "4: there was no more",
  ]],
  ["an extra line", "'''console\n$ seq 3\n1\n2\n'''", ["5: there was more"]],
  ["a failure that isn't shown", "'''console\n$ false\n\n$ true\n'''", [
    "2: exit status 1 of `false`",
  ]],
  ["a failure in a pipe", "'''console\n$ false | true\n'''", [
    "2: exit status 1 of `false | true`",
  ]],
  [
    "a failure that is shown",
    "'''console\n$ echo ERROR: x; false\nERROR: x\n'''",
    [],
  ],
  [
    "a failure that is shown and isn't one",
    "'''console\n$ echo ERROR: x\nERROR: x\n'''",
    ["2: exit status 0 where"],
  ],
  [
    "an exit status that is shown",
    "'''console\n$ (exit 3)\n\n$ echo $?\n3\n'''",
    [],
  ],
  ["another exit status", "'''console\n$ (exit 2)\n\n$ echo $?\n3\n'''", [
    "5: there was something else",
  ]],
  ["one of several commands fails", "'''sh\nfalse\ntrue\n'''", [
    "1: exit status 1 of `false`",
  ]],
  ["a setup that fails", "<!-- setup: false -->\n'''console\n$ true\n'''", [
    "1: exit status 1 of `false`",
  ]],
  ["a shell that ends", "'''sh\nexit 0\n'''\n'''console\n$ true\n'''", [
    "1: was not run to its end",
  ]],
  [
    "what isn't run",
    "<!-- not run: it can't be -->\n'''sh\nfalse\n'''\n<!-- run if: false -->\n'''console\n$ false\n'''",
    [],
  ],
  [
    "what is run on a condition",
    "<!-- run if: true -->\n'''console\n$ echo a\nb\n'''",
    ["4: there was something else"],
  ],
  ["a page that can't be read", "'''console\nls\n'''", [
    "2: A block of `console`",
  ]],
  [
    "JavaScript with the project's packages",
    "'''js\nimport { Hono } from \"hono\";\nnew Hono();\n'''\n'''js\nthrow 1;\n'''",
    ["5: exit status 1 of `throw 1;`"],
  ],
];

for (const [what, text, problems] of PAGES) {
  Deno.test(`a page is run: ${what}`, async () => {
    const found = (await checkPage(page(text))).problems
      .map(({ line, message }) => `${line}: ${message}`);
    assertEquals(
      found.map((problem, i) => problem.slice(0, problems[i]?.length)),
      problems,
    );
  });
}

const hasGo = await new Deno.Command("go", { args: ["version"] }).output()
  .then(({ success }) => success, () => false);

Deno.test({
  name: "a page is run: Go",
  ignore: !hasGo,
  async fn() {
    const program = (statement: string) =>
      `'''go\npackage main\n\nfunc main() { ${statement} }\n'''\n`;
    const text = program("println(1)") + program("panic(2)");
    const { problems, run } = await checkPage(page(text));
    assertEquals(run, 2);
    assertEquals(problems.map(({ line }) => line), [6]);
    assertStringIncludes(problems[0].message, "panic: 2");
  },
});

Deno.test("a page's server listens on another port than it says, and ends with it", async () => {
  await using folder = await temporaryFolder();
  const file = folder.at("port");
  const { problems, run } = await checkPage(page(`'''console
$ moraine serve
Access key "moraine", secret key "moraine"
Listening on http://127.0.0.1:9901

$ npx -y deno task --quiet moraine serve --region eu-west-1
Access key "moraine", secret key "moraine"
Listening on http://127.0.0.1:9901
'''

'''sh
moraine serve --control &
curl -sf http://127.0.0.1:9901/_control/clock
echo $DOCS_PORT > '${file}'
'''
`));
  assertEquals({ problems, run }, { problems: [], run: 3 });
  const port = Number(await Deno.readTextFile(file));
  const connection = await Deno.connect({ port }).catch((error) => error);
  assertEquals(connection instanceof Deno.errors.ConnectionRefused, true);
});

Deno.test("what isn't run says why, or what runs it", async () => {
  const { run, skipped } = await checkPage(
    page(
      "<!-- not run: x -->\n'''sh\nfalse\n'''\n<!-- run by: deno task smoke -->\n'''sh\nfalse\n'''\n",
    ),
  );
  assertEquals({ run, skipped }, {
    run: 0,
    skipped: [
      { line: 2, message: "not run: x" },
      { line: 6, message: "run by: deno task smoke" },
    ],
  });
});

Deno.test("what is run by a task that takes nothing from pages is a problem", async () => {
  const { problems } = await checkPage(
    page("<!-- run by: deno task nowhere -->\n'''sh\nfalse\n'''\n"),
  );
  assertEquals(problems, [
    { line: 2, message: "`deno task nowhere` runs nothing of pages" },
  ]);
});

Deno.test("--write shows an ID in the same way everywhere on the page", async () => {
  const { problems, mended } = await checkPage(page(`<!-- setup:
id=$(printf 'x%.0s' {1..91})Y
hash=$(printf 'a%.0s' {1..64})
-->

'''console
$ echo $hash $id
bbbbbb…bbbb BBBBBB…BBBB

$ echo $id
BBBBBB…BBBB
'''`));
  assertEquals(problems.map(({ line }) => line), [8]);
  assertEquals(
    mended.slice(mended.indexOf("$ echo")),
    page(`$ echo $hash $id
aaaaaa…aaaa xxxxxx…xxxY

$ echo $id
xxxxxx…xxxY
'''`),
  );
});

Deno.test("links that lead nowhere are told", async () => {
  await using folder = await temporaryFolder();
  const file = folder.at("page.md");
  await Deno.writeTextFile(
    file,
    "# A b\n\n[a](#a-b) [b](page.md#a-b) [c](other.md)\n[d](#d) [e](https://example.com)\n",
  );
  assertEquals(await deadLinks(file), [
    { line: 3, message: "other.md leads nowhere" },
    { line: 4, message: "#d leads nowhere" },
  ]);
});
