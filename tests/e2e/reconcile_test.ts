/** `journal reconcile`: a journal and the inventory of its vault are brought to say the same. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { encodeDescription } from "../../src/files/names.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { createHost } from "../../src/platform/host.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import { faultyFiles } from "../journal/fixtures.ts";
import {
  interfered,
  type Interference,
  type Run,
  type RunOptions,
  runProcess,
  spawnProgram,
  type Workplace,
  workplace,
  writeConfig,
} from "../program.ts";
import { expectGrammar } from "../journal_grammar.ts";
import { changing } from "./changed_output.ts";

const FORMATS = ["json", "csv"] as const;
const DAY = 24 * 3_600_000;
const RECONCILE = "journal reconcile";

interface Place extends Workplace {
  /** Puts the clock of server and program forward. */
  wait(ms: number): void;
  /** The clock of that. */
  now(): number;
}

async function movable(
  options: { jobDelay?: number } = {},
): Promise<Place> {
  let ahead = 0;
  const host = createHost();
  const now = () => host.clock.now() + ahead;
  const platform = { ...host, clock: { now } };
  const place = await workplace({ platform, ...options });
  await place.run("create-vault", "photos");
  return { ...place, wait: (ms) => ahead += ms, now };
}

async function write({ tree }: Workplace, name: string, text = name) {
  await Deno.writeTextFile(`${tree}/${name}`, text);
}

/** Uploads files whose content is their name. */
async function syncFiles(place: Workplace, ...names: string[]) {
  for (const name of names) await write(place, name);
  const run = await place.run("sync");
  assertEquals(run.status, 0, run.err);
}

/** Loses the answers to the first uploads by one request. */
async function syncLosing(
  place: Workplace,
  how: "before" | "after",
  ...names: string[]
) {
  for (const name of names) await write(place, name);
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation !== "UploadArchive") return await pass();
    if (how === "after") await (await pass()).body?.cancel();
    throw new TypeError("connection closed before message completed");
  });
  const run = await place.runWith({ fetch }, "sync");
  assertEquals(run.status, 0, run.err);
  assertMatch(run.err, /journal reconcile --adopt records it/);
}

/** Uploads an archive that no journal knows; resolves to its ID. */
async function uploadUnknown(
  { client }: Workplace,
  description: string,
  content = description,
): Promise<string> {
  const bytes = new TextEncoder().encode(content || "empty");
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  const { archiveId } = await client.uploadArchive("photos", {
    bytes,
    sha256: encodeHex(new Uint8Array(digest)),
    treeHash: encodeHex(await treeHash(bytes)),
    description,
  });
  return archiveId;
}

async function takeInventory(
  place: Workplace,
  format: typeof FORMATS[number] = "json",
) {
  const args = ["--request-inventory-format", format];
  const run = await place.run("retrieve-inventory", ...args);
  assertEquals(run.status, 0, run.err);
}

async function intentsOf({ journal }: Workplace): Promise<string> {
  return await Deno.readTextFile(`${journal}.intents`).catch(() => "");
}

/** The lines of a run before the totals. */
function told({ lines }: Run): string[] {
  return lines.slice(0, lines.indexOf("TOTALS:"));
}

/** The lines behind the totals. */
function done({ lines }: Run): string[] {
  const rest = lines.slice(lines.indexOf("TOTALS:") + 9);
  return rest[0]?.startsWith("Inventory date: ") ? rest.slice(1) : rest;
}

/** IDs in the journal of the archives of a name. */
async function idsOf(place: Workplace, name: string): Promise<string[]> {
  const lines = (await place.readJournal()).trimEnd().split("\n");
  return lines.map((line) => line.split("\t"))
    .filter((fields) => fields[2] === "CREATED" && fields[7] === name)
    .map((fields) => fields[3]);
}

/** What the journal takes for the latest version. */
async function latestOf(place: Workplace, name: string) {
  await using journal = await openJournal(place.journal, {
    ...createHost(),
    mode: "read",
  });
  return journal.state.latest(name)?.archiveId;
}

/** Makes sure that a run agrees, and leaves the journal as it is. */
async function expectAgreement(place: Workplace, ...args: string[]) {
  const before = await place.readJournal();
  const run = await place.run(RECONCILE, ...args);
  assertEquals(
    [run.status, told(run), done(run)],
    [0, [], ["OK DONE"]],
    run.err,
  );
  assertEquals(await place.readJournal(), before);
}

