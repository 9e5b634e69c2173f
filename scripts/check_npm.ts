/**
 * Builds the npm package, installs it as others do, and uses it: as a command
 * and as a library, under each Node that counts, and from TypeScript; and runs
 * what docs/running.md says of npm, as if the package were published. Prints a
 * line for each thing that is as it should be, and throws what is not.
 *
 * Usage: `deno run -A scripts/check_npm.ts`.
 *
 * @module
 */

import { build as esbuild, type Plugin } from "esbuild";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import denoJson from "../deno.json" with { type: "json" };
import {
  buildNpm,
  importMap,
  PACKAGE_FOLDER,
  type PackageFiles,
  packageFiles,
} from "./build_npm.ts";
import { unguardedDeno } from "./deno_global.ts";
import { nodeProgram } from "./docs_library.ts";
import { npmSetting, runNpmDocs } from "./docs_npm.ts";
import { exampleEnvironment } from "./example_place.ts";
import { checkKeepProgram } from "./keep_program.ts";
import { type MoraineCommand, serveMoraine } from "./moraine_command.ts";
import { OLDEST_NODE } from "./build.ts";
import { nodePath } from "./node_path.ts";
import { servePackage } from "./npm_registry.ts";
import { smoke } from "./smoke.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const { name: PACKAGE } = denoJson;

/** The oldest that is supported, and the one after it. */
const NODES = [`${OLDEST_NODE}.0`, 22, 24];

/** What checks the package, besides what is imported here. */
const TOOLS = [
  `typescript@${ts.version}`,
  "@types/node@22.20.5",
  "publint@0.3.25",
  "@arethetypeswrong/cli@0.18.5",
];

/** What TypeScript has to know to use the package: `strict` and all declarations checked. */
const TSCONFIG = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    target: "ES2023",
    lib: ["ES2023"],
    module: "NodeNext",
    moduleResolution: "NodeNext",
    types: ["node"],
  },
};

/** A use of the package by its types; what TypeScript must refuse is marked. */
const CONSUMER = `import {
  combineParts,
  type Credentials,
  GlacierClient,
  type GlacierOptions,
  GlacierStore,
  type InventoryArchive,
  isTransient,
  LEAF_SIZE,
  MoraineError,
  ServiceError,
  type RunEvent,
  type Summary,
  TreeHash,
  treeHash,
  Vault,
} from "${PACKAGE}";

const keys: Credentials = { accessKeyId: "a", secretAccessKey: "b" };
const options: GlacierOptions = {
  region: "eu-west-1",
  credentials: async () => keys,
  fetch,
};
export const client: GlacierClient = new GlacierClient(options);

export async function names(signal: AbortSignal): Promise<string[]> {
  const { items } = await client.listVaults({ limit: 10, signal });
  return items.map(({ vaultName }) => vaultName);
}

export async function keep(dir: string, signal: AbortSignal): Promise<Summary> {
  const vault = new Vault({ name: "photos", region: "eu-west-1" });
  const onEvent = (event: RunEvent) => {
    if (event.type === "warning") console.error(event.message.toUpperCase());
  };
  return await vault.sync({ dir, journal: "photos.log", onEvent, signal });
}

export async function hashes(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const whole: Uint8Array = await treeHash(bytes);
  const again = await combineParts([{ hash: await treeHash(bytes), size: LEAF_SIZE }]);
  const stream = new TreeHash();
  await stream.update(bytes);
  return \`\${whole.length} \${again.length} \${await stream.hexDigest()}\`;
}

export function kind(error: unknown): string {
  if (error instanceof ServiceError) return error.code;
  if (error instanceof MoraineError) return error.message;
  return isTransient(error) ? "passing" : "final";
}

export const sizeOf = (archive: InventoryArchive): number => archive.size;
export type Store = GlacierStore;

// @ts-expect-error: a region is needed
new GlacierClient({ credentials: async () => keys });
// @ts-expect-error: a journal is needed
new Vault({ name: "photos" }).sync({ dir: "." });
// @ts-expect-error: no number
export const wrong: number = client.region;
// @ts-expect-error: not there
client.nothing();
`;

/** What an import of the library must not do to the process that imports it. */
const QUIET_IMPORT = `
const names = () => [
  ...Reflect.ownKeys(globalThis),
  ...process.eventNames().map((name) => "process: " + String(name)),
];
const before = new Set(names());
const library = await import(process.argv[2]);
const added = names().filter((name) => !before.has(name));
const active = process.getActiveResourcesInfo()
  .filter((kind) => !/^(?:TTY|Pipe|FSReq|CloseReq)/.test(kind));
console.log(JSON.stringify({
  added: added.map(String), active, exports: Object.keys(library).sort(),
}));
`;

