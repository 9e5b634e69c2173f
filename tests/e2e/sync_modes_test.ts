import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { parseLine } from "../../src/journal/record.ts";
import { interfered, type Run, type Workplace, workplace } from "../program.ts";

const MiB = 1024 * 1024;

/** A vault with the given files in it, each with the mtime 1,000,000,000. */
async function synced(
  files: Record<string, string>,
): Promise<Workplace> {
  const place = await workplace();
  await place.run("create-vault", "photos");
  for (const [name, text] of Object.entries(files)) {
    await write(place, name, text);
  }
  const run = await place.run("sync");
  assertEquals(run.status, 0, run.err);
  return place;
}

async function write(
  { tree }: Workplace,
  name: string,
  text: string,
  mtime = 1_000_000_000,
): Promise<void> {
  const path = `${tree}/${name}`;
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, text);
  await Deno.utime(path, mtime, mtime);
}

/** Name → archive ID, by the journal's CREATED and DELETED lines. */
async function recorded(place: Workplace): Promise<Map<string, string[]>> {
  const names = new Map<string, string[]>();
  for (const line of (await place.readJournal()).trimEnd().split("\n")) {
    const record = parseLine(line);
    if (record.type === "created") {
      const others = names.get(record.name) ?? [];
      names.set(record.name, [...others, record.archiveId]);
    } else if (record.type === "deleted") {
      const rest = names.get(record.name)!
        .filter((id) => id !== record.archiveId);
      names.set(record.name, rest);
    }
  }
  return names;
}

/** The lines without hashes and IDs. */
function shortened({ lines }: Run): string[] {
  return lines.map((line) =>
    line.replace(/\[[0-9a-f]{64}\]/, "[HASH]").replace(/[\w-]{138}/, "ID")
  );
}

Deno.test("a modified file goes up anew, then the old archive is deleted", async () => {
  await using place = await synced({ a: "one", b: "two" });
  const before = await recorded(place);
  await write(place, "a", "longer");
  const operations: string[] = [];
  const fetch = interfered(place.server, async (operation, pass) => {
    const response = await pass();
    operations.push(operation);
    if (operation === "DeleteArchive") {
      // Old goes last: by now the new one is in the journal.
      const lines = (await place.readJournal()).trimEnd().split("\n");
      assertMatch(lines.at(-1)!, /CREATED.*\ta$/);
    }
    return response;
  });
  const run = await place.runWith({ fetch }, "sync", "--replace-modified");
  assertEquals(run.status, 0, run.err);
  assertEquals(shortened(run), [
    "Finished a hash [HASH] archive_id [ID]",
    "Deleted a archive_id [ID]",
    "OK DONE",
  ]);
  assertEquals(operations, [
    "DescribeVault",
    "UploadArchive",
    "DeleteArchive",
  ]);
  const after = await recorded(place);
  assertEquals(after.get("b"), before.get("b"));
  assertEquals(after.get("a")!.length, 1);
  assert(after.get("a")![0] !== before.get("a")![0]);
  assertEquals(await place.countArchives(), 2);
});

Deno.test("without --replace-modified nothing is replaced, without --new nothing new goes up", async () => {
  await using place = await synced({ a: "one" });
  await write(place, "a", "longer");
  await write(place, "new", "new");
  assertEquals((await place.run("sync", "--delete-removed")).lines, [
    "OK DONE",
  ]);
  const replaced = await place.run("sync", "--replace-modified");
  assertEquals(replaced.lines.length, 3);
  const added = await place.run("sync", "--new", "--replace-modified");
  assertEquals(shortened(added), [
    "Finished new hash [HASH] archive_id [ID]",
    "OK DONE",
  ]);
});

Deno.test("a hash that matches keeps the archive, one that doesn't replaces it", async () => {
  await using place = await synced({ same: "12345", other: "12345" });
  const before = await recorded(place);
  // The same content with another mtime, and another content of the same size.
  await write(place, "same", "12345", 1_000_000_001);
  await write(place, "other", "12x45", 1_000_000_001);
  const run = await place.run("sync", "--replace-modified");
  assertEquals(run.status, 0, run.err);
  assertEquals(shortened(run).sort(), [
    `Checked treehash for ${place.tree}/other - DOES NOT MATCH`,
    `Checked treehash for ${place.tree}/same - MATCH`,
    "Deleted other archive_id [ID]",
    "Finished other hash [HASH] archive_id [ID]",
    "OK DONE",
  ]);
  assertEquals((await recorded(place)).get("same"), before.get("same"));
});