for (const format of FORMATS) {
  Deno.test(`where journal and vault agree, an inventory in ${format} changes nothing`, async () => {
    await using place = await movable();
    await syncFiles(place, "a", "b", "c");
    await takeInventory(place, format);
    const run = await place.run(RECONCILE);
    assertEquals([run.status, run.err], [0, ""]);
    assertMatch(run.lines.at(-2)!, /^Inventory date: \d{4}-/);
    assertEquals(run.lines.slice(0, -2), [
      "TOTALS:",
      "3 IN THE INVENTORY",
      "3 KNOWN",
      "0 UNKNOWN",
      "0 MISSING",
      "0 DIFFERENT",
      "0 UNDELETED",
      "0 NEWER THAN THE INVENTORY",
      "0 IN DOUBT",
    ]);
    for (const args of [["--adopt"], ["--mark"], ["--adopt", "--mark"]]) {
      await expectAgreement(place, ...args);
    }
  });

  Deno.test(`archives whose answers were lost are found in an inventory in ${format} and adopted`, async () => {
    await using place = await movable();
    await syncLosing(place, "after", "a", "b");
    await takeInventory(place, format);
    assertEquals(await place.countArchives(), 4);
    const [journal, intents] = [
      await place.readJournal(),
      await intentsOf(place),
    ];

    const list = await place.run(RECONCILE);
    assertEquals(list.status, 1);
    const lines = told(list);
    assertEquals(lines.length, 4);
    assertMatch(
      lines[0],
      /^Unknown archive [\w-]{138} \(filename [ab]\) of 1 bytes, made \S+Z by an upload in doubt$/,
    );
    assertMatch(
      lines[2],
      /^Upload in doubt \(filename [ab]\): archive [\w-]{138} came of it$/,
    );
    assertMatch(
      list.err,
      /^ERROR: The journal .* and vault photos in us-east-1 are not the same, see above: 2 unknown to the journal \(--adopt\)\n$/,
    );
    const dry = await place.run(RECONCILE, "--adopt", "--dry-run");
    assertEquals(dry.status, 0, dry.err);
    const [will] = done(dry);
    assertMatch(
      will,
      /^Will ADOPT archive [\w-]{138} \(filename [ab]\)$/,
    );
    assertEquals(
      [await place.readJournal(), await intentsOf(place)],
      [journal, intents],
    );

    const run = await place.run(RECONCILE, "--adopt");
    assertEquals([run.status, run.err], [0, ""]);
    assertMatch(done(run)[0], /^Adopted [ab] archive_id \[[\w-]{138}\]$/);
    assertEquals(await intentsOf(place), "");
    assertEquals(await expectGrammar(place.journal), { CREATED: 4 });
    assertEquals((await idsOf(place, "a")).length, 2);
    await expectAgreement(place, "--adopt");
    const replacing = await place.run("sync", "--new", "--replace-modified");
    assertEquals(replacing.lines, ["OK DONE"]);
    await Deno.remove(`${place.tree}/a`);
    assertEquals((await place.run("restore")).lines.length, 2);
    assertEquals((await place.run("restore-completed")).status, 0);
    assertEquals(await Deno.readTextFile(`${place.tree}/a`), "a");

    // What is known can be got rid of.
    const purge = await place.run("purge-vault");
    assertEquals([purge.status, purge.err.includes("doubt")], [0, false]);
    assertEquals(await place.countArchives(), 0);
    await takeInventory(place, format);
    await expectAgreement(place);
  });
}

Deno.test("an upload that was killed before its answer is found, and sync doubts no more", async () => {
  await using place = await movable();
  await write(place, "a");
  let intents = "";
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation === "UploadArchive") intents = await intentsOf(place);
    return await pass();
  });
  await place.runWith({ fetch }, "sync");
  // As if the program had been killed before it saw the answer.
  await Deno.writeTextFile(place.journal, "");
  await Deno.writeTextFile(`${place.journal}.intents`, intents);
  await takeInventory(place);
  const run = await place.run(RECONCILE, "--adopt");
  assertEquals(run.status, 0, run.err);
  assertEquals((await idsOf(place, "a")).length, 1);
  assertEquals(await intentsOf(place), "");
  const sync = await place.run("sync");
  assertEquals([sync.lines, sync.err], [["OK DONE"], ""]);
  assertEquals(await place.countArchives(), 1);
});

