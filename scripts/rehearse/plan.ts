/**
 * What a workflow's jobs come to: steps as plain data, in the order in which
 * they are run, with every expression replaced. GitHub takes a name that it
 * doesn't know for nothing; here anything that isn't known is refused before
 * something is run.
 *
 * @module
 */

/** The parts of a workflow file that say what is run. */
export interface Workflow {
  defaults?: unknown;
  jobs: Record<string, Job>;
  [other: string]: unknown;
}

/** A job as it is written there. */
export interface Job {
  "runs-on": string;
  container?: string;
  needs?: string | string[];
  strategy?: { matrix?: Record<string, unknown> };
  steps: Step[];
  [other: string]: unknown;
}

/** A step as it is written there. */
export interface Step {
  name?: string;
  if?: string;
  uses?: string;
  with?: Values;
  run?: string;
  env?: Values;
  "working-directory"?: string;
  [other: string]: unknown;
}

type Values = Record<string, string | number | boolean>;

/** A job with the values of its matrix. */
export interface PlannedJob {
  /** Such as `smoke linux-x86_64`. */
  name: string;
  /** The machine. */
  runsOn: string;
  container?: string;
  steps: PlannedStep[];
}

/** What is to be done. */
export type PlannedStep = PlannedScript | PlannedAction;

/** A script for bash. */
export interface PlannedScript {
  title: string;
  script: string;
  env: Record<string, string>;
  /** Relative to the job's. */
  folder: string;
}

/** What something stands in for. */
export interface PlannedAction {
  title: string;
  action: string;
  inputs: Record<string, string>;
}

/** The actions that something stands in for, and their inputs that it knows. */
export const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  "actions/checkout": ["fetch-depth"],
  "actions/setup-node": ["node-version", "registry-url"],
  "actions/upload-artifact": ["name", "path", "if-no-files-found"],
  "actions/download-artifact": ["name", "path"],
  "actions/attest-build-provenance": ["subject-path"],
};

const JOB_KEYS = [
  ...["runs-on", "container", "needs", "strategy", "steps"],
  // These are GitHub's own affair.
  ...["name", "permissions", "timeout-minutes"],
];

const STEP_KEYS = [
  ...["name", "if", "uses", "with", "run", "env", "working-directory"],
];

/**
 * The jobs of a workflow, each behind those that it needs; a job with a matrix
 * is one for each entry of that. `github` has the values of `${{ github.… }}`.
 *
 * @throws {Error} naming what in the workflow isn't known here.
 */
export function plan(
  { defaults, jobs }: Workflow,
  github: Readonly<Record<string, string>>,
): PlannedJob[] {
  if (JSON.stringify(defaults) !== '{"run":{"shell":"bash"}}') {
    throw new Error("The workflow's shell isn't bash everywhere");
  }
  return inOrder(jobs).flatMap((name) => plannedJobs(name, jobs[name], github));
}

/** Names of jobs, each behind those that it needs. */
export function inOrder(
  jobs: Readonly<Record<string, Pick<Job, "needs">>>,
): string[] {
  const ordered = new Set<string>();
  const add = (name: string, path: readonly string[]) => {
    if (!(name in jobs)) throw new Error(`There is no job ${name}`);
    if (path.includes(name)) throw new Error(`Job ${name} needs itself`);
    for (const need of [jobs[name].needs ?? []].flat()) {
      add(need, [...path, name]);
    }
    ordered.add(name);
  };
  for (const name of Object.keys(jobs)) add(name, []);
  return [...ordered];
}

function plannedJobs(
  name: string,
  job: Job,
  github: Readonly<Record<string, string>>,
): PlannedJob[] {
  refuseOthers(`Job ${name}`, job, JOB_KEYS);
  return matrixOf(name, job).map((matrix) => {
    const values = { ...prefixed("github", github), ...matrix };
    const runsOn = substitute(job["runs-on"], values);
    const which = matrix["matrix.executable"] ?? "";
    return {
      name: `${name} ${which}`.trim(),
      runsOn,
      container: job.container,
      steps: job.steps.flatMap((step) => plannedSteps(name, step, values)),
    };
  });
}

/** The matrix's entries as values of expressions: of all keys in any of them, empty where one lacks it. */
function matrixOf(name: string, { strategy }: Job): Record<string, string>[] {
  if (strategy === undefined) return [{}];
  const { include, ...others } = strategy.matrix ?? {};
  if (!Array.isArray(include) || Object.keys(others).length > 0) {
    throw new Error(`Job ${name}: a matrix is known by its include only`);
  }
  const entries = include.map((each) => prefixed("matrix", each));
  const none = Object.fromEntries(
    entries.flatMap(Object.keys).map((key) => [key, ""]),
  );
  return entries.map((entry) => ({ ...none, ...entry }));
}

function prefixed(prefix: string, values: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map((
      [key, value],
    ) => [`${prefix}.${key}`, `${value}`]),
  );
}

/** The step, or none where its condition isn't met. */
function plannedSteps(
  job: string,
  step: Step,
  values: Readonly<Record<string, string>>,
): PlannedStep[] {
  const named = step.name ?? step.run?.trim() ?? step.uses ?? "";
  const where = `Job ${job}, step ${named}`;
  refuseOthers(where, step, STEP_KEYS);
  // Unlike elsewhere, an expression it is without braces.
  if (step.if !== undefined && valueOf(step.if, values) === "") return [];
  const title = substitute(named, values);
  const all = (texts: Values = {}) =>
    Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [
        key,
        substitute(`${text}`, values),
      ]),
    );
  if (step.run !== undefined) {
    return [{
      title,
      script: substitute(step.run, values),
      env: all(step.env),
      folder: substitute(step["working-directory"] ?? ".", values),
    }];
  }
  const [action] = (step.uses ?? "").split("@");
  if (!(action in ACTIONS)) {
    throw new Error(`${where}: nothing stands in for this action`);
  }
  const inputs = all(step.with);
  refuseOthers(where, inputs, ACTIONS[action]);
  return [{ title, action, inputs }];
}

/**
 * A text with its expressions `${{ … }}` replaced.
 *
 * @throws {Error} where one is no value's name.
 */
export function substitute(
  text: string,
  values: Readonly<Record<string, string>>,
): string {
  return text.replaceAll(
    /\$\{\{(.*?)\}\}/gs,
    (_, expression) => valueOf(expression, values),
  );
}

function valueOf(
  expression: string,
  values: Readonly<Record<string, string>>,
): string {
  const name = `${expression}`.trim();
  if (Object.hasOwn(values, name)) return values[name];
  throw new Error(`Unknown expression: ${name}`);
}

function refuseOthers(
  where: string,
  what: Readonly<Record<string, unknown>>,
  known: readonly string[],
): void {
  const other = Object.keys(what).find((key) => !known.includes(key));
  if (other !== undefined) throw new Error(`${where}: unknown key ${other}`);
}

/**
 * What a step wrote for those behind it into the file `GITHUB_ENV`.
 *
 * @throws {Error} where that is more than lines `NAME=value`.
 */
export function environmentOf(text: string): Record<string, string> {
  const lines = text.split("\n").filter((line) => line !== "");
  return Object.fromEntries(lines.map((line) => {
    const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name === undefined) throw new Error(`Unknown in GITHUB_ENV: ${line}`);
    return [name, value];
  }));
}
