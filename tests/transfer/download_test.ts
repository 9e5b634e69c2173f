import { assert, assertEquals, assertMatch } from "@std/assert";
import { createHost } from "../../src/platform/host.ts";
import { faultyFiles } from "../journal/fixtures.ts";
import { interfered, type Workplace, workplace } from "../program.ts";

/** A workplace whose files were synced and lost. */
async function lostFiles(names: Iterable<string>): Promise<Workplace> {
  const place = await workplace();
  await place.run("create-vault", "photos");
  for (const name of names) {
    await Deno.writeTextFile(`${place.tree}/${name}`, `content of ${name}`);
  }
  await place.run("sync");
  for (const name of names) await Deno.remove(`${place.tree}/${name}`);
  return place;
}

async function names(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).sort();
}

Deno.test("a full disk ends a restore, instead of downloading everything in vain", async () => {
  await using place = await lostFiles("abcdefghij");
  await place.run("restore");
  let downloads = 0;
  const fetch = interfered(place.server, (operation, pass) => {
    if (operation === "GetJobOutput") downloads++;
    return pass();
  });
  const files = faultyFiles({
    write: (path) => path.endsWith(".part") ? new Uint8Array(0) : undefined,
  });
  const run = await place.runWith(
    { fetch, platform: { ...createHost(), files } },
    "restore-completed",
    "--concurrency",
    "2",
  );
  assertEquals(run.status, 1, run.err);
  // Those that were under way, and no more.
  assert(downloads <= 2, `${downloads} downloads`);
  assertMatch(run.err, /ERROR: Cannot write file: .*ENOSPC/);
  assertEquals(await names(place.tree), []);
});

Deno.test("a restored file has the permissions of any new file", async () => {
  if (Deno.build.os === "windows") return;
  await using place = await lostFiles("a");
  await place.run("restore");
  await place.run("restore-completed");
  const { mode } = await Deno.stat(`${place.tree}/a`);
  assertEquals(mode! & 0o777, 0o666 & ~Deno.umask());
});

Deno.test("an interrupted restore leaves no half file, and the next run brings all", async () => {
  await using place = await lostFiles("abc");
  await place.run("restore");
  const interrupt = new AbortController();
  const fetch = interfered(place.server, async (operation, pass) => {
    const response = await pass();
    if (operation === "GetJobOutput") interrupt.abort(new Error("stop"));
    return response;
  });
  const run = await place.runWith(
    { fetch, signal: interrupt.signal },
    "restore-completed",
    "--concurrency",
    "1",
  );
  assertEquals(run.status, 130);
  assert((await names(place.tree)).every((name) => !name.startsWith(".")));
  assertEquals((await place.run("restore-completed")).status, 0);
  assertEquals(await names(place.tree), ["a", "b", "c"]);
});

Deno.test("where there are no hard links, a file gets its name by renaming", async () => {
  await using place = await lostFiles("a");
  await place.run("restore");
  const host = createHost();
  const files = {
    ...host.files,
    link: () =>
      Promise.reject(Object.assign(new Error("EPERM: no"), { code: "EPERM" })),
  };
  const platform = { ...host, files };
  const run = await place.runWith({ platform }, "restore-completed");
  assertEquals([run.status, await names(place.tree)], [0, ["a"]], run.err);
});

Deno.test("an archive that is gone from the vault fails alone, and is named", async () => {
  await using place = await lostFiles("abc");
  const [first] = (await place.readJournal()).split("\n");
  const [, , , archiveId, , , , name] = first.split("\t");
  await place.client.deleteArchive("photos", archiveId);
  const run = await place.run("restore");
  assertEquals([run.status, run.lines.length], [1, 2], run.err);
  assertMatch(run.err, new RegExp(`ERROR: ${name}: .*[Nn]ot found`));
  assertEquals((await place.run("restore-completed")).lines.length, 3);
});

Deno.test("a job whose output has expired fails alone, and is named", async () => {
  await using place = await lostFiles("abc");
  await place.run("restore");
  let first = true;
  const fetch = interfered(place.server, (operation, pass) => {
    if (operation !== "GetJobOutput" || !first) return pass();
    first = false;
    return Promise.resolve(Response.json(
      { code: "ResourceNotFoundException", message: "expired", type: "Client" },
      { status: 404, headers: { "x-amzn-requestid": "id" } },
    ));
  });
  const run = await place.runWith({ fetch }, "restore-completed");
  assertEquals([run.status, (await names(place.tree)).length], [1, 2]);
  assertMatch(run.err, /ERROR: [abc]: .*not found/i);
});

