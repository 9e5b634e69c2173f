import { assertEquals, assertMatch } from "@std/assert";
import { runProgram, type Workplace, workplace } from "../program.ts";

/**
 * The command lines of mt-aws-glacier's README of 2012, in the order in which
 * it leads through them, without the program's name.
 */
const COMMANDS = {
  sync:
    "sync --config=glacier.cfg --from-dir /data/backup --to-vault=myvault --journal=journal.log --concurrency=3",
  check:
    "check-local-hash --config=glacier.cfg --from-dir /data/backup --to-vault=myvault -journal=journal.log",
  restore:
    "restore --config=glacier.cfg --from-dir /data/backup --to-vault=myvault -journal=journal.log --max-number-of-files=10",
  restoreCompleted:
    "restore-completed --config=glacier.cfg --from-dir /data/backup --to-vault=myvault -journal=journal.log",
  purge:
    "purge-vault --config=glacier.cfg --from-dir /data/backup --to-vault=myvault -journal=journal.log",
};

/** Runs a command line of the README, whose paths stand for those of a workplace. */
async function runCommand({ server, folder, tree }: Workplace, line: string) {
  const words = line
    .replace("glacier.cfg", folder.at("mt.cfg"))
    .replace("/data/backup", tree)
    .replace("journal.log", folder.at("journal.log"))
    .split(" ");
  const run = await runProgram(words, { fetch: server.fetch });
  assertMatch(run.err, /^WARNING: Option --from-dir is deprecated/);
  assertMatch(run.err, /^WARNING: Option --to-vault is deprecated/m);
  return run;
}

Deno.test("the commands of mt-aws-glacier's README do what it says, with its configuration file", async () => {
  await using place = await workplace();
  await Deno.writeTextFile(
    place.folder.at("mt.cfg"),
    "key=key\r\nsecret=secret\r\nregion=us-east-1 #eu-west-1, us-east-1 etc\r\n" +
      "endpoint=http://localhost\r\n",
  );
  await place.run("create-vault", "myvault");
  const texts = { "one": "1", "two": "22" };
  for (const [name, text] of Object.entries(texts)) {
    await Deno.writeTextFile(`${place.tree}/${name}`, text);
  }
  const synced = await runCommand(place, COMMANDS.sync);
  assertEquals([synced.status, synced.lines.length], [0, 3], synced.err);

  await Deno.writeTextFile(`${place.tree}/three`, "333");
  const more = await runCommand(place, COMMANDS.sync);
  assertEquals(more.lines.length, 2);
  assertMatch(more.lines[0], /^Finished three hash /);

  const checked = await runCommand(place, COMMANDS.check);
  assertEquals(checked.status, 0, checked.err);
  assertEquals(checked.lines.includes("3 OK"), true);

  await Deno.remove(`${place.tree}/one`);
  await Deno.remove(`${place.tree}/two`);
  const asked = await runCommand(place, COMMANDS.restore);
  assertEquals(asked.lines.length, 3);
  assertMatch(asked.lines[0], /^Retrieved Archive /);

  const fetched = await runCommand(place, COMMANDS.restoreCompleted);
  assertEquals(fetched.lines.length, 3);
  for (const [name, text] of Object.entries(texts)) {
    assertEquals(await Deno.readTextFile(`${place.tree}/${name}`), text);
  }

  const purged = await runCommand(place, COMMANDS.purge);
  assertEquals([purged.status, purged.lines.length], [0, 4], purged.err);
  const { numberOfArchives } = await place.client.describeVault("myvault");
  assertEquals(numberOfArchives, 0);
});
