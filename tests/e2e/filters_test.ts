import { assertEquals } from "@std/assert";
import { type Workplace, workplace } from "../program.ts";

const NAMES = ["a.jpg", "b.txt", "sub/c.jpg", "sub/tmp/d.jpg"];

/** A vault with these files, of which none is there any more locally. */
async function lost(): Promise<Workplace> {
  const place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.mkdir(`${place.tree}/sub/tmp`, { recursive: true });
  for (const name of NAMES) {
    await Deno.writeTextFile(`${place.tree}/${name}`, name);
  }
  assertEquals((await place.run("sync")).status, 0);
  await Deno.remove(place.tree, { recursive: true });
  return place;
}

/** `sub/c.jpg` is all that they let pass. */
const FILTERS = ["--exclude", "/*.*", "--filter", "-tmp/ +*.jpg", "--exclude="];

async function archiveIds(place: Workplace): Promise<Map<string, string>> {
  const lines = (await place.readJournal()).trimEnd().split("\n");
  return new Map(lines.map((line) => {
    const fields = line.split("\t");
    return [fields[7], fields[3]];
  }));
}

Deno.test("filters choose what is checked, asked for and fetched, in the order in which they are given", async () => {
  await using place = await lost();
  const ids = await archiveIds(place);
  await Deno.mkdir(place.tree);
  assertEquals(
    (await place.run("check-local-hash", ...FILTERS, "--dry-run")).lines,
    ["Will check file sub/c.jpg", "OK DONE"],
  );
  const checked = await place.run("check-local-hash", ...FILTERS);
  assertEquals(checked.status, 1);
  assertEquals(checked.lines[0], "MISSED sub/c.jpg");
  assertEquals(checked.lines.includes("1 MISSED"), true);

  assertEquals((await place.run("restore", ...FILTERS)).lines, [
    `Retrieved Archive ${ids.get("sub/c.jpg")}`,
    "OK DONE",
  ]);
  // The others too are ready, and left.
  assertEquals((await place.run("restore")).lines.length, NAMES.length);
  assertEquals((await place.run("restore-completed", ...FILTERS)).lines, [
    `Downloaded archive ${place.tree}/sub/c.jpg`,
    "OK DONE",
  ]);
  assertEquals((await place.run("restore-completed", ...FILTERS)).lines, [
    "Nothing to restore",
    "OK DONE",
  ]);
  assertEquals(
    (await place.run("restore-completed", "--dry-run")).lines.length,
    NAMES.length,
  );
});

Deno.test("a check of what the filters let pass is not failed by what they don't", async () => {
  await using place = await lost();
  await Deno.mkdir(`${place.tree}/sub`, { recursive: true });
  await Deno.writeTextFile(`${place.tree}/sub/c.jpg`, "sub/c.jpg");
  const run = await place.run("check-local-hash", ...FILTERS);
  assertEquals(run.status, 0, run.err);
  assertEquals(run.lines.includes("1 OK"), true);
});

Deno.test("filters that can't be understood end the run before anything is done", async () => {
  await using place = await lost();
  for (const command of ["sync", "restore", "purge-vault"]) {
    const run = await place.run(command, "--filter", "*.jpg");
    assertEquals([run.status, run.out], [2, ""]);
    assertEquals(
      run.err,
      'ERROR: Cannot understand the filter "*.jpg": the pattern *.jpg has neither + nor - before it (a pattern with blanks can be given by --include or --exclude)\n',
    );
  }
});