Deno.test("archives of files that are gone or empty are deleted, the latest version of each", async () => {
  await using place = await synced({
    gone: "1",
    empty: "2",
    "sub/x": "3",
    d: "4",
    stays: "5",
  });
  const before = await recorded(place);
  await Deno.remove(`${place.tree}/gone`);
  await Deno.remove(`${place.tree}/sub`, { recursive: true });
  await Deno.writeTextFile(`${place.tree}/sub`, "a file now");
  await Deno.truncate(`${place.tree}/empty`);
  await Deno.remove(`${place.tree}/d`);
  await Deno.mkdir(`${place.tree}/d`);
  const dry = await place.run("sync", "--delete-removed", "--dry-run");
  const deletions = ["gone", "empty", "sub/x", "d"];
  assertEquals(
    dry.lines.toSorted(),
    [
      "OK DONE",
      ...deletions.map((name) =>
        `Will DELETE archive ${before.get(name)![0]} (filename ${name})`
      ),
    ].sort(),
  );
  assertMatch(
    dry.err,
    /Less than 90 days old: 4 of these archives, 4 bytes in all/,
  );
  assertEquals(await place.countArchives(), 5);
  const run = await place.run("sync", "--delete-removed");
  assertEquals(run.status, 0, run.err);
  assertEquals(
    run.lines.toSorted(),
    [
      "OK DONE",
      ...deletions.map((name) =>
        `Deleted ${name} archive_id [${before.get(name)![0]}]`
      ),
    ].sort(),
  );
  assertEquals(await place.countArchives(), 1);
  assertEquals((await place.run("sync", "--delete-removed")).lines, [
    "OK DONE",
  ]);
});

Deno.test("filters keep names from being deleted, replaced and uploaded", async () => {
  await using place = await synced({ "a.jpg": "1", "b.txt": "2" });
  await Deno.remove(`${place.tree}/a.jpg`);
  await Deno.remove(`${place.tree}/b.txt`);
  await write(place, "c.txt", "3");
  await write(place, "d.jpg", "4");
  const run = await place.run(
    "sync",
    "--new",
    "--delete-removed",
    "--filter",
    "+*.jpg -",
  );
  assertEquals(shortened(run), [
    "Finished d.jpg hash [HASH] archive_id [ID]",
    "Deleted a.jpg archive_id [ID]",
    "OK DONE",
  ]);
});

Deno.test("a link to nothing or a folder that can't be looked into is no removed file", async () => {
  await using place = await synced({ link: "1", loop: "2" });
  for (const name of ["link", "loop"]) {
    await Deno.remove(`${place.tree}/${name}`);
  }
  await Deno.symlink("/nowhere/at/all", `${place.tree}/link`);
  await Deno.symlink("loop", `${place.tree}/loop`);
  const run = await place.run("sync", "--delete-removed");
  assertEquals(run.status, 1);
  assertMatch(
    run.err,
    /link is a link to nothing, and its archive was not deleted/,
  );
  assertMatch(
    run.err,
    /Cannot look at .*loop, and its archive was not deleted/,
  );
  assertEquals(await place.countArchives(), 2);
});

Deno.test("what was behind a link that leads nowhere now is no removed file", async () => {
  await using place = await synced({ own: "1", gone: "2" });
  const disk = place.folder.at("disk");
  await Deno.mkdir(`${disk}/sub`, { recursive: true });
  await Deno.writeTextFile(`${disk}/a`, "a");
  await Deno.writeTextFile(`${disk}/sub/b`, "b");
  await Deno.symlink(disk, `${place.tree}/link`);
  assertEquals((await place.run("sync", "--follow")).status, 0);
  await Deno.remove(`${place.tree}/gone`);
  // As where a disk is not mounted.
  await Deno.rename(disk, `${disk}-away`);
  const run = await place.run("sync", "--delete-removed");
  assertEquals(run.status, 1);
  for (const name of ["a", "sub/b"]) {
    assertStringIncludes(
      run.err,
      `${place.tree}/link is a link to nothing, and the archive of ${place.tree}/link/${name} was not deleted`,
    );
  }
  assertEquals(shortened(run), ["Deleted gone archive_id [ID]"]);
  await Deno.rename(`${disk}-away`, disk);
  // Behind a link that leads somewhere, what is gone is gone.
  await Deno.remove(`${disk}/sub`, { recursive: true });
  const next = await place.run("sync", "--delete-removed");
  assertEquals(next.status, 0, next.err);
  assertEquals(shortened(next), [
    "Deleted link/sub/b archive_id [ID]",
    "OK DONE",
  ]);
});

Deno.test("a removed file that is there again when its turn comes keeps its archive", async () => {
  await using place = await synced({ a: "1", b: "2", c: "3" });
  for (const name of ["a", "b", "c"]) {
    await Deno.remove(`${place.tree}/${name}`);
  }
  const left = new Set(["a", "b", "c"]);
  const run = await place.runWith(
    {
      onLine: (line) => {
        const [, name] = /^Deleted (\w) /.exec(line) ?? [];
        if (name === undefined) return;
        left.delete(name);
        for (const other of left) {
          Deno.writeTextFileSync(`${place.tree}/${other}`, "again");
        }
      },
    },
    "sync",
    "--delete-removed",
    "--concurrency",
    "1",
  );
  assertEquals(run.status, 0, run.err);
  assertEquals(await place.countArchives(), left.size);
  assert(left.size > 0);
});

