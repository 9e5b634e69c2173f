/**
 * Builds the npm package, for Node and for TypeScript: into `npm/`, or the
 * folder given.
 *
 * `dnt`, Deno's own builder of npm packages, is not on the npm registry, and no
 * other one is to be needed. So JavaScript is made by esbuild, and declarations
 * by TypeScript. All of that is in this file: dnt could take its place.
 *
 * The same source makes the same bytes, wherever and whenever it is built.
 *
 * @module
 */

import { build as esbuild, type Plugin } from "esbuild";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import denoJson from "../deno.json" with { type: "json" };
import { OLDEST_NODE, REFUSES_OLD_NODE } from "./build.ts";
import { manPages, pageDate } from "./man_pages.ts";
import { licenceText } from "./licences/texts.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Where the package is built where nothing else is said. */
export const PACKAGE_FOLDER: string = join(root, "npm");

/** The library's entry, from which the declarations follow. */
const LIBRARY = "mod.ts";

/**
 * What is made of each entry. What several of them need becomes chunks in the
 * same folder, so that what is loaded by itself stays by itself, and the worker
 * is beside what starts it.
 */
const ENTRIES = {
  mod: LIBRARY,
  main: "src/cli/main.ts",
  hash_worker: "src/platform/hash_worker.ts",
};

/**
 * The command. It loads the program only after the look at Node's version: in
 * one module, the imports come first, and may fail.
 */
const COMMAND = `#!/usr/bin/env node
${REFUSES_OLD_NODE}await import("./main.js");
`;

/** What package.json says and deno.json doesn't. */
const ABOUT = {
  description:
    "Syncs folders into Amazon Glacier vaults, checks them, and gets them back: a command, and a library. Succeeds mt-aws-glacier.",
  keywords: [
    "amazon",
    "archive",
    "aws",
    "backup",
    "cli",
    "cold-storage",
    "glacier",
    "mt-aws-glacier",
    "mtglacier",
    "sync",
    "tree-hash",
    "vault",
  ],
};

/** Copied as they are. */
const DOCUMENTS = ["CHANGELOG.md", "LICENSE", "README.md"];

/** Licences of the code that becomes part of the package's own. */
const INLINED_LICENSES = "LICENSES-OF-PARTS.txt";

/**
 * Deno's standard library is no dependency: a few of its functions are used,
 * and the package of it on npm has no types.
 */
const INLINED = "deno-std";

/** Files of the package: path in it → contents. */
export type PackageFiles = ReadonlyMap<string, string>;

/** What an import map says of a specifier: `npm:name@version/subpath`. */
export interface NpmTarget {
  name: string;
  version: string;
  /** With a slash in front, or empty. */
  subpath: string;
}

/** Reads the right side of an import map. */
export function npmTarget(target: string): NpmTarget {
  const [, name, version, subpath] =
    /^npm:((?:@[^/@]+\/)?[^/@]+)@(\d[^/]*)(\/.*)?$/.exec(target) ?? [];
  if (name === undefined) {
    throw new Error(`No npm package with a version: ${target}`);
  }
  return { name, version, subpath: subpath ?? "" };
}

/** What a specifier that is no path stands for. */
export function mapped(
  specifier: string,
  imports: Record<string, string> = denoJson.imports,
): NpmTarget {
  if (!Object.hasOwn(imports, specifier)) {
    throw new Error(`${specifier} is not among the imports of deno.json`);
  }
  return npmTarget(imports[specifier]);
}

/** The version of each package in an import map. */
function versions(imports: Record<string, string>): Map<string, string> {
  return new Map(
    Object.values(imports).map(npmTarget).map((
      { name, version },
    ) => [name, version]),
  );
}