Deno.test("a run that may be under way is no difference", async () => {
  await using place = await movable();
  await syncFiles(place, "a");
  await takeInventory(place);
  await write(place, "b");
  let during: Run | undefined;
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation === "UploadArchive") during = await place.run(RECONCILE);
    return await pass();
  });
  await place.runWith({ fetch }, "sync");
  assertEquals([during?.status, during && told(during)], [0, []]);
});

Deno.test("a doubt of which nothing came is settled once an inventory is late enough to tell", async () => {
  await using place = await movable();
  await syncLosing(place, "before", "a");
  assertEquals(await place.countArchives(), 1);
  await takeInventory(place);
  for (const args of [[], ["--adopt"]]) {
    const early = await place.run(RECONCILE, ...args);
    assertEquals(early.status, 1);
    assertEquals(told(early), [
      "Upload in doubt (filename a): the inventory is too old to tell",
    ]);
    assertMatch(
      early.err,
      /: 1 in doubt for which a newer inventory is needed/,
    );
    assertMatch(await intentsOf(place), /doubtful/);
  }
  place.wait(2 * DAY);
  await syncFiles(place, "b");
  await takeInventory(place);
  const list = await place.run(RECONCILE);
  assertEquals([list.status, told(list)], [1, [
    "Upload in doubt (filename a): no archive came of it",
  ]]);
  assertMatch(await intentsOf(place), /doubtful/);
  const run = await place.run(RECONCILE, "--adopt");
  assertEquals([run.status, await intentsOf(place)], [0, ""], run.err);
  await expectAgreement(place);
});

Deno.test("a crash between the record and the end of its doubt is made good by a later inventory", async () => {
  await using place = await movable();
  await syncLosing(place, "after", "a");
  await takeInventory(place);
  const intents = await intentsOf(place);
  assertEquals((await place.run(RECONCILE, "--adopt")).status, 0);
  const journal = await place.readJournal();
  await Deno.writeTextFile(`${place.journal}.intents`, intents);
  const again = await place.run(RECONCILE, "--adopt");
  assertEquals([again.status, await place.readJournal()], [1, journal]);
  place.wait(2 * DAY);
  await syncFiles(place, "b");
  await takeInventory(place);
  assertEquals((await place.run(RECONCILE, "--adopt")).status, 0);
  assertEquals(await intentsOf(place), "");
  assertEquals(await expectGrammar(place.journal), { CREATED: 3 });
});

Deno.test("doubts about another vault are left to its inventory", async () => {
  await using place = await movable();
  await syncLosing(place, "after", "a");
  await place.run("create-vault", "other");
  const bytes = new Uint8Array(1);
  const sha256 = encodeHex(
    new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)),
  );
  await place.client.uploadArchive("other", {
    bytes,
    sha256,
    treeHash: encodeHex(await treeHash(bytes)),
    description: "x",
  });
  await place.run("retrieve-inventory", "--vault", "other");
  const other = ["--vault", "other", "--rebind"];
  const run = await place.run(RECONCILE, ...other, "--adopt");
  assertMatch(run.err, /WARNING: 1 upload in doubt went to another vault/);
  assertMatch(await intentsOf(place), /doubtful/);
});

for (const format of FORMATS) {
  Deno.test(`what is gone from the vault is told by an inventory in ${format}, and marked, and goes up anew`, async () => {
    await using place = await movable();
    await syncFiles(place, "a", "b", "c");
    const [gone] = await idsOf(place, "b");
    place.wait(2 * DAY);
    await syncFiles(place, "later");
    await place.client.deleteArchive("photos", gone);
    await takeInventory(place, format);
    const before = await place.readJournal();
    const list = await place.run(RECONCILE);
    assertEquals(list.status, 1);
    assertMatch(
      told(list)[0],
      new RegExp(
        `^Missing archive ${gone} \\(filename b\\) of 1 bytes, recorded \\S+Z$`,
      ),
    );
    assertMatch(list.err, /: 1 missing in the vault \(--mark\)\n$/);
    const adopt = await place.run(RECONCILE, "--adopt");
    assertEquals([adopt.status, done(adopt)], [1, []]);
    const dry = await place.run(RECONCILE, "--mark", "--dry-run");
    assertEquals([dry.status, done(dry)], [0, [
      `Will MARK archive ${gone} (filename b) as deleted`,
      "OK DONE",
    ]]);
    assertEquals(await place.readJournal(), before);
    const run = await place.run(RECONCILE, "--mark");
    assertEquals([run.status, done(run)], [0, [
      `Marked b as deleted archive_id [${gone}]`,
      "OK DONE",
    ]]);
    await expectAgreement(place, "--mark");
    const sync = await place.run("sync");
    assertMatch(sync.lines[0], /^Finished b hash/);
    assertEquals(await expectGrammar(place.journal), {
      CREATED: 5,
      DELETED: 1,
    });
  });
}

