/**
 * Finds the licences of what is shipped: of the npm packages that the bundle has
 * code of, and of the runtime.
 *
 * @module
 */

import { join } from "node:path";
import { type FoundPackage, packagesOf } from "../sbom.ts";
import { copyrightLines, type Work } from "./texts.ts";

/** The npm packages that a bundle has code of, sorted; `file`: where the bundle is. */
export function bundledWorks(
  modules: readonly string[],
  file: string,
): Work[] {
  return packagesOf(modules).map((found) => workOf(found, file));
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

function workOf({ name, version, folder }: FoundPackage, file: string): Work {
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
