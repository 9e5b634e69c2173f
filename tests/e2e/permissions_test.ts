/** Files that moraine makes are nobody's business who may not see what they are about. */

import { assert, assertEquals } from "@std/assert";
import {
  interfered,
  loseAnswer,
  type Workplace,
  workplace,
} from "../program.ts";
import { vectorPayload } from "../testing.ts";

const modeOf = async (path: string) => (await Deno.stat(path)).mode! & 0o777;

/** Runs a command, and looks at the modes of all files of the folder when a request of that kind comes. */
async function modesAt(
  place: Workplace,
  operation: string,
  folder: string,
  command: string,
  ...args: string[]
): Promise<Map<string, number>> {
  const modes = new Map<string, number>();
  const fetch = interfered(place.server, async (current, pass) => {
    if (current === operation) {
      for (const { name, isFile } of Deno.readDirSync(folder)) {
        if (isFile) modes.set(name, await modeOf(`${folder}/${name}`));
      }
    }
    return await pass();
  });
  const run = await place.runWith({ fetch }, command, ...args);
  assertEquals(run.status, 0, run.err);
  return modes;
}

Deno.test("what is beside the journal is no more open than the journal", async () => {
  for (const mode of [0o600, 0o640, 0o644]) {
    await using place = await workplace();
    await place.run("create-vault", "photos");
    await Deno.writeFile(`${place.tree}/file`, vectorPayload(5));
    await Deno.writeTextFile(place.journal, "");
    await Deno.chmod(place.journal, mode);
    const modes = await modesAt(
      place,
      "UploadArchive",
      place.folder.path,
      "sync",
    );
    const beside = [...modes].filter(([name]) =>
      name.startsWith("journal.log.") && name !== "journal.log.lock"
    );
    assertEquals(beside.map(([name]) => name).sort(), [
      "journal.log.intents",
      "journal.log.vault",
    ]);
    for (const [name, each] of beside) assertEquals(each & ~mode, 0, name);
    assertEquals(await modeOf(place.journal), mode);
    // The lock tells nothing.
    assertEquals((await Deno.stat(`${place.journal}.lock`)).size, 0);
  }
});

Deno.test("what is left of an upload, and a torn line that is set aside, are no more open than the journal", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeFile(`${place.tree}/file`, vectorPayload(5));
  await Deno.writeTextFile(place.journal, "B\t1\tCREA");
  await Deno.chmod(place.journal, 0o600);
  // The answer is lost, so that a doubt stays and the intents are rewritten.
  const fetch = interfered(place.server, loseAnswer("UploadArchive"));
  const run = await place.runWith({ fetch }, "sync");
  assertEquals(run.status, 0, run.err);
  const beside = [...Deno.readDirSync(place.folder.path)]
    .map(({ name }) => name)
    .filter((name) => /^journal\.log\.(torn-|intents)/.test(name));
  assertEquals(beside.length, 2, beside.join());
  for (const name of beside) {
    assertEquals(await modeOf(place.folder.at(name)), 0o600, name);
  }
});

Deno.test("a file that is being downloaded is its owner's alone until it has its name", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeFile(`${place.tree}/file`, vectorPayload(5));
  await place.run("sync");
  await Deno.remove(`${place.tree}/file`);
  await place.run("restore");
  const modes = await modesAt(
    place,
    "GetJobOutput",
    place.tree,
    "restore-completed",
  );
  assertEquals([...modes.values()], [0o600]);
  assert([...modes.keys()].every((name) => name.endsWith(".part")));
  assertEquals(await modeOf(`${place.tree}/file`), 0o666 & ~Deno.umask());
});