/** The package that a bare specifier is of. */
export function packageOf(specifier: string): string {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** The fields of deno.json that package.json is made of. */
export interface DenoConfig {
  name: string;
  version: string;
  license: string;
  imports: Record<string, string>;
}

/**
 * The package's package.json.
 *
 * @param packages the packages that the JavaScript imports
 * @param man names of the manual pages
 */
export function packageJson(
  { name, version, license, imports }: DenoConfig,
  packages: Iterable<string>,
  man: readonly string[],
): Record<string, unknown> {
  const pinned = versions(imports);
  const dependency = (name: string): [string, string] => {
    const version = pinned.get(name);
    if (version === undefined) throw new Error(`${name} is not in deno.json`);
    return [name, version];
  };
  return {
    name,
    version,
    description: ABOUT.description,
    keywords: ABOUT.keywords,
    license,
    type: "module",
    exports: {
      ".": { types: "./types/mod.d.ts", default: "./esm/mod.js" },
      "./package.json": "./package.json",
    },
    bin: { moraine: "esm/moraine.js" },
    man: man.map((name) => `./man/${name}`),
    files: ["esm", "types", "man", "CHANGELOG.md", INLINED_LICENSES],
    // What bundlers must not leave out although nothing is imported from it.
    sideEffects: [
      "./esm/moraine.js",
      "./esm/main.js",
      "./esm/hash_worker.js",
    ],
    engines: { node: `^${OLDEST_NODE} || >=23.4` },
    dependencies: Object.fromEntries([...packages].sort().map(dependency)),
    publishConfig: { access: "public" },
  };
}

/**
 * Lets esbuild find what only the import map tells: the standard library
 * becomes part of the output, every other package is left to npm.
 *
 * @param inlined takes the text of each file that becomes part of the output
 */
export function importMap(inlined: Map<string, string>): Plugin {
  const folder = new URL(
    "..",
    import.meta.resolve("@std/encoding/hex"),
  );
  return {
    name: "import map",
    setup(build) {
      build.onResolve(
        { filter: /^[^./]/, namespace: "file" },
        ({ path, kind }) => {
          if (kind === "entry-point" || path.startsWith("node:")) return;
          const { name, subpath } = mapped(path);
          return name === INLINED
            ? { path: name + subpath, namespace: INLINED }
            : { path: name + subpath, external: true };
        },
      );
      // Names instead of paths: where Deno keeps the package must not show.
      build.onResolve(
        { filter: /^\./, namespace: INLINED },
        ({ path, importer }) => ({
          path: posix.join(posix.dirname(importer), path),
          namespace: INLINED,
        }),
      );
      build.onLoad({ filter: /.*/, namespace: INLINED }, async ({ path }) => {
        const file = path.slice(INLINED.length + 1);
        const contents = await Deno.readTextFile(new URL(file, folder));
        inlined.set(path, contents);
        return { contents };
      });
    },
  };
}

interface JavaScript {
  /** By names in the package. */
  files: Map<string, string>;
  /** The packages that are imported. */
  packages: Set<string>;
  /** Of other packages, what became part of it. */
  inlined: Map<string, string>;
}

async function javascript(): Promise<JavaScript> {
  const inlined = new Map<string, string>();
  const { outputFiles, metafile } = await esbuild({
    absWorkingDir: root,
    entryPoints: ENTRIES,
    outdir: PACKAGE_FOLDER,
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node22",
    charset: "utf8",
    // Node 22 doesn't know it. Only the command's entry asks.
    define: { "import.meta.main": "true" },
    plugins: [importMap(inlined)],
  });
  const files = new Map(
    outputFiles.map(({ path, text }) => [
      `esm/${relative(PACKAGE_FOLDER, path).replaceAll("\\", "/")}`,
      text,
    ]),
  );
  files.set("esm/moraine.js", COMMAND);
  const imports = Object.values(metafile.outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ external, path }) => external && !path.startsWith("node:"));
  const packages = new Set(imports.map(({ path }) => packageOf(path)));
  return { files, packages, inlined };
}

/** A declaration that names the modules as they are in the package, and which these are. */
export interface Declaration {
  text: string;
  specifiers: string[];
}

/** The declaration file of a relative specifier, seen from its importer. */
function asJavaScript(specifier: string): string {
  return /^\.\.?\//.test(specifier)
    ? specifier.replace(/\.ts$/, ".js")
    : specifier;
}

/** Lets declarations import `./a.js`, which stands for `./a.d.ts`, instead of `./a.ts`. */
export function withJavaScriptSpecifiers(text: string): Declaration {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  const inOrder = importedFiles.toSorted((a, b) => a.pos - b.pos);
  let result = "";
  let done = 0;
  for (const { fileName, pos } of inOrder) {
    // `pos` is that of the opening quote, or of what is after it.
    const start = text.indexOf(fileName, pos);
    result += text.slice(done, start) + asJavaScript(fileName);
    done = start + fileName.length;
  }
  return {
    text: result + text.slice(done),
    specifiers: [...new Set(inOrder.map(({ fileName }) => fileName))],
  };
}

/** The declaration of one file by itself, whose types must all be explicit. */
export function declarationOf(file: string, source: string): Declaration {
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(source, {
    fileName: file,
    reportDiagnostics: true,
    compilerOptions: {
      declaration: true,
      isolatedDeclarations: true,
      strict: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      allowImportingTsExtensions: true,
      newLine: ts.NewLineKind.LineFeed,
    },
  });
  if (diagnostics.length > 0) {
    throw new Error(
      ts.formatDiagnostics(diagnostics, {
        getCanonicalFileName: (name) => name,
        getCurrentDirectory: () => root,
        getNewLine: () => "\n",
      }).trim(),
    );
  }
  return withJavaScriptSpecifiers(outputText);
}