Deno.test("what can't be put back is not asked for: a blocked way, a folder in its place, an impossible name", async () => {
  await using place = await workplace();
  const { tree } = place;
  await place.run("create-vault", "photos");
  for (const name of ["sub", "way"]) await Deno.mkdir(`${tree}/${name}`);
  for (const name of ["sub/a", "way/b", "folder", "link", "fine"]) {
    await Deno.writeTextFile(`${tree}/${name}`, name);
  }
  await place.run("sync");
  await Deno.remove(tree, { recursive: true });
  await Deno.mkdir(tree);
  await Deno.writeTextFile(`${tree}/way`, "a file");
  await Deno.mkdir(`${tree}/folder`);
  await Deno.symlink("/nonexistent", `${tree}/link`, { type: "file" });
  // A name that the file system can't hold.
  const lines = (await place.readJournal()).trimEnd().split("\n");
  const fields = lines[0].split("\t");
  fields[3] = "z".repeat(138);
  fields[7] = "n".repeat(300);
  await Deno.writeTextFile(
    place.journal,
    `${[...lines, fields.join("\t")].join("\n")}\n`,
  );
  const run = await place.run("restore");
  assertEquals(run.status, 1);
  assertEquals(run.lines.length, 2, run.out);
  for (const name of ["way", "folder", "link", "n".repeat(300)]) {
    assertMatch(run.err, new RegExp(`ERROR: .*${name}`));
  }
  await place.run("restore-completed");
  assertEquals(await Deno.readTextFile(`${tree}/sub/a`), "sub/a");
  assertEquals(await Deno.readTextFile(`${tree}/fine`), "fine");
});

Deno.test("a journal that tells of an empty archive costs nothing and stops nothing", async () => {
  await using place = await lostFiles("a");
  const [line] = (await place.readJournal()).split("\n");
  const fields = line.split("\t");
  [fields[3], fields[4], fields[7]] = ["z".repeat(138), "0", "nothing"];
  await Deno.writeTextFile(place.journal, `${line}\n${fields.join("\t")}\n`);
  const run = await place.run("restore");
  assertEquals([run.status, run.lines.length], [1, 1]);
  assertMatch(run.err, /ERROR: Archive of nothing is empty/);
  const done = await place.run("restore-completed");
  assertMatch(done.out, /Downloaded archive .*\/a\n/);
});

Deno.test("a folder to restore into that is a file is refused before anything is asked for", async () => {
  await using place = await lostFiles("a");
  await Deno.remove(place.tree, { recursive: true });
  await Deno.writeTextFile(place.tree, "x");
  for (const command of ["restore", "restore-completed", "check-local-hash"]) {
    const run = await place.run(command);
    assertEquals(run.status, 1);
    assertMatch(run.err, /ERROR: Folder .*tree is not a folder/);
  }
  assertEquals(await Array.fromAsync(place.client.everyJob("photos")), []);
  await Deno.remove(place.tree);
  assertMatch((await place.run("check-local-hash")).err, /does not exist/);
});

Deno.test("a temporary name that can't be removed doesn't spoil a restore", async () => {
  await using place = await lostFiles("ab");
  await place.run("restore");
  const host = createHost();
  const files = {
    ...host.files,
    remove: (path: string) =>
      path.endsWith(".part")
        ? Promise.reject(new Error("EPERM: no"))
        : host.files.remove(path),
  };
  const run = await place.runWith(
    { platform: { ...host, files } },
    "restore-completed",
  );
  assertEquals([run.status, run.lines.length], [0, 3], run.err);
});

Deno.test("what the service is bringing already is said so, and recorded once", async () => {
  let now = Date.now();
  const hour = 60 * 60 * 1000;
  const platform = { ...createHost(), clock: { now: () => now } };
  await using place = await workplace({ platform, jobDelay: 12 * 60 * 60 });
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/a`, "x");
  await place.run("sync");
  await Deno.remove(`${place.tree}/a`);
  await place.run("restore");
  // A day later the journal's line counts no more, but the output is there still.
  now += 26 * hour;
  for (let i = 0; i < 2; i++) {
    const run = await place.run("restore");
    assertEquals(run.lines, ["Nothing to restore", "OK DONE"]);
    assertMatch(run.err, /1 asked for, not here yet/);
  }
  assertEquals((await place.readJournal()).match(/RETRIEVE_JOB/g)!.length, 1);
  assertEquals((await place.run("restore-completed")).lines.length, 2);
});

Deno.test("nothing is asked for where nothing could be written", async () => {
  await using place = await lostFiles("a");
  const files = faultyFiles({
    code: "EROFS",
    open: (path) => path.startsWith(place.tree),
  });
  const platform = { ...createHost(), files };
  const run = await place.runWith({ platform }, "restore");
  assertEquals(run.status, 1);
  assertMatch(run.err, /ERROR: Folder .*tree cannot be written to: .*EROFS/);
  assertEquals(await Array.fromAsync(place.client.everyJob("photos")), []);
});
