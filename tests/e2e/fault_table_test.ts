/**
 * Every operation that the commands use, with every fault, before and after it
 * takes effect: the command succeeds all the same, and nothing is there twice.
 * What can't be mended by trying again ends the command, and the next run does
 * the work.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Fetch } from "../../src/aws/http.ts";
import { forEachBounded } from "../../src/async/bounded.ts";
import {
  type OperationName,
  OPERATIONS,
} from "../../src/glacier/operations.ts";
import { parseLine } from "../../src/journal/record.ts";
import {
  createFaultPlan,
  type FaultPlan,
} from "../../src/server/fault_plan.ts";
import { parseFaultRule } from "../../src/server/fault_rule.ts";
import { operationOf } from "../../src/server/operation_of.ts";
import { vectorPayload } from "../server/testing.ts";
import { type RunOptions, type Workplace, workplace } from "../program.ts";

const MiB = 1024 * 1024;

/** What can go wrong with any request. */
const BEFORE = [
  "drop,at=before",
  "error,code=500,at=before",
  "error,code=throttling,at=before",
  "error,code=408,at=before",
];

/** The answer is lost, or says that nothing was done, although it was. */
const AFTER = ["drop,at=after", "error,code=500,at=after"];

/** The answer has a body, and that is cut short. */
const CUT = ["truncate,byte=0", "truncate,byte=1", "truncate"];

/** The line falls silent: nothing is heard for longer than --timeout. */
const SILENT_BEFORE = ["line:silent-before"];
const SILENT_AFTER = ["line:silent-after"];

/** The payload stops on its way: the request can't have taken effect. */
const STALLED_PAYLOAD = ["stall,of=payload"];

/** The answer has a body, and that stops on its way. */
const STALLED = ["stall,byte=0", "stall"];

/** No connection is made. */
const REFUSED = "line:refused";

/** The keys have ended, and are renewed. */
const EXPIRED = "error,code=ExpiredTokenException,at=before";

/** Trying again doesn't mend it: a permission that is missing, and something else than the service that answers. */
const DENIED = "error,code=AccessDeniedException,at=before";
const PORTAL = "line:portal";
const FINAL = [DENIED, PORTAL];

/** What a command is run on, and what must have come of it. */
interface Scenario {
  operation: OperationName;
  title: string;
  /** Besides what can happen to any request: the command succeeds though one of these strikes once. */
  mends?: readonly string[];
  /** What is final for the operation, where that is other than for the others. */
  final?: readonly string[];
  /** Besides what is final: with one of these the command fails, and the next run succeeds. */
  fails?: readonly string[];
  /** Makes what the command needs. */
  prepare?(place: Workplace, plan: FaultPlan): Promise<void>;
  args: string[];
  options?: RunOptions;
  /** Whether what is final for the operation is not so for the command: it does its work, and the next run mends the rest. */
  goesOn?: boolean;
  /** The command that does the work after one that failed; the same where absent. */
  next?: string[];
  /** `fault`: what has struck. */
  check(place: Workplace, fault: string): Promise<void>;
}

/** The commands that write to a journal of one vault. */
const BINDING = [
  "sync",
  "upload-file",
  "restore",
  "purge-vault",
  "download-inventory",
  "uploads",
  "journal reconcile",
];

/** What can happen to any request, and is mended within the run. */
const ANY = [
  ...BEFORE,
  REFUSED,
  EXPIRED,
  ...AFTER,
  ...SILENT_BEFORE,
  ...SILENT_AFTER,
];

/** What else can happen to an answer with a body. */
const BODY = [...CUT, ...STALLED];

/** Waits until the client has had enough. */
function silence({ signal }: Request): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

/** The same answer with another tree hash. */
function withWrongHash(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set("x-amz-sha256-tree-hash", "0".repeat(64));
  const { status, body } = response;
  return new Response(body, { status, headers });
}

/** What becomes of a request between client and server; `pass` lets it through. */
type OnTheLine = (
  request: Request,
  pass: () => Promise<Response>,
) => Promise<Response>;

