/**
 * Finds the licences of what a package holds: of the npm packages that the
 * program can load, and of the runtime.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyrightLines, type Work } from "./licences.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What is asked of `deno info --json`. */
interface Graph {
  modules: { kind?: string; npmPackage?: string }[];
  npmPackages: Record<
    string,
    { name: string; version: string; dependencies: string[] }
  >;
}

/** The npm packages that the bundle is made of, sorted; `file`: where the bundle is in the package. */
export async function bundledWorks(file: string): Promise<Work[]> {
  const graph = await denoInfo<Graph>("src/cli/main.ts");
  const { npmCache } = await denoInfo<{ npmCache: string }>();
  const works = [...reachable(graph)].map((key) => {
    const { name, version } = graph.npmPackages[key];
    return workOf(name, version, folderOf(npmCache, name, version), file);
  });
  return works.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Deno, and the engine in it, whose licence wants to be repeated with the program. */
export function runtimeWorks(
  file: string,
  { deno, v8 }: { deno: string; v8: string },
): Work[] {
  return [
    {
      name: "Deno",
      version: deno,
      file,
      licence: "MIT",
      copyright: ["2018-2026 the Deno authors"],
    },
    {
      name: "V8",
      version: v8.replace(/-.*/, ""),
      file,
      licence: "BSD-3-Clause",
      copyright: ["2006-2026 the V8 project authors"],
    },
  ];
}

/** The keys of all packages that modules import, and of those that these need. */
function reachable({ modules, npmPackages }: Graph): Set<string> {
  const found = new Set(
    modules.flatMap(({ npmPackage }) => npmPackage ?? []),
  );
  for (const key of found) {
    for (const needed of npmPackages[key].dependencies) found.add(needed);
  }
  return found;
}

function workOf(
  name: string,
  version: string,
  folder: string,
  file: string,
): Work {
  const { license: licence, author } = JSON.parse(
    Deno.readTextFileSync(join(folder, "package.json")),
  );
  const text = [...Deno.readDirSync(folder)]
    .filter((entry) => /^(licen[cs]e|copying)(\.|$)/i.test(entry.name))
    .map((entry) => Deno.readTextFileSync(join(folder, entry.name)))[0];
  const lines = text === undefined ? [] : copyrightLines(text);
  const by: string | undefined = author?.name ?? author;
  const copyright = lines.length > 0
    ? lines
    : [NAMED_ELSEWHERE[name] ?? by ?? `the authors of ${name}`];
  return { name, version, file, licence, copyright, text };
}

/** Whose those are whose package doesn't say it. */
const NAMED_ELSEWHERE: Record<string, string> = {
  "deno-std": "2018-2026 the Deno authors",
};

function folderOf(cache: string, name: string, version: string): string {
  // A folder for each registry.
  for (const { name: registry } of Deno.readDirSync(cache)) {
    const folder = join(cache, registry, name, version);
    try {
      Deno.statSync(folder);
      return folder;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(`${name} ${version} is not below ${cache}`);
}

async function denoInfo<T>(...entry: string[]): Promise<T> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", ...entry],
    cwd: root,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("deno info failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}
