import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import {
  differences,
  SAMPLE_FILES,
  writeSampleTree,
} from "../../scripts/sample_tree.ts";
import { encodeDescription } from "../../src/files/names.ts";
import type { CreatedRecord } from "../../src/journal/record.ts";
import { parseLine } from "../../src/journal/record.ts";
import { createHost } from "../../src/platform/host.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import {
  interfered,
  type Interference,
  type Run,
  runProcess,
  runProgram,
  spawnProgram,
  type Workplace,
  workplace,
  writeConfig,
} from "../program.ts";
import { changing } from "./changed_output.ts";

const FORMATS = ["json", "csv"] as const;

/** Runs a command that takes no `--dir`. */
function run(
  place: Workplace,
  args: string[],
  options: { interfere?: Interference; signal?: AbortSignal } = {},
): Promise<Run> {
  const { interfere, signal } = options;
  const { server, config } = place;
  return runProgram([...args, "--config", config, "--quiet"], {
    fetch: interfere ? interfered(server, interfere) : server.fetch,
    signal,
  });
}

async function retrieve(place: Workplace, format: string): Promise<void> {
  const run_ = await run(place, [
    "retrieve-inventory",
    "--request-inventory-format",
    format,
  ]);
  assertEquals([run_.status, run_.err], [0, ""]);
  assertMatch(
    run_.out,
    /^Retrieved Inventory, job id [\w-]+\nOK DONE\n$/,
  );
}

/** Downloads the inventory; by default into a journal that isn't there. */
function download(
  place: Workplace,
  path: string,
  args: string[] = [],
  options: { interfere?: Interference; signal?: AbortSignal } = {},
): Promise<Run> {
  return run(
    place,
    ["download-inventory", "--new-journal", path, ...args],
    options,
  );
}

/** Uploads an archive of `size` bytes; resolves to the record that an inventory should lead to, its time left out. */
async function upload(place: Workplace, description: string, size = 1) {
  const bytes = new Uint8Array(size);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  const hash = encodeHex(await treeHash(bytes));
  const { archiveId } = await place.client.uploadArchive("photos", {
    bytes,
    sha256: encodeHex(new Uint8Array(digest)),
    treeHash: hash,
    description,
  });
  return { archiveId, size, treeHash: hash };
}

/** Uploads files as `sync` would describe them. */
async function uploadFiles(place: Workplace, names: string[]) {
  const files = [];
  for (const [i, name] of names.entries()) {
    const mtime = 1_358_244_672 + i;
    const description = encodeDescription({ name, mtime });
    files.push({ ...await upload(place, description, i + 1), mtime, name });
  }
  return files;
}

async function recordsOf(path: string): Promise<CreatedRecord[]> {
  const lines = (await Deno.readTextFile(path)).split("\n");
  assertEquals(lines.pop(), "");
  return lines.map((line) => {
    const record = parseLine(line);
    assert(record.type === "created", line);
    return record;
  });
}

/** Records without what differs from run to run. */
function withoutTime(records: CreatedRecord[]) {
  return records.map(({ type: _, time, ...rest }) => {
    assert(Math.abs(time - Date.now() / 1000) < 3600);
    return rest;
  });
}

/** The names in the folder of a workplace that a run of `download-inventory` could have made. */
async function namesIn(place: Workplace): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(place.folder.path));
  return names.map(({ name }) => name).filter((name) =>
    name.startsWith("found")
  ).sort();
}

for (const format of FORMATS) {
  Deno.test(`without its journal a folder comes back from the inventory in ${format}`, async () => {
    await using place = await workplace();
    const { folder, tree } = place;
    await writeSampleTree(tree);
    await place.run("create-vault", "photos");
    await place.run("sync", "--partsize", "1", "--quiet");
    const before = await recordsOf(place.journal);
    await Deno.remove(place.journal);
    await Deno.rename(tree, folder.at("lost"));

    await retrieve(place, format);
    const found = folder.at("found.log");
    const downloaded = await download(place, found);
    assertEquals(
      [downloaded.status, downloaded.err, downloaded.lines],
      [0, "", [
        `Downloaded inventory in ${format.toUpperCase()} format`,
        "OK DONE",
      ]],
    );
    const after = await recordsOf(found);
    const byName = (a: { name: string }, b: { name: string }) =>
      a.name < b.name ? -1 : 1;
    assertEquals(
      withoutTime(after).sort(byName),
      withoutTime(before).sort(byName),
    );
    assertEquals(after.length, SAMPLE_FILES.length);

    for (const command of ["restore", "restore-completed"]) {
      const { status, err } = await place.run(
        command,
        "--journal",
        found,
        "--quiet",
      );
      assertEquals([status, err], [0, ""]);
    }
    assertEquals(await differences(folder.at("lost"), tree), []);
  });

  Deno.test(`every archive of an inventory in ${format} is in the journal, and none that came later`, async () => {
    await using place = await workplace();
    await place.run("create-vault", "photos");
    const gone = await upload(place, "gone");
    await place.client.deleteArchive("photos", gone.archiveId);
    const expected: Awaited<ReturnType<typeof uploadFiles>> = [];
    for (const count of [0, 1, 2, 10, 60, 110]) {
      const names = Array.from(
        { length: count - expected.length },
        (_, i) => `folder, "${count}"/file \\ ${i} é`,
      );
      expected.push(...await uploadFiles(place, names));
      await retrieve(place, format);
      await upload(place, "too late").then(({ archiveId }) =>
        place.client.deleteArchive("photos", archiveId)
      );
      const path = place.folder.at(`found-${count}.log`);
      const { status, err } = await download(place, path);
      assertEquals([status, err], [0, ""]);
      assertEquals(withoutTime(await recordsOf(path)), expected);
    }
  });
}