Deno.test("archives that may be newer than the inventory are not missed in it", async () => {
  await using place = await movable();
  await syncFiles(place, "a", "b");
  const [gone] = await idsOf(place, "b");
  // Within what the service needs for an inventory.
  place.wait(DAY / 2);
  await syncFiles(place, "c");
  await place.client.deleteArchive("photos", gone);
  await takeInventory(place);
  await syncFiles(place, "d");
  const run = await place.run(RECONCILE, "--mark");
  assertEquals([run.status, told(run), done(run)], [0, [], ["OK DONE"]]);
  assert(run.lines.includes("2 NEWER THAN THE INVENTORY"));
  assert(!(await place.readJournal()).includes("DELETED"));
});

Deno.test("what was deleted after the inventory is not unknown", async () => {
  await using place = await movable();
  await syncFiles(place, "a", "b");
  await takeInventory(place);
  await place.run("purge-vault", "--filter", "+a -");
  await expectAgreement(place, "--adopt");
});

Deno.test("an archive that is there although it was recorded as deleted is told, and not recorded again", async () => {
  await using place = await movable();
  await syncFiles(place, "a", "b");
  const [id] = await idsOf(place, "a");
  const time = Math.floor(place.now() / 1000);
  await Deno.writeTextFile(
    place.journal,
    `B\t${time}\tDELETED\t${id}\ta\n`,
    { append: true },
  );
  place.wait(2 * DAY);
  await syncFiles(place, "c");
  await takeInventory(place);
  const before = await place.readJournal();
  const run = await place.run(RECONCILE, "--adopt", "--mark");
  assertEquals([run.status, done(run)], [1, []]);
  assertMatch(
    told(run)[0],
    new RegExp(
      `^Undeleted archive ${id} \\(filename a\\) of 1 bytes, recorded as deleted \\S+Z$`,
    ),
  );
  assertMatch(run.err, /: 1 recorded as deleted and still there\n$/);
  assertEquals(await place.readJournal(), before);
});

Deno.test("a wrong size or tree hash in the journal is told", async () => {
  await using place = await movable();
  await syncFiles(place, "a", "b");
  const before = await place.readJournal();
  const wrong = before.replace(/\t1\t(\d+)\t[0-9a-f]{6}/, "\t2\t$1\t000000");
  await Deno.writeTextFile(place.journal, wrong);
  await takeInventory(place);
  const run = await place.run(RECONCILE, "--adopt", "--mark");
  assertEquals(run.status, 1);
  assertMatch(
    told(run).join("\n"),
    /^Different archive [\w-]{138} \(filename [ab]\): 2 bytes with tree hash 000000[0-9a-f]{58} in the journal, 1 bytes with tree hash [0-9a-f]{64} in the vault$/,
  );
  assertMatch(run.err, /: 1 recorded with another size or tree hash\n$/);
  assertEquals(await place.readJournal(), wrong);
});

