/**
 * One torture run: a folder, a vault behind a wire, a plan carried out step by
 * step, and all that must be true after each attempt, each step and the whole.
 *
 * @module
 */

import { delay } from "../../src/async/delay.ts";
import { printable } from "../../src/relative_name.ts";
import { Random } from "../random.ts";
import { type Program, runProcess } from "../program.ts";
import { askedTwice, notAccountedFor, notStored } from "./accounts.ts";
import { type Attempt, attempt } from "./attempt.ts";
import type { Command, End } from "./client.ts";
import { type Content, Contents } from "./content.ts";
import {
  type Expectation,
  expectationOf,
  extend,
  faultsOf,
  leftUndone,
} from "./expectation.ts";
import { NO_FILTER } from "./filters.ts";
import { stalls } from "./faults.ts";
import {
  type JournalView,
  readIntents,
  readJournal,
  type Version,
  versionsByName,
} from "./journal_files.ts";
import { BAD_NAME } from "./names.ts";
import type {
  Action,
  OddHost,
  RestoreStep,
  RunPlan,
  Step,
  StreamStep,
  SyncStep,
  UploadStep,
} from "./plan.ts";
import { losePower } from "./power_loss.ts";
import { faultsOfFolder, leftoversIn, type Restored } from "./restored.ts";
import { ACCESS_KEY, SECRET, Service, VAULT } from "./service.ts";
import { type AttemptPlan, describeTrigger, MOST_BEHIND } from "./strike.ts";
import { Tally } from "./tally.ts";
import { applyChange, carryOut, type LocalTree, writeFile } from "./tree.ts";

/** A run that found something wrong. */
export class Violation extends Error {
  override name = "Violation";
}

/** Where and how a run takes place. */
export interface RunContext {
  /** The program on such a machine. */
  program: (odd: OddHost) => Program;
  /** An empty folder, the run's own. */
  folder: string;
  plan: RunPlan;
  /** Takes what the run does, line by line. */
  log: (text: string) => void;
}

/** Carries a run out; resolves to what it came to. */
export async function tortureRun(context: RunContext): Promise<Tally> {
  const { program, folder } = context;
  await using service = await Service.start(program(USUAL), `${folder}/data`);
  const run = new TortureRun(context, service);
  await run.carryOut();
  for (const [fault, count] of service.counts) {
    const name = fault.replace(/,(p|times)=[^,]*/g, "");
    run.tally.faults.set(name, (run.tally.faults.get(name) ?? 0) + count);
  }
  return run.tally;
}

/** An attempt that nothing disturbs. */
const QUIET: AttemptPlan = {
  faults: [],
  faultSeed: 0,
  powerLoss: false,
  behind: 0,
};

const USUAL: OddHost = { slow: false, behind: 0 };

/** What must hold of a command's attempts. */
interface Goal {
  action: Action;
  /** When its first attempt began, in seconds since 1970, by whatever clock. */
  started: number;
  expectation: Expectation;
  before: JournalView;
  /** Folders whose changes are triggers. */
  folders: string[];
  /** Where files are restored. */
  restored?: Restored;
}

class TortureRun {
  readonly tally = new Tally();
  readonly #context: RunContext;
  readonly #service: Service;
  readonly #contents = new Contents();
  readonly #tree: LocalTree = new Map();
  readonly #dir: string;
  readonly #journal: string;
  readonly #config: string;
  /** Names that a client has said it is in doubt about. */
  readonly #told = new Set<string>();
  /** Requests to begin an upload that may have done so without an answer that tells its ID. */
  #lostBeginnings = 0;
  /** IDs of uploads whose answer did not arrive, or at a client that was killed before it wrote the ID down. */
  readonly #untoldUploads = new Set<string>();
  #kills = 0;
  #processes = 0;

  constructor(context: RunContext, service: Service) {
    this.#context = context;
    this.#service = service;
    const { folder, plan } = context;
    this.#dir = `${folder}/tree`;
    const beside = plan.options.journalInside ? `${this.#dir}/.m` : folder;
    this.#journal = `${beside}/journal/journal.log`;
    this.#config = `${folder}/glacier.cfg`;
  }

