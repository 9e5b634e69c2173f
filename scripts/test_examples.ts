/**
 * Runs the examples of the library's documentation, each as a test: those of
 * all that `mod.ts` exports, and the program of docs/library.md.
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
import { missingDocs, type PublicSymbol, publicSymbols } from "./public_api.ts";
import { FROM_SOURCE } from "./from_source.ts";
import {
  type MoraineCommand,
  runMoraine,
  serveMoraine,
} from "./moraine_command.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

const moraine: MoraineCommand = [Deno.execPath(), ...FROM_SOURCE];

/** What the examples find below their working directory. */
const FILES: Readonly<Record<string, string>> = {
  "photos/notes.txt": "a few notes.\n",
  "photos/2024/Lake Baikal.jpg": "a picture of a lake",
};

/** Nothing of the machine's own AWS settings is to show, but where the server is. */
function environment(endpoint: string, dir: string): Record<string, string> {
  const names = Object.keys(Deno.env.toObject());
  const aws = names.filter((name) => name.startsWith("AWS_"));
  return {
    ...Object.fromEntries(aws.map((name) => [name, ""])),
    AWS_ENDPOINT_URL_GLACIER: endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "moraine",
    AWS_SECRET_ACCESS_KEY: "moraine",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: join(dir, "no such file"),
    AWS_SHARED_CREDENTIALS_FILE: join(dir, "no such file"),
    NO_COLOR: "1",
  };
}

/**
 * A configuration with which the examples find the library by its name from
 * anywhere. What Deno adds to an example, to import what its file exports, may
 * be of no use to it.
 */
async function writeConfig(path: string): Promise<void> {
  const { compilerOptions, imports } = denoJson;
  await Deno.writeTextFile(
    path,
    JSON.stringify({
      imports: {
        ...imports,
        [denoJson.name]: pathToFileURL(join(root, "mod.ts")).href,
      },
      compilerOptions: {
        ...compilerOptions,
        types: compilerOptions.types.map((type) => join(root, type)),
        noUnusedLocals: false,
      },
    }),
  );
}

/** Makes the files of the examples, and the vault `photos` with its journal. */
async function prepare(
  cwd: string,
  env: Record<string, string>,
): Promise<void> {
  for (const [name, text] of Object.entries(FILES)) {
    await Deno.mkdir(join(cwd, name, ".."), { recursive: true });
    await Deno.writeTextFile(join(cwd, name), text);
  }
  const endpoint = ["--endpoint", env.AWS_ENDPOINT_URL_GLACIER];
  const vault = [...endpoint, "--region", env.AWS_REGION];
  const sync = ["--vault", "photos", "--dir", "photos"];
  for (
    const args of [
      ["create-vault", "photos", ...vault],
      ["sync", ...vault, ...sync, "--journal", "photos.log"],
    ]
  ) {
    const { status, err } = await runMoraine(moraine, args, { cwd, env });
    if (status !== 0) throw new Error(`moraine ${args.join(" ")}: ${err}`);
  }
}

/** Runs Deno with its output shown; resolves to whether it ended well. */
async function deno(
  args: readonly string[],
  where: { cwd: string; env: Record<string, string> },
): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), {
    args: [...args],
    ...where,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  });
  return (await command.spawn().status).success;
}

/** The files with the examples of what is exported. */
function filesOf(symbols: readonly PublicSymbol[]): string[] {
  return [...new Set(symbols.map(({ file }) => file))].sort();
}

/** Where and with what something is run. */
interface Where {
  cwd: string;
  env: Record<string, string>;
  /** Flags that make Deno find the library by its name. */
  settings: readonly string[];
}

/** Runs every example of the files as a test. */
function runExamples(
  files: readonly string[],
  { settings, ...where }: Where,
): Promise<boolean> {
  return deno(["test", "--doc", "-A", ...settings, ...files], where);
}

/** How the program of the documentation is started, with no more permissions than that says. */
async function programCommand(
  dir: string,
  { settings, env }: Pick<Where, "settings" | "env">,
): Promise<MoraineCommand> {
  const { code, permissions } = await denoProgram();
  const path = join(dir, "keep.ts");
  await Deno.writeTextFile(path, code);
  const { host } = new URL(env.AWS_ENDPOINT_URL_GLACIER);
  const flags = permissions.map((flag) =>
    flag.startsWith("--allow-net=") ? `--allow-net=${host}` : flag
  );
  const words = ["run", "--check", "--no-prompt", ...flags, ...settings, path];
  return [Deno.execPath(), ...words];
}

/** What the program did otherwise than the documentation says. */
async function checkProgram(dir: string, where: Where): Promise<string[]> {
  const { cwd } = where;
  await prepare(cwd, where.env);
  const lost = join(cwd, "photos/notes.txt");
  const before = await Deno.readTextFile(lost);
  await Deno.remove(lost);
  await Deno.writeTextFile(join(cwd, "photos/later.txt"), "one more");
  const command = await programCommand(dir, where);
  const { status, out, err } = await runMoraine(command, [], where);
  if (status !== 0) return [`keep.ts: exit status ${status}: ${out}${err}`];
  const problems = [
    "8 of 8 bytes",
    "uploaded later.txt",
    "downloaded notes.txt",
    "0 pending",
  ].filter((line) => !out.split("\n").includes(line))
    .map((line) => `keep.ts does not say "${line}": ${out}`);
  const after = await Deno.readTextFile(lost);
  if (after !== before) problems.push("keep.ts: notes.txt has other bytes");
  return problems;
}

/** What the program does otherwise when it is interrupted while a service says nothing. */
async function checkInterrupt(dir: string, where: Where): Promise<string[]> {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const end = new AbortController();
  const silent = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    signal: end.signal,
    onListen() {},
  }, () => {
    resolve();
    return new Promise(() => {});
  });
  const { port } = silent.addr;
  const env = environment(`http://127.0.0.1:${port}`, dir);
  const [program, ...args] = await programCommand(dir, { ...where, env });
  const child = new Deno.Command(program, {
    args,
    cwd: where.cwd,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const ended = child.output();
  await Promise.race([asked, ended]);
  child.kill("SIGINT");
  const { code, stderr } = await ended;
  end.abort();
  const err = new TextDecoder().decode(stderr);
  if (code === 130 && err === "ERROR: interrupted\n") return [];
  return [`keep.ts, interrupted: exit status ${code}: ${err}`];
}

async function main(): Promise<number> {
  const symbols = await publicSymbols(join(root, "mod.ts"));
  const problems = missingDocs(symbols);
  const dir = await Deno.makeTempDir({ prefix: "moraine examples " });
  try {
    const cwd = join(dir, "work");
    const kept = join(dir, "kept");
    for (const folder of [cwd, kept]) await Deno.mkdir(folder);
    await using server = await serveMoraine(moraine, join(dir, "glacier"), {
      cwd,
      env: environment("", dir),
    });
    const env = environment(server.endpoint, dir);
    await prepare(cwd, env);
    const config = join(dir, "deno.json");
    await writeConfig(config);
    // Deno takes it from beside the configuration, and may write to it.
    await Deno.copyFile(join(root, "deno.lock"), join(dir, "deno.lock"));
    const settings = ["--quiet", "--config", config];
    const good = await runExamples(filesOf(symbols), { cwd, env, settings });
    if (!good) problems.push("An example fails");
    const where = { cwd: kept, env, settings };
    problems.push(...await checkProgram(dir, where));
    problems.push(...await checkInterrupt(dir, where));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
  for (const problem of problems) console.error(problem);
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