Deno.test("the inventory of another vault changes nothing, unless the user knows better", async () => {
  await using place = await movable();
  await syncFiles(place, "a", "b");
  const before = await place.readJournal();
  place.wait(2 * DAY);
  // The other vault, for which the journal is not.
  await place.client.createVault("other");
  const { client } = place;
  const other = {
    ...place,
    client: Object.create(client, {
      uploadArchive: {
        value: (_: string, ...rest: unknown[]) =>
          // deno-lint-ignore no-explicit-any -- passed on as it is
          (client.uploadArchive as any)("other", ...rest),
      },
    }),
  };
  await uploadUnknown(other, "theirs");
  await place.run("retrieve-inventory", "--vault", "other");
  const run = (...args: string[]) =>
    place.run(RECONCILE, "--vault", "other", "--rebind", ...args);
  for (
    const args of [["--mark"], ["--adopt"], ["--adopt", "--mark"], [
      "--adopt",
      "--max-missing=1",
    ], ["--mark", "--dry-run"]]
  ) {
    const refused = await run(...args);
    assertEquals([refused.status, done(refused)], [1, []]);
    assertMatch(
      refused.err,
      /^ERROR: Nothing was recorded, for the inventory lacks 2 of 2 archives that it should have by the journal, .* add --max-missing 2\n$/m,
    );
    assertEquals(await place.readJournal(), before);
  }
  const forced = await run("--mark", "--adopt", "--max-missing=2");
  assertEquals(forced.status, 0, forced.err);
  assertEquals(await expectGrammar(place.journal), { CREATED: 3, DELETED: 2 });
});

Deno.test("where more than ten and more than half are gone, nothing is marked", async () => {
  await using place = await movable();
  const names = Array.from({ length: 22 }, (_, i) => `file ${i}`);
  await syncFiles(place, ...names);
  place.wait(2 * DAY);
  for (const name of names.slice(0, 11)) {
    const [id] = await idsOf(place, name);
    await place.client.deleteArchive("photos", id);
  }
  await takeInventory(place);
  const half = await place.run(RECONCILE, "--mark", "--dry-run");
  assertEquals([half.status, done(half).length], [0, 12]);
  const [id] = await idsOf(place, names[11]);
  await place.client.deleteArchive("photos", id);
  await takeInventory(place);
  const more = await place.run(RECONCILE, "--mark");
  assertEquals([more.status, done(more)], [1, []]);
  assertMatch(more.err, /lacks 12 of 22 archives/);
  const forced = await place.run(RECONCILE, "--mark", "--max-missing=12");
  assertEquals([forced.status, done(forced).length], [0, 13]);
});

Deno.test("archives of other programs are adopted under names that harm nothing", async () => {
  await using place = await movable();
  await syncFiles(place, "a");
  const mtime = 1_358_244_672;
  const descriptions = [
    encodeDescription({ name: "b", mtime }),
    "<m><v>4</v><p>Yg==</p><lm>20130115T101113Z</lm></m>",
    "a",
    "backup",
    "backup",
    "../../etc/passwd",
    "/absolute\\and/../dots",
    "",
  ];
  const ids: string[] = [];
  for (const description of descriptions) {
    ids.push(await uploadUnknown(place, description));
  }
  const hostile = encodeDescription({ name: "\u001b[2J\u202egnp", mtime });
  ids.push(await uploadUnknown(place, hostile));
  await takeInventory(place);
  const short = (n: number) => ids[n].slice(0, 12);
  const list = await place.run(RECONCILE, "--json");
  // deno-lint-ignore no-control-regex -- what must not be there
  assert(!/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/.test(list.out));
  const found = list.lines.map((line) => JSON.parse(line))
    .filter(({ type }) => type === "unknownArchive");
  const names: [string, number | null, string | null][] = [
    ["b", mtime, null],
    ["b", mtime + 1, null],
    [`a (${short(2)})`, null, null],
    ["backup", null, null],
    [`backup (${short(4)})`, null, null],
    [ids[5], null, "../../etc/passwd"],
    [ids[6], null, "/absolute\\and/../dots"],
    [ids[7], null, ""],
    ["\u001b[2J\u202egnp", mtime, null],
  ];
  assertEquals(
    found.map(({ name, mtime, description }) => [name, mtime, description]),
    names,
  );
  const run = await place.run(RECONCILE, "--adopt");
  assertEquals(run.status, 0, run.err);
  assertEquals(await expectGrammar(place.journal), { CREATED: 10 });
  const lines = (await place.readJournal()).trimEnd().split("\n").slice(1)
    .map((line) => line.split("\t"));
  assertEquals(
    lines.map((fields) => [fields[7], fields[5]]),
    names.map(([name, mtime]) => [name, mtime === null ? "NONE" : `${mtime}`]),
  );
  await expectAgreement(place, "--adopt");
  assertEquals((await place.run("journal verify")).status, 0);
});