Deno.test("the newest whole inventory that is ready is taken", async () => {
  let ahead = 0;
  const host = createHost();
  const clock = { now: () => host.clock.now() + ahead };
  const HOUR = 3_600_000;
  await using place = await workplace({
    platform: { ...host, clock },
    jobDelay: 4 * 3600,
  });
  await place.run("create-vault", "photos");
  const options = { platform: { ...host, clock }, fetch: place.server.fetch };
  const run = (...args: string[]) =>
    runProgram([...args, "--config", place.config, "--quiet"], options);
  const count = async (name: string) => {
    const path = place.folder.at(name);
    const result = await run("download-inventory", "--new-journal", path);
    assertEquals(result.status, 0, result.err);
    const text = await Deno.readTextFile(path);
    return [text.split("\n").length - 1, result.out, result.err];
  };
  const ask = (format: string) =>
    run("retrieve-inventory", "--request-inventory-format", format);
  const downloaded = (format: string) =>
    `Downloaded inventory in ${format} format\nOK DONE\n`;

  await uploadFiles(place, ["a"]);
  await ask("json");
  const [, , pending] = await count("none.log");
  assertMatch(
    String(pending),
    /^WARNING: No inventory of vault photos in us-east-1 is ready, and 1 asked for is still under way \(try again later\): .*none\.log is empty\n$/,
  );
  ahead += 5 * HOUR;
  assertEquals(await count("one.log"), [1, downloaded("JSON"), ""]);
  await uploadFiles(place, ["b"]);
  await ask("csv");
  // Not ready yet.
  assertEquals(await count("still-one.log"), [1, downloaded("JSON"), ""]);
  ahead += 1 * HOUR;
  await uploadFiles(place, ["c"]);
  for (
    const inventory of [{ limit: 1 }, { startDate: "2000-01-01T00:00:00Z" }]
  ) {
    await place.client.initiateJob("photos", {
      type: "inventory-retrieval",
      inventory,
    });
  }
  ahead += 5 * HOUR;
  assertEquals(await count("two.log"), [2, downloaded("CSV"), ""]);
  // What was empty may be filled.
  assertEquals(await count("none.log"), [2, downloaded("CSV"), ""]);
});

Deno.test("without any inventory the journal is empty, and the user is told what to do", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  const asked = await run(place, ["retrieve-inventory"]);
  assertEquals([asked.status, asked.out], [1, ""]);
  assertMatch(
    asked.err,
    /^ERROR: There is no inventory of vault photos in us-east-1 yet: the service makes the first one about a day after the first upload, so ask again then\n$/,
  );
  const path = place.folder.at("found.log");
  const { status, out, err } = await download(place, path);
  assertEquals([status, out], [0, "OK DONE\n"]);
  assertMatch(
    err,
    /^WARNING: No inventory .* \(retrieve-inventory asks for one\): .* is empty\n$/,
  );
  assertEquals(await Deno.readTextFile(path), "");
});

Deno.test("a journal that is not empty stays as it is, and nothing is asked of the service", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  const path = place.folder.at("found.log");
  await Deno.writeTextFile(path, "precious\n");
  let requests = 0;
  const { status, err } = await download(place, path, [], {
    interfere: (_, pass) => {
      requests++;
      return pass();
    },
  });
  assertEquals([status, requests], [1, 0]);
  assertMatch(
    err,
    /^ERROR: The new journal .*found\.log is there already and not empty/,
  );
  assertEquals(await Deno.readTextFile(path), "precious\n");
  assertEquals(await namesIn(place), ["found.log"]);
});

