import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  differences,
  SAMPLE_FILES,
  writeSampleTree,
} from "../../scripts/sample_tree.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { parseLine } from "../../src/journal/record.ts";
import {
  interfered,
  runProcess,
  spawnProgram,
  workplace,
  writeConfig,
} from "../program.ts";

const OK = { status: 0, err: "" };

Deno.test("a folder comes back identical after it was synced and lost", async () => {
  await using place = await workplace();
  const { folder, tree } = place;
  await writeSampleTree(tree);
  await place.run("create-vault", "photos");

  const synced = await place.run("sync", "--partsize", "1", "--quiet");
  assertEquals({ status: synced.status, err: synced.err }, OK);
  assertEquals(synced.lines.at(-1), "OK DONE");
  assertEquals(synced.lines.length, SAMPLE_FILES.length + 1);
  assertEquals(await place.countArchives(), SAMPLE_FILES.length);

  const records = (await place.readJournal()).trimEnd().split("\n");
  const names = records.map((line) => {
    assertMatch(
      line,
      /^B\t\d+\tCREATED\t[\w-]{138}\t\d+\t-?\d+\t[0-9a-f]{64}\t[^\t]+$/,
    );
    const record = parseLine(line);
    assert(record.type === "created");
    const sample = SAMPLE_FILES.find(({ name }) => name === record.name)!;
    assertEquals([record.size, record.mtime], [sample.size, sample.mtime]);
    return record.name;
  });
  assertEquals(names.sort(), SAMPLE_FILES.map(({ name }) => name).sort());

  const checked = await place.run("check-local-hash");
  assertEquals(checked.status, 0, checked.out + checked.err);
  assert(checked.lines.includes(`${SAMPLE_FILES.length} OK`));

  await Deno.rename(tree, folder.at("lost"));
  const asked = await place.run("restore", "--quiet");
  assertEquals({ status: asked.status, err: asked.err }, OK);
  const fetched = await place.run("restore-completed", "--quiet");
  assertEquals({ status: fetched.status, err: fetched.err }, OK);
  assertEquals(await differences(folder.at("lost"), tree), []);
  // Nothing but the files: no temporary ones are left.
  assertEquals((await place.run("restore")).lines, [
    "Nothing to restore",
    "OK DONE",
  ]);
});

Deno.test("a file not larger than a part takes one request, a larger one its parts and two more; a run asks once which vault it is", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  const MiB = 1024 * 1024;
  await Deno.writeFile(`${place.tree}/one part`, new Uint8Array(MiB));
  const operations: string[] = [];
  const fetch = interfered(place.server, (operation, pass) => {
    operations.push(operation);
    return pass();
  });
  await place.runWith({ fetch }, "sync", "--partsize", "1");
  assertEquals(operations, ["DescribeVault", "UploadArchive"]);
  operations.length = 0;
  await Deno.writeFile(`${place.tree}/more`, new Uint8Array(2 * MiB + 1));
  await place.runWith({ fetch }, "sync", "--partsize", "1");
  assertEquals(operations.sort(), [
    "CompleteMultipartUpload",
    "DescribeVault",
    "InitiateMultipartUpload",
    "UploadMultipartPart",
    "UploadMultipartPart",
    "UploadMultipartPart",
  ]);
});

Deno.test("no more requests are under way than --concurrency allows", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  for (let i = 0; i < 6; i++) {
    await Deno.writeFile(
      `${place.tree}/${i}`,
      new Uint8Array(i % 2 === 0 ? 10 : 3 * 1024 * 1024),
    );
  }
  let [current, most] = [0, 0];
  const three = Promise.withResolvers<void>();
  const fetch = interfered(place.server, async (operation, pass) => {
    // The question which vault this is comes alone.
    if (operation === "DescribeVault") return await pass();
    most = Math.max(most, ++current);
    // None of the first ones ends before three are under way.
    if (current === 3) three.resolve();
    await three.promise;
    try {
      return await pass();
    } finally {
      current--;
    }
  });
  const args = ["sync", "--partsize", "1", "--concurrency", "3"] as const;
  assertEquals((await place.runWith({ fetch }, ...args)).status, 0);
  assertEquals(most, 3);
});