Deno.test("--descriptions mt takes names from mt-aws-glacier's descriptions only", async () => {
  await using place = await movable();
  await syncFiles(place, "a");
  const id = await uploadUnknown(place, "plain");
  await takeInventory(place);
  const run = await place.run(RECONCILE, "--adopt", "--descriptions=mt");
  assertEquals(done(run)[0], `Adopted ${id} archive_id [${id}]`);
});

Deno.test("an adopted archive is the latest version only where it is the later one, which is told", async () => {
  await using place = await movable();
  await syncFiles(place, "a", "b");
  const { mtime } = await Deno.stat(`${place.tree}/a`);
  const seconds = Math.floor(mtime!.getTime() / 1000);
  const older = { name: "a", mtime: seconds - 10 };
  const later = { name: "b", mtime: seconds + 10 };
  await uploadUnknown(place, encodeDescription(older), "old content");
  const [a] = await idsOf(place, "a");
  const b = await uploadUnknown(place, encodeDescription(later), "newer");
  // Of the same modification time, and made earlier than what is recorded.
  await write(place, "c");
  const file = await Deno.stat(`${place.tree}/c`);
  const same = { name: "c", mtime: Math.floor(file.mtime!.getTime() / 1000) };
  await uploadUnknown(place, encodeDescription(same), "another content");
  place.wait(60_000);
  await syncFiles(place);
  const [c] = await idsOf(place, "c");
  place.wait(60_000);
  await takeInventory(place);
  const run = await place.run(RECONCILE, "--adopt");
  assertEquals(run.status, 0);
  assertMatch(
    run.err,
    /^WARNING: 1 archive that the journal didn't know is of a later time than the version of the file/,
  );
  assertEquals(
    await Promise.all(["a", "b", "c"].map((name) => latestOf(place, name))),
    [a, b, c],
  );
});

Deno.test("without an inventory the user is told what to do, and nothing is opened", async () => {
  await using place = await movable({ jobDelay: 4 * 3600 });
  await syncFiles(place, "a");
  const none = await place.run(RECONCILE, "--adopt");
  assertEquals([none.status, none.lines], [1, []]);
  assertMatch(
    none.err,
    /^ERROR: No inventory of .* is ready, and none was asked for .*\(retrieve-inventory asks for one\)\n$/,
  );
  await takeInventory(place);
  const pending = await place.run(RECONCILE);
  assertEquals(pending.status, 1);
  assertMatch(
    pending.err,
    /1 asked for is still under way \(try again later\)/,
  );
  place.wait(5 * 3_600_000);
  await expectAgreement(place);
  const missing = await place.run(RECONCILE, "--journal", place.folder.at("x"));
  assertEquals(missing.status, 1);
  assertMatch(missing.err, /^ERROR: There is no journal/);
});

Deno.test("an inventory that breaks off, or is damaged at its end, records nothing", async () => {
  await using place = await movable();
  await syncFiles(place, "a");
  for (let i = 0; i < 5; i++) await uploadUnknown(place, `unknown ${i}`);
  const before = await place.readJournal();
  const cases: ["json" | "csv", (text: string) => string][] = [
    ["json", (text) => text.slice(0, -2)],
    ["json", (text) => text.slice(0, text.length / 2)],
    ["csv", (text) => text.trimEnd().slice(0, -1)],
    ["json", (text) => {
      const inventory = JSON.parse(text);
      const [first] = inventory.ArchiveList.slice(1);
      inventory.ArchiveList.push({ ...first, Size: first.Size + 1 });
      return JSON.stringify(inventory);
    }],
  ];
  for (const [format, damage] of cases) {
    await takeInventory(place, format);
    const fetch = interfered(place.server, changing(damage));
    const run = await place.runWith({ fetch }, RECONCILE, "--adopt", "--mark");
    assertEquals([run.status, run.lines], [1, []]);
    assertMatch(run.err, /^ERROR: The inventory cannot be used/);
    assertEquals(await place.readJournal(), before);
  }
});

