/**
 * Journals and inventories that others have written, from the file to the
 * folder: nothing is written outside of it, nothing wrong gets a name, and no
 * name drives the terminal.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeBase64Url } from "@std/encoding/base64url";
import { encodeHex } from "@std/encoding/hex";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import { sha256 } from "../../src/treehash/tree_hash.ts";
import {
  interfered,
  type Run,
  runProgram,
  type Workplace,
  workplace,
} from "../program.ts";
import { vectorPayload } from "../testing.ts";

/** A name that clears the screen, sets a title, and reads backwards from its middle. */
const LOUD = "a\u001b[2J\u001b]0;title\u0007\u009b31m\u202eb\u2028c";

/** A character that drives or disguises: none but the ends of lines may come out. */
const RAW =
  // deno-lint-ignore no-control-regex -- these are what is looked for
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/;

function expectQuiet({ out, err }: Run, told: string) {
  // A TAB separates the fields of what scripts read.
  assert(!RAW.test(`${out}${err}`.replaceAll("\t", "")), told);
}

/** Stores content without a journal; resolves to its ID and tree hash. */
async function store({ client }: Workplace, size: number, description = "x") {
  const bytes = vectorPayload(size);
  const hash = encodeHex(await treeHash(bytes));
  const { archiveId } = await client.uploadArchive("photos", {
    bytes,
    sha256: encodeHex(await sha256(bytes)),
    treeHash: hash,
    description,
  });
  return { archiveId, hash };
}

/** A folder outside, and a tree with links that lead there. */
async function trap(place: Workplace) {
  const outside = place.folder.at("outside");
  await Deno.mkdir(outside);
  await Deno.symlink(outside, `${place.tree}/link`);
  await Deno.symlink(`${outside}/new`, `${place.tree}/dangling`);
  await Deno.mkdir(`${place.tree}/deep`);
  await Deno.symlink("../../outside", `${place.tree}/deep/link`);
  return {
    expectEmpty() {
      assertEquals([...Deno.readDirSync(outside)], []);
      const { tree } = place;
      assert(Deno.lstatSync(`${tree}/dangling`).isSymlink);
      assert(Deno.lstatSync(`${tree}/link`).isSymlink);
    },
  };
}

Deno.test("a journal full of traps is restored as far as it can be, and nothing outside is touched", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  const outside = await trap(place);
  const line = async (
    name: string,
    fields: { size?: number; said?: number; mtime?: string } = {},
  ) => {
    const { size = 10, said = size, mtime = "1" } = fields;
    const { archiveId, hash } = await store(place, size);
    return `B\t1\tCREATED\t${archiveId}\t${said}\t${mtime}\t${hash}\t${name}\n`;
  };
  const good: Record<string, number> = {
    "plain": 10,
    "deep/down/here": 11,
    [LOUD]: 12,
    "-rf": 13,
    "a b/'c' \"d\" $(e) `f`": 14,
    "far future": 15,
    "far past": 16,
    "C:\\windows": 17,
    "...": 18,
  };
  const mtimes: Record<string, string> = {
    "far future": "9007199254740991",
    "far past": "-9007199254740991",
  };
  const bad = [
    await line("link/x"),
    await line("deep/link/x"),
    await line("dangling"),
    await line(`${"y".repeat(300)}`),
    await line("larger than said", { said: 9 }),
    await line("smaller than said", { said: 11 }),
    await line("plain/below a file"),
  ];
  const lines: string[] = [];
  for (const [name, size] of Object.entries(good)) {
    lines.push(await line(name, { size, mtime: mtimes[name] }));
  }
  await Deno.writeTextFile(place.journal, [...lines, ...bad].join(""));
  // One after the other, so that "plain" comes before what is below that name.
  const asked = await place.run("restore", "--concurrency=1");
  expectQuiet(asked, "restore");
  outside.expectEmpty();
  for (const more of [[], ["--json"], ["--segment-size=1"]]) {
    const run = await place.run(
      "restore-completed",
      "--concurrency=1",
      ...more,
    );
    assertEquals(run.status, 1, run.out);
    expectQuiet(run, "restore-completed");
    outside.expectEmpty();
  }
  for (const [name, size] of Object.entries(good)) {
    assertEquals(
      await Deno.readFile(`${place.tree}/${name}`),
      vectorPayload(size),
      name,
    );
  }
  const files: string[] = [];
  const collect = (folder: string, prefix: string) => {
    for (const { name, isDirectory, isSymlink } of Deno.readDirSync(folder)) {
      if (isDirectory) collect(`${folder}/${name}`, `${prefix}${name}/`);
      else if (!isSymlink && !name.endsWith(".part")) files.push(prefix + name);
    }
  };
  collect(place.tree, "");
  assertEquals(files.sort(), Object.keys(good).sort());
});