Deno.test("sync uploads what is new, and only that", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/a`, "first");
  await place.run("sync");
  await Deno.writeTextFile(`${place.tree}/b`, "second");
  const second = await place.run("sync");
  assertEquals(second.lines.length, 2);
  assertMatch(
    second.lines[0],
    /^Finished b hash \[[0-9a-f]{64}\] archive_id \[.{138}\]$/,
  );
  assertEquals((await place.run("sync")).lines, ["OK DONE"]);
  assertEquals(await place.countArchives(), 2);
});

Deno.test("--max-number-of-files limits sync and restore, and the next run goes on", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  for (const name of "abcde") {
    await Deno.writeTextFile(`${place.tree}/${name}`, name);
  }
  const limit = ["--max-number-of-files", "2"];
  const lines = async (command: string) =>
    (await place.run(command, ...limit)).lines.length - 1;
  assertEquals(
    [await lines("sync"), await lines("sync"), await lines("sync")],
    [2, 2, 1],
  );
  await Deno.remove(place.tree, { recursive: true });
  assertEquals(
    [await lines("restore"), await lines("restore"), await lines("restore")],
    [2, 2, 1],
  );
});

Deno.test("a dry run says what would be done, and changes nothing", async () => {
  await using place = await workplace();
  const { tree, folder } = place;
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${tree}/a`, "first");
  const preview = await place.run("sync", "--dry-run");
  assertEquals(preview.lines, [`Will UPLOAD ${tree}/a`, "OK DONE"]);
  const names = async () =>
    (await Array.fromAsync(Deno.readDir(folder.path))).map(({ name }) => name)
      .sort();
  assertEquals(await names(), ["glacier", "glacier.cfg", "tree"]);
  assertEquals(await place.countArchives(), 0);

  await place.run("sync");
  await Deno.remove(`${tree}/a`);
  const before = await place.readJournal();
  const archiveId = before.split("\t")[3];
  const asked = await place.run("restore", "--dry-run");
  assertEquals(asked.lines, [
    `Will RETRIEVE archive ${archiveId} (filename a)`,
    "OK DONE",
  ]);
  assertEquals(await place.readJournal(), before);
  assertEquals(await Array.fromAsync(place.client.everyJob("photos")), []);

  await place.run("restore");
  const fetched = await place.run("restore-completed", "--dry-run");
  assertEquals(fetched.lines, [
    `Will DOWNLOAD (if available) archive ${archiveId} (filename a)`,
    "OK DONE",
  ]);
  assertEquals(await Array.fromAsync(Deno.readDir(tree)), []);
  const check = await place.run("check-local-hash", "--dry-run");
  assertEquals(check.lines, ["Will check file a", "OK DONE"]);
});

Deno.test("a journal that lies in the folder is no file to upload, nor are those beside it", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/a`, "x");
  // By another name of the same folder.
  await Deno.symlink(place.tree, place.folder.at("link"));
  const journal = `${place.folder.at("link")}/journal.log`;
  for (const expected of [2, 1]) {
    const run = await place.run("sync", "--journal", journal);
    assertEquals([run.status, run.lines.length], [0, expected], run.err);
  }
  // Somebody else's journal is a file like any other.
  await Deno.writeTextFile(`${place.tree}/journal.log.old`, "x");
  const run = await place.run("sync", "--journal", journal);
  assertMatch(run.lines[0], /^Finished journal\.log\.old /);
});

Deno.test("empty files are left out and counted", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/empty`, "");
  await Deno.writeTextFile(`${place.tree}/full`, "x");
  const run = await place.run("sync", "--verbose");
  assertEquals(run.status, 0);
  assertMatch(run.err, /Left out, because it is empty: empty\n/);
  assertMatch(run.err, /1 empty left out/);
  assertEquals(await place.countArchives(), 1);
});