Deno.test("a date of the inventory that can't be true marks nothing", async () => {
  await using place = await movable();
  await syncFiles(place, "a", "b");
  const [gone] = await idsOf(place, "a");
  await place.client.deleteArchive("photos", gone);
  await takeInventory(place);
  for (
    const date of ["9999-01-01T00:00:00Z", "nonsense", "1971-01-01T00:00:00Z"]
  ) {
    const fetch = interfered(
      place.server,
      changing((text) => text.replace(/("InventoryDate":")[^"]*/, `$1${date}`)),
    );
    const run = await place.runWith({ fetch }, RECONCILE, "--mark");
    assertEquals([run.status, told(run)], [0, []], run.err);
    assert(run.lines.includes("1 NEWER THAN THE INVENTORY"));
  }
});

/** An inventory with so many archives besides, which no journal knows. */
function withUnknown(count: number): Interference {
  const unknown = Array.from({ length: count }, (_, i) => ({
    ArchiveId: `unknown-${i}`,
    ArchiveDescription: encodeDescription({ name: `found/${i}`, mtime: i }),
    CreationDate: "2013-11-10T22:39:27Z",
    Size: i,
    SHA256TreeHash: `${i}`.padStart(64, "0"),
  }));
  return changing((text) => {
    const inventory = JSON.parse(text);
    inventory.ArchiveList.push(...unknown);
    return JSON.stringify(inventory);
  });
}

Deno.test("a run that is broken off in the middle of adopting is gone on with", async () => {
  const count = 3000;
  const broken: [string, (place: Place) => Promise<Run>][] = [
    ["Ctrl-C", async (place) => {
      const interrupt = new AbortController();
      const options: RunOptions = {
        fetch: interfered(place.server, withUnknown(count)),
        signal: interrupt.signal,
        onLine: (line) => line.startsWith("Adopted") && interrupt.abort(),
      };
      const run = await place.runWith(options, RECONCILE, "--adopt");
      assertEquals(run.status, 130, run.err);
      return run;
    }],
    ["a full disk", async (place) => {
      let writes = 0;
      const files = faultyFiles({
        write: (path, bytes) => {
          if (path !== place.journal || ++writes < 2) return undefined;
          return bytes.subarray(0, bytes.length / 2);
        },
      });
      const { now } = place;
      const run = await place.runWith(
        {
          fetch: interfered(place.server, withUnknown(count)),
          platform: { ...createHost(), clock: { now }, files },
        },
        RECONCILE,
        "--adopt",
      );
      assertEquals(run.status, 1);
      assertMatch(run.err, /no space|ENOSPC/i);
      return run;
    }],
  ];
  for (const [how, breakOff] of broken) {
    await using place = await movable();
    await syncFiles(place, "a");
    await takeInventory(place);
    const run = await breakOff(place);
    const text = await place.readJournal();
    const recorded = text.split("\n").filter((line) =>
      line.includes("\tunknown-")
    ).length;
    assert(recorded > 0 && recorded < count + 1, `${how}: ${recorded}`);
    // What was told is recorded.
    for (const line of run.lines) {
      const [, id] = /^Adopted .* archive_id \[(.*)\]$/.exec(line) ?? [];
      if (id !== undefined) assert(text.includes(`\t${id}\t`), id);
    }
    const fetch = interfered(place.server, withUnknown(count));
    const again = await place.runWith({ fetch }, RECONCILE, "--adopt");
    assertEquals(again.status, 0, again.err);
    assertEquals(await expectGrammar(place.journal), { CREATED: count + 1 });
  }
});

Deno.test("kill -9 in the middle of adopting: the next run adopts the rest", async () => {
  await using place = await movable();
  await syncFiles(place, "a");
  await takeInventory(place);
  const count = 20_000;
  await using http = await serveHttp(
    interfered(place.server, withUnknown(count)),
    { hostname: "127.0.0.1", port: 0 },
  );
  const config = place.folder.at("http.cfg");
  await writeConfig(config, http.url, place.journal);
  const args = ["journal", "reconcile", "--adopt", "--config", config];
  const { size } = await Deno.stat(place.journal);
  const watcher = Deno.watchFs(place.journal);
  const child = spawnProgram(args);
  const ended = child.output().finally(() => watcher.close());
  // The journal grows: it is in the middle.
  for await (const _ of watcher) {
    if ((await Deno.stat(place.journal)).size === size) continue;
    child.kill("SIGKILL");
    break;
  }
  await ended;
  const recorded = (await place.readJournal()).match(/\tCREATED\tunknown-/g)!;
  assert(recorded.length < count, `${recorded.length}`);
  const again = await runProcess(args);
  assertEquals(again.status, 0, again.err);
  assertEquals(await expectGrammar(place.journal), { CREATED: count + 1 });
});

