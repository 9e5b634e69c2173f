import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type CommandName,
  COMMANDS,
  commandSpec,
} from "../../src/cli/commands.ts";
import { OPTIONS } from "../../src/cli/options.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { VERSION } from "../../src/version.ts";
import { runProgram } from "../program.ts";

const names = Object.keys(COMMANDS) as CommandName[];

Deno.test("help lists every command with its summary", async () => {
  for (const args of [[], ["help"], ["--help"]]) {
    const { status, out, err } = await runProgram(args);
    assertEquals([status, err], [0, ""]);
    for (const name of names) {
      assertStringIncludes(out, name);
      assertStringIncludes(out, commandSpec(name).summary);
    }
  }
});

for (const name of names.filter((name) => name !== "help")) {
  Deno.test(`the help of ${name} tells of all its options and no others`, async () => {
    const { status, out, err } = await runProgram([name, "--help"]);
    assertEquals([status, err], [0, ""]);
    assertEquals((await runProgram(["help", name])).out, out);
    const { required, optional, example } = commandSpec(name);
    const told = [...out.matchAll(/^ {2}--([\w-]+)/gm)].map(([, name]) => name);
    assertEquals(told, [...required, ...optional]);
    assert(
      out.split("\n").every((line) =>
        line.length <= 80 || line.includes(example)
      ),
      out,
    );
  });

  Deno.test(`the example of ${name} is a valid command line`, () => {
    const [program, ...args] = commandSpec(name).example.split(" ");
    assertEquals(program, "moraine");
    assertEquals(parseCommandLine(args).command, name);
  });
}

Deno.test("the commands that begin with one word have help together", async () => {
  for (
    const args of [["help", "journal"], ["journal", "--help"], [
      "journal",
      "nonsense",
      "-h",
    ]]
  ) {
    const { status, out, err } = await runProgram(args);
    assertEquals([status, err], [0, ""]);
    for (const name of ["journal verify", "journal stats"] as const) {
      assertStringIncludes(out, name);
      assertStringIncludes(out, commandSpec(name).summary);
    }
    assert(!out.includes("sync"));
  }
  const { status, out, err } = await runProgram(["journal"]);
  assertEquals([status, out], [2, ""]);
  assertStringIncludes(err, "There is journal verify and journal stats");
});

Deno.test("help tells what an option needs and where it can't stand", async () => {
  const { out } = await runProgram(["sync", "--help"]);
  const text = out.replace(/\s+/g, " ");
  assertStringIncludes(text, "only with --replace-modified");
  const count = text.split("not in a configuration file").length - 1;
  assertEquals(count, 6, "config, help, rebind, filter, include and exclude");
});

Deno.test("every option belongs to a command, and every default is a valid value", () => {
  const used = new Set<string>(names.flatMap((name) => {
    const { required, optional } = commandSpec(name);
    return [...required, ...optional];
  }));
  assertEquals(
    Object.keys(OPTIONS).filter((name) => !used.has(name)),
    [],
  );
  assertEquals(
    parseCommandLine(["sync", "--concurrency", "4", "--partsize", "16"]).values,
    { concurrency: 4, partsize: 16 },
  );
});

Deno.test("the version is that of the package", async () => {
  const config = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  assertEquals(VERSION, config.version);
  assertEquals(
    (await runProgram(["version"])).out,
    `moraine ${VERSION} (test)\n`,
  );
});
