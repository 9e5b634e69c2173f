/**
 * Runs every command of README.md and `docs/`, and looks whether it prints what
 * the page shows; and whether links lead somewhere.
 *
 * Usage: `deno task check-docs [--write] [FILE…]`. With `--write` what is
 * printed takes the place of what is shown and isn't so.
 *
 * Each page is a story that runs in a folder of its own, in one session of
 * bash (`docs/session.ts`). What is a command, and how a page says that
 * something can't be run, tells `docs/story.ts`; what of the output may differ,
 * `docs/compare.ts`.
 *
 * A command must exit with 0, unless a line of what is shown begins with
 * `ERROR:`: then it must not. The command after it may be `echo $?`, which
 * shows with which status; and before an `echo $?` any status will do.
 * Of a block without output, and of a hidden setup, each command must succeed.
 *
 * docs/commands.md is left out: it is made from the tables of the program, and
 * the tests of help see that its examples are command lines. Of the other
 * pages of the project, those for who works on it, the links are looked at.
 *
 * @module
 */

import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  compare,
  compareInAnyOrder,
  type Ids,
  shortened,
  showsFailure,
} from "./docs/compare.ts";
import { anchorsOf, linksOf } from "./docs/links.ts";
import { type Outcome, runSteps } from "./docs/session.ts";
import {
  firstShownLine,
  isRun,
  type RunStep,
  type Step,
  StoryError,
  storyOf,
} from "./docs/story.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Pages of which only the links are looked at. */
const NOT_RUN = [
  "docs/commands.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
];

/** What a page may say that it is run by: tasks that take blocks from pages. */
const RUNNERS = ["systemd", "smoke", "check-npm", "examples"]
  .map((name) => `deno task ${name}`);

/** Something that is not as a page says. */
export interface Problem {
  /** Of the page, from 1. */
  line: number;
  message: string;
}

/** Lines of a page that others take the place of. */
interface Edit {
  /** From 1. */
  line: number;
  count: number;
  lines: string[];
}

/** What came of a page. */
export interface PageResult {
  problems: Problem[];
  /** How many commands and programs were run. */
  run: number;
  /** What was not run here, and why, or by what else it is. */
  skipped: Problem[];
  /** The page with the output that there was. */
  mended: string;
}

/** What came of a page's steps. */
interface Verdict extends Omit<PageResult, "mended"> {
  edits: Edit[];
}

/** Runs what a page has. */
export async function checkPage(page: string): Promise<PageResult> {
  let steps: Step[];
  try {
    steps = storyOf(page);
  } catch (error) {
    if (!(error instanceof StoryError)) throw error;
    const { line, message } = error;
    return { problems: [{ line, message }], run: 0, skipped: [], mended: page };
  }
  const { outcomes, ended } = steps.some(isRun)
    ? await runSteps(steps)
    : { outcomes: [], ended: true };
  const { problems, run, skipped } = judged(steps, outcomes, ended, false);
  const { edits } = judged(steps, outcomes, ended, true);
  return { problems, run, skipped, mended: edited(page, edits) };
}

/**
 * Goes through what was run. Where output that differs will be written, later
 * output has the IDs that it will show; otherwise each ID is the one that the
 * page shows where it shows the right thing, so that one error stays one.
 */