Deno.test("while a run has the journal, it is compared and not changed", async () => {
  await using place = await movable();
  await syncFiles(place, "a");
  await uploadUnknown(place, "unknown");
  await takeInventory(place);
  const before = await place.readJournal();
  {
    await using _journal = await openJournal(place.journal, {
      ...createHost(),
      mode: "write",
    });
    const run = await place.run(RECONCILE, "--adopt");
    assertEquals([run.status, run.lines], [1, []]);
    assertMatch(run.err, /^ERROR: .*journal/);
    assertEquals((await place.run(RECONCILE)).status, 1);
    const dry = await place.run(RECONCILE, "--adopt", "--dry-run");
    assertEquals(dry.status, 0, dry.err);
  }
  assertEquals(await place.readJournal(), before);
  // Of two at once, one does it, and the other is refused or finds it done.
  const runs = await Promise.all(
    [1, 2].map(() => place.run(RECONCILE, "--adopt")),
  );
  assert(runs.some(({ status }) => status === 0));
  assertEquals(await expectGrammar(place.journal), { CREATED: 2 });
});

Deno.test("with --json every finding is an object", async () => {
  await using place = await movable();
  await syncFiles(place, "a", "b", "c");
  const [gone] = await idsOf(place, "a");
  place.wait(2 * DAY);
  await syncLosing(place, "after", "later");
  await place.client.deleteArchive("photos", gone);
  await takeInventory(place);
  const run = await place.run(RECONCILE, "--json", "--adopt", "--mark");
  assertEquals(run.status, 0, run.err);
  const events = run.lines.map((line) => JSON.parse(line));
  const byType = Object.fromEntries(events.map(({ type, ...rest }) => [
    type,
    rest,
  ]));
  assertEquals(Object.keys(byType), [
    "unknownArchive",
    "missingArchive",
    "doubt",
    "reconcileTotals",
    "adopted",
    "marked",
    "summary",
    "done",
  ]);
  const { archiveId } = byType.unknownArchive;
  assertEquals(
    [byType.unknownArchive.inDoubt, byType.unknownArchive.supersedes],
    [true, false],
  );
  assertEquals(byType.doubt, {
    name: "later",
    size: 5,
    answer: "found",
    archiveId,
  });
  assertEquals(byType.adopted, { archiveId, name: "later", size: 5 });
  assertEquals(byType.marked, { archiveId: gone, name: "a", size: 1 });
  const { jobId: _, date, ...totals } = byType.reconcileTotals.totals;
  assert(Math.abs(date - place.now() / 1000) < 600);
  assertEquals(totals, {
    format: "json",
    archives: 4,
    known: 3,
    unknown: 1,
    missing: 1,
    differing: 0,
    undeleted: 0,
    judged: 3,
    newer: 0,
    doubts: 1,
  });
});

Deno.test("what an adopted archive replaces is deleted by the next sync", async () => {
  await using place = await movable();
  await syncFiles(place, "a");
  const [old] = await idsOf(place, "a");
  await write(place, "a", "another text");
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation === "InitiateMultipartUpload") {
      return Response.json(
        { code: "AccessDeniedException", message: "no", type: "Client" },
        { status: 403, headers: { "x-amzn-requestid": "id" } },
      );
    }
    const response = await pass();
    if (operation !== "UploadArchive") return response;
    await response.body?.cancel();
    throw new TypeError("connection closed before message completed");
  });
  await place.runWith({ fetch }, "sync", "--replace-modified");
  assertMatch(await intentsOf(place), /doubtful/);
  await takeInventory(place);
  const adopted = await place.run(RECONCILE, "--adopt");
  assertEquals(adopted.status, 0, adopted.err);
  assertEquals(await place.countArchives(), 2);
  const run = await place.run("sync", "--replace-modified");
  assertEquals(run.status, 0, run.err);
  assertEquals(run.lines[0], `Deleted a archive_id [${old}]`);
  assertEquals([await place.countArchives(), await intentsOf(place)], [1, ""]);
});
