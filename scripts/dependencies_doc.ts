/**
 * Writes `docs/dependencies.md`: what the program is made of, with versions and
 * licences from the packages themselves, and the reasons that ARCHITECTURE.md
 * gives.
 *
 * Usage: `deno run -A scripts/dependencies_doc.ts`, and `deno fmt` after it; or
 * with `--check`: exits with 1 where the file says anything else.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import denoJson from "../deno.json" with { type: "json" };
import { bundleOf } from "./build.ts";
import {
  type Component,
  componentOf,
  type Lock,
  packagesOf,
  readLock,
} from "./sbom.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FILE = join(ROOT, "docs/dependencies.md");

/** What the page is made of. */
export interface Dependencies {
  /** What is in the bundle. */
  bundled: readonly Component[];
  /** What is only for building and testing, as far as this project asks for it. */
  development: readonly Component[];
  /** Why this project asks for a package, by its name. */
  reasons: ReadonlyMap<string, string>;
  /** How many packages there are in `deno.lock`. */
  locked: number;
}

/** The page, not yet laid out as `deno fmt` would. */
export function dependenciesDoc(
  { bundled, development, reasons, locked }: Dependencies,
): string {
  const direct = bundled.filter(({ name }) => reasons.has(name));
  const brought = bundled.filter(({ name }) => !reasons.has(name));
  return `# What moraine is made of

<!-- Made by \`deno task docs\` from deno.json, deno.lock, what is in the bundle,
and the reasons in ARCHITECTURE.md. -->

All packages come from the npm registry. \`deno.json\` names one version of each
that the project asks for, and \`deno.lock\` has the hash of each of the ${locked}
packages that come of it; CI fails where these two disagree, or where one has a
known vulnerability (\`deno audit\`, as far as the registry tells). Executables and
packages come with a bill of materials or the licences of all that is in them.

## In the program

What is asked for, and why:

${
    table(
      ["package", "version", "licence", "for"],
      direct.map((each) => [...common(each), reasons.get(each.name)!]),
    )
  }

What these bring along, nearly all of it for the places where AWS's keys can be,
and loaded only where no key is given:

${
    table(
      ["package", "version", "licence", "needed by"],
      brought.map((each) => [...common(each), neededBy(each, bundled)]),
    )
  }

## For building and testing only

None of this is in what is shipped.

${
    table(
      ["package", "version", "licence", "for"],
      development.map((each) => [...common(each), reasons.get(each.name)!]),
    )
  }
`;
}

function common({ name, version, licence }: Component): string[] {
  return [`\`${name}\``, version, licence ?? "not said"];
}

function neededBy({ name }: Component, all: readonly Component[]): string {
  const names = all.filter(({ needs }) => needs.includes(name))
    .map((each) => `\`${each.name}\``);
  return names.length > 3
    ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`
    : names.join(", ");
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The rows of ARCHITECTURE.md's table of dependencies: the package, and what it is for. */
export function reasonsIn(architecture: string): Map<string, string> {
  const [, section = ""] = architecture.split("\n## Dependencies\n");
  const reasons = new Map<string, string>();
  for (const line of section.split("\n")) {
    const [, packages, reason] = /^\| (`.*?) +\| (.*?) +\|$/.exec(line) ?? [];
    if (packages === undefined) continue;
    for (const [, name] of packages.matchAll(/`([^`*…]+)`/g)) {
      reasons.set(name, reason);
    }
  }
  return reasons;
}

/** The packages of the registry that `deno.json` asks for, by name, with the version. */
export function askedFor(imports: Record<string, string>): Map<string, string> {
  return new Map(
    Object.values(imports).flatMap((specifier) => {
      const [, name, version] = /^npm:(@?[^@]+)@([^/]+)/.exec(specifier) ?? [];
      return name === undefined ? [] : [[name, version] as const];
    }),
  );
}

async function gather(): Promise<Dependencies> {
  const lock = await readLock();
  const { modules } = await bundleOf("src/cli/main.ts");
  const found = packagesOf(modules);
  const bundled = found.map((each) => component(each.folder, each, lock));
  const registry = registryOf(found[0]);
  const development = [...askedFor(denoJson.imports)]
    .filter(([name]) => !found.some((each) => each.name === name))
    .map(([name, version]) =>
      component(join(registry, name, version), { name, version }, lock)
    );
  const architecture = await Deno.readTextFile(join(ROOT, "ARCHITECTURE.md"));
  const reasons = reasonsIn(architecture);
  const named = askedFor(denoJson.imports);
  for (const name of named.keys()) {
    if (reasons.has(name)) continue;
    throw new Error(`ARCHITECTURE.md doesn't say what ${name} is for`);
  }
  for (const name of reasons.keys()) {
    if (named.has(name)) continue;
    throw new Error(`ARCHITECTURE.md speaks of ${name}, which isn't asked for`);
  }
  return {
    bundled,
    development,
    reasons,
    locked: Object.keys(lock.npm).length,
  };
}

/** Where Deno keeps the packages of the registry that one is from. */
function registryOf({ folder, name }: { folder: string; name: string }) {
  const levels = name.split("/").length + 1;
  let place = folder;
  for (let i = 0; i < levels; i++) place = dirname(place);
  return place;
}

function component(
  folder: string,
  of: { name: string; version: string },
  lock: Lock,
): Component {
  const manifest = Deno.readTextFileSync(join(folder, "package.json"));
  return componentOf(of, JSON.parse(manifest), lock);
}

/** The words of a text: what `deno fmt` leaves as it is. */
function words(text: string): string {
  return text.split(/[\s|-]+/).filter((word) => word !== "").join(" ");
}

if (import.meta.main) {
  const made = dependenciesDoc(await gather());
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(FILE, made);
  else if (words(await Deno.readTextFile(FILE)) !== words(made)) {
    console.error(
      "docs/dependencies.md is not what there is: run `deno task docs`",
    );
    Deno.exit(1);
  }
}
