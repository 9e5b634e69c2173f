/** `uploads`: what was begun and not finished in a vault, listed and ended. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeDescription } from "../../src/files/names.ts";
import { openIntents } from "../../src/journal/intents.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { createHost } from "../../src/platform/host.ts";
import { createFaultPlan } from "../../src/server/fault_plan.ts";
import { parseFaultRule } from "../../src/server/fault_rule.ts";
import {
  interfered,
  loseAnswer,
  type Workplace,
  workplace,
} from "../program.ts";

const MiB = 1024 * 1024;
const HOUR = 3_600_000;

/** A vault, and a clock for server and program that a test can put forward. */
async function movable(): Promise<Workplace & { wait(ms: number): void }> {
  let ahead = 0;
  const host = createHost();
  const clock = { now: () => host.clock.now() + ahead };
  const place = await workplace({ platform: { ...host, clock } });
  await place.run("create-vault", "photos");
  return { ...place, wait: (ms) => ahead += ms };
}

/** Interrupts a sync when one of a file's parts is sent. */
async function leaveUnfinished(place: Workplace, name: string, parts = 3) {
  await Deno.writeFile(
    `${place.tree}/${name}`,
    new Uint8Array(parts * MiB).fill(parts),
  );
  const interrupt = new AbortController();
  let sent = 0;
  const fetch = interfered(place.server, async (operation, pass) => {
    const response = await pass();
    if (operation === "UploadMultipartPart" && ++sent === 1) interrupt.abort();
    return response;
  });
  const run = await place.runWith(
    { fetch, signal: interrupt.signal },
    ...SYNC,
    "--filter",
    `+${name} -`,
  );
  assertEquals(run.status, 130, run.err);
}

const SYNC = ["sync", "--partsize=1", "--concurrency=1"] as const;

/** Sends all of a file in parts, and the request for the archive gets no answer, whether it arrives or not. */
async function leaveCompleting(
  place: Workplace,
  name: string,
  arrives: boolean,
) {
  await Deno.writeFile(`${place.tree}/${name}`, new Uint8Array(2 * MiB));
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation !== "CompleteMultipartUpload") return await pass();
    if (arrives) await (await pass()).body?.cancel();
    throw new TypeError("connection closed before message completed");
  });
  const args = ["--retries=0", "--filter", `+${name} -`];
  const run = await place.runWith({ fetch }, ...SYNC, ...args);
  assertEquals(run.status, 1, run.err);
}

/** The answer to an upload by one request gets lost. */
async function leaveInDoubt(place: Workplace, name: string) {
  await Deno.writeTextFile(`${place.tree}/${name}`, name);
  const fetch = interfered(place.server, loseAnswer("UploadArchive"));
  const run = await place.runWith({ fetch }, ...SYNC, "--filter", `+${name} -`);
  assertEquals(run.status, 0, run.err);
}

function beginForeign({ client }: Workplace, description: string) {
  return client.initiateMultipartUpload("photos", {
    description,
    partSize: 4 * MiB,
  });
}

async function idsIn({ client }: Workplace): Promise<string[]> {
  const uploads = await Array.fromAsync(client.everyMultipartUpload("photos"));
  return uploads.map(({ uploadId }) => uploadId);
}

async function intentsOf({ journal }: Workplace): Promise<string> {
  return await Deno.readTextFile(`${journal}.intents`).catch(() => "");
}

