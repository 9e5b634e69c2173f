/**
 * Rehearses the workflow for releases on this machine: goes through its jobs in
 * their order, and runs each step that Linux on x86_64 can run, as GitHub would.
 * What can't be had here has something that stands in for it, which is said
 * where it is used. Nothing is released or published.
 *
 * Usage: `deno task rehearse [--test] [--without WORD]… [--keep]`, as root on a
 * Debian system without moraine, with gcc, git, jq and zip. Without `--test`,
 * `.ci/run` is passed over; with `--without audit`, steps with that word, for
 * where the registry does not tell of vulnerabilities. `--keep` keeps the
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
import { ROOT, run } from "./package_tree.ts";
import { setUpNode, STAND_INS } from "./rehearse/actions.ts";
import {
  canBeFetched,
  installBaseRuntimes,
  makeBaseRuntimes,
} from "./rehearse/base_runtimes.ts";
import {
  plan,
  type PlannedJob,
  type PlannedStep,
  type Workflow,
} from "./rehearse/plan.ts";
import { isOnPath, writePrograms } from "./rehearse/programs.ts";
import {
  openStage,
  type Rehearsal,
  runScript,
  type Stage,
} from "./rehearse/stage.ts";

/** The machine of the workflow that this one is taken for. */
const HERE = "ubuntu-24.04";

/** The container's image, as far as a job sees it: Debian, with this Node. */
const CONTAINER = /^node:(\d+)-bookworm$/;

/** What is said to be wrong, and where it can be looked up. */
class Failed extends Error {}

/** How often what happened. */
interface Tally {
  ran: number;
  passedOver: string[];
}

/** Where a rehearsal is, and how. */
interface Circumstances {
  /** All that it makes is below this folder. */
  work: string;
  rehearsal: Rehearsal;
  /** The version of Deno that the workflow runs. */
  deno: string;
  /** Where the stand-ins for base runtimes are, if there are any. */
  runtimes?: string;
  /** Scripts with one of these words are passed over. */
  without: readonly string[];
}

/** The folder of a job with all that it makes. */
function placeOf(work: string, job: string): string {
  return join(work, job.replaceAll(" ", "-"));
}

async function prepare(
  work: string,
  without: readonly string[],
): Promise<Circumstances> {
  const at = (name: string) => join(work, name);
  for (const name of ["artifacts", "programs"]) await Deno.mkdir(at(name));
  // Others than root run it, too.
  await Deno.copyFile(Deno.execPath(), at("deno"));
  await writePrograms(at("programs"), at("deno"));
  const deno = (await Deno.readTextFile(join(ROOT, ".deno-version"))).trim();
  return {
    work,
    rehearsal: {
      ...await makeRepository(at("repository")),
      artifacts: at("artifacts"),
      programs: at("programs"),
    },
    deno,
    runtimes: await prepareRuntimes(work),
    without,
  };
}

/** A repository whose main is the last commit here, which has the tag. */
async function makeRepository(
  repository: string,
): Promise<Pick<Rehearsal, "repository" | "tag" | "commit">> {
  const inRoot = async (...args: string[]) =>
    (await run("git", args, { cwd: ROOT })).trim();
  if (await inRoot("status", "--porcelain") !== "") {
    console.log("   What is not committed has no part in this");
  }
  const commit = await inRoot("rev-parse", "HEAD");
  const config = await inRoot("show", "HEAD:deno.json");
  const tag = `v${JSON.parse(config).version}`;
  await run("git", ["init", "--quiet", "--bare", "-b", "main", repository]);
  const refs = ["refs/heads/main", `refs/tags/${tag}`];
  await inRoot(
    "push",
    "--quiet",
    repository,
    ...refs.map((ref) => `HEAD:${ref}`),
  );
  return { repository, tag, commit };
}

/** Makes what stands in for Deno's base runtimes, where these can't be fetched. */
async function prepareRuntimes(work: string): Promise<string | undefined> {
  if (await canBeFetched()) return undefined;
  const denort = Deno.env.get("DENORT_BIN") || undefined;
  console.log(
    "   Deno's base runtimes can't be fetched here. Other programs stand in for them,\n" +
      "   so this shows nothing of whether real executables run." +
      (denort === undefined
        ? "\n   The one for linux-x86_64 starts the bundle by Deno."
        : "\n   The one for linux-x86_64 is DENORT_BIN's."),
  );
  const folder = join(work, "runtimes");
  await Deno.mkdir(folder);
  await makeBaseRuntimes(folder, {
    denort,
    deno: join(work, "deno"),
    bundle: join(placeOf(work, "build"), "moraine/dist/moraine.js"),
  });
  return folder;
}

