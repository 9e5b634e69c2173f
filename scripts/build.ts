/**
 * Bundles the command line into one file, `dist/moraine.js` or the path given,
 * which needs nothing beside it and serves as its own worker, under Deno and
 * Node.
 *
 * @module
 */

import { build as esbuild, type Plugin } from "esbuild";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { thirdPartyLicences } from "./licences/texts.ts";
import { bundledWorks } from "./licences/works.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Bundles a file of this project with all that it imports, for Deno and Node.
 * What it imports with `import()` isn't run before that.
 */
export async function bundle(entry: string): Promise<string> {
  return (await bundleOf(entry)).code;
}

/** A bundle, and what is in it. */
export interface Bundle {
  code: string;
  /** The files that its code comes from. */
  modules: string[];
}

/** Like {@linkcode bundle}, and tells which files there is code of. */
export async function bundleOf(entry: string): Promise<Bundle> {
  const chunks = await Deno.realPath(await Deno.makeTempDir());
  try {
    // First into as many files as there are parts to be loaded by themselves:
    // only Deno's bundler knows where this project's imports come from.
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: [
        "bundle",
        "--quiet",
        "--platform=deno",
        "--code-splitting",
        `--outdir=${chunks}`,
        entry,
      ],
      cwd: root,
      stderr: "inherit",
    }).output();
    if (!success) throw new Error("deno bundle failed");
    const { outputFiles } = await esbuild({
      // Where from names are told; the temporary folder's isn't, then.
      absWorkingDir: chunks,
      entryPoints: [`./${basename(entry, ".ts")}.js`],
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      // The oldest runtime that is supported; it doesn't know `using`.
      target: "node22",
      // It is the program and its worker, and no module of anything else; the
      // oldest runtime doesn't know this word, and would do nothing at all.
      define: { "import.meta.main": "true" },
      plugins: [BUILTINS_WHEN_NEEDED],
      banner: { js: BUILTIN },
    });
    return {
      code: withoutCache(worksFromUrl(outputFiles[0].text)),
      modules: await modulesOf(chunks),
    };
  } finally {
    await Deno.remove(chunks, { recursive: true });
  }
}

/**
 * Deno's bundler writes above each module's code the path that it is from,
 * relative to the working folder; what nothing is used of doesn't come into the
 * bundle, and isn't named. (It could be asked for source maps; these have the
 * temporary folder's name in them, and then so have the chunks.)
 */
async function modulesOf(chunks: string): Promise<string[]> {
  const modules = new Set<string>();
  for await (const { name } of Deno.readDir(chunks)) {
    const code = await Deno.readTextFile(join(chunks, name));
    for (const [, path] of code.matchAll(/^\/\/ (\S.*\.\w+)$/gm)) {
      // A comment of somebody else's that ends like a name is none of a file.
      if (await isFile(resolve(root, path))) modules.add(resolve(root, path));
    }
  }
  return [...modules].sort();
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** What the program begins with is imported as usual. */
const NEEDED_AT_ONCE = ["node:module", "node:process"];

/**
 * In one file, an `import` of a module of the runtime stands at the top and is
 * carried out before anything else, also for a part that this run never gets
 * to. Deno takes some milliseconds for each.
 */
const BUILTINS_WHEN_NEEDED: Plugin = {
  name: "builtins when needed",
  setup(build) {
    build.onResolve(
      { filter: /^node:/ },
      ({ path }) =>
        NEEDED_AT_ONCE.includes(path)
          ? { path, external: true }
          : { path, namespace: "builtin" },
    );
    build.onLoad({ filter: /.*/, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = requireBuiltin(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * The runtime's own modules are loaded through a `require`, which is made for
 * the place of a file. Any place will do for them; this one is absolute on
 * Windows too.
 */
const ANYWHERE = 'createRequire("file:///C:/")';

const BUILTIN = `import { createRequire } from "node:module";
const requireBuiltin = ${ANYWHERE};`;

/** Deno's bundler makes one for the place of the bundle, which may be on the web. */
function worksFromUrl(code: string): string {
  return code.replace(
    /\w*createRequire\w*\(import\.meta\.url\)/g,
    "requireBuiltin",
  );
}

/**
 * Names of parts say where on this machine Deno keeps packages. The bundle is to
 * be the same wherever it is made.
 */
function withoutCache(code: string): string {
  return code.replace(
    /"[^"\n]*\/npm\/registry\.npmjs\.org\/([^"\n]+)"(?=\([^()\n]*\) \{$)/gm,
    '"npm/$1"',
  );
}

/** Bundles the command line into `output`; resolves to the files that its code comes from. */
export async function build(output: string): Promise<string[]> {
  await Deno.mkdir(dirname(output), { recursive: true });
  const { code, modules } = await bundleOf("src/cli/main.ts");
  await Deno.writeTextFile(
    output,
    `#!/usr/bin/env node\n${REFUSES_OLD_NODE}${code}${await notices(modules)}`,
  );
  return modules;
}

/** Whose works are in the bundle: their licences want to go where these go. */
async function notices(modules: readonly string[]): Promise<string> {
  const own = await Deno.readTextFile(`${root}LICENSE`);
  const others = thirdPartyLicences(bundledWorks(modules, "this file"), own);
  const text = `moraine is under this licence:\n\n${own}\n${others}`;
  return `\n/*\n${text.replaceAll("*/", "* /")}*/\n`;
}

/** The oldest Node that has SQLite, which holds locks, without a flag. */
export const OLDEST_NODE = "22.13";

/** An older Node would end with the trace of some function that it doesn't have. */
export const REFUSES_OLD_NODE: string = `if (typeof Deno === "undefined") {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 22 || major === 22 && minor < 13 || major === 23 && minor < 4) {
    console.error("ERROR: moraine needs Node ${OLDEST_NODE} or later, and this is Node " + process.versions.node);
    process.exit(2);
  }
}
`;

if (import.meta.main) {
  const output = Deno.args[0] ?? `${root}dist/moraine.js`;
  await build(output);
  const { size } = await Deno.stat(output);
  console.log(`${output}: ${(size / 1024).toFixed(0)} KiB`);
}