/** What happens between client and server, and not in the server. */
const ON_THE_LINE: Record<string, OnTheLine | undefined> = {
  "line:silent-before": silence,
  async "line:silent-after"(request, pass) {
    await (await pass()).body?.cancel();
    return await silence(request);
  },
  "line:refused": () => {
    throw new TypeError("fetch failed", {
      cause: new Error("client error (Connect): tcp connect error: refused"),
    });
  },
  "line:portal": () =>
    Promise.resolve(
      new Response("<html>Please log in</html>", {
        headers: { "content-type": "text/html" },
      }),
    ),
  "line:wrong-hash": async (_, pass) => withWrongHash(await pass()),
};

/** What a server does to a connection, as a client without sockets sees it. */
function connected(fetch: Fetch): Fetch {
  return async (request) => {
    try {
      return await fetch(request);
    } catch (cause) {
      throw new TypeError("connection closed before message completed", {
        cause,
      });
    }
  };
}

/** Whether a request carries no whole part: the time-out for one grows with its size. */
function isShort({ headers }: Request): boolean {
  const range = headers.get("content-range") ?? "";
  const [, first, last] = /^bytes (\d+)-(\d+)/.exec(range) ?? [0, 0, 0];
  return Number(last) - Number(first) < MiB - 1;
}

/** The connection of one run; `line` strikes the first request of `operation`. */
function overNetwork(
  fetch: Fetch,
  operation: OperationName,
  line: OnTheLine | undefined,
  onRequest: (operation: OperationName) => void,
): { fetch: Fetch; struck: () => boolean } {
  let struck = false;
  const pass = connected(fetch);
  return {
    struck: () => struck,
    async fetch(request) {
      const current = operationOf(request)!;
      onRequest(current);
      const meant = current === operation && isShort(request);
      if (line === undefined || struck || !meant) return await pass(request);
      struck = true;
      return await line(request, async () => await pass(request));
    },
  };
}

async function write({ tree }: Workplace, size: number, name = "файл") {
  await Deno.writeFile(`${tree}/${name}`, vectorPayload(size));
}

async function jobsOf({ client }: Workplace): Promise<number> {
  return (await Array.fromAsync(client.everyJob("photos"))).length;
}

/** Makes sure that the journal says what the vault has: so many archives, each once. */
async function expectRecorded(place: Workplace, archives: number) {
  const lines = (await place.readJournal()).trimEnd().split("\n");
  const records = lines.map(parseLine);
  const created = records.filter(({ type }) => type === "created").length;
  const deleted = records.filter(({ type }) => type === "deleted").length;
  assertEquals(created - deleted, archives);
  assertEquals(await place.countArchives(), archives);
}

const uploaded = (size: number) => async (place: Workplace) => {
  await write(place, size);
  assertEquals((await place.run("sync", "--partsize=1")).status, 0);
};

/** A file that was uploaded and removed. */
async function lost(place: Workplace) {
  await uploaded(5)(place);
  await Deno.remove(`${place.tree}/файл`);
}

/** Runs a command while the network is down for all but a first part; an upload is left open. */
async function breakOff(
  place: Workplace,
  plan: FaultPlan,
  { args: [command, ...args], options }: Pick<Scenario, "args" | "options">,
) {
  const rules = ["UploadMultipartPart,drop,n=2-", "AbortMultipartUpload,drop"];
  plan.replace(rules.map(parseFaultRule), 1);
  const run = await place.runWith(
    { ...options, fetch: connected(place.server.fetch) },
    command,
    ...args,
    "--retries=0",
    "--concurrency=1",
  );
  assertEquals([run.status, (await uploadsOf(place)).length], [1, 1], run.err);
}

async function uploadsOf({ client }: Workplace): Promise<unknown[]> {
  return await Array.fromAsync(client.everyMultipartUpload("photos"));
}

const SYNC = ["sync", "--partsize", "1"];
const RECORDED_ONCE = (place: Workplace) => expectRecorded(place, 1);

/** A file that was uploaded, lost, and asked for. */
const asked = (size: number) => async (place: Workplace) => {
  await uploaded(size)(place);
  await Deno.remove(`${place.tree}/файл`);
  assertEquals((await place.run("restore")).status, 0);
};

const broughtBack = (size: number) => async ({ tree }: Workplace) => {
  assertEquals(await Deno.readFile(`${tree}/файл`), vectorPayload(size));
  assertEquals([...Deno.readDirSync(tree)].length, 1);
};