async function rehearseJob(
  job: PlannedJob,
  where: Circumstances,
  tally: Tally,
): Promise<void> {
  if (job.runsOn !== HERE) {
    passOver(`${job.name}, which is for ${job.runsOn}`, tally);
    return;
  }
  console.log(`${job.name}:`);
  const place = placeOf(where.work, job.name);
  const stage = await openStage(
    where.rehearsal,
    place,
    job.container !== undefined,
  );
  if (where.runtimes !== undefined) {
    await installBaseRuntimes(where.runtimes, stage.home, where.deno);
  }
  if (job.container !== undefined) await enterContainer(stage, job.container);
  try {
    for (const step of job.steps) await rehearseStep(step, stage, where, tally);
  } finally {
    await removeMoraine();
  }
}

async function enterContainer(stage: Stage, image: string): Promise<void> {
  const [, node] = CONTAINER.exec(image) ?? [];
  if (node === undefined) throw new Failed(`Unknown container: ${image}`);
  await setUpNode(stage, node);
  console.log(`   stand-in: this machine for ${image}`);
}

/** What a job installed isn't there in the next one, which has a machine of its own. */
async function removeMoraine(): Promise<void> {
  const { success } = await new Deno.Command("dpkg", {
    args: ["--status", "moraine"],
    stdout: "null",
    stderr: "null",
  }).output();
  if (!success) return;
  await run("dpkg", ["--purge", "moraine"]);
  console.log("   moraine is removed from this machine");
}

async function rehearseStep(
  step: PlannedStep,
  stage: Stage,
  { without }: Circumstances,
  tally: Tally,
): Promise<void> {
  const [title] = step.title.split("\n");
  const start = performance.now();
  const ok = () => {
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`ok ${title} (${seconds} s)`);
  };
  if ("action" in step) {
    const said = await STAND_INS[step.action](stage, step.inputs);
    ok();
    console.log(`   stand-in: ${said}`);
    return;
  }
  const words = step.script.trim().split(/\s+/);
  if (without.some((word) => words.includes(word))) {
    passOver(title, tally);
    return;
  }
  const { success, said } = await runScript(stage, step);
  const lines = said.trimEnd().split("\n");
  if (!success) {
    console.log(lines.slice(-50).join("\n"));
    throw new Failed(`not ok: ${title} (all that it said is in ${stage.log})`);
  }
  tally.ran++;
  ok();
  for (const line of lines.filter((each) => each.startsWith("stand-in: "))) {
    console.log(`   ${line}`);
  }
}

function passOver(what: string, tally: Tally): void {
  console.log(`-- not run: ${what}`);
  tally.passedOver.push(what);
}

/** Fails where this machine isn't one to rehearse on. */
async function checkMachine(): Promise<void> {
  if (`${Deno.build.os} ${Deno.build.arch}` !== "linux x86_64") {
    throw new Failed("This is for Linux on x86_64");
  }
  if (Deno.uid() !== 0) throw new Failed("Only root can install packages");
  for (const program of ["apt-get", "gcc", "git", "jq", "moraine", "zip"]) {
    if (await isOnPath(program) !== (program === "moraine")) continue;
    throw new Failed(
      program === "moraine"
        ? "This machine has moraine already"
        : `There is no ${program}`,
    );
  }
}

async function rehearse(
  work: string,
  without: readonly string[],
): Promise<void> {
  const start = performance.now();
  const file = join(ROOT, ".github/workflows/release.yml");
  const workflow = parse(await Deno.readTextFile(file)) as Workflow;
  const jobs = plan(workflow, { token: "no token" });
  await checkMachine();
  const where = await prepare(work, without);
  const tally: Tally = { ran: 0, passedOver: [] };
  for (const job of jobs) await rehearseJob(job, where, tally);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(
    `All is well after ${seconds} s: ${tally.ran} scripts were run. Not run:\n` +
      tally.passedOver.map((what) => `   ${what}\n`).join("") +
      "   what something stood in for, as was said above",
  );
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
  const work = await Deno.makeTempDir({ prefix: "moraine-rehearsal-" });
  // Others than root must get at what is made below it.
  await Deno.chmod(work, 0o755);
  try {
    await rehearse(work, without);
    if (values.keep) console.log(`All that was made is in ${work}`);
    else await Deno.remove(work, { recursive: true });
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    console.error(`ERROR: ${error.message}`);
    Deno.exit(1);
  }
}
