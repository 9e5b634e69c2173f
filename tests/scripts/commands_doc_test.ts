import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { commandsDoc } from "../../scripts/commands_doc.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { OPTIONS } from "../../src/cli/options.ts";
import { temporaryFolder } from "../testing.ts";

const script = fileURLToPath(
  new URL("../../scripts/commands_doc.ts", import.meta.url),
);
const kept = fileURLToPath(
  new URL("../../docs/commands.md", import.meta.url),
);

/** Runs the script's check in a folder. */
async function check(cwd: string) {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read=docs", script, "--check"],
    cwd,
  }).output();
  return { code, err: new TextDecoder().decode(stderr) };
}

Deno.test("the reference has every command and option, and its links lead somewhere", () => {
  const doc = commandsDoc();
  const headings = [...doc.matchAll(/^#+ (.*)$/gm)].map(([, text]) =>
    text.replaceAll("`", "").toLowerCase().replaceAll(" ", "-")
  );
  for (const name of Object.keys(COMMANDS)) {
    assert(headings.includes(name.replaceAll(" ", "-")), name);
  }
  for (const name of Object.keys(OPTIONS)) {
    assert(headings.includes(`--${name}`), name);
  }
  for (const [, target] of doc.matchAll(/\]\(#([^)]*)\)/g)) {
    assert(headings.includes(target), target);
  }
});

Deno.test("a reference that is not what the tables say is told", async () => {
  await using folder = await temporaryFolder();
  await Deno.mkdir(folder.at("docs"));
  const text = await Deno.readTextFile(kept);
  await Deno.writeTextFile(folder.at("docs", "commands.md"), text);
  assertEquals(await check(folder.path), { code: 0, err: "" });
  const changed = text.replace("- Default: `16`", "- Default: `32`");
  await Deno.writeTextFile(folder.at("docs", "commands.md"), changed);
  const { code, err } = await check(folder.path);
  assertEquals(code, 1);
  assertStringIncludes(err, "deno task docs");
});