Deno.test("a journal with a name that leads out is refused whole, and shown without what is in it", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeTextFile(`${place.tree}/file`, "x");
  const { archiveId, hash } = await store(place, 10);
  for (
    const name of ["../x", "/etc/x", "a/../../x", ".", "a//b", "a\0b", "a/", ""]
  ) {
    const line = `B\t1\tCREATED\t${archiveId}\t10\t1\t${hash}\t${name}\n`;
    await Deno.writeTextFile(place.journal, line);
    for (
      const command of [
        "restore",
        "restore-completed",
        "sync",
        "purge-vault",
        "check-local-hash",
      ]
    ) {
      const run = await place.run(command);
      assertEquals([run.status, run.out], [1, ""], `${command} ${name}`);
      assertMatch(run.err, /Line 1 of the journal .* cannot be used/);
    }
    assertEquals(await Deno.readTextFile(place.journal), line);
  }
  assertEquals(await place.countArchives(), 1);
});

Deno.test("an inventory full of traps becomes a journal that restores into the folder only", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  const outside = await trap(place);
  const mt = (filename: string) =>
    `mt2 ${
      encodeBase64Url(JSON.stringify({ filename, mtime: "20130115T101112Z" }))
    }`;
  const descriptions = [
    "../../outside/a",
    "/../outside/b",
    "..\\..\\outside\\c",
    '{"path":"../../outside/d"}',
    '{"path":"..\\\\..\\\\outside\\\\e"}',
    '{"path":"C:\\\\..\\\\..\\\\outside\\\\f"}',
    `<m><v>4</v><p>${btoa("../../outside/g")}</p></m>`,
    mt("../outside/h"),
    mt("/etc/i"),
    mt("link/j"),
    mt(LOUD),
    mt("good"),
    '{"__proto__":{"path":"x"},"path":"k"}',
    ".",
    "",
    "mt2 !!!",
  ];
  for (const [n, description] of descriptions.entries()) {
    await store(place, n + 1, description);
  }
  for (const format of ["json", "csv"]) {
    const place2 = place.folder.at(`${format}.log`);
    const asked = await place.run(
      "retrieve-inventory",
      `--request-inventory-format=${format}`,
    );
    assertEquals(asked.status, 0, asked.err);
    const run = await place.run("download-inventory", "--new-journal", place2);
    assertEquals(run.status, 0, run.err);
    expectQuiet(run, format);
    const lines = (await Deno.readTextFile(place2)).trimEnd().split("\n");
    assertEquals(lines.length, descriptions.length);
    const verify = await place.run("journal verify", "--journal", place2);
    assertEquals(verify.status, 0, verify.out);
  }
  const journal = place.folder.at("csv.log");
  const asked = await place.run("restore", "--journal", journal);
  const run = await place.run("restore-completed", "--journal", journal);
  for (const each of [asked, run]) expectQuiet(each, "restore");
  // The one through the link is not even asked for.
  assertEquals([asked.status, run.status], [1, 0]);
  assertMatch(asked.err, /link.* is a link/);
  outside.expectEmpty();
  const size = async (name: string) =>
    (await Deno.stat(`${place.tree}/${name}`)).size;
  assertEquals([await size(LOUD), await size("good"), await size("k")], [
    11,
    12,
    13,
  ]);
});

