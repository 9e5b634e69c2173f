/**
 * Where a job is rehearsed: folders of its own, and an environment with as
 * little of the machine's as can be.
 *
 * @module
 */

import { delimiter, join } from "node:path";
import { environmentOf, type PlannedScript } from "./plan.ts";

/** What is the same for all jobs. */
export interface Rehearsal {
  /** A bare repository, which stands in for GitHub's. */
  repository: string;
  tag: string;
  commit: string;
  /** Where jobs leave files for others. */
  artifacts: string;
  /** Programs that stand in for others. */
  programs: string;
}

/** One job's. */
export interface Stage extends Rehearsal {
  /** For everything that is the job's. */
  place: string;
  /** The folder that its steps start in. */
  workspace: string;
  home: string;
  /** Whether it would be in a container. */
  container: boolean;
  /** What is in front of the machine's PATH. */
  path: string[];
  /** What steps leave to those behind them. */
  env: Record<string, string>;
  /** All that its steps print. */
  log: string;
}

/** What GitHub would call the repository. */
export const GITHUB_REPOSITORY = "example/moraine";

/** Makes the folders of a job. */
export async function openStage(
  rehearsal: Rehearsal,
  place: string,
  container: boolean,
): Promise<Stage> {
  const [workspace, home] = ["moraine", "home"].map((name) =>
    join(place, name)
  );
  for (const folder of [place, workspace, home]) await Deno.mkdir(folder);
  const log = join(place, "log");
  await Deno.writeTextFile(log, "");
  return {
    ...{ ...rehearsal, place, workspace, home, container, log },
    path: [],
    env: {},
  };
}

/** How the machine reaches others: proxies, certificates, npm's registry. */
const OF_MACHINE =
  /^(?:(?:https?|no|all)_proxy|npm_config_registry|SSL_CERT_.*|NODE_EXTRA_CA_CERTS|DENO_CERT|DENO_TLS_CA_STORE|TMPDIR)$/i;

/** What a job has of the machine's environment. */
export function environmentOfMachine(): Record<string, string> {
  const all = Object.entries(Deno.env.toObject());
  return Object.fromEntries(all.filter(([name]) => OF_MACHINE.test(name)));
}

/** The environment of a job's steps. */
export function environmentOfJob(stage: Stage): Record<string, string> {
  const path = [stage.programs, ...stage.path, Deno.env.get("PATH")];
  return {
    ...environmentOfMachine(),
    PATH: path.join(delimiter),
    HOME: stage.home,
    LANG: "C.UTF-8",
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_ENV: join(stage.place, "env"),
    GITHUB_REF: `refs/tags/${stage.tag}`,
    GITHUB_REF_NAME: stage.tag,
    GITHUB_REPOSITORY,
    GITHUB_SHA: stage.commit,
    GITHUB_WORKSPACE: stage.workspace,
    ...stage.env,
  };
}

/** What became of a script. */
export interface ScriptRun {
  success: boolean;
  /** Its output and errors. */
  said: string;
}

/** Runs a step's script as GitHub does. */
export async function runScript(
  stage: Stage,
  { script, env, folder }: Omit<PlannedScript, "title">,
): Promise<ScriptRun> {
  const file = join(stage.place, "step.sh");
  await Deno.writeTextFile(file, script);
  await Deno.writeTextFile(join(stage.place, "env"), "");
  const { size } = await Deno.stat(stage.log);
  const { success } = await new Deno.Command("sh", {
    args: [
      "-c",
      `exec bash --noprofile --norc -eo pipefail "$0" >>"$1" 2>&1`,
      file,
      stage.log,
    ],
    cwd: join(stage.workspace, folder),
    clearEnv: true,
    env: { ...environmentOfJob(stage), ...env },
    stdin: "null",
  }).output();
  const left = await Deno.readTextFile(join(stage.place, "env"));
  Object.assign(stage.env, environmentOf(left));
  const bytes = (await Deno.readFile(stage.log)).subarray(size);
  return { success, said: new TextDecoder().decode(bytes) };
}