const STDIN: Pick<Scenario, "args" | "options"> = {
  args: ["upload-file", "--stdin", "--set-rel-filename=файл", "--partsize=1"],
  options: {
    input: async function* () {
      yield vectorPayload(2 * MiB + 5);
    },
  },
};

/** Each job is billed. */
const ASKED_ONCE = async (place: Workplace) => {
  assertEquals(await jobsOf(place), 1);
  assertMatch(await place.readJournal(), /\tRETRIEVE_JOB\t/);
};

const RECORDED_AND_ENDED = async (place: Workplace) => {
  await expectRecorded(place, 1);
  assertEquals(await uploadsOf(place), []);
};

/** The client can't know whether an archive came of it, and of which ID: it must be written down that one may be there. */
async function expectDoubt(
  place: Workplace,
  recorded: number,
  archives: number,
) {
  const { journal } = place;
  assertMatch(await Deno.readTextFile(`${journal}.intents`), /"doubtful"/);
  const lines = (await place.readJournal()).match(/CREATED/g) ?? [];
  assertEquals(lines.length, recorded);
  assertEquals(await place.countArchives(), archives);
}

/** An upload by one request, which is never sent twice where it may have taken effect. */
async function recordedOrInDoubt(place: Workplace, fault: string) {
  const twice = [...AFTER, ...SILENT_AFTER, "line:wrong-hash"];
  if (twice.includes(fault)) return await expectDoubt(place, 1, 2);
  const unknown = [...SILENT_BEFORE, ...STALLED_PAYLOAD];
  if (unknown.includes(fault)) return await expectDoubt(place, 1, 1);
  await expectRecorded(place, 1);
}

const inParts = (
  operation: OperationName,
  others: Pick<Scenario, "mends" | "fails"> = {},
  check: Scenario["check"] = RECORDED_ONCE,
): Scenario[] => [
  {
    operation,
    title: "sync of a file in parts",
    ...others,
    prepare: (place) => write(place, 2 * MiB + 5),
    args: SYNC,
    check,
  },
  {
    operation,
    title: "upload-file of standard input",
    ...others,
    ...STDIN,
    check,
  },
];

