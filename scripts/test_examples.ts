/**
 * Runs the examples of the library's documentation, each as a test: those of
 * all that `mod.ts` exports, and the program of docs/library.md for Deno.
 * (That for Node is run by `check_npm.ts`.)
 *
 * Usage: `deno run -A scripts/test_examples.ts`. Fails where an example fails,
 * where something exported has none, or where a part of a type has no words.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import denoJson from "../deno.json" with { type: "json" };
import { denoProgram } from "./docs_library.ts";
import { exampleEnvironment, prepareExamples } from "./example_place.ts";
import { FROM_SOURCE } from "./from_source.ts";
import { checkKeepProgram } from "./keep_program.ts";
import { type MoraineCommand, serveMoraine } from "./moraine_command.ts";
import { missingDocs, type PublicSymbol, publicSymbols } from "./public_api.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

const moraine: MoraineCommand = [Deno.execPath(), ...FROM_SOURCE];

/**
 * Writes a configuration with which examples find the library by its name from
 * anywhere; returns the flags for it. What Deno adds to an example, to import
 * what its file exports, may be of no use to it.
 */
async function writeConfig(dir: string): Promise<string[]> {
  const { compilerOptions, imports, name } = denoJson;
  const library = pathToFileURL(join(root, "mod.ts")).href;
  const config = {
    imports: { ...imports, [name]: library },
    compilerOptions: {
      ...compilerOptions,
      types: compilerOptions.types.map((type) => join(root, type)),
      noUnusedLocals: false,
    },
  };
  const path = join(dir, "deno.json");
  await Deno.writeTextFile(path, JSON.stringify(config));
  // Deno takes it from beside the configuration, and may write to it.
  await Deno.copyFile(join(root, "deno.lock"), join(dir, "deno.lock"));
  return ["--quiet", "--config", path];
}

/** Runs every example of the files as a test. */
async function runExamples(
  files: readonly string[],
  settings: readonly string[],
  where: { cwd: string; env: Record<string, string> },
): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["test", "--doc", "-A", ...settings, ...files],
    ...where,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  });
  return (await command.spawn().status).success;
}

/** Makes the program of the page, to be run with the permissions that the page says and no others. */
async function keepProgram(
  dir: string,
  settings: readonly string[],
): Promise<(endpoint: string) => MoraineCommand> {
  const { code, permissions } = await denoProgram();
  const path = join(dir, "keep.ts");
  await Deno.writeTextFile(path, code);
  return (endpoint) => [
    Deno.execPath(),
    ...["run", "--check", "--no-prompt"],
    ...permissions.map((flag) =>
      flag.startsWith("--allow-net=")
        ? `--allow-net=${new URL(endpoint).host}`
        : flag.replace("../moraine", root)
    ),
    ...settings,
    path,
  ];
}

/** The files with the examples of what is exported. */
function filesOf(symbols: readonly PublicSymbol[]): string[] {
  return [...new Set(symbols.map(({ file }) => file))].sort();
}

/** Does all of it; resolves to whether everything is as it should be. */
async function testExamples(dir: string): Promise<boolean> {
  const symbols = await publicSymbols(join(root, "mod.ts"));
  const missing = missingDocs(symbols);
  for (const line of missing) console.error(line);
  const [cwd, kept] = [join(dir, "work"), join(dir, "kept")];
  for (const folder of [cwd, kept]) await Deno.mkdir(folder);
  const nowhere = join(dir, "no such file");
  await using server = await serveMoraine(moraine, join(dir, "glacier"), {
    cwd,
    env: exampleEnvironment("", nowhere),
  });
  const env = exampleEnvironment(server.endpoint, nowhere);
  await prepareExamples(moraine, { cwd, env });
  const settings = await writeConfig(dir);
  const good = await runExamples(filesOf(symbols), settings, { cwd, env });
  const commandFor = await keepProgram(dir, settings);
  await checkKeepProgram({ cwd: kept, env, commandFor, moraine });
  console.log("ok: the program of docs/library.md for Deno");
  return good && missing.length === 0;
}

if (import.meta.main) {
  const dir = await Deno.makeTempDir({ prefix: "moraine examples " });
  let good = false;
  try {
    good = await testExamples(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
  Deno.exit(good ? 0 : 1);
}