Deno.test("a folder that is gone itself by the time is none that files were removed from", async () => {
  await using place = await synced({ a: "1", b: "2" });
  await write(place, "c", "3");
  const run = await place.runWith(
    {
      onLine: (line) => {
        if (!line.startsWith("Finished")) return;
        Deno.renameSync(place.tree, `${place.tree}-away`);
      },
    },
    "sync",
    "--new",
    "--delete-removed",
  );
  assertEquals(run.status, 1);
  assertMatch(run.err, /ERROR: .*tree does not exist/);
  assertEquals(await place.countArchives(), 3);
});

Deno.test("where a file failed, nothing is deleted for being gone: it may have been renamed", async () => {
  await using place = await synced({ old: "content" });
  // A name that is too long for a description.
  const renamed = Array(5).fill("n".repeat(200)).join("/");
  await write(place, renamed, "content");
  await Deno.remove(`${place.tree}/old`);
  for (const dryRun of [["--dry-run"], []]) {
    const run = await place.run("sync", "--new", "--delete-removed", ...dryRun);
    assertEquals([run.status, run.lines], [1, []]);
    assertMatch(run.err, /name is too long/);
    assertMatch(
      run.err,
      /WARNING: No archives of removed files are deleted, because a file failed/,
    );
  }
  assertEquals(await place.countArchives(), 1);
  const alone = await place.run("sync", "--delete-removed");
  assertEquals(shortened(alone), ["Deleted old archive_id [ID]", "OK DONE"]);
});

Deno.test("an empty folder is taken for a disk that isn't mounted where more than 10 archives would go", async () => {
  const names = Array.from({ length: 11 }, (_, i) => `f${i}`);
  await using place = await synced(
    Object.fromEntries(names.map((name) => [name, name])),
  );
  await Deno.remove(place.tree, { recursive: true });
  await Deno.mkdir(place.tree);
  for (const dryRun of [["--dry-run"], []]) {
    const run = await place.run("sync", "--delete-removed", ...dryRun);
    assertEquals(run.status, 1);
    assertMatch(
      run.err,
      /ERROR: Folder .*tree is empty, so that 11 archives would be deleted: nothing is deleted/,
    );
  }
  assertEquals(await place.countArchives(), 11);
  await write(place, "there is something", "x");
  const run = await place.run("sync", "--delete-removed", "--quiet");
  assertEquals([run.status, run.lines.length], [0, 12], run.err);
});

Deno.test("--max-number-of-files counts what is done, not what is looked at", async () => {
  await using place = await synced({ a: "1", b: "2", c: "3", d: "4" });
  for (const name of ["a", "b"]) {
    await write(place, name, name === "a" ? "1" : "2", 5);
  }
  for (const name of ["c", "d"]) await write(place, name, "x", 5);
  const args = [
    "sync",
    "--replace-modified",
    "--max-number-of-files",
    "1",
  ] as const;
  const first = await place.run(...args);
  assertEquals(first.status, 0, first.err);
  assertEquals(first.lines.filter((line) => / - MATCH$/.test(line)).length, 2);
  assertEquals(
    first.lines.filter((line) => line.startsWith("Finished")).length,
    1,
  );
  const second = await place.run(...args);
  assertEquals(
    second.lines.filter((line) => line.startsWith("Finished")).length,
    1,
  );
  const third = await place.run(...args);
  assertEquals(
    third.lines.filter((line) => line.startsWith("Finished")).length,
    0,
  );
});

Deno.test("--follow takes links for what they lead to", async () => {
  await using place = await synced({ a: "1" });
  await Deno.mkdir(place.folder.at("elsewhere"));
  await Deno.writeTextFile(place.folder.at("elsewhere", "x"), "x");
  await Deno.symlink(place.folder.at("elsewhere"), `${place.tree}/link`);
  assertEquals((await place.run("sync")).lines, ["OK DONE"]);
  assertEquals(shortened(await place.run("sync", "--follow")), [
    "Finished link/x hash [HASH] archive_id [ID]",
    "OK DONE",
  ]);
  // It is there, and a link: nothing is removed.
  assertEquals((await place.run("sync", "--delete-removed")).lines, [
    "OK DONE",
  ]);
});