/** A time as the lines have it. */
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`;

function assertLines(lines: string[], patterns: string[]) {
  assertEquals(lines.length, patterns.length, lines.join("\n"));
  for (const [i, pattern] of patterns.entries()) {
    assertMatch(lines[i], new RegExp(`^${pattern}$`));
  }
}

Deno.test("own and foreign uploads are told apart, and what becomes of them", async () => {
  await using place = await movable();
  const foreign = [
    await beginForeign(
      place,
      encodeDescription({ name: "their/file", mtime: 1 }),
    ),
    await beginForeign(place, "../../etc/passwd"),
    await beginForeign(place, ""),
  ];
  await leaveInDoubt(place, "small");
  await leaveUnfinished(place, "файл");
  await leaveCompleting(place, "whole", false);
  const [journal, intents] = [
    await place.readJournal(),
    await intentsOf(place),
  ];

  const run = await place.run("uploads");
  assertEquals(run.status, 0, run.err);
  const [own, whole] = (await idsIn(place)).slice(3);
  assertLines(run.lines, [
    `Foreign upload ${
      foreign[0]
    } \\(filename their/file\\), begun ${TIME}, parts of 4 MiB`,
    `Foreign upload ${
      foreign[1]
    } \\(description "../../etc/passwd"\\), begun ${TIME}, parts of 4 MiB`,
    `Foreign upload ${
      foreign[2]
    } \\(description ""\\), begun ${TIME}, parts of 4 MiB`,
    `Own upload ${own} \\(filename файл\\), begun ${TIME}, 1 of 3 parts of 1 MiB: the next sync goes on with it`,
    `Own upload ${whole} \\(filename whole\\), begun ${TIME}, 2 of 2 parts of 1 MiB: all was sent, and the next sync finishes it`,
    `In doubt since ${TIME} \\(filename small\\): .+`,
    "TOTALS:",
    "2 OWN",
    "0 GONE",
    "3 FOREIGN",
    "1 IN DOUBT",
    "OK DONE",
  ]);
  assertMatch(
    run.err,
    /^WARNING: Foreign uploads may be of a run that is under way/,
  );

  const json = await place.run("uploads", "--json", "--which=own");
  const events = json.lines.map((line) => JSON.parse(line));
  assertEquals(events.map(({ type }) => type), [
    "unfinishedUpload",
    "unfinishedUpload",
    "uploadInDoubt",
    "uploadTotals",
    "summary",
    "done",
  ]);
  const { began, description, ...event } = events[0];
  assert(Math.abs(began - Date.now() / 1000) < 600);
  assertMatch(description, /^mt2 /);
  assertEquals(event, {
    type: "unfinishedUpload",
    own: true,
    uploadId: own,
    state: "resumable",
    listed: true,
    name: "файл",
    size: 3 * MiB,
    partSize: MiB,
    storedParts: 1,
    storedBytes: MiB,
  });
  assertEquals(
    [await place.readJournal(), await intentsOf(place)],
    [journal, intents],
    "listing changes nothing",
  );
});

Deno.test("names of foreign uploads can't drive the terminal", async () => {
  await using place = await movable();
  await place.run(...SYNC);
  const names = ["\u001b[2J\u001b]0;x\u0007", "a\u202egnp.exe"];
  for (const name of names) {
    await beginForeign(place, encodeDescription({ name, mtime: 1 }));
  }
  for (const args of [[], ["--json"], ["--abort"]]) {
    const { out, err } = await place.run("uploads", ...args);
    // deno-lint-ignore no-control-regex -- what must not be there
    assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(out + err), out + err);
    assert(out.includes("gnp.exe"));
  }
});

Deno.test("--abort ends all uploads but those that may be archives, page by page", async () => {
  await using place = await movable();
  await leaveUnfinished(place, "part");
  await leaveCompleting(place, "whole", false);
  for (let i = 0; i < 120; i++) await beginForeign(place, `backup ${i}`);
  const [part, whole] = await idsIn(place);

  const dry = await place.run("uploads", "--abort", "--dry-run");
  assertEquals(dry.status, 0, dry.err);
  const will = dry.lines.filter((line) => line.startsWith("Will ABORT"));
  assertEquals(will.length, 121);
  assertEquals(will[0], `Will ABORT upload ${part} (filename part)`);
  assertMatch(dry.err, /WARNING: Upload \S+ of whole is left as it is/);
  assertEquals((await idsIn(place)).length, 122);

  const run = await place.run("uploads", "--abort");
  assertEquals(run.status, 0, run.err);
  // All are listed before the first is ended.
  const kinds = run.lines.map((line) => line.split(" ")[0]);
  assertEquals(kinds.slice(0, 122).filter((kind) => kind === "Aborted"), []);
  const aborted = run.lines.filter((line) => line.startsWith("Aborted"));
  assertEquals(aborted.length, 121);
  assertEquals(
    aborted[1],
    "Aborted upload " + aborted[1].split(" ")[2] + " (filename backup 0)",
  );
  assertMatch(run.err, /whole is left as it is, for it may be an archive/);
  assertEquals(await idsIn(place), [whole]);
  assertMatch(await intentsOf(place), /completing/);
  assert(!(await intentsOf(place)).includes(part));

  const again = await place.run("uploads", "--abort");
  assertEquals(again.lines.at(-2), "Nothing to abort");

  const sync = await place.run(...SYNC);
  assertEquals(sync.status, 0, sync.err);
  assertMatch(sync.err, /whole, which an earlier run did not finish, is fini/);
  assertEquals(await place.countArchives(), 2);
  assertEquals((await place.run("uploads")).lines.slice(-2), [
    "No unfinished uploads",
    "OK DONE",
  ]);
});

Deno.test("an upload that became an archive in secret is left to sync, which records that one", async () => {
  await using place = await movable();
  await leaveCompleting(place, "whole", true);
  assertEquals([await place.countArchives(), await idsIn(place)], [1, []]);
  const list = await place.run("uploads");
  assertMatch(list.lines[0], /^Own upload .*: all was sent, and the next sync/);
  const run = await place.run("uploads", "--abort");
  assertEquals(run.status, 0, run.err);
  assertMatch(run.err, /whole is left as it is/);
  assertEquals((await place.run(...SYNC)).status, 0);
  assertEquals(await place.countArchives(), 1);
  assertMatch(await place.readJournal(), /\tCREATED\t.*\twhole\n$/);
});

for (const which of ["own", "foreign"]) {
  Deno.test(`--which ${which} ends only those`, async () => {
    await using place = await movable();
    const foreign = await beginForeign(place, "theirs");
    await leaveUnfinished(place, "ours");
    const [, own] = await idsIn(place);
    const run = await place.run("uploads", "--abort", "--which", which);
    assertEquals(run.status, 0, run.err);
    assertEquals(await idsIn(place), which === "own" ? [foreign] : [own]);
    assertEquals((await intentsOf(place)).includes(own), which !== "own");
    assertEquals(
      run.err.includes("Foreign uploads may be"),
      which === "foreign",
    );
  });
}

Deno.test("uploads that the service has given up are told, and forgotten with --abort", async () => {
  await using place = await movable();
  await leaveUnfinished(place, "old");
  const [old] = await idsIn(place);
  place.wait(25 * HOUR);
  assertEquals(await idsIn(place), []);
  const list = await place.run("uploads");
  assertMatch(
    list.lines[0],
    /^Own upload \S+ \(filename old\), .*: the service has given it up, and the next sync begins anew$/,
  );
  assertEquals(list.lines[3], "1 GONE");
  assertMatch(await intentsOf(place), new RegExp(old));
  const run = await place.run("uploads", "--abort");
  assertEquals(run.status, 0, run.err);
  assertEquals(await intentsOf(place), "");
  const sync = await place.run(...SYNC);
  assertEquals([sync.status, await place.countArchives()], [0, 1], sync.err);
});

Deno.test("the upload of a stream that can't be gone on with is told as such", async () => {
  await using place = await movable();
  await place.run(...SYNC);
  const { files, clock } = createHost();
  const name = "dump";
  const description = encodeDescription({ name, mtime: 1 });
  const uploadId = await beginForeign(place, description);
  {
    await using intents = await openIntents(place.journal, { files, clock });
    await intents.begin({
      kind: "multipart",
      vault: place.client.vaultUrl("photos"),
      name,
      size: null,
      mtime: 1,
      treeHash: null,
      description,
      started: 1,
      uploadId,
      partSize: 4 * MiB,
    });
  }
  const list = await place.run("uploads");
  assertMatch(
    list.lines[0],
    /^Own upload \S+ \(filename dump\), .* 0 parts of 4 MiB: it was of standard input/,
  );
  assertEquals((await place.run("uploads", "--abort")).status, 0);
  assertEquals([await idsIn(place), await intentsOf(place)], [[], ""]);
});

Deno.test("a lost answer, or an upload that is gone meanwhile, is no failure", async () => {
  for (const fault of ["lost", "gone"]) {
    await using place = await movable();
    await leaveUnfinished(place, "file");
    const [id] = await idsIn(place);
    let struck = 0;
    const fetch = async (request: Request) => {
      if (request.method !== "DELETE" || struck++ > 0) {
        return await place.server.fetch(request);
      }
      if (fault === "gone") {
        await place.client.abortMultipartUpload("photos", id);
        const code = "ResourceNotFoundException";
        return Response.json(
          { code, message: `The upload ID was not found: ${id}` },
          { status: 404, headers: { "x-amzn-requestid": "id" } },
        );
      }
      await (await place.server.fetch(request)).body?.cancel();
      throw new TypeError("connection closed before message completed");
    };
    const run = await place.runWith({ fetch }, "uploads", "--abort");
    assertEquals([run.status, struck > 0], [0, true], run.err);
    assertEquals([await idsIn(place), await intentsOf(place)], [[], ""]);
  }
});

Deno.test("where one can't be ended, the others are, and the exit status tells", async () => {
  const faults = createFaultPlan();
  await using place = await workplace({ faults });
  await place.run("create-vault", "photos");
  await place.run(...SYNC);
  for (const name of ["a", "b", "c"]) await beginForeign(place, name);
  faults.replace([
    parseFaultRule("AbortMultipartUpload,error,code=500,times=1"),
  ], 1);
  const run = await place.run("uploads", "--abort", "--retries=0");
  assertEquals(run.status, 1);
  assertMatch(run.err, /ERROR: a: .*\nERROR: 1 file failed/s);
  assertEquals((await idsIn(place)).length, 1);
  const again = await place.run("uploads", "--abort");
  assertEquals([again.status, await idsIn(place)], [0, []], again.err);
});

Deno.test("Ctrl-C leaves what is ended settled, and the next run goes on", async () => {
  await using place = await movable();
  for (const name of ["a", "b", "c"]) await leaveUnfinished(place, name, 2);
  const interrupt = new AbortController();
  const fetch = async (request: Request) => {
    const response = await place.server.fetch(request);
    if (request.method === "DELETE") interrupt.abort();
    return response;
  };
  const { signal } = interrupt;
  const run = await place.runWith({ fetch, signal }, "uploads", "--abort");
  assertEquals(run.status, 130, run.err);
  const left = await idsIn(place);
  assertEquals(left.length, 2);
  const intents = (await intentsOf(place)).trimEnd().split("\n");
  assertEquals(intents.map((line) => JSON.parse(line).uploadId), left);
  assertEquals((await place.run("uploads", "--abort")).status, 0);
  assertEquals([await idsIn(place), await intentsOf(place)], [[], ""]);
});

Deno.test("a crash after an upload was ended and before that was written down does no harm", async () => {
  await using place = await movable();
  await leaveUnfinished(place, "file");
  const before = await intentsOf(place);
  assertEquals((await place.run("uploads", "--abort")).status, 0);
  await Deno.writeTextFile(`${place.journal}.intents`, before);
  const again = await place.run("uploads", "--abort");
  assertEquals([again.status, await intentsOf(place)], [0, ""], again.err);
  await Deno.writeTextFile(`${place.journal}.intents`, before);
  const sync = await place.run(...SYNC);
  assertEquals([sync.status, await place.countArchives()], [0, 1], sync.err);
});

Deno.test("while a run has the journal, uploads are listed and not ended", async () => {
  await using place = await movable();
  await leaveUnfinished(place, "file");
  await using _journal = await openJournal(place.journal, {
    ...createHost(),
    mode: "write",
  });
  const run = await place.run("uploads", "--abort");
  assertEquals([run.status, run.lines], [1, []]);
  assertMatch(run.err, /^ERROR: .*journal/);
  assertEquals((await idsIn(place)).length, 1);
  for (const args of [[], ["--abort", "--dry-run"]]) {
    assertEquals((await place.run("uploads", ...args)).status, 0);
  }
});

Deno.test("with a journal that isn't there nothing is taken for foreign", async () => {
  await using place = await movable();
  await leaveUnfinished(place, "file");
  const journal = place.folder.at("typo.log");
  for (const args of [[], ["--abort"], ["--abort", "--dry-run"]]) {
    const run = await place.run("uploads", "--journal", journal, ...args);
    assertEquals([run.status, run.lines], [1, []]);
    assertMatch(run.err, /^ERROR: There is no journal .*typo\.log\n$/);
  }
  assertEquals((await idsIn(place)).length, 1);
});

Deno.test("unfinished uploads in another vault are counted, and not ended", async () => {
  await using place = await movable();
  await leaveUnfinished(place, "file");
  await place.run("create-vault", "other");
  const other = ["--vault", "other", "--rebind"];
  const run = await place.run("uploads", ...other, "--abort");
  assertEquals([run.status, run.lines.at(-2)], [0, "Nothing to abort"]);
  assertMatch(
    run.err,
    /^WARNING: 1 unfinished upload of this journal is in another vault/m,
  );
  assertEquals((await idsIn(place)).length, 1);
  assert(await intentsOf(place) !== "");
});