/** What a program came to. */
interface Run {
  status: number;
  out: string;
  err: string;
}

async function tryRun(
  program: string,
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<Run> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
    ...options,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { status: code, out: text(stdout), err: text(stderr) };
}

/** Runs a program that must succeed, and resolves to its output. */
async function run(
  program: string,
  args: string[],
  options?: Deno.CommandOptions,
): Promise<string> {
  const { status, out, err } = await tryRun(program, args, options);
  if (status === 0) return out;
  throw new Error(
    `${program} ${args.join(" ")}: exit status ${status}\n${out}${err}`,
  );
}

function ok(what: string): void {
  console.log(`ok ${what}`);
}

function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [actual, expected].map((value) => JSON.stringify(value));
  if (a !== b) throw new Error(`${what}: expected ${b}, got ${a}`);
}

const kib = (bytes: number) => `${Math.round(bytes / 1024)} KiB`;

/** An empty project with some packages, given by name and version or as files. */
async function install(folder: string, packages: string[]): Promise<void> {
  await Deno.mkdir(folder);
  await Deno.writeTextFile(
    join(folder, "package.json"),
    JSON.stringify({ private: true, type: "module" }),
  );
  const args = ["install", "--no-fund", "--no-audit", "--prefer-offline"];
  await run("npm", [...args, ...packages], { cwd: folder });
}

/** How many packages are in a project. */
async function installedIn(folder: string): Promise<number> {
  const path = join(folder, "node_modules", ".package-lock.json");
  return Object.keys(JSON.parse(await Deno.readTextFile(path)).packages).length;
}

/** Names that the library's declarations export. */
interface Exports {
  values: string[];
  types: string[];
}

/** Reads the names in `export { a, type B } from "…"`. */
export function exportsOf(declaration: string): Exports {
  const { statements } = ts.createSourceFile(
    "mod.d.ts",
    declaration,
    ts.ScriptTarget.Latest,
  );
  const values: string[] = [];
  const types: string[] = [];
  for (const statement of statements) {
    if (!ts.isExportDeclaration(statement)) continue;
    const { exportClause, isTypeOnly } = statement;
    if (exportClause === undefined || !ts.isNamedExports(exportClause)) {
      throw new Error("mod.ts exports something without its name");
    }
    for (const element of exportClause.elements) {
      const isType = isTypeOnly || element.isTypeOnly;
      (isType ? types : values).push(element.name.text);
    }
  }
  return { values: values.sort(), types: types.sort() };
}

/** A module that imports all names. */
function importsAll({ values, types }: Exports): string {
  const names = [...values, ...types.map((name) => `type ${name}`)];
  return `export { ${names.join(", ")} } from "${PACKAGE}";\n` +
    `import { ${values.join(", ")} } from "${PACKAGE}";\n` +
    `export const all: unknown[] = [${values.join(", ")}];\n`;
}

async function checkOutput(files: PackageFiles): Promise<void> {
  same([...await packageFiles()], [...files], "another build");
  ok("two builds are the same");
  for (const [name, text] of files) {
    if (!name.endsWith(".js")) continue;
    const lines = unguardedDeno(text);
    if (lines.length > 0) {
      throw new Error(`${name} needs Deno in lines ${lines.join(", ")}`);
    }
  }
  ok("nothing needs Deno");
}

async function pack(folder: string): Promise<string> {
  const args = ["pack", "--json", "--pack-destination", folder];
  const out = await run("npm", args, { cwd: PACKAGE_FOLDER });
  const [{ filename, size, unpackedSize, entryCount }] = JSON.parse(out);
  ok(
    `npm pack: ${entryCount} files, ${kib(size)}, ${
      kib(unpackedSize)
    } unpacked`,
  );
  return join(folder, filename);
}

async function checkTypes(tools: string, exported: Exports): Promise<void> {
  const write = (name: string, text: string) =>
    Deno.writeTextFile(join(tools, name), text);
  await write("tsconfig.json", JSON.stringify(TSCONFIG));
  await write("consumer.ts", CONSUMER);
  await write("all.ts", importsAll(exported));
  await run("npx", ["--no-install", "tsc"], { cwd: tools });
  // As one begins: what isn't said is TypeScript's own choice.
  const beginners = { strict: true, module: "NodeNext", noEmit: true };
  await write(
    "tsconfig.json",
    JSON.stringify({ compilerOptions: beginners, files: ["all.ts"] }),
  );
  await run("npx", ["--no-install", "tsc"], { cwd: tools });
  const { values, types } = exported;
  ok(
    `TypeScript ${ts.version}, strict, with @types/node only: ${values.length} values, ${types.length} types`,
  );
}