  async carryOut(): Promise<void> {
    const { plan } = this.#context;
    await this.#contents.learn(contentsOf(plan));
    await this.#prepare(plan);
    for (const [number, step] of plan.steps.entries()) {
      this.#log(`STEP ${number + 1}: ${describeAction(step.action)}`);
      for (const change of step.changes) {
        applyChange(this.#tree, change);
        await carryOut(change, this.#dir, this.#contents);
        this.#log(`  ${describeChange(change)}`);
      }
      await this.#step(step, `${this.#context.folder}/restored-${number + 1}`);
      this.tally.step(step.action.kind);
    }
    await this.#finish();
  }

  async #prepare({ options }: RunPlan): Promise<void> {
    this.#log(`OPTIONS ${JSON.stringify(options)}`);
    const folder = this.#journal.slice(0, this.#journal.lastIndexOf("/"));
    await Deno.mkdir(this.#dir);
    await Deno.mkdir(folder, { recursive: true });
    if (options.badName) {
      await Deno.writeTextFile(`${this.#dir}/${BAD_NAME}`, "never archived");
    }
    const { wire } = this.#service;
    await Deno.writeTextFile(
      this.#config,
      `key=${ACCESS_KEY}\nsecret=${SECRET}\nregion=us-east-1\n` +
        `vault=${VAULT}\njournal=${this.#journal}\nendpoint=${wire.url}\n`,
      { mode: 0o600 },
    );
  }

  #log(text: string): void {
    this.#context.log(text);
  }

  async #step(step: Step, folder: string): Promise<void> {
    const { action, attempts } = step;
    if (action.kind === "restore") {
      return await this.#restore(action, attempts, folder);
    }
    const goal = await this.#goal(action);
    await this.#untilDone(attempts[0], goal, (quiet) => ({
      args: this.#args(action, quiet),
      input: action.kind === "stream"
        ? this.#contents.bytes(action.content)
        : undefined,
    }));
  }

  async #goal(action: Action): Promise<Goal> {
    const before = await readJournal(this.#journal);
    const started = Math.floor(Date.now() / 1000) - MOST_BEHIND;
    const expectation = expectationOf(
      action,
      before,
      this.#tree,
      this.#contents,
      started,
    );
    const folders = [this.#journal.slice(0, this.#journal.lastIndexOf("/"))];
    return { action, started, expectation, before, folders };
  }

  async #restore(
    action: RestoreStep,
    attempts: AttemptPlan[][],
    dir: string,
  ): Promise<void> {
    await Deno.mkdir(dir, { recursive: true });
    for (const [name, file] of action.there) {
      await writeFile(`${dir}/${name}`, file, this.#contents);
    }
    const goal = await this.#goal(action);
    const expected = new Map<string, Version>();
    for (const [name, [latest]] of versionsByName(goal.before)) {
      if (action.filter.includes(name)) expected.set(name, latest);
    }
    const missing =
      [...expected.keys()].filter((name) => !action.there.has(name)).length;
    const least = action.max === undefined
      ? undefined
      : Math.min(action.max, missing);
    const restored = { dir, there: action.there, expected, least };
    const both = { ...goal, folders: [...goal.folders, dir] };
    const filter = action.filter.args;
    const { max, segment } = action;
    const limit = max === undefined ? [] : ["--max-number-of-files", `${max}`];
    await this.#untilDone(attempts[0], both, (quiet) => ({
      args: [
        "restore",
        ...this.#common(quiet),
        ...["--dir", dir, ...filter, ...limit],
      ],
    }));
    await this.#untilDone(attempts[1], { ...both, restored }, (quiet) => ({
      args: [
        "restore-completed",
        ...this.#common(quiet),
        ...["--dir", dir, ...filter, "--segment-size", `${segment}`],
      ],
    }));
    this.tally.restored(expected.values());
  }

  /** Attempts as planned, and then one that nothing disturbs, unless one is done before. */
  async #untilDone(
    attempts: readonly AttemptPlan[],
    goal: Goal,
    command: (quiet: AttemptPlan) => Command,
  ): Promise<void> {
    this.#processes = 0;
    let done = false;
    for (const plan of attempts) {
      if (!done) done = await this.#attempt(plan, goal, command(plan));
      // What comes later was drawn for files that have changed so.
      else await this.#change(plan, goal);
    }
    if (done || await this.#attempt(QUIET, goal, command(QUIET))) return;
    throw new Violation("An attempt that nothing disturbed did not succeed");
  }

  /** Makes an attempt and checks what must hold at any instant; resolves to whether it has done all. */
  async #attempt(
    plan: AttemptPlan,
    goal: Goal,
    command: Command,
  ): Promise<boolean> {
    this.#logPlan(plan, command);
    const { program, plan: { options } } = this.#context;
    let changing: Promise<void> | undefined;
    const change = () => changing ??= this.#change(plan, goal);
    const result = await attempt(command, plan, {
      program: program({
        slow: options.slowDisk && plan.strike !== undefined,
        behind: plan.behind,
      }),
      service: this.#service,
      folders: goal.folders,
      change,
    });
    this.#logResult(result);
    this.#processes += result.ends.length;
    this.tally.attempt(plan, result);
    for (const end of result.ends) this.#checkEnd(end, plan);
    const killed = result.ends.some(({ status }) => status === "killed");
    await this.#count(result, killed);
    const done = this.#isDone(result.ends[0], goal.action);
    const changed = changing && plan.change?.name;
    await this.#checkAlways(goal, killed, done, changed);
    if (killed && plan.powerLoss) {
      const random = new Random(plan.faultSeed);
      const lost = await losePower(this.#journal, result.exchanges, random);
      for (const what of lost) this.#log(`  POWER LOSS: ${what}`);
      this.tally.powerLosses += lost.length;
    }
    await change();
    return done;
  }

  /** Makes the change of a local file that an attempt has, if any. */
  async #change(
    { change }: AttemptPlan,
    { action, expectation, started }: Goal,
  ): Promise<void> {
    if (change === undefined) return;
    this.#log(`    MEANWHILE ${describeChange(change)}`);
    applyChange(this.#tree, change);
    // Lines may be on their way into it.
    const now = await readJournal(this.#journal, true);
    const tree = this.#tree;
    const more = expectationOf(action, now, tree, this.#contents, started);
    extend(expectation, more, change.name, action);
    await carryOut(change, this.#dir, this.#contents);
  }

  #isDone(end: End, action: Action): boolean {
    if (end.status === 0) return true;
    if (action.kind !== "sync" || !this.#context.plan.options.badName) {
      return false;
    }
    // Nothing failed but the file whose name can't be.
    const errors = end.err.split("\n").filter((line) =>
      line.startsWith("ERROR: ")
    );
    return errors.length === 2 &&
      errors[0].includes(printable(BAD_NAME)) &&
      errors[1].startsWith("ERROR: 1 file failed");
  }

  /** What any end of a client must be like. */
  #checkEnd({ status, out, err }: End, plan: AttemptPlan): void {
    if (status === "hung") throw new Violation("A client hung");
    const known = status === "killed" || [0, 1, 75, 130].includes(status);
    if (!known) throw new Violation(`A client ended with status ${status}`);
    if (err.includes("Unexpected:")) {
      throw new Violation("A client reported a defect");
    }
    if (out.includes(SECRET) || err.includes(SECRET)) {
      throw new Violation("A client told its secret");
    }
    if (status === 0 && !out.endsWith("OK DONE\n")) {
      throw new Violation("A client succeeded without saying so");
    }
    const explained = plan.strike !== undefined || plan.faults.length > 0 ||
      this.#context.plan.options.badName;
    if (status === 1 && !explained) {
      throw new Violation("A client that nothing disturbed failed");
    }
    // A name may hold whatever a line may.
    const told = /A copy of ([^\n]*) may be in the vault without a line/g;
    for (const [, name] of err.matchAll(told)) this.#told.add(name);
  }

  async #count({ exchanges }: Attempt, killed: boolean): Promise<void> {
    if (killed) this.#kills++;
    const { pending } = await readIntents(this.#journal);
    const known = new Set(
      Array.from(pending.values(), ({ uploadId }) => uploadId),
    );
    for (const { operation, uploadId, delivered } of exchanges) {
      if (operation !== "InitiateMultipartUpload") continue;
      if (uploadId === undefined) this.#lostBeginnings++;
      else if (known.has(uploadId)) continue;
      else if (killed || !delivered) this.#untoldUploads.add(uploadId);
    }
  }

  /** What must hold at any instant; more where the step is done. */
  async #checkAlways(
    { action, expectation, before, restored }: Goal,
    killed: boolean,
    done: boolean,
    changed?: string,
  ): Promise<void> {
    const after = await readJournal(this.#journal, killed);
    const intents = await readIntents(this.#journal);
    const vault = await this.#look(killed);
    const { additions, deletions } = expectation;
    const leaving = (name: string) =>
      deletions.has(name) || additions.get(name)?.replaces === true;
    const wrong = [
      ...faultsOf(expectation, before, after, this.#processes, done),
      ...notStored(after, vault, done ? () => false : leaving),
      ...notAccountedFor(after, intents, vault, !done),
      ...askedTwice(vault),
      ...this.#notKept(before, after, vault, expectation),
    ];
    if (restored) {
      wrong.push(...await faultsOfFolder(restored, this.#contents, done));
      if (done) wrong.push(...await leftoversIn(restored.dir));
    }
    if (done) {
      wrong.push(
        ...leftUndone(
          action,
          before,
          after,
          this.#tree,
          this.#contents,
          !this.#context.plan.options.badName,
          changed,
        ),
      );
    }
    expectNothing(wrong);
  }

  /** What the vault holds, once requests of a client that was killed are over. */
  async #look(killed: boolean) {
    // Only the server knows when it has dealt with them.
    if (killed) await delay(10);
    return await this.#service.look();
  }

  /** Names that are to stay and have no archive that is both recorded and stored. */
  #notKept(
    before: JournalView,
    after: JournalView,
    { archives }: { archives: ReadonlyMap<string, unknown> },
    { deletions }: Expectation,
  ): string[] {
    const kept = new Set<string>();
    for (const { name, archiveId } of after.live.values()) {
      if (archives.has(archiveId)) kept.add(name);
    }
    return [...versionsByName(before).keys()]
      .filter((name) => !kept.has(name) && !deletions.has(name))
      .map((name) => `No archive is left of ${JSON.stringify(name)}`);
  }

  /** At the end: all is stored, known and can be had back. */
  async #finish(): Promise<void> {
    this.#log("AT THE END");
    const all: SyncStep = {
      kind: "sync",
      new: true,
      remove: false,
      filter: NO_FILTER,
    };
    await this.#step({ changes: [], action: all, attempts: [[]] }, "");
    const back: RestoreStep = {
      kind: "restore",
      filter: NO_FILTER,
      segment: 0,
      there: new Map(),
    };
    const folder = `${this.#context.folder}/restored-all`;
    await this.#restore(back, [[], []], folder);
    const journal = await readJournal(this.#journal);
    const intents = await readIntents(this.#journal);
    const vault = await this.#service.look();
    const names = versionsByName(journal);
    const unsaved = [...this.#tree]
      .filter(([name, { content }]) => content.size > 0 && !names.has(name))
      .map(([name]) => `Never uploaded: ${JSON.stringify(name)}`);
    expectNothing([
      ...unsaved,
      ...this.#openUploads([...vault.uploads]),
      ...[...intents.pending.values()].map((intent) =>
        `Never settled: ${JSON.stringify(intent)}`
      ),
      ...this.#neverTold([...intents.doubtful.values()]),
      ...await this.#strayFiles(),
    ]);
    this.tally.end(vault, intents);
    await this.#adopt();
  }

  /** With an inventory the journal comes to know all that the vault has. */
  async #adopt(): Promise<void> {
    await this.#service.setFaults([]);
    const program = this.#context.program({ slow: false, behind: 0 });
    for (const words of ["retrieve-inventory", "journal reconcile --adopt"]) {
      const args = [...words.split(" "), "--config", this.#config];
      const run = await runProcess(args, { program });
      this.#log(`  $ moraine ${words} => ${run.status}\n${run.out}${run.err}`);
      // Doubts that are younger than a day may stay open, which is told.
      if (run.status > 1) throw new Error(`${words} failed`);
    }
    const { live } = await readJournal(this.#journal);
    const { archives } = await this.#service.look();
    expectNothing([
      ...[...archives.keys()].filter((id) => !live.has(id))
        .map((id) => `Not adopted: ${id}`),
      ...[...live.keys()].filter((id) => !archives.has(id))
        .map((id) => `Adopted, and not there: ${id}`),
    ]);
  }

  /** Uploads in parts that are open and that nothing explains. */
  #openUploads(uploads: readonly string[]): string[] {
    const unknown = uploads.filter((id) => !this.#untoldUploads.has(id));
    if (unknown.length <= this.#lostBeginnings) return [];
    return unknown.map((id) => `An upload in parts is open: ${id}`);
  }

  #neverTold(doubts: readonly { name: string }[]): string[] {
    // A client may be killed between writing a doubt down and telling it.
    if (this.#kills > 0) return [];
    return doubts.filter(({ name }) => !this.#told.has(printable(name)))
      .map(({ name }) => `A doubt was never told: ${JSON.stringify(name)}`);
  }

  /** Files beside the journal that are none of those that docs/files.md names. */
  async #strayFiles(): Promise<string[]> {
    const [, folder, name] = /^(.*)\/([^/]*)$/.exec(this.#journal)!;
    const known =
      /^(\.lock|\.vault|\.intents|\.downloads\.lock|\.torn-.*|\.probe-.*)?$/;
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.filter((entry) =>
      !entry.name.startsWith(name) || !known.test(entry.name.slice(name.length))
    ).map((entry) => `A stray file: ${entry.name}`);
  }

  #args(action: Exclude<Action, RestoreStep>, plan: AttemptPlan): string[] {
    const common = this.#common(plan);
    switch (action.kind) {
      case "sync":
        return ["sync", ...common, ...this.#syncArgs(action)];
      case "upload":
        return ["upload-file", ...common, ...this.#uploadArgs(action)];
      case "stream":
        return ["upload-file", ...common, ...this.#streamArgs(action)];
      case "purge":
        return ["purge-vault", ...common, ...action.filter.args];
      case "verify":
        return ["journal", "verify", "--config", this.#config];
    }
  }

  #common(plan: AttemptPlan): string[] {
    const { concurrency, retries } = this.#context.plan.options;
    // A machine under load is no fault.
    const timeout = stalls(plan.faults) ? 2 : 30;
    return [
      ...["--config", this.#config, "--retries", `${retries}`],
      ...["--timeout", `${timeout}`, "--concurrency", `${concurrency}`],
    ];
  }

  #partSize(): string[] {
    return ["--partsize", `${this.#context.plan.options.partSize}`];
  }

  #syncArgs({ new: news, replace, remove, filter, max }: SyncStep): string[] {
    return [
      ...["--dir", this.#dir, ...this.#partSize(), ...filter.args],
      ...news ? ["--new"] : [],
      ...replace ? ["--replace-modified", "--detect", replace] : [],
      ...remove ? ["--delete-removed"] : [],
      ...max === undefined ? [] : ["--max-number-of-files", `${max}`],
    ];
  }

  #uploadArgs({ file, as }: UploadStep): string[] {
    const name = as === undefined
      ? ["--dir", this.#dir]
      : [`--set-rel-filename=${as}`];
    return [...this.#partSize(), "--filename", `${this.#dir}/${file}`, ...name];
  }

  #streamArgs({ as }: StreamStep): string[] {
    return [...this.#partSize(), "--stdin", `--set-rel-filename=${as}`];
  }

  #logPlan(plan: AttemptPlan, command: Command): void {
    const { strike, faults, faultSeed, behind } = plan;
    const words = command.args.map((word) => JSON.stringify(word));
    this.#log(`  $ moraine ${words.join(" ")}`);
    if (behind > 0) this.#log(`    CLOCK ${behind} seconds behind`);
    if (faults.length > 0) {
      this.#log(`    FAULTS ${faults.join("  ")} (seed ${faultSeed})`);
    }
    if (strike) {
      const { trigger, ...what } = strike;
      this.#log(
        `    STRIKE ${JSON.stringify(what)} ${describeTrigger(trigger)}`,
      );
    }
  }

  #logResult({ ends, struck, exchanges }: Attempt): void {
    for (const { operation, status, archiveId, uploadId } of exchanges) {
      const made = archiveId ?? uploadId ?? "";
      this.#log(`      ${operation} ${status ?? "no answer"} ${made}`);
    }
    for (const { status, out, err } of ends) {
      const text = `${out}${err}`.trimEnd().replaceAll("\n", "\n    | ");
      this.#log(`    | ${text}\n    => ${status}${struck ? ", struck" : ""}`);
    }
  }
}

function expectNothing(wrong: readonly string[]): void {
  if (wrong.length > 0) throw new Violation(wrong.join("\n"));
}

/** All contents that a plan names. */
function* contentsOf(plan: RunPlan): Iterable<Content> {
  for (const { changes, action, attempts } of plan.steps) {
    const meanwhile = attempts.flat().map(({ change }) => change);
    for (const change of [...changes, ...meanwhile]) {
      if (change?.kind === "write") yield change.file.content;
    }
    if (action.kind === "stream") yield action.content;
  }
}

function describeChange(change: Step["changes"][number]): string {
  const name = JSON.stringify(change.name);
  if (change.kind === "remove") return `remove ${name}`;
  const { content: { size, seed }, mtimeMs } = change.file;
  return `write ${name}: ${size} bytes of ${seed}, time ${mtimeMs / 1000}`;
}

function describeAction(action: Action): string {
  if (action.kind !== "restore") return JSON.stringify(action);
  return JSON.stringify({ ...action, there: [...action.there.keys()] });
}