Deno.test("of many empty files the first are named, and all on request", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  for (let i = 0; i < 15; i++) {
    await Deno.writeTextFile(`${place.tree}/${i}\x1b[31m`, "");
  }
  const named = (text: string) =>
    text.match(/^Left out, because it is empty: \d+\\x1b\[31m$/gm)?.length ?? 0;
  const run = await place.run("sync");
  assertEquals(run.status, 0, run.err);
  assertEquals(named(run.err), 10);
  assertMatch(run.err, /^More empty files are left out: --verbose names/m);
  assertMatch(run.err, /15 empty left out/);
  assertEquals(named((await place.run("sync", "--verbose")).err), 15);
  assertEquals((await place.run("sync", "--quiet")).err, "");
});

Deno.test("restore-completed leaves what is not ready for a later run", async () => {
  let now = Date.now();
  const { createHost } = await import("../../src/platform/host.ts");
  const platform = { ...createHost(), clock: { now: () => now } };
  await using place = await workplace({ jobDelay: 4 * 60 * 60, platform });
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/a`, "first");
  await place.run("sync");
  await Deno.remove(`${place.tree}/a`);
  await place.run("restore");
  const early = await place.run("restore-completed");
  assertEquals([early.status, early.lines], [0, [
    "Nothing to restore",
    "OK DONE",
  ]]);
  assertMatch(early.err, /1 asked for, not here yet/);
  assertEquals((await place.run("restore")).lines[0], "Nothing to restore");

  now += 5 * 60 * 60 * 1000;
  const late = await place.run("restore-completed");
  assertEquals(late.lines[0], `Downloaded archive ${place.tree}/a`);

  // After 24 hours the service has thrown it away, and it may be asked for again.
  await Deno.remove(`${place.tree}/a`);
  now += 30 * 60 * 60 * 1000;
  assertEquals(
    (await place.run("restore-completed")).lines[0],
    "Nothing to restore",
  );
  assertMatch((await place.run("restore")).lines[0], /^Retrieved Archive /);
});

Deno.test("a file that exists is never overwritten", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/a`, "archived");
  await place.run("sync");
  await Deno.remove(`${place.tree}/a`);
  await place.run("restore");
  // It appears while the download is under way.
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation === "GetJobOutput") {
      await Deno.writeTextFile(`${place.tree}/a`, "mine");
    }
    return await pass();
  });
  const run = await place.runWith({ fetch }, "restore-completed");
  assertEquals(run.status, 1);
  assertMatch(
    run.err,
    /ERROR: File exists already and was not touched: .*tree\/a\n/,
  );
  assertEquals(await Deno.readTextFile(`${place.tree}/a`), "mine");
  const left = await Array.fromAsync(Deno.readDir(place.tree));
  assertEquals(left.map(({ name }) => name), ["a"]);
});

Deno.test("the main job works between processes over sockets", async () => {
  await using place = await workplace();
  const { folder, tree, journal, config, server } = place;
  await using http = await serveHttp(server.fetch, {
    hostname: "127.0.0.1",
    port: 0,
  });
  await writeConfig(config, http.url, journal);
  await writeSampleTree(tree);
  const run = async (...args: string[]) => {
    const { status, err } = await runProcess([...args, "--config", config]);
    assertEquals(status, 0, err);
  };
  await run("create-vault", "photos");
  await run("sync", "--dir", tree, "--partsize", "1");
  await Deno.rename(tree, folder.at("lost"));
  await run("restore", "--dir", tree);
  await run("restore-completed", "--dir", tree);
  assertEquals(await differences(folder.at("lost"), tree), []);
});

Deno.test("two runs at once never share a journal", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/a`, "x");
  const begun = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  await using http = await serveHttp(async (request) => {
    begun.resolve();
    await goOn.promise;
    return await place.server.fetch(request);
  }, { hostname: "127.0.0.1", port: 0 });
  await writeConfig(place.config, http.url, place.journal);
  const first = spawnProgram([
    "sync",
    "--config",
    place.config,
    "--dir",
    place.tree,
  ]);
  const output = first.output();
  await begun.promise;
  const second = await place.run("sync");
  assertEquals(second.status, 1);
  assertMatch(second.err, /journal\.log is in use by another process/);
  goOn.resolve();
  assertEquals((await output).code, 0);
  assertEquals(await place.countArchives(), 1);
});
