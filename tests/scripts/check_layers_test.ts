import { assert, assertEquals } from "@std/assert";
import { findViolations, readSources } from "../../scripts/check_layers.ts";
import { temporaryFolder } from "../testing.ts";

const root = new URL("../../", import.meta.url);

function violations(file: string, text: string): string[] {
  return findViolations(new Map([[file, text]]))
    .map(({ line, message }) => `${line}: ${message}`);
}

Deno.test("the project keeps its own layers", async () => {
  const sources = await readSources(root);
  assert(sources.size > 10);
  assertEquals(findViolations(sources), []);
});

Deno.test("every way to import a module from above is caught", () => {
  const above = "imports src/commands/sync.ts, which is above it";
  for (
    const text of [
      `import { a } from "../commands/sync.ts";`,
      `import "../commands/sync.ts";`,
      `import type { A } from "../commands/sync.ts";`,
      `import { type A } from "../commands/sync.ts";`,
      `import * as a from "../commands/sync.ts";`,
      `import a from "./../transfer/../commands/sync.ts";`,
      `export { a } from "../commands/sync.ts";`,
      `export * from "../commands/sync.ts";`,
      `export type { A } from "../commands/sync.ts";`,
      `const a = await import("../commands/sync.ts");`,
      "const a = await import(`../commands/sync.ts`);",
      `type A = import("../commands/sync.ts").A;`,
      `let a: typeof import("../commands/sync.ts");`,
      `import a = require("../commands/sync.ts");`,
      `new Worker(new URL("../commands/sync.ts", import.meta.url));`,
    ]
  ) assertEquals(violations("src/journal/a.ts", text), [`1: ${above}`], text);
});

Deno.test("a runtime's module or global in an example is caught, but for the host's", () => {
  const cases: [line: string, named?: string][] = [
    [` * import { open } from "node:fs";`, "node:fs"],
    [` * import { open } from 'bun:ffi';`, "bun:ffi"],
    [" * await Deno.readFile(path);", "Deno.readFile"],
    [" * Runs under Deno. Node runs it, too: it needs 22."],
    [` * import { Vault } from "@moraine/moraine";`],
  ];
  for (const [line, named] of cases) {
    const text = `/**\n${line}\n */\n`;
    assertEquals(
      violations("src/journal/a.ts", text),
      named === undefined ? [] : [`2: names ${named} in its documentation`],
      line,
    );
    assertEquals(violations("src/platform/a.ts", text), []);
  }
});

Deno.test("imports are judged by the layers of both ends", () => {
  const cases: [file: string, specifier: string, message?: string][] = [
    ["src/journal/a.ts", "./b.ts"],
    ["src/journal/a.ts", "../errors.ts"],
    ["src/journal/a.ts", "../async/pool.ts"],
    ["src/journal/deep/a.ts", "../../errors.ts"],
    [
      "src/journal/a.ts",
      "../files/walk.ts",
      "src/files/walk.ts, which is beside it",
    ],
    ["src/journal/a.ts", "../store.ts", "src/store.ts, which is beside it"],
    [
      "src/journal/a.ts",
      "../glacier/store.ts",
      "src/glacier/store.ts, which is above it",
    ],
    ["src/errors.ts", "./platform.ts", "src/platform.ts, which is above it"],
    [
      "src/platform.ts",
      "./async/pool.ts",
      "src/async/pool.ts, which is beside it",
    ],
    ["src/platform/host.ts", "../platform.ts"],
    [
      "src/platform/host.ts",
      "../cli/main.ts",
      "src/cli/main.ts, which is above it",
    ],
    ["src/cli/main.ts", "../platform/host.ts"],
    ["src/cli/main.ts", "../../mod.ts", "mod.ts, which is above it"],
    ["mod.ts", "./src/cli/main.ts"],
    [
      "src/journal/a.ts",
      "../../tests/testing.ts",
      "tests/testing.ts, outside src/",
    ],
    [
      "src/journal/a.ts",
      "../../scripts/demo.ts",
      "scripts/demo.ts, outside src/",
    ],
    ["mod.ts", "./tests/testing.ts", "tests/testing.ts, outside src/"],
    ["src/journal/a.ts", "/etc/a.ts", "/etc/a.ts, outside"],
    ["src/journal/a.ts", "../novel/a.ts", "src/novel/a.ts, which has no layer"],
    [
      "src/journal/a.ts",
      "../constructor/a.ts",
      "src/constructor/a.ts, which has no layer",
    ],
    ["src/journal/a.ts", "hono"],
    ["src/journal/a.ts", "@std/encoding/hex"],
  ];
  for (const [file, specifier, message] of cases) {
    assertEquals(
      violations(file, `\nimport "${specifier}";`),
      message ? [`2: imports ${message}`] : [],
      `${file} ${specifier}`,
    );
  }
});

