/**
 * What stands in for GitHub's actions, as far as the workflow needs it.
 *
 * @module
 */

import { join } from "node:path";
import { run } from "../package_tree.ts";
import type { ACTIONS } from "./plan.ts";
import { environmentOfJob, type Stage } from "./stage.ts";

type Action = (
  stage: Stage,
  inputs: Readonly<Record<string, string>>,
) => Promise<string>;

/** Carries out an action, and tells what was done instead. */
export const STAND_INS: Record<keyof typeof ACTIONS, Action> = {
  "actions/checkout": checkout,
  "actions/setup-node": (stage, inputs) =>
    setUpNode(stage, inputs["node-version"], inputs["registry-url"]),
  "actions/upload-artifact": upload,
  "actions/download-artifact": download,
  "actions/attest-build-provenance": attest,
};

/** As GitHub does: the tag's commit, and without all others where nothing else is said. */
async function checkout(
  { workspace, repository, tag, container }: Stage,
  inputs: Readonly<Record<string, string>>,
): Promise<string> {
  const depth = inputs["fetch-depth"] === "0" ? [] : ["--depth=1"];
  await run("git", [
    ...["clone", "--quiet", ...depth, "-c", "advice.detachedHead=false"],
    ...["--branch", tag, `file://${repository}`, workspace],
  ]);
  // In a container the folder is of a user of the machine around it, which git
  // there does not trust.
  if (container) await run("chown", ["-R", "1001:1001", workspace]);
  return "git clone";
}

/** Node and its npm, from the packages of these names. */
export async function setUpNode(
  stage: Stage,
  version: string,
  registry?: string,
): Promise<string> {
  const folder = join(stage.place, "node");
  await Deno.mkdir(folder);
  const packages = [`node@${version}`, `npm@${npmOf(version)}`];
  await run("npm", [
    ...["install", "--silent", "--no-save", "--no-package-lock"],
    ...["--no-audit", "--no-fund", "--prefix", folder, ...packages],
  ]);
  stage.path.unshift(join(folder, "node_modules/.bin"));
  if (registry !== undefined) await setRegistry(stage, registry);
  return `Node ${version} and its npm from the npm registry`;
}

/** The major version of npm that comes with one of Node. */
function npmOf(version: string): string {
  const known: Record<string, string> = { "22": "10", "24": "11" };
  if (Object.hasOwn(known, version)) return known[version];
  throw new Error(`Which npm has Node ${version}?`);
}

async function setRegistry(stage: Stage, url: string): Promise<void> {
  const { host } = new URL(url);
  const settings = join(stage.place, "npmrc");
  await Deno.writeTextFile(
    settings,
    `//${host}/:_authToken=\${NODE_AUTH_TOKEN}\nregistry=${url}/\n`,
  );
  Object.assign(stage.env, {
    NPM_CONFIG_USERCONFIG: settings,
    // The action gives this one where there is none.
    NODE_AUTH_TOKEN: "XXXXX-XXXXX-XXXXX-XXXXX",
  });
}

/** Copies files without their modes, and no hidden ones, as GitHub does. */
async function upload(
  { workspace, artifacts }: Stage,
  { name, path }: Readonly<Record<string, string>>,
): Promise<string> {
  const to = join(artifacts, name);
  await Deno.mkdir(to);
  const files = (await run("find", [
    ...[".", "-name", ".?*", "-prune", "-o", "-type", "f", "-printf", "%P\n"],
  ], { cwd: join(workspace, path) })).split("\n").filter((file) => file !== "");
  if (files.length === 0) throw new Error(`There are no files in ${path}`);
  const refused = files.find((file) => /["<>|*?:\r]/.test(file));
  if (refused !== undefined) throw new Error(`Not taken by name: ${refused}`);
  await run("cp", ["-L", "--parents", ...files, to], {
    cwd: join(workspace, path),
  });
  await run("find", [to, "-type", "f", "-exec", "chmod", "644", "{}", "+"]);
  return `${files.length} files copied without their modes`;
}

async function download(
  { workspace, artifacts }: Stage,
  { name, path }: Readonly<Record<string, string>>,
): Promise<string> {
  const to = join(workspace, path);
  await Deno.mkdir(to, { recursive: true });
  await run("cp", ["-R", `${join(artifacts, name)}/.`, to]);
  return "files copied";
}

/** Nothing is attested: there has to be something to be. */
async function attest(
  stage: Stage,
  inputs: Readonly<Record<string, string>>,
): Promise<string> {
  const found = await run("bash", [
    "-c",
    'compgen -G "$0"',
    inputs["subject-path"],
  ], {
    cwd: stage.workspace,
    env: environmentOfJob(stage),
  });
  return `${found.trim().split("\n").length} files to attest, not attested`;
}