/** Breaks answers with job output off after `count` bytes. */
function breakingOff(count: number, onBreak = () => {}): Interference {
  return async (operation, pass) => {
    const answer = await pass();
    if (operation !== "GetJobOutput" || answer.body === null) return answer;
    let sent = 0;
    const body = answer.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          controller.enqueue(chunk.subarray(0, count - sent));
          sent += chunk.length;
          if (sent <= count) return;
          onBreak();
          controller.error(new TypeError("connection reset"));
        },
      }),
    );
    const { status, headers } = answer;
    return new Response(body, { status, headers });
  };
}

Deno.test("where the connection breaks again and again, the journal is the same", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  const names = Array.from({ length: 30 }, (_, i) => `file ${i}`);
  const expected = await uploadFiles(place, names);
  for (const format of FORMATS) {
    await retrieve(place, format);
    const path = place.folder.at(`found-${format}.log`);
    let breaks = 0;
    const interfere = breakingOff(999, () => breaks++);
    const { status, err } = await download(place, path, [], { interfere });
    assertEquals([status, err], [0, ""]);
    assert(breaks > 5);
    assertEquals(withoutTime(await recordsOf(path)), expected);
  }
});

Deno.test("an interrupted run leaves nothing behind", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await uploadFiles(place, Array.from({ length: 30 }, (_, i) => `file ${i}`));
  await retrieve(place, "json");
  for (const before of [undefined, ""]) {
    const path = place.folder.at("found.log");
    if (before !== undefined) await Deno.writeTextFile(path, before);
    const controller = new AbortController();
    const interfere = breakingOff(5000, () => controller.abort());
    const { signal } = controller;
    const { status, out } = await download(place, path, [], {
      interfere,
      signal,
    });
    assertEquals([status, out], [130, ""]);
    assertEquals(await namesIn(place), [
      ...before === undefined ? [] : ["found.log"],
      "found.log.lock",
    ]);
    if (before !== undefined) {
      assertEquals(await Deno.readTextFile(path), before);
    }
  }
});

Deno.test("a damaged inventory, or one that is gone, makes no journal", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await uploadFiles(place, ["a", "b", "c"]);
  const cases: [string, (text: string) => string, RegExp][] = [
    ["json", (text) => text.slice(0, -3), /ends too soon, after archive 2/],
    [
      "json",
      (text) => text.replace(/"Size":2/, '"Size":-2'),
      /Size of archive 2/,
    ],
    ["csv", (text) => text.replace(/,2,/, ",two,"), /Size of line 3/],
    ["csv", () => "", /it is empty/],
  ];
  for (const [format, damage, expected] of cases) {
    await retrieve(place, format);
    const { status, out, err } = await download(
      place,
      place.folder.at("found.log"),
      [],
      { interfere: changing(damage) },
    );
    assertEquals([status, out], [1, ""]);
    assertMatch(
      err,
      /^ERROR: The inventory cannot be used \(ask for a new one\): .*\n$/,
    );
    assertMatch(err, expected);
    assertEquals(await namesIn(place), ["found.log.lock"]);
  }
  const { status, err } = await download(
    place,
    place.folder.at("found.log"),
    [],
    {
      interfere: (operation, pass) => {
        if (operation !== "GetJobOutput") return pass();
        const code = "ResourceNotFoundException";
        return Promise.resolve(Response.json(
          { code, message: "The job ID was not found", type: "Client" },
          { status: 404, headers: { "x-amzn-requestid": "id" } },
        ));
      },
    },
  );
  assertEquals(status, 1);
  assertMatch(err, /^ERROR: The inventory is gone .*ask for a new one\n$/);
  assertEquals(await namesIn(place), ["found.log.lock"]);
});

/** Names and mtimes of a journal. */
async function filesIn(path: string): Promise<[string, number | null][]> {
  return (await recordsOf(path)).map(({ name, mtime }) => [name, mtime]);
}