Deno.test("an import that only running would tell is caught", () => {
  const message = "1: imports what cannot be told without running";
  for (const text of ["import(name);", "import(`./${name}.ts`);"]) {
    assertEquals(violations("src/journal/a.ts", text), [message]);
  }
});

Deno.test("a folder without a layer is caught", () => {
  const [message] = violations("src/novel/a.ts", "");
  assert(message.startsWith("1: src/novel has no layer"), message);
});

Deno.test("only the host may import a runtime's modules", () => {
  for (const text of [`import "node:fs";`, `type A = import("node:fs").A;`]) {
    assertEquals(
      violations("src/journal/a.ts", text),
      ["1: names node:fs, which only the host may"],
    );
    for (const file of ["src/platform/a.ts", "src/cli/main.ts"]) {
      assertEquals(violations(file, text), []);
    }
    assertEquals(violations("src/cli/other.ts", text).length, 1);
    assertEquals(violations("mod.ts", text).length, 1);
  }
});

Deno.test("only the host may name a runtime's globals", () => {
  const cases: Record<string, string> = {
    "Deno.exit();": "Deno",
    "let a: Deno.FsFile;": "Deno",
    "const { env } = Deno;": "Deno",
    "typeof Deno;": "Deno",
    "declare const Deno: unknown; Deno;": "Deno",
    "globalThis.Deno;": "Deno",
    'globalThis["Deno"];': "Deno",
    "(globalThis as { Deno?: unknown }).Deno;": "Deno",
    "globalThis?.Deno;": "Deno",
    "process.exit(1);": "process",
    "const a = { process };": "process",
    "const a = { x: process };": "process",
    "const a = b[process];": "process",
    "type A = typeof process.env;": "process",
    "Buffer.from([]);": "Buffer",
    "let a: Buffer;": "Buffer",
    "Bun.file(a);": "Bun",
  };
  for (const [text, name] of Object.entries(cases)) {
    const found = violations("src/journal/a.ts", text);
    assert(found.length > 0, text);
    assert(
      found.every((line) =>
        line === `1: names ${name}, which only the host may`
      ),
      text,
    );
    assertEquals(violations("src/platform/a.ts", text), []);
  }
});

Deno.test("what only looks like an import or a global is let through", () => {
  for (
    const text of [
      `// import "node:fs"; Deno.exit();`,
      `/** {@linkcode Deno.exit} import("../commands/a.ts") */`,
      `const a = 'import "node:fs"; Deno.exit()';`,
      "const a = `import('../commands/a.ts') ${1}`;",
      "const a = /Deno.exit/;",
      "a.process(); a.Buffer; a.Deno;",
      "const a = { process: 1, Deno: 2 };",
      "function process() {} process();",
      "const f = (process: number) => process;",
      "const { x: process } = a; process;",
      "type F = (process: number) => void;",
      `import { process } from "./process.ts"; process();`,
      "class A { process = 1; Buffer() {} }",
      "interface A { process: number; Buffer(): void }",
      "enum A { process }",
      `const a = new URL("/path", base);`,
    ]
  ) assertEquals(violations("src/journal/a.ts", text), [], text);
});

Deno.test("the script prints a line for each violation and exits with 1", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(folder.at("src", "journal"), { recursive: true });
  await Deno.mkdir(folder.at("src", "async"));
  const run = async () => {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-check",
        "--allow-read",
        new URL("scripts/check_layers.ts", root).href,
        folder.path,
      ],
    }).output();
    return { code, text: new TextDecoder().decode(stdout) };
  };
  await Deno.writeTextFile(
    folder.at("src", "journal", "a.ts"),
    "\nDeno.exit();",
  );
  await Deno.writeTextFile(
    folder.at("src", "async", "b.ts"),
    'import "../journal/a.ts";',
  );
  assertEquals(await run(), {
    code: 1,
    text: "src/async/b.ts:1: imports src/journal/a.ts, which is above it\n" +
      "src/journal/a.ts:2: names Deno, which only the host may\n",
  });
  await Deno.remove(folder.at("src"), { recursive: true });
  await Deno.mkdir(folder.at("src"));
  assertEquals(await run(), { code: 0, text: "" });
});