function judged(
  steps: readonly Step[],
  outcomes: readonly (Outcome | undefined)[],
  ended: boolean,
  writing: boolean,
): Verdict {
  const problems: Problem[] = [];
  const skipped: Problem[] = [];
  const edits: Edit[] = [];
  let ids: Ids = new Map();
  let run = 0;
  for (const [i, step] of steps.entries()) {
    const { line } = step;
    const outcome = outcomes[i];
    if (step.kind === "skipped") {
      skipped.push({ line, message: `not run: ${step.reason}` });
    } else if (step.kind === "elsewhere") {
      skipped.push({ line, message: `run by: ${step.by}` });
      if (!RUNNERS.includes(step.by)) {
        const message = `\`${step.by}\` runs nothing of pages`;
        problems.push({ line, message });
      }
    } else if (!outcome && step.condition !== undefined && ended) {
      skipped.push({ line, message: `not run: not so: ${step.condition}` });
    } else if (!outcome) {
      problems.push({ line, message: "was not run to its end" });
      // What follows wasn't run either.
      break;
    } else {
      run++;
      const found = statusProblem(step, outcome, steps[i + 1]);
      if (found) {
        problems.push({ line, message: found });
        continue;
      }
      if (step.kind === "script") continue;
      const compared = step.anyOrder ? compareInAnyOrder : compare;
      const comparison = compared(step.shown, outcome.output, ids);
      if (comparison.same) ids = comparison.ids;
      else {
        const lines = outcome.output.map((text) => shortened(text, ids));
        const first = firstShownLine(step);
        edits.push({ line: first, count: step.shown.length, lines });
        const written = writing && compare(lines, outcome.output, ids);
        if (written && written.same) ids = written.ids;
        problems.push({
          line: first + comparison.after,
          message: `${comparison.why}. \`${step.text.trim()}\` printed\n${
            indented(lines)
          }`,
        });
      }
    }
  }
  return { problems, run, skipped, edits };
}

/** What is wrong with an exit status. */
function statusProblem(
  step: RunStep,
  { status, output }: Outcome,
  next: Step | undefined,
): string | undefined {
  if (step.kind === "command") {
    if (next?.kind === "command" && next.text === "echo $?\n") return undefined;
    if (showsFailure(step.shown)) {
      return status === 0 ? "exit status 0 where an error is shown" : undefined;
    }
  }
  if (status === 0) return undefined;
  const what = step.text.trim().split("\n")[0];
  return `exit status ${status} of \`${what}\`, which printed\n${
    indented(output)
  }`;
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}`).join("\n");
}

function edited(page: string, edits: readonly Edit[]): string {
  const lines = page.split("\n");
  // From the end, so that the lines of earlier ones stay where they are.
  for (const { line, count, lines: instead } of edits.toReversed()) {
    lines.splice(line - 1, count, ...instead);
  }
  return lines.join("\n");
}

/** The links of a file that lead nowhere; the path is relative to the project. */
export async function deadLinks(path: string): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { line, target } of linksOf(await read(path))) {
    const [file, anchor] = target.split("#");
    const to = file === "" ? path : join(dirname(path), decodeURI(file));
    const message = `${target} leads nowhere`;
    if (!await exists(to)) problems.push({ line, message });
    else if (anchor !== undefined && to.endsWith(".md")) {
      const anchors = anchorsOf(await read(to));
      if (!anchors.has(decodeURI(anchor))) problems.push({ line, message });
    }
  }
  return problems;
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(resolve(ROOT, path));
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(resolve(ROOT, path));
    return true;
  } catch {
    return false;
  }
}

/** All pages, by their paths relative to the project. */
export function allPages(): string[] {
  const inside = (folder: string) =>
    Array.from(Deno.readDirSync(join(ROOT, folder)), ({ name }) => name)
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(folder, name)).sort();
  return [...inside(""), ...inside("docs")];
}

async function checkFile(path: string, write: boolean): Promise<boolean> {
  const started = performance.now();
  const page = await read(path);
  const result = NOT_RUN.includes(path)
    ? { problems: [], run: 0, skipped: [], mended: page }
    : await checkPage(page);
  const problems = [...result.problems, ...await deadLinks(path)];
  if (write && result.mended !== page) {
    await Deno.writeTextFile(resolve(ROOT, path), result.mended);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (result.run > 0) console.log(`${path}: ${result.run} run, ${seconds} s`);
  for (const { line, message } of result.skipped) {
    console.log(`${path}:${line}: ${message}`);
  }
  for (const { line, message } of problems) {
    console.error(`${path}:${line}: ${message}`);
  }
  return problems.length === 0;
}

if (import.meta.main) {
  const write = Deno.args.includes("--write");
  const named = Deno.args.filter((arg) => arg !== "--write")
    .map((path) => relative(ROOT, resolve(path)));
  const pages = named.length > 0 ? named : allPages();
  const good = await Promise.all(pages.map((path) => checkFile(path, write)));
  if (good.includes(false)) Deno.exit(1);
}