async function checkPackaging(tools: string, tarball: string): Promise<void> {
  await run("npx", ["--no-install", "publint", "run", "--strict", tarball], {
    cwd: tools,
  });
  ok("publint");
  const profile = ["--profile", "esm-only"];
  await run("npx", ["--no-install", "attw", ...profile, tarball], {
    cwd: tools,
  });
  ok("are the types wrong? no");
}

/** Lets the tests of the library import the package instead of the source. */
const PACKAGE_INSTEAD: Plugin = {
  name: "package instead of source",
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const target = join(resolveDir, path);
      if (target === join(root, "mod.ts")) {
        return { path: PACKAGE, external: true };
      }
      if (target.startsWith(join(root, "src"))) {
        throw new Error(`A test of the library imports ${target}`);
      }
    });
  },
};

/** Puts the tests of the library, as JavaScript, beside an installed package. */
async function bundleTests(folder: string): Promise<string[]> {
  const from = join(root, "tests", "library");
  const names = [...Deno.readDirSync(from)]
    .map(({ name }) => name)
    .filter((name) => name.endsWith("_test.ts"))
    .sort();
  await esbuild({
    absWorkingDir: root,
    entryPoints: names.map((name) => join(from, name)),
    outdir: join(folder, "tests", "library"),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    plugins: [PACKAGE_INSTEAD, importMap(new Map())],
  });
  const vectors = join(folder, "tests", "vectors");
  await Deno.mkdir(vectors);
  for (const { name } of Deno.readDirSync(join(root, "tests", "vectors"))) {
    await Deno.copyFile(
      join(root, "tests", "vectors", name),
      join(vectors, name),
    );
  }
  return names.map((name) => `tests/library/${name.replace(/\.ts$/, ".js")}`);
}

/** What is checked under each Node. */
interface Installed {
  folder: string;
  exported: Exports;
  tests: string[];
}

async function checkUnder(
  node: string,
  { folder, exported, tests }: Installed,
): Promise<void> {
  const version = (await run(node, ["--version"])).trim();
  // What the command's first line looks for.
  const path = Deno.env.get("PATH")!;
  Deno.env.set("PATH", dirname(node) + delimiter + path);
  try {
    const started = performance.now();
    const said = await smoke([join(folder, "node_modules", ".bin", "moraine")]);
    if (!said.includes(`node ${version.slice(1)}`)) {
      throw new Error(`Node ${version} was to run it: ${said}`);
    }
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    ok(`Node ${version}: ${said} does the whole round trip, ${seconds} s`);
  } finally {
    Deno.env.set("PATH", path);
  }

  const script = join(folder, "import.js");
  await Deno.writeTextFile(script, QUIET_IMPORT);
  const { status, out, err } = await tryRun(node, [script, PACKAGE]);
  same([status, err], [0, ""], "An import of the library");
  const { added, active, exports } = JSON.parse(out);
  same(added, [], "Globals and listeners after an import of the library");
  same(active, [], "What is under way after an import of the library");
  same(exports, exported.values, "What the library exports");
  ok(`Node ${version}: importing the library does nothing else`);
  const required = await tryRun(node, [
    "-p",
    `Object.keys(require("${PACKAGE}")).length`,
  ], { cwd: folder });
  const count = Number(required.out);
  same([required.status, count], [0, exported.values.length], "require()");
  ok(`Node ${version}: it can be required`);

  const esm = join(folder, "node_modules", PACKAGE, "esm");
  const moraine = [node, join(esm, "moraine.js")];
  const report = await run(node, ["--test", "--test-reporter=tap", ...tests], {
    cwd: folder,
    env: { MORAINE_COMMAND: JSON.stringify(moraine) },
  });
  const [, passed] = /^# pass (\d+)$/m.exec(report) ?? [];
  if (!(Number(passed) > 0)) throw new Error(`No tests were run:\n${report}`);
  ok(`Node ${version}: ${passed} tests of the library`);

  await checkProgram(node, folder, moraine);
  ok(`Node ${version}: the program of docs/library.md`);
}