Deno.test("descriptions of other programs give names, which don't hide one another", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  const mtime = 1_358_244_672;
  const ids: string[] = [];
  const descriptions = [
    encodeDescription({ name: "a", mtime }),
    encodeDescription({ name: "a", mtime: mtime + 1 }),
    "<m><v>4</v><p>Yg==</p><lm>20130115T101112Z</lm></m>",
    "<m><v>4</v><p>Yg==</p><lm>20130115T101113Z</lm></m>",
    "backup",
    "backup",
    '{"path":"/a","mtime":1}',
    "x".repeat(250),
    "x".repeat(250),
    "plain",
    encodeDescription({ name: "plain", mtime }),
    "",
    "../../etc/passwd",
    "mt2 broken",
  ];
  for (const description of descriptions) {
    ids.push((await upload(place, description)).archiveId);
  }
  const short = (n: number) => ids[n].slice(0, 12);
  await retrieve(place, "csv");

  const all = await download(place, place.folder.at("all.log"));
  assertEquals(
    [all.status, all.err],
    [
      0,
      "WARNING: 3 archives with a description that tells no name: recorded under the archive ID\n",
    ],
  );
  const named: [string, number | null][] = [
    ["a", mtime],
    ["a", mtime + 1],
    ["b", mtime],
    ["b", mtime + 1],
    ["backup", null],
    [`backup (${short(5)})`, null],
    [`a (${short(6)})`, 1],
    ["x".repeat(250), null],
    [ids[8], null],
    ["plain", null],
    [`plain (${short(10)})`, mtime],
  ];
  assertEquals(await filesIn(place.folder.at("all.log")), [
    ...named,
    ...ids.slice(11).map((id): [string, null] => [id, null]),
  ]);

  const left = await download(place, place.folder.at("left.log"), [
    "--undecodable",
    "leave-out",
    "--json",
  ]);
  const events = left.lines.map((line) => JSON.parse(line));
  assertEquals(
    events.map(({ type }) => type),
    ["warning", "inventoryDownloaded", "summary", "done"],
  );
  const { jobId, ...event } = events[1];
  assertMatch(jobId, /^[\w-]+$/);
  assertEquals(event, {
    type: "inventoryDownloaded",
    format: "csv",
    archives: 11,
    bytes: 11,
    undecoded: 0,
    leftOut: 3,
  });
  assertEquals(await filesIn(place.folder.at("left.log")), named);

  const failed = await download(place, place.folder.at("found.log"), [
    "--undecodable",
    "fail",
  ]);
  assertEquals([failed.status, failed.out], [1, ""]);
  assertMatch(
    failed.err,
    new RegExp(
      `^ERROR: The description of the archive ${ids[11]} tells no name: ""`,
    ),
  );
  assertEquals(await namesIn(place), ["found.log.lock"]);

  // As the original does it.
  const mt = await download(place, place.folder.at("mt.log"), [
    "--descriptions",
    "mt",
  ]);
  assertEquals(mt.status, 0);
  assertEquals(
    await filesIn(place.folder.at("mt.log")),
    descriptions.map((_, n) => {
      if (n < 2) return ["a", mtime + n];
      return n === 10 ? ["plain", mtime] : [ids[n], null];
    }),
  );
});

Deno.test("an archive that an inventory lists twice is recorded once", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  const expected = await uploadFiles(place, ["a", "b"]);
  await retrieve(place, "json");
  const path = place.folder.at("found.log");
  const { status, err } = await download(place, path, [], {
    interfere: changing((text) => {
      const inventory = JSON.parse(text);
      inventory.ArchiveList.push(inventory.ArchiveList[0]);
      return JSON.stringify(inventory);
    }),
  });
  assertEquals(
    [status, err],
    [0, "WARNING: 1 archive listed twice in the inventory: recorded once\n"],
  );
  assertEquals(withoutTime(await recordsOf(path)), expected);
});

Deno.test("a process that is killed leaves no journal, and the next run clears up after it", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await uploadFiles(place, ["a", "b", "c"]);
  await retrieve(place, "json");
  const reading = Promise.withResolvers<void>();
  let hang = true;
  const fetch = interfered(place.server, async (operation, pass) => {
    const answer = await pass();
    if (operation !== "GetJobOutput" || !hang) return answer;
    const text = await answer.text();
    const bytes = new TextEncoder().encode(text);
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes.subarray(0, 900)),
      // Reached when the first bytes are on their way.
      pull: () => reading.resolve(),
    }, { highWaterMark: 0 });
    return new Response(body, { headers: answer.headers });
  });
  await using http = await serveHttp(fetch, {
    hostname: "127.0.0.1",
    port: 0,
  });
  const config = place.folder.at("http.cfg");
  await writeConfig(config, http.url, place.journal);
  const path = place.folder.at("found.log");
  const args = [
    "download-inventory",
    "--new-journal",
    path,
    "--config",
    config,
  ];
  const child = spawnProgram(args);
  await reading.promise;
  child.kill("SIGKILL");
  await child.output();
  const left = await namesIn(place);
  assertEquals(left.length, 2);
  assertMatch(left[1], /^found\.log\.new-/);
  hang = false;
  const { status, err } = await runProcess(args);
  assertEquals([status, err], [0, ""]);
  assertEquals(await namesIn(place), [
    "found.log",
    "found.log.lock",
    "found.log.vault",
  ]);
  assertEquals((await recordsOf(path)).length, 3);
});