Deno.test("no command shows a name raw, as text or JSON, in what it tells or what it complains of", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  const name = LOUD;
  const write = (text: string) =>
    Deno.writeTextFile(`${place.tree}/${name}`, text);
  const remove = () => Deno.remove(`${place.tree}/${name}`);
  /** Each with what comes before it. */
  const steps: [() => Promise<unknown>, string, ...string[]][] = [
    [() => write("one"), "sync", "--dry-run"],
    [() => Promise.resolve(), "sync"],
    [() => write("other"), "sync", "--replace-modified", "--dry-run"],
    [() => Promise.resolve(), "check-local-hash"],
    [() => Promise.resolve(), "check-local-hash", "--dry-run"],
    [() => Promise.resolve(), "sync", "--replace-modified"],
    [() => write("third"), "check-local-hash"],
    [remove, "check-local-hash"],
    [() => Promise.resolve(), "restore", "--dry-run"],
    [() => Promise.resolve(), "restore"],
    [() => Promise.resolve(), "restore-completed", "--dry-run"],
    [() => Deno.mkdir(`${place.tree}/${name}`), "restore-completed"],
    [() => Deno.remove(`${place.tree}/${name}`), "restore-completed"],
    [() => Promise.resolve(), "journal verify"],
    [() => Promise.resolve(), "journal stats"],
    [remove, "sync", "--delete-removed", "--dry-run"],
    [() => Promise.resolve(), "purge-vault", "--dry-run"],
    [() => Promise.resolve(), "purge-vault"],
    [
      () => Deno.mkdir(`${place.tree}/${name}`),
      "upload-file",
      "--stdin",
      `--set-rel-filename=${name}`,
    ],
    [() => Promise.resolve(), "sync", `--dir=${name}`],
    [() => Promise.resolve(), "create-vault", name],
    [() => Promise.resolve(), "sync", `--journal=${place.folder.at(name)}`],
    [() => Promise.resolve(), "list-vaults", `--config=${name}`],
  ];
  for (const [prepare, command, ...args] of steps) {
    await prepare();
    for (const more of [[], ["--json"], ["--verbose"]]) {
      const run = await place.runWith(
        {
          input: async function* () {
            yield vectorPayload(3);
          },
        },
        command,
        ...args,
        ...more,
      );
      expectQuiet(run, `${command} ${args.join(" ")}: ${run.out}${run.err}`);
      if (more.length === 0 || !run.out.startsWith("{")) continue;
      for (const line of run.lines) JSON.parse(line);
    }
  }
  for (const words of [[name], ["sync", `--${name}`], ["help", name]]) {
    expectQuiet(await runProgram(words), words.join(" "));
  }
});

for (
  const [what, appear] of [
    ["a file", (path: string) => Deno.writeTextFile(path, "mine")],
    [
      "a link to nothing",
      (path: string) => Deno.symlink(`${path}.elsewhere`, path),
    ],
  ] as const
) {
  Deno.test(`${what} that appears under the name while a download is under way is left as it is`, async () => {
    await using place = await workplace();
    await place.run("create-vault", "photos");
    const file = `${place.tree}/file`;
    await Deno.writeTextFile(file, "theirs");
    await place.run("sync");
    await Deno.remove(file);
    await place.run("restore");
    const fetch = interfered(place.server, async (operation, pass) => {
      if (operation === "GetJobOutput") await appear(file);
      return await pass();
    });
    const run = await place.runWith({ fetch }, "restore-completed");
    assertEquals(run.status, 1, run.out);
    assertMatch(run.err, /exists already and was not touched/);
    const { isSymlink } = await Deno.lstat(file);
    assertEquals(isSymlink, what !== "a file");
    if (!isSymlink) assertEquals(await Deno.readTextFile(file), "mine");
    assert(
      ![...Deno.readDirSync(place.tree)].some(({ name }) =>
        name.endsWith(".elsewhere")
      ),
    );
  });
}
