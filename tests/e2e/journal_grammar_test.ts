import { assertEquals } from "@std/assert";
import { expectGrammar } from "../journal_grammar.ts";
import { type Workplace, workplace } from "../program.ts";

/** Names that are hard on formats. */
const NAMES = [
  "0",
  " leading and trailing ",
  "two  blanks",
  "B\\t1\\tCREATED",
  "'quotes\" and \\backslashes\\",
  "файл/в папке",
  "e\u0301 decomposed",
  "😀",
  "\u2028 line separator",
  "\u00a0nbsp\u00a0",
  "\u0085 next line",
  "\u001b[31mred",
  "...",
  "a/.b/..c",
  "NONE",
  "-dash",
  "a".repeat(255),
];

async function filled(): Promise<Workplace> {
  const place = await workplace();
  await place.run("create-vault", "photos");
  for (const [i, name] of NAMES.entries()) {
    const path = `${place.tree}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), {
      recursive: true,
    });
    await Deno.writeTextFile(path, `content ${i}`);
    // From before 1970 to after 2038.
    const time = -1_000_000_000 + i * 500_000_000;
    await Deno.utime(path, new Date(time * 1000), new Date(time * 1000));
  }
  return place;
}

Deno.test("every command writes the journal as mt-aws-glacier reads it, byte for byte", async () => {
  await using place = await filled();
  const run = async (command: string, ...args: string[]) => {
    const { status, err } = await place.run(command, ...args);
    assertEquals(status, 0, `${command}: ${err}`);
  };
  const count = NAMES.length;
  await run("sync");
  assertEquals(await expectGrammar(place.journal), { CREATED: count });

  await Deno.writeTextFile(`${place.tree}/0`, "another content");
  await run("sync", "--replace-modified", "--detect=always-positive");
  assertEquals(await expectGrammar(place.journal), {
    CREATED: 2 * count,
    DELETED: count,
  });

  const args = ["--filename", `${place.tree}/0`];
  await run("upload-file", ...args, "--set-rel-filename", "x/ y\u2029");
  const input = async function* () {
    yield new TextEncoder().encode("from a pipe");
  };
  const streamed = await place.runWith(
    { input },
    "upload-file",
    "--stdin",
    "--set-rel-filename=поток",
  );
  assertEquals(streamed.status, 0, streamed.err);

  await Deno.remove(place.tree, { recursive: true });
  await Deno.mkdir(place.tree);
  await run("restore", "--max-number-of-files", "5");
  await run("restore");
  await run("restore-completed");
  await run("sync", "--delete-removed", "--filter", "-0");
  assertEquals(await expectGrammar(place.journal), {
    CREATED: 2 * count + 2,
    DELETED: count,
    RETRIEVE_JOB: count + 2,
  });

  await run("retrieve-inventory");
  const found = place.folder.at("found.log");
  await run("download-inventory", "--new-journal", found);
  assertEquals(await expectGrammar(found), { CREATED: count + 2 });

  await run("purge-vault");
  assertEquals(await expectGrammar(place.journal), {
    CREATED: 2 * count + 2,
    DELETED: 2 * count + 2,
    RETRIEVE_JOB: count + 2,
  });
});