/** The program of the documentation, beside the installed package. */
async function checkProgram(
  node: string,
  folder: string,
  moraine: MoraineCommand,
): Promise<void> {
  const program = join(folder, "keep.mjs");
  await Deno.writeTextFile(program, await nodeProgram());
  const dir = await Deno.makeTempDir({ prefix: "moraine keep " });
  try {
    const cwd = join(dir, "work");
    await Deno.mkdir(cwd);
    const nowhere = join(dir, "no such file");
    await using server = await serveMoraine(moraine, join(dir, "glacier"), {
      cwd,
      env: exampleEnvironment("", nowhere),
    });
    const env = exampleEnvironment(server.endpoint, nowhere);
    const commandFor = () => [node, program];
    await checkKeepProgram({ cwd, env, commandFor, moraine });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** What docs/running.md says of npm, as if the package were published. */
async function checkDocs(
  nodes: readonly string[],
  manifest: string,
  tarball: string,
): Promise<void> {
  await using registry = servePackage(
    JSON.parse(manifest),
    await Deno.readFile(tarball),
    await npmSetting("registry"),
  );
  for (const node of nodes) {
    const started = performance.now();
    const number = (await run(node, ["--version"])).trim().slice(1);
    const version = `moraine ${denoJson.version} (node ${number})`;
    const blocks = await runNpmDocs({ node, registry, version });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    ok(`Node v${number}: ${blocks} blocks of docs/running.md, ${seconds} s`);
  }
}

/** An older Node is told so, also where it doesn't know what the program is made of. */
async function checkRefusal(node: string, folder: string): Promise<void> {
  const older = `data:text/javascript,${
    encodeURIComponent(
      `Object.defineProperty(process, "versions", { value: { node: "20.20.2" } })`,
    )
  }`;
  const bin = join(folder, "node_modules", ".bin", "moraine");
  const args = ["--import", older, bin, "version"];
  const { status, err } = await tryRun(node, args);
  same(
    [status, err],
    [2, "ERROR: moraine needs Node 22.13 or later, and this is Node 20.20.2\n"],
    "An older Node",
  );
  ok("an older Node is told so");
}

/** A thread that cannot start is told of, and nobody waits for it. */
async function checkMissingWorker(node: string, folder: string): Promise<void> {
  const size = 24 * 1024 * 1024;
  await Deno.writeFile(join(folder, "file"), new Uint8Array(size));
  const fields = ["B", 1, "CREATED", "a".repeat(138), size, "NONE"];
  await Deno.writeTextFile(
    join(folder, "journal.log"),
    [...fields, "b".repeat(64), "file"].join("\t") + "\n",
  );
  const esm = join(folder, "node_modules", PACKAGE, "esm");
  await Deno.rename(join(esm, "hash_worker.js"), join(folder, "worker.js"));
  const { status, out } = await tryRun(node, [
    join(esm, "moraine.js"),
    ...["check-local-hash", "--dir", ".", "--journal", "journal.log"],
  ], { cwd: folder, signal: AbortSignal.timeout(20_000) });
  await Deno.rename(join(folder, "worker.js"), join(esm, "hash_worker.js"));
  if (status !== 1 || !out.includes("a worker thread died (Cannot find")) {
    throw new Error(`Without its worker: exit status ${status}\n${out}`);
  }
  ok("a worker that is missing is told of");
}

/** Known holes in what is installed. A registry may have no answer to that. */
async function audit(folder: string): Promise<void> {
  const { status, out, err } = await tryRun(
    "npm",
    ["audit", "--omit=dev", "--json"],
    { cwd: folder },
  );
  const report = parsed(out);
  if (report?.metadata === undefined) {
    const [why] = err.split("\n").filter((line) => line !== "");
    console.log(`-- npm audit: this registry doesn't tell (${why})`);
    return;
  }
  if (status !== 0) throw new Error(`npm audit:\n${out}`);
  ok("npm audit: nothing is known");
}

function parsed(
  text: string,
): { metadata?: unknown } | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function check(folder: string): Promise<void> {
  const files = await buildNpm(PACKAGE_FOLDER);
  await checkOutput(files);
  const tarball = await pack(folder);

  const installed = join(folder, "installed");
  await install(installed, [tarball]);
  const { dependencies } = JSON.parse(files.get("package.json")!);
  const direct = Object.keys(dependencies).length;
  const all = await installedIn(installed) - 1;
  ok(`installs: ${direct} dependencies, ${all} with theirs`);
  await audit(installed);

  const exported = exportsOf(files.get("types/mod.d.ts")!);
  const tests = await bundleTests(installed);
  const [oldest, ...others] = await Promise.all(NODES.map(nodePath));
  for (const node of [oldest, ...others]) {
    await checkUnder(node, { folder: installed, exported, tests });
  }
  await checkDocs(
    [oldest, others.at(-1)!],
    files.get("package.json")!,
    tarball,
  );
  await checkRefusal(oldest, installed);
  await checkMissingWorker(oldest, installed);

  const tools = join(folder, "tools");
  await install(tools, [tarball, ...TOOLS]);
  await checkTypes(tools, exported);
  await checkPackaging(tools, tarball);
}

if (import.meta.main) {
  const started = performance.now();
  const folder = await Deno.makeTempDir({ prefix: "moraine npm " });
  try {
    await check(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`All is well with ${PACKAGE} ${denoJson.version}, ${seconds} s`);
}
