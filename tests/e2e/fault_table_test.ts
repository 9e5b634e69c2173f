/**
 * Every operation that the commands use, with every fault, before and after it
 * takes effect: the command succeeds all the same, and nothing is there twice.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Fetch } from "../../src/aws/http.ts";
import { parseLine } from "../../src/journal/record.ts";
import { createFaultPlan } from "../../src/server/fault_plan.ts";
import { parseFaultRule } from "../../src/server/fault_rule.ts";
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

/** What a command is run on, and what must have come of it. */
interface Scenario {
  operation: string;
  title: string;
  faults: readonly string[];
  /** Makes what the command needs. */
  prepare?(place: Workplace): Promise<void>;
  args: string[];
  options?: RunOptions;
  /** `fault`: what has struck. */
  check(place: Workplace, fault: string): Promise<void>;
}

/** What a server does to a connection, as a client without sockets sees it. */
function overNetwork(fetch: Fetch): Fetch {
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

const inParts = (operation: string, faults: readonly string[]): Scenario[] => [
  {
    operation,
    title: "sync of a file in parts",
    faults,
    prepare: (place) => write(place, 2 * MiB + 5),
    args: SYNC,
    check: RECORDED_ONCE,
  },
  {
    operation,
    title: "upload-file of standard input",
    faults,
    ...STDIN,
    check: RECORDED_ONCE,
  },
];

const scenarios: Scenario[] = [
  {
    operation: "CreateVault",
    title: "create-vault",
    faults: [...BEFORE, ...AFTER],
    args: ["create-vault", "photos"],
    async check({ client }) {
      assertEquals((await client.describeVault("photos")).numberOfArchives, 0);
    },
  },
  {
    operation: "ListVaults",
    title: "list-vaults",
    faults: [...BEFORE, ...AFTER, ...CUT],
    args: ["list-vaults"],
    check: () => Promise.resolve(),
  },
  {
    operation: "DeleteVault",
    title: "delete-vault",
    faults: [...BEFORE, ...AFTER],
    args: ["delete-vault", "photos"],
    async check({ client }) {
      assertEquals(await Array.fromAsync(client.everyVault()), []);
    },
  },
  {
    operation: "UploadArchive",
    title: "sync of a small file",
    faults: [...BEFORE, ...AFTER],
    prepare: (place) => write(place, 5),
    args: SYNC,
    async check(place, fault) {
      if (!AFTER.includes(fault)) return await expectRecorded(place, 1);
      // Nobody can know the ID of the first one; but that it may be there is
      // written down.
      const { journal } = place;
      assertMatch(await Deno.readTextFile(`${journal}.intents`), /"doubtful"/);
      assertEquals((await place.readJournal()).match(/CREATED/g)!.length, 1);
      assertEquals(await place.countArchives(), 2);
    },
  },
  ...inParts("InitiateMultipartUpload", [...BEFORE, ...AFTER]),
  ...inParts("UploadMultipartPart", [...BEFORE, ...AFTER]),
  ...inParts("CompleteMultipartUpload", [...BEFORE, ...AFTER]),
  {
    operation: "DeleteArchive",
    title: "purge-vault",
    faults: [...BEFORE, ...AFTER],
    prepare: uploaded(5),
    args: ["purge-vault"],
    check: (place) => expectRecorded(place, 0),
  },
  {
    operation: "DeleteArchive",
    title: "sync of a modified file",
    faults: [...BEFORE, ...AFTER],
    async prepare(place) {
      await uploaded(5)(place);
      await write(place, 6);
    },
    args: [...SYNC, "--replace-modified"],
    check: RECORDED_ONCE,
  },
  {
    operation: "InitiateJob",
    title: "restore",
    faults: [...BEFORE, ...AFTER],
    async prepare(place) {
      await uploaded(5)(place);
      await Deno.remove(`${place.tree}/файл`);
    },
    args: ["restore"],
    async check(place) {
      // Each is billed.
      assertEquals(await jobsOf(place), 1);
      assertMatch(await place.readJournal(), /\tRETRIEVE_JOB\t/);
    },
  },
  {
    operation: "InitiateJob",
    title: "retrieve-inventory",
    faults: [...BEFORE, ...AFTER],
    prepare: uploaded(5),
    args: ["retrieve-inventory"],
    async check(place) {
      assert(await jobsOf(place) > 0);
    },
  },
  {
    operation: "ListJobs",
    title: "restore-completed",
    faults: [...BEFORE, ...AFTER, ...CUT],
    prepare: asked(5),
    args: ["restore-completed"],
    check: broughtBack(5),
  },
  {
    operation: "GetJobOutput",
    title: "restore-completed",
    faults: [...BEFORE, ...AFTER, ...CUT],
    prepare: asked(2 * MiB + 5),
    args: ["restore-completed"],
    check: broughtBack(2 * MiB + 5),
  },
  {
    operation: "GetJobOutput",
    title: "restore-completed in segments",
    faults: [...BEFORE, ...AFTER, ...CUT, "corrupt"],
    prepare: asked(2 * MiB + 5),
    args: ["restore-completed", "--segment-size=1"],
    check: broughtBack(2 * MiB + 5),
  },
  {
    operation: "GetJobOutput",
    title: "download-inventory",
    faults: [...BEFORE, ...AFTER, ...CUT],
    async prepare(place) {
      await uploaded(5)(place);
      assertEquals((await place.run("retrieve-inventory")).status, 0);
      await Deno.rename(place.journal, `${place.journal}.lost`);
    },
    args: ["download-inventory"],
    check: RECORDED_ONCE,
  },
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

for (const operation of ["ListMultipartUploads", "ListParts"]) {
  scenarios.push({
    operation,
    title: "uploads",
    faults: [...BEFORE, ...AFTER, ...CUT],
    prepare: leftUnfinished,
    args: ["uploads"],
    async check(place) {
      assertEquals(await countUploads(place), 2);
    },
  });
}
for (const operation of ["ListMultipartUploads", "AbortMultipartUpload"]) {
  scenarios.push({
    operation,
    title: "uploads --abort",
    faults: [
      ...BEFORE,
      ...AFTER,
      ...operation === "ListMultipartUploads" ? CUT : [],
    ],
    prepare: leftUnfinished,
    args: ["uploads", "--abort"],
    async check(place) {
      assertEquals(await countUploads(place), 0);
      assertEquals((await place.run("sync")).status, 0);
      await expectRecorded(place, 1);
    },
  });
}
for (const operation of ["ListJobs", "GetJobOutput"]) {
  scenarios.push({
    operation,
    title: "journal reconcile --adopt",
    faults: [...BEFORE, ...AFTER, ...CUT],
    prepare: unknownArchive,
    args: ["journal reconcile", "--adopt"],
    check: RECORDED_ONCE,
  });
}

for (const scenario of scenarios) {
  const { operation, title, faults, prepare, args, options, check } = scenario;
  Deno.test(`${title} does its work though ${operation} fails once, in any way`, async () => {
    await Promise.all(faults.map(async (fault) => {
      const plan = createFaultPlan();
      await using place = await workplace({ faults: plan });
      if (operation !== "CreateVault") {
        await place.run("create-vault", "photos");
      }
      await prepare?.(place);
      plan.replace([parseFaultRule(`${operation},${fault},times=1`)], 1);
      const words = args[0] === "download-inventory"
        ? [...args, "--new-journal", place.journal]
        : args;
      const [command, ...rest] = words;
      const fetch = overNetwork(place.server.fetch);
      const run = await place.runWith({ fetch, ...options }, command, ...rest);
      assertEquals(
        [run.status, run.lines.at(-1)],
        [0, "OK DONE"],
        `${fault}: ${run.err}`,
      );
      const [{ struck }] = plan.counts();
      assertEquals(struck, 1, `${fault} did not strike`);
      plan.replace([], 1);
      await check(place, fault);
    }));
  });
}
