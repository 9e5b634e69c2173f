/**
 * What `deno compile` takes for Deno's base runtime (`denort`) where that can't
 * be had. Nothing but `denort` runs what is embedded: the one for this machine
 * starts the bundle by the Deno that there is, the others can't be started. So
 * they show that files are made, named and handed on, and no more.
 *
 * @module
 */

import { version as esbuildVersion } from "esbuild";
import { dirname, join } from "node:path";
import type { Target } from "../compile.ts";
import { run } from "../package_tree.ts";
import { FLAGS } from "../packages/launcher.ts";
import { PERMISSIONS } from "../permissions.ts";

/** The target that this machine runs. */
const HERE: Target = "x86_64-unknown-linux-gnu";

/** Any programs of these systems that npm has; Deno only looks at their form. */
const OF_ESBUILD: readonly [target: Target, name: string, path: string][] = [
  ["x86_64-apple-darwin", "darwin-x64", "bin/esbuild"],
  ["aarch64-apple-darwin", "darwin-arm64", "bin/esbuild"],
  ["x86_64-pc-windows-msvc", "win32-x64", "esbuild.exe"],
];

/** Whether the real ones can be fetched. */
export async function canBeFetched(): Promise<boolean> {
  try {
    const response = await fetch("https://dl.deno.land/release-latest.txt", {
      signal: AbortSignal.timeout(10_000),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** What the base runtimes are made of. */
export interface Stock {
  /** The one for this machine, where there is one. */
  denort?: string;
  /** Otherwise the Deno that runs the bundle, and where that will be. */
  deno: string;
  bundle: string;
}

/** Makes base runtimes for all targets in a folder, each as Deno's host has it: `denort-TARGET.zip`. */
export async function makeBaseRuntimes(
  folder: string,
  { denort, deno, bundle }: Stock,
): Promise<void> {
  const starter = join(folder, "starter");
  await Deno.writeTextFile(
    `${starter}.c`,
    starterSource([deno, "run", ...FLAGS, ...PERMISSIONS, bundle]),
  );
  await run("gcc", ["-O2", "-s", "-o", starter, `${starter}.c`]);
  await zipped(folder, HERE, denort ?? starter);
  const foreign = join(folder, "foreign");
  await Deno.writeFile(foreign, forAarch64(await Deno.readFile(starter)));
  await zipped(folder, "aarch64-unknown-linux-gnu", foreign);
  for (const [target, name, path] of OF_ESBUILD) {
    await zipped(folder, target, await fetchEsbuild(folder, name, path));
  }
}

/** A program that starts another with its own arguments behind the given words. */
function starterSource(words: readonly string[]): string {
  return `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *words[] = {${
    words.map((word) => JSON.stringify(word)).join(", ")
  }};

int main(int count, char **given) {
  size_t own = sizeof words / sizeof *words;
  char **all = calloc(own + count, sizeof *all);
  if (all == NULL) return 126;
  memcpy(all, words, sizeof words);
  /* The list's end, too. */
  memcpy(all + own, given + 1, count * sizeof *all);
  /* An executable keeps no compiled code; there nobody can. */
  setenv("DENO_DIR", "/dev/null/moraine", 1);
  setenv("DENO_NO_UPDATE_CHECK", "1", 1);
  execv(all[0], all);
  perror(all[0]);
  return 126;
}
`;
}

/** ELF's number of the processor, and where it stands. */
const AARCH64 = 183;
const MACHINE_AT = 18;

/** The same program, which says that it is for another processor. */
function forAarch64(program: Uint8Array): Uint8Array {
  const bytes = program.slice();
  new DataView(bytes.buffer).setUint16(MACHINE_AT, AARCH64, true);
  return bytes;
}

async function fetchEsbuild(
  folder: string,
  name: string,
  path: string,
): Promise<string> {
  const to = join(folder, name);
  await Deno.mkdir(to);
  const wanted = `@esbuild/${name}@${esbuildVersion}`;
  const said = await run("npm", ["pack", "--silent", wanted], { cwd: to });
  await run("tar", ["-xzf", said.trim()], { cwd: to });
  return join(to, "package", path);
}

async function zipped(
  folder: string,
  target: Target,
  program: string,
): Promise<void> {
  const name = target.includes("windows") ? "denort.exe" : "denort";
  const copy = join(folder, target, name);
  await Deno.mkdir(dirname(copy));
  await Deno.copyFile(program, copy);
  const archive = join(folder, `denort-${target}.zip`);
  await run("zip", ["--quiet", "--junk-paths", archive, copy]);
}

/** Puts them where Deno looks before it asks its host; `home` is the user's folder. */
export async function installBaseRuntimes(
  from: string,
  home: string,
  version: string,
): Promise<void> {
  const folder = join(home, ".cache/deno/dl/release", `v${version}`);
  await Deno.mkdir(folder, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    if (!name.endsWith(".zip")) continue;
    await Deno.copyFile(join(from, name), join(folder, name));
  }
}
