import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  interfered,
  loseAnswer,
  type Workplace,
  workplace,
} from "../program.ts";

async function filled(names: readonly string[]): Promise<Workplace> {
  const place = await workplace();
  await place.run("create-vault", "photos");
  for (const name of names) {
    await Deno.writeTextFile(`${place.tree}/${name}`, name);
  }
  const run = await place.run("sync");
  assertEquals(run.status, 0, run.err);
  return place;
}

Deno.test("a purge deletes every version of every file, once looked at with --dry-run", async () => {
  await using place = await filled(["a", "b"]);
  // The same files once more, under the same names.
  await Deno.rename(place.journal, `${place.journal}.1`);
  await place.run("sync");
  const [first, second] = await Promise.all(
    [`${place.journal}.1`, place.journal].map((path) =>
      Deno.readTextFile(path)
    ),
  );
  await Deno.writeTextFile(place.journal, first + second);
  const dry = await place.run("purge-vault", "--dry-run");
  assertEquals(dry.status, 0, dry.err);
  assertEquals(dry.lines.length, 5);
  assertMatch(
    dry.lines[0],
    /^Will DELETE archive [\w-]{138} \(filename [ab]\)$/,
  );
  assertMatch(dry.err, /4 of these archives, 4 bytes in all/);
  assertEquals(await place.countArchives(), 4);
  const run = await place.run("purge-vault");
  assertEquals(run.status, 0, run.err);
  assertEquals(run.lines.length, 5);
  assertMatch(run.lines[0], /^Deleted [ab] archive_id \[[\w-]{138}\]$/);
  assertMatch(run.err, /4 deleted/);
  assertEquals(await place.countArchives(), 0);
  for (const args of [["--dry-run"], []]) {
    const again = await place.run("purge-vault", ...args);
    assertEquals(again.lines, ["Nothing to delete", "OK DONE"]);
  }
});

Deno.test("a purge that was broken off goes on where it stopped", async () => {
  await using place = await filled(["a", "b", "c", "d"]);
  const interrupt = new AbortController();
  let deleted = 0;
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation !== "DeleteArchive") return await pass();
    const response = await pass();
    if (++deleted === 2) interrupt.abort();
    return response;
  });
  const run = await place.runWith(
    { fetch, signal: interrupt.signal },
    "purge-vault",
    "--concurrency",
    "1",
  );
  assertEquals(run.status, 130, run.err);
  // What was deleted is recorded, also that which the interruption met.
  assertEquals(run.lines.length, 2);
  assertEquals(await place.countArchives(), 2);
  assertEquals((await place.readJournal()).match(/\tDELETED\t/g)!.length, 2);
  const rest = await place.run("purge-vault");
  assertEquals(rest.lines.length, 3);
  assertEquals(await place.countArchives(), 0);
});

Deno.test("an archive that is gone already counts as deleted", async () => {
  await using place = await filled(["a"]);
  const before = await place.readJournal();
  await place.run("purge-vault");
  // As if the program had been killed before it wrote the line.
  await Deno.writeTextFile(place.journal, before);
  const again = await place.run("purge-vault");
  assertEquals([again.status, again.lines.length], [0, 2], again.err);
});

Deno.test("a purge needs a journal that can be read, and one that can be written", async () => {
  await using place = await filled(["a"]);
  const missing = await place.run(
    "purge-vault",
    "--journal",
    place.folder.at("none"),
  );
  assertEquals(missing.status, 1);
  assertMatch(missing.err, /ERROR: There is no journal/);
  await Deno.writeTextFile(place.folder.at("bad"), "garbage\n");
  const bad = await place.run(
    "purge-vault",
    "--journal",
    place.folder.at("bad"),
  );
  assertEquals(bad.status, 1);
  assertMatch(bad.err, /ERROR: Line 1 of the journal/);
  assert(await place.countArchives() === 1);
});

Deno.test("archives older than 90 days cost no more than their deletion", async () => {
  await using place = await filled(["a", "b"]);
  const day = 24 * 60 * 60;
  const now = Math.floor(Date.now() / 1000);
  const lines = (await place.readJournal()).trimEnd().split("\n");
  const aged = (days: number) => (line: string) => {
    const [version, , ...rest] = line.split("\t");
    return [version, now - days * day, ...rest].join("\t");
  };
  const write = (...ages: number[]) =>
    Deno.writeTextFile(
      place.journal,
      lines.map((line, i) => `${aged(ages[i])(line)}\n`).join(""),
    );
  await write(91, 89);
  const one = await place.run("purge-vault", "--dry-run");
  assertMatch(
    one.err,
    /WARNING: Less than 90 days old: 1 of these archives, 1 bytes in all;/,
  );
  await write(91, 400);
  assertEquals((await place.run("purge-vault", "--dry-run")).err, "");
});

Deno.test("archives of another vault are not deleted, and the error says what is the matter", async () => {
  await using place = await filled(["a"]);
  await place.run("create-vault", "other");
  const run = await place.run("purge-vault", "--vault", "other", "--rebind");
  assertEquals([run.status, run.lines], [1, []]);
  assertMatch(
    run.err,
    /ERROR: a: The archive is not in vault other in us-east-1, but in another one/,
  );
  assertEquals(await place.countArchives(), 1);
  assert(!(await place.readJournal()).includes("DELETED"));
});

Deno.test("a purge tells of archives that the journal doesn't know", async () => {
  await using place = await filled(["a"]);
  await Deno.writeTextFile(`${place.tree}/b`, "b");
  const fetch = interfered(place.server, loseAnswer("UploadArchive"));
  await place.runWith({ fetch }, "sync");
  const run = await place.run("purge-vault");
  assertEquals([run.status, run.lines.length], [0, 3], run.err);
  assertMatch(
    run.err,
    /WARNING: 1 upload is in doubt: the vault may have archives of it that the journal doesn't know/,
  );
  assertEquals(await place.countArchives(), 1);
});
