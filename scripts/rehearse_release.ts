/**
 * Rehearses the workflow for releases on this machine: goes through its jobs in
 * their order, and runs each step that Linux on x86_64 can run, as GitHub would.
 * What can't be had here has something that stands in for it, which is said
 * where it is used. Nothing is released or published.
 *
 * Usage: `deno task rehearse [--test] [--without WORD]… [--keep]`, as root on a
 * Debian system without moraine, with gcc, git, jq and zip. Without `--test`,
 * `.ci/run` is passed over; with `--without audit`, steps with that word, for
 * where the registry does not tell of vulnerabilities, and `--without systemd`
 * where executables are stand-ins, which run on this machine only. `--keep` keeps the
 * folder with all that the jobs made, which is kept anyway where one fails.
 *
 * The last commit is rehearsed, as if it were main's and had its version's tag.
 * Debian packages that steps install stay, but for moraine itself.
 *
 * @module
 */

import { parse } from "@std/yaml/parse";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./package_tree.ts";
import { setUpNode, STAND_INS } from "./rehearse/actions.ts";
import { installBaseRuntimes } from "./rehearse/base_runtimes.ts";
import { removeMoraine, unfit } from "./rehearse/machine.ts";
import {
  plan,
  type PlannedJob,
  type PlannedScript,
  type PlannedStep,
  type Workflow,
} from "./rehearse/plan.ts";
import { placeOf, prepare, type Prepared } from "./rehearse/preparation.ts";
import { openStage, runScript, type Stage } from "./rehearse/stage.ts";

/** The machine of the workflow that this one is taken for. */
const HERE = "ubuntu-24.04";

/** The image of a container, as far as a job sees it: Debian with this Node. */
const CONTAINER = /^node:(\d+)-bookworm$/;

/** A step that went wrong: what, and where more is to be found. */
class Failed extends Error {}

/** One rehearsal. */
interface Run extends Prepared {
  /** Where all is that it makes. */
  work: string;
  /** Scripts with one of these words are passed over. */
  without: readonly string[];
  /** How many scripts were run. */
  ran: number;
  passedOver: string[];
}

async function rehearseJob(job: PlannedJob, run: Run): Promise<void> {
  if (job.runsOn !== HERE) {
    return passOver(`${job.name}, which is for ${job.runsOn}`, run);
  }
  console.log(`${job.name}:`);
  const { rehearsal, work, runtimes, deno } = run;
  const inContainer = job.container !== undefined;
  const stage = await openStage(
    rehearsal,
    placeOf(work, job.name),
    inContainer,
  );
  if (runtimes !== undefined) {
    await installBaseRuntimes(runtimes, stage.home, deno);
  }
  if (job.container !== undefined) await enterContainer(stage, job.container);
  try {
    for (const step of job.steps) await rehearseStep(step, stage, run);
  } finally {
    // The next job has a machine of its own.
    if (await removeMoraine()) tell("moraine is removed from this machine");
  }
}

async function enterContainer(stage: Stage, image: string): Promise<void> {
  const [, node] = CONTAINER.exec(image) ?? [];
  if (node === undefined) throw new Failed(`Unknown container: ${image}`);
  await setUpNode(stage, node);
  tell(`stand-in: this machine for a container of ${image}`);
}

async function rehearseStep(
  step: PlannedStep,
  stage: Stage,
  run: Run,
): Promise<void> {
  const [title] = step.title.split("\n");
  if ("script" in step && isPassedOver(step.script, run)) {
    return passOver(title, run);
  }
  const start = performance.now();
  try {
    const standIns = "script" in step
      ? await runStep(step, stage)
      : [`stand-in: ${await STAND_INS[step.action](stage, step.inputs)}`];
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`ok ${title} (${seconds} s)`);
    standIns.forEach(tell);
    if ("script" in step) run.ran++;
  } catch (cause) {
    throw new Failed(
      `not ok: ${title}: ${(cause as Error).message}; see ${stage.place}`,
      { cause },
    );
  }
}

function isPassedOver(script: string, { without }: Run): boolean {
  const words = script.trim().split(/\s+/);
  return without.some((word) => words.includes(word));
}

/** Runs a script; resolves to the lines that tell of what stood in for something. */
async function runStep(
  step: PlannedScript,
  stage: Stage,
): Promise<string[]> {
  const { success, said } = await runScript(stage, step);
  const lines = said.trimEnd().split("\n");
  if (success) return lines.filter((line) => line.startsWith("stand-in: "));
  console.log(lines.slice(-50).join("\n"));
  throw new Error("it failed");
}

function passOver(what: string, run: Run): void {
  console.log(`-- not run: ${what}`);
  run.passedOver.push(what);
}

function tell(line: string): void {
  console.log(`   ${line}`);
}

/** All jobs, below a folder. */
async function rehearse(
  jobs: readonly PlannedJob[],
  work: string,
  without: readonly string[],
): Promise<void> {
  const start = performance.now();
  const prepared = await prepare(work, tell);
  const run: Run = { ...prepared, work, without, ran: 0, passedOver: [] };
  for (const job of jobs) await rehearseJob(job, run);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(
    `All is well after ${seconds} s: ${run.ran} scripts ran, but not`,
  );
  for (const what of run.passedOver) tell(what);
  tell("what something stood in for, as was said above");
}

/** The jobs of the workflow as it stands here. */
async function plannedJobs(): Promise<PlannedJob[]> {
  const file = join(ROOT, ".github/workflows/release.yml");
  const workflow = parse(await Deno.readTextFile(file)) as Workflow;
  return plan(workflow, { token: "no token" });
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      test: { type: "boolean", default: false },
      without: { type: "string", multiple: true, default: [] },
      keep: { type: "boolean", default: false },
    },
  });
  const without = [...values.without, ...(values.test ? [] : [".ci/run"])];
  const jobs = await plannedJobs();
  const why = await unfit();
  if (why !== undefined) {
    console.error(`ERROR: ${why}`);
    Deno.exit(1);
  }
  const work = await Deno.makeTempDir({ prefix: "moraine-rehearsal-" });
  // Others than root must get at what is made below it.
  await Deno.chmod(work, 0o755);
  // What is under way gets the terminal's Ctrl-C as well, and fails.
  Deno.addSignalListener("SIGINT", () => {});
  try {
    await rehearse(jobs, work, without);
  } catch (error) {
    if (!(error instanceof Failed)) {
      console.error(`It ended in ${work}, and moraine may be installed`);
      throw error;
    }
    console.error(`ERROR: ${error.message}`);
    Deno.exit(1);
  }
  if (values.keep) console.log(`All that was made is in ${work}`);
  else await Deno.remove(work, { recursive: true });
  // The listener would keep it running.
  Deno.exit();
}