const scenarios: Scenario[] = [
  {
    operation: "CreateVault",
    title: "create-vault",
    args: ["create-vault", "photos"],
    async check({ client }) {
      assertEquals((await client.describeVault("photos")).numberOfArchives, 0);
    },
  },
  {
    operation: "ListVaults",
    title: "list-vaults",
    mends: BODY,
    args: ["list-vaults"],
    check: () => Promise.resolve(),
  },
  {
    operation: "ListVaults",
    title: "list-vaults of several pages",
    mends: ["drop,n=2", "truncate,n=2", "error,code=throttling,n=2"],
    async prepare({ client }) {
      for (let n = 0; n < 12; n++) await client.createVault(`vault-${n}`);
    },
    args: ["list-vaults"],
    check: () => Promise.resolve(),
  },
  {
    operation: "DeleteVault",
    title: "delete-vault",
    args: ["delete-vault", "photos"],
    async check({ client }) {
      assertEquals(await Array.fromAsync(client.everyVault()), []);
    },
  },
  {
    operation: "UploadArchive",
    title: "sync of a small file",
    mends: [...STALLED_PAYLOAD, "line:wrong-hash"],
    fails: ["corrupt,of=payload"],
    prepare: (place) => write(place, 5),
    args: SYNC,
    check: recordedOrInDoubt,
  },
  ...inParts("InitiateMultipartUpload"),
  ...inParts("UploadMultipartPart", {
    mends: ["stall,of=payload,n=3"],
    fails: ["corrupt,of=payload", "line:wrong-hash"],
  }, RECORDED_AND_ENDED),
  {
    operation: "CompleteMultipartUpload",
    title: "sync of a file in parts",
    fails: ["line:wrong-hash"],
    prepare: (place) => write(place, 2 * MiB + 5),
    args: SYNC,
    check: (place, fault) =>
      fault === "line:wrong-hash"
        ? expectDoubt(place, 1, 2)
        : RECORDED_AND_ENDED(place),
  },
  {
    operation: "CompleteMultipartUpload",
    title: "upload-file of standard input",
    fails: ["line:wrong-hash"],
    ...STDIN,
    // All of it was sent.
    next: SYNC,
    check: (place, fault) =>
      fault === "line:wrong-hash"
        ? expectDoubt(place, 0, 1)
        : RECORDED_AND_ENDED(place),
  },
  {
    operation: "ListParts",
    title: "sync of a file of which some parts are there",
    mends: BODY,
    async prepare(place, plan) {
      await write(place, 3 * MiB);
      await breakOff(place, plan, { args: SYNC });
    },
    args: SYNC,
    check: RECORDED_AND_ENDED,
  },
  {
    operation: "AbortMultipartUpload",
    title: "sync of a file that has changed since some parts were sent",
    async prepare(place, plan) {
      await write(place, 3 * MiB);
      await breakOff(place, plan, { args: SYNC });
      await write(place, 2 * MiB + 5);
    },
    args: SYNC,
    goesOn: true,
    check: RECORDED_AND_ENDED,
  },
  {
    operation: "AbortMultipartUpload",
    title: "upload-file of standard input, which broke off the last time",
    prepare: (place, plan) => breakOff(place, plan, STDIN),
    ...STDIN,
    goesOn: true,
    next: SYNC,
    check: RECORDED_AND_ENDED,
  },
  {
    operation: "DeleteArchive",
    title: "purge-vault",
    prepare: uploaded(5),
    args: ["purge-vault"],
    check: (place) => expectRecorded(place, 0),
  },
  {
    operation: "DeleteArchive",
    title: "sync of a modified file",
    async prepare(place) {
      await uploaded(5)(place);
      await write(place, 6);
    },
    args: [...SYNC, "--replace-modified"],
    check: RECORDED_ONCE,
  },
  {
    operation: "DeleteArchive",
    title: "sync of a removed file",
    prepare: lost,
    args: [...SYNC, "--delete-removed"],
    check: (place) => expectRecorded(place, 0),
  },
  {
    operation: "InitiateJob",
    title: "restore",
    mends: STALLED_PAYLOAD,
    prepare: lost,
    args: ["restore"],
    check: ASKED_ONCE,
  },
  {
    operation: "ListJobs",
    title: "restore",
    mends: BODY,
    prepare: lost,
    args: ["restore"],
    check: ASKED_ONCE,
  },
  {
    operation: "InitiateJob",
    title: "retrieve-inventory",
    mends: STALLED_PAYLOAD,
    prepare: uploaded(5),
    args: ["retrieve-inventory"],
    async check(place) {
      assert(await jobsOf(place) > 0);
    },
  },
  {
    operation: "ListJobs",
    title: "restore-completed",
    mends: BODY,
    prepare: asked(5),
    args: ["restore-completed"],
    check: broughtBack(5),
  },
  {
    operation: "ListJobs",
    title: "restore-completed with several pages of jobs",
    mends: ["drop,n=2", "truncate,n=2", "error,code=throttling,n=2"],
    async prepare(place) {
      await asked(5)(place);
      for (let n = 0; n < 55; n++) {
        await place.client.initiateJob("photos", {
          type: "inventory-retrieval",
        });
      }
    },
    args: ["restore-completed"],
    check: broughtBack(5),
  },
  {
    operation: "GetJobOutput",
    title: "restore-completed",
    mends: BODY,
    fails: ["corrupt"],
    prepare: asked(2 * MiB + 5),
    args: ["restore-completed"],
    check: broughtBack(2 * MiB + 5),
  },
  {
    operation: "GetJobOutput",
    title: "restore-completed in segments",
    mends: [...BODY, "corrupt", "line:wrong-hash"],
    prepare: asked(2 * MiB + 5),
    args: ["restore-completed", "--segment-size=1"],
    check: broughtBack(2 * MiB + 5),
  },
  ...(["ListJobs", "GetJobOutput"] as const).map((operation): Scenario => ({
    operation,
    title: "download-inventory",
    mends: BODY,
    fails: operation === "GetJobOutput" ? ["corrupt", "line:wrong-hash"] : [],
    async prepare(place) {
      await uploaded(5)(place);
      assertEquals((await place.run("retrieve-inventory")).status, 0);
      await Deno.rename(place.journal, `${place.journal}.lost`);
    },
    args: ["download-inventory"],
    check: RECORDED_ONCE,
  })),
];

