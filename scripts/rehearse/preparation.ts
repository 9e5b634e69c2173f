/**
 * What is made before the first job of a rehearsal.
 *
 * @module
 */

import { join } from "node:path";
import { ROOT, run } from "../package_tree.ts";
import { canBeFetched, makeBaseRuntimes } from "./base_runtimes.ts";
import { writePrograms } from "./programs.ts";
import type { Rehearsal } from "./stage.ts";

/** What the jobs find. */
export interface Prepared {
  rehearsal: Rehearsal;
  /** The version of Deno that the workflow runs. */
  deno: string;
  /** Where the stand-ins for base runtimes are, if there are any. */
  runtimes?: string;
}

/** The folder of a job with all that it makes. */
export function placeOf(work: string, job: string): string {
  return join(work, job.replaceAll(" ", "-"));
}

/** Makes it in a folder; tells of stand-ins by `tell`. */
export async function prepare(
  work: string,
  tell: (line: string) => void,
): Promise<Prepared> {
  const at = (name: string) => join(work, name);
  for (const name of ["artifacts", "programs"]) await Deno.mkdir(at(name));
  // Others than root run it, too.
  await Deno.copyFile(Deno.execPath(), at("deno"));
  await writePrograms(at("programs"), at("deno"));
  return {
    rehearsal: {
      ...await makeRepository(at("repository"), tell),
      artifacts: at("artifacts"),
      programs: at("programs"),
    },
    deno: (await Deno.readTextFile(join(ROOT, ".deno-version"))).trim(),
    runtimes: await prepareRuntimes(work, tell),
  };
}

/** A repository whose main is the last commit here, which has the tag. */
async function makeRepository(
  repository: string,
  tell: (line: string) => void,
): Promise<Pick<Rehearsal, "repository" | "tag" | "commit">> {
  const inRoot = async (...args: string[]) =>
    (await run("git", args, { cwd: ROOT })).trim();
  if (await inRoot("status", "--porcelain") !== "") {
    tell("What is not committed has no part in this");
  }
  const commit = await inRoot("rev-parse", "HEAD");
  const config = JSON.parse(await inRoot("show", "HEAD:deno.json"));
  const tag = `v${config.version}`;
  tell(`${commit} as if it were main's and had the tag ${tag}`);
  await run("git", ["init", "--quiet", "--bare", "-b", "main", repository]);
  for (const ref of ["refs/heads/main", `refs/tags/${tag}`]) {
    await inRoot("push", "--no-verify", "--quiet", repository, `HEAD:${ref}`);
  }
  return { repository, tag, commit };
}

/** Makes what stands in for Deno's base runtimes, where these can't be fetched. */
async function prepareRuntimes(
  work: string,
  tell: (line: string) => void,
): Promise<string | undefined> {
  if (await canBeFetched()) return undefined;
  const denort = Deno.env.get("DENORT_BIN") || undefined;
  const here = denort === undefined
    ? "The one for linux-x86_64 starts the bundle by Deno, the others can't be run."
    : "The one for linux-x86_64 is DENORT_BIN's.";
  tell(
    "Deno's base runtimes can't be fetched here. Other programs stand in for them,",
  );
  tell(
    "so executables are made and handed on, but nothing shows that real ones run.",
  );
  tell(here);
  const folder = join(work, "runtimes");
  await Deno.mkdir(folder);
  await makeBaseRuntimes(folder, {
    denort,
    deno: join(work, "deno"),
    bundle: join(placeOf(work, "build"), "moraine/dist/moraine.js"),
  });
  return folder;
}