/** What the declarations take from TypeScript that not every program asks for. */
const NEEDED_LIBRARIES = `/// <reference lib="esnext.disposable" />\n`;

/**
 * The declarations of the library's entry, and of all files that these need;
 * other packages only where they are installed with this one.
 */
async function declarations(
  packages: ReadonlySet<string>,
): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const needed = new Set([LIBRARY]);
  for (const file of needed) {
    const source = await Deno.readTextFile(join(root, file));
    const { text, specifiers } = declarationOf(file, source);
    const head = file === LIBRARY ? NEEDED_LIBRARIES : "";
    files.set(`types/${file.replace(/\.ts$/, ".d.ts")}`, head + text);
    for (const specifier of specifiers) {
      if (specifier.startsWith(".")) {
        needed.add(posix.join(posix.dirname(file), specifier));
      } else if (
        !specifier.startsWith("node:") && !packages.has(packageOf(specifier))
      ) {
        throw new Error(
          `${file} has types of ${specifier}, which is not installed with the package`,
        );
      }
    }
  }
  return files;
}

/** The lines in which the head of a file tells whose it is. */
export function notices(source: string): string[] {
  const head = /^(?:\/\/.*\n)*/.exec(source)![0];
  return head.split("\n")
    .map((line) => line.replace(/^\/\/\s*/, ""))
    .filter((line) => /copyright/i.test(line))
    .concat(
      [...source.matchAll(/^\/\/ (Ported from .*copyright.*)$/gim)]
        .map(([, line]) => line).filter((line) => !head.includes(line)),
    );
}

/**
 * Whose the inlined files are, and under which licence.
 *
 * @param mit this project's own licence, which is the same one
 */
export function inlinedLicenses(
  inlined: ReadonlyMap<string, string>,
  mit: string,
): string {
  const parts = [...inlined].sort(([a], [b]) => a < b ? -1 : 1);
  const lines = parts.flatMap(([path, source]) => {
    const found = notices(source);
    if (found.length === 0) throw new Error(`${path} doesn't say whose it is`);
    for (const line of found) {
      if (!/\bMIT\b|The Go Authors/.test(line)) {
        throw new Error(`${path} is under another licence: ${line}`);
      }
    }
    return [path, ...found.map((line) => `  ${line}`)];
  });
  return `Parts of Deno's standard library are part of esm/:

${lines.join("\n")}

The MIT licence:

${licenceText("MIT", mit)}

The licence of the Go authors:

${licenceText("BSD-3-Clause", mit)}
`;
}

/** All files of the package. */
export async function packageFiles(): Promise<PackageFiles> {
  const { files: code, packages, inlined } = await javascript();
  const documents = new Map<string, string>();
  for (const name of DOCUMENTS) {
    documents.set(name, await Deno.readTextFile(join(root, name)));
  }
  const epoch = Deno.env.get("SOURCE_DATE_EPOCH");
  const pages = manPages(pageDate(epoch, documents.get("CHANGELOG.md")!));
  const json = packageJson(denoJson, packages, [...pages.keys()]);
  return new Map([
    ["package.json", `${JSON.stringify(json, null, 2)}\n`],
    ...documents,
    [
      INLINED_LICENSES,
      inlinedLicenses(inlined, documents.get("LICENSE")!),
    ],
    ...code,
    ...await declarations(packages),
    ...[...pages].map(([name, text]): [string, string] => [
      `man/${name}`,
      text,
    ]),
  ]);
}

/** Writes the package into `folder`, in place of what is there. */
export async function buildNpm(folder: string): Promise<PackageFiles> {
  const files = await packageFiles();
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const [name, text] of files) {
    const path = join(folder, name);
    await Deno.mkdir(dirname(path), { recursive: true });
    const mode = name === "esm/moraine.js" ? 0o755 : 0o644;
    await Deno.writeTextFile(path, text, { mode });
  }
  return files;
}

if (import.meta.main) {
  const folder = Deno.args[0] ?? PACKAGE_FOLDER;
  const files = await buildNpm(folder);
  const size = [...files.values()].reduce(
    (sum, text) => sum + new TextEncoder().encode(text).length,
    0,
  );
  console.log(
    `${folder}: ${files.size} files, ${(size / 1024).toFixed(0)} KiB`,
  );
}