Deno.test("--follow finds the run's own journal behind a link, and leaves it out", async () => {
  await using place = await synced({ a: "1" });
  const folder = place.folder.at("journals");
  await Deno.mkdir(folder);
  await Deno.symlink(folder, `${place.tree}/link`);
  await Deno.symlink(`${folder}/j.log`, `${place.tree}/other`);
  const args = ["--follow", "--replace-modified", "--new"];
  const journal = ["--journal", `${folder}/j.log`];
  await Deno.writeTextFile(`${folder}/j.log`, await place.readJournal());
  for (const _ of [1, 2]) {
    const run = await place.run("sync", ...args, ...journal);
    assertEquals([run.status, run.lines], [0, ["OK DONE"]], run.err);
  }
});

/** Lets a run end as if it had been killed when a DeleteArchive was about to be sent, or had been answered. */
async function endAtDelete(
  place: Workplace,
  moment: "before" | "after",
  ...args: string[]
): Promise<Run> {
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation !== "DeleteArchive") return await pass();
    if (moment === "after") await (await pass()).body?.cancel();
    throw new TypeError("connection closed before message completed");
  });
  return await place.runWith({ fetch }, "sync", "--retries", "0", ...args);
}

for (const moment of ["before", "after"] as const) {
  for (const size of [3, 2 * MiB + 1]) {
    Deno.test(`a replaced archive of ${size} bytes that could not be deleted (lost ${moment} the effect) goes with the next run`, async () => {
      await using place = await synced({ a: "one" });
      const [old] = (await recorded(place)).get("a")!;
      // An older mtime, by which the old archive stays the latest version.
      await write(place, "a", "x".repeat(size), 5);
      const run = await endAtDelete(
        place,
        moment,
        "--replace-modified",
        "--detect",
        "always-positive",
        "--partsize",
        "1",
      );
      assertEquals(run.status, 1);
      assertEquals(
        run.lines.filter((line) => line.startsWith("Finished")).length,
        1,
      );
      assertEquals((await recorded(place)).get("a")!.length, 2);
      const dry = await place.run("sync", "--dry-run");
      assertEquals(dry.lines, [
        `Will DELETE archive ${old} (filename a)`,
        "OK DONE",
      ]);
      const dryFile = await place.run(
        "upload-file",
        `--filename=${place.config}`,
        "--set-rel-filename=b",
        "--dry-run",
      );
      assertEquals(dryFile.lines, [
        `Will UPLOAD ${place.config}`,
        `Will DELETE archive ${old} (filename a)`,
        "OK DONE",
      ]);
      const next = await place.run("sync");
      assertEquals(next.status, 0, next.err);
      assertEquals(next.lines, [`Deleted a archive_id [${old}]`, "OK DONE"]);
      assertEquals((await recorded(place)).get("a")!.length, 1);
      assertEquals(await place.countArchives(), 1);
      assertEquals((await place.run("sync", "--replace-modified")).lines, [
        "OK DONE",
      ]);
    });
  }
}

Deno.test("a service that refuses a deletion does not keep the next run from its work", async () => {
  await using place = await synced({ a: "one" });
  await write(place, "a", "another");
  await endAtDelete(place, "before", "--replace-modified");
  await write(place, "b", "new");
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation !== "DeleteArchive") return await pass();
    return Response.json(
      { code: "AccessDeniedException", message: "Locked", type: "Client" },
      { status: 403, headers: { "x-amzn-requestid": "r" } },
    );
  });
  const run = await place.runWith({ fetch }, "sync");
  assertEquals(run.status, 0, run.err);
  assertMatch(
    run.err,
    /WARNING: Cannot delete archive \S+, an older version of a: .*Locked.*the next run tries again/,
  );
  assertEquals(shortened(run), [
    "Finished b hash [HASH] archive_id [ID]",
    "OK DONE",
  ]);
  assertEquals((await place.run("sync")).lines.length, 2);
});

Deno.test("where another old version stays the latest one, that is told, and the next run replaces it too", async () => {
  await using place = await synced({ a: "one" });
  const args = ["--filename", `${place.tree}/a`, "--dir", place.tree];
  await write(place, "a", "later", 2_000_000_000);
  assertEquals((await place.run("upload-file", ...args)).status, 0);
  await write(place, "a", "latest", 2_000_000_001);
  assertEquals((await place.run("upload-file", ...args)).status, 0);
  await write(place, "a", "an old file", 5);
  const run = await place.run("sync", "--replace-modified");
  assertEquals([run.status, run.lines.length], [0, 3], run.err);
  assertMatch(
    run.err,
    /WARNING: Archive \S+, an older version of a, has a later modification time/,
  );
  for (const _ of ["later", "one"]) {
    const next = await place.run("sync", "--replace-modified");
    assertEquals([next.status, next.lines.length], [0, 3], next.err);
  }
  assertEquals((await place.run("sync", "--replace-modified")).lines, [
    "OK DONE",
  ]);
});