/** An upload in parts that a run left unfinished, and one of somebody else. */
async function leftUnfinished(place: Workplace): Promise<void> {
  await write(place, 2 * MiB + 5);
  const stop = new AbortController();
  const fetch = async (request: Request) => {
    const response = await place.server.fetch(request);
    if (request.method === "PUT" && /uploads\//.test(request.url)) stop.abort();
    return response;
  };
  const args = ["--partsize", "1", "--concurrency", "1"];
  await place.runWith({ fetch, signal: stop.signal }, "sync", ...args);
  await place.client.initiateMultipartUpload("photos", { partSize: MiB });
}

async function countUploads({ client }: Workplace): Promise<number> {
  return (await Array.fromAsync(client.everyMultipartUpload("photos"))).length;
}

/** An archive that only the vault knows, and an inventory with it. */
async function unknownArchive(place: Workplace): Promise<void> {
  await uploaded(5)(place);
  await Deno.writeTextFile(place.journal, "");
  assertEquals((await place.run("retrieve-inventory")).status, 0);
}

for (const operation of ["ListMultipartUploads", "ListParts"] as const) {
  scenarios.push({
    operation,
    title: "uploads",
    mends: BODY,
    prepare: leftUnfinished,
    args: ["uploads"],
    async check(place) {
      assertEquals(await countUploads(place), 2);
    },
  });
}

const ABORTING = [
  "ListMultipartUploads",
  "ListParts",
  "AbortMultipartUpload",
] as const;
for (const operation of ABORTING) {
  scenarios.push({
    operation,
    title: "uploads --abort",
    mends: operation === "AbortMultipartUpload" ? [] : BODY,
    prepare: leftUnfinished,
    args: ["uploads", "--abort"],
    async check(place) {
      assertEquals(await countUploads(place), 0);
      assertEquals((await place.run("sync")).status, 0);
      await expectRecorded(place, 1);
    },
  });
}

for (const operation of ["ListJobs", "GetJobOutput"] as const) {
  scenarios.push({
    operation,
    title: "journal reconcile --adopt",
    mends: BODY,
    fails: operation === "GetJobOutput" ? ["corrupt", "line:wrong-hash"] : [],
    prepare: unknownArchive,
    args: ["journal reconcile", "--adopt"],
    check: RECORDED_ONCE,
  });
}

// Each command that writes to the journal asks first which vault this is.
const asking = new Set<string>();
for (const scenario of [...scenarios]) {
  const [command] = scenario.args;
  if (!BINDING.includes(command) || asking.has(command)) continue;
  // Without --abort it only looks.
  if (command === "uploads" && !scenario.args.includes("--abort")) continue;
  asking.add(command);
  scenarios.push({
    ...scenario,
    operation: "DescribeVault",
    // Where the keys may not ask, the account stays unknown.
    mends: [...BODY, DENIED],
    fails: [],
    final: [PORTAL],
    goesOn: false,
    check: command === "sync" ? RECORDED_ONCE : scenario.check,
  });
}

/** What the commands have sent in all of these, as `COMMAND OPERATION`. */
const sent = new Set<string>();

/** Runs a scenario with a fault that strikes once; resolves to what the command came to. */
async function strike(
  place: Workplace,
  plan: FaultPlan,
  { operation, args, options }: Scenario,
  fault: string,
) {
  const line = ON_THE_LINE[fault];
  const rules = line ? [] : [`${operation},${fault},times=1`];
  plan.replace(rules.map(parseFaultRule), 1);
  const network = overNetwork(
    place.server.fetch,
    operation,
    line,
    (operation) => sent.add(`${args[0]} ${operation}`),
  );
  const run = await runOn(place, args, {
    ...options,
    fetch: network.fetch,
  }, isSilent(fault) ? quick(args[0]) : []);
  const struck = line
    ? network.struck()
    : plan.counts().every(({ struck }) => struck === 1);
  assert(struck, `${fault} did not strike`);
  plan.replace([], 1);
  return run;
}

async function runOn(
  place: Workplace,
  [command, ...args]: string[],
  options: RunOptions,
  more: string[] = [],
) {
  const journal = command === "download-inventory"
    ? ["--new-journal", place.journal]
    : [];
  return await place.runWith(options, command, ...args, ...journal, ...more);
}

/** With these a time-out is soon there, and the last and shortest part comes last. */
function quick(command: string): string[] {
  return [
    "--timeout=2",
    ...UPLOADING.includes(command) ? ["--concurrency=1"] : [],
  ];
}

const UPLOADING = ["sync", "upload-file"];

/** Whether a fault takes until the time-out. */
function isSilent(fault: string): boolean {
  return /^(line:silent|stall)/.test(fault);
}

async function attempt(scenario: Scenario, fault: string, fails: boolean) {
  const { operation, title, prepare, args, options, next, check } = scenario;
  const plan = createFaultPlan();
  await using place = await workplace({ faults: plan });
  if (operation !== "CreateVault") await place.run("create-vault", "photos");
  await prepare?.(place, plan);
  const told = `${title}, ${operation}, ${fault}`;
  const run = await strike(place, plan, scenario, fault);
  if (fails) {
    const { goesOn = false } = scenario;
    assertEquals(run.status, goesOn ? 0 : 1, `${told}: ${run.out}${run.err}`);
    if (!goesOn) assertMatch(run.err, /^ERROR: (?!Unexpected)/m, told);
  }
  const last = fails ? await runOn(place, next ?? args, options ?? {}) : run;
  assertEquals(
    [last.status, last.lines.at(-1)],
    [0, "OK DONE"],
    `${told}: ${last.err}`,
  );
  try {
    await check(place, fault);
  } catch (cause) {
    throw new Error(`${told}: ${run.err}${last.err}`, { cause });
  }
}

/** Waits for all of them, and throws what was thrown first. */
async function all(attempts: Promise<void>[]): Promise<void> {
  for (const attempt of await Promise.allSettled(attempts)) {
    if (attempt.status === "rejected") throw attempt.reason;
  }
}

for (const scenario of scenarios) {
  const { operation, title } = scenario;
  const { mends = [], fails = [], final = FINAL } = scenario;
  Deno.test(`${title} does its work though ${operation} fails once, in any way`, async () => {
    const faults = [...ANY, ...mends].filter((fault) => !isSilent(fault));
    await all(faults.map((fault) => attempt(scenario, fault, false)));
  });
  Deno.test(`${title} does its work in the next run where ${operation} fails for good`, async () => {
    await all(
      [...final, ...fails].map((fault) => attempt(scenario, fault, true)),
    );
  });
}

Deno.test("all of them do their work though the line falls silent, before, after and in the middle", async () => {
  const attempts = scenarios.flatMap((scenario) =>
    [...ANY, ...scenario.mends ?? []].filter(isSilent)
      .map((fault) => ({ scenario, fault }))
  );
  // Most of the time each waits for its time-out.
  await forEachBounded(
    attempts,
    40,
    ({ scenario, fault }) => attempt(scenario, fault, false),
  );
});

/** The operations behind the methods by which stores and services ask for lists. */
const LISTS: Record<string, OperationName> = {
  everyVault: "ListVaults",
  everyMultipartUpload: "ListMultipartUploads",
  everyPart: "ListParts",
  everyJob: "ListJobs",
};

Deno.test("whatever the commands can send, or have sent above, has a row in the table", async () => {
  const rows = new Set<string>(scenarios.map(({ operation }) => operation));
  for (const file of ["store", "service"]) {
    const url = new URL(`../../src/glacier/${file}.ts`, import.meta.url);
    const source = await Deno.readTextFile(url);
    const methods = [...source.matchAll(/client\s*\.(\w+)\(/g)];
    assert(methods.length > 0);
    for (const [, method] of methods) {
      const name = LISTS[method] ??
        method.charAt(0).toUpperCase() + method.slice(1);
      if (!Object.hasOwn(OPERATIONS, name)) continue;
      assert(rows.has(name), `${name} has no row`);
    }
  }
  const pairs = new Set(
    scenarios.map((each) => `${each.args[0]} ${each.operation}`),
  );
  assertEquals([...sent].filter((pair) => !pairs.has(pair)), []);
});
