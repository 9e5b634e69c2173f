import { assert, assertEquals, assertRejects } from "@std/assert";
import { JournalError } from "../../src/errors.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { beginJournal } from "../../src/journal/new_journal.ts";
import { formatRecord } from "../../src/journal/record.ts";
import { temporaryFolder } from "../testing.ts";
import { created, faultyFiles, hashOf, host } from "./fixtures.ts";

const { lock, clock } = host;

function numbered(n: number) {
  return created(n, { archiveId: `archive-${n}` });
}

/** The names in a folder but for locks, which stay. */
async function namesIn(folder: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(folder));
  return names.map(({ name }) => name).filter((name) => !name.endsWith(".lock"))
    .sort();
}

Deno.test("a new journal appears whole, with what an ordinary file is allowed", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("new.log");
  const plain = folder.at("plain");
  await Deno.writeTextFile(plain, "");
  {
    await using journal = await beginJournal(path, host);
    for (let i = 0; i < 20_000; i++) await journal.add(numbered(i));
    assertEquals((await namesIn(folder.path)).includes("new.log"), false);
    await journal.publish();
    assertEquals([journal.records, journal.repeated], [20_000, 0]);
  }
  assertEquals(await namesIn(folder.path), ["new.log", "plain"]);
  assertEquals((await Deno.stat(path)).mode, (await Deno.stat(plain)).mode);
  const lines = (await Deno.readTextFile(path)).split("\n");
  assertEquals(lines.length, 20_001);
  assertEquals(lines[12_345] + "\n", formatRecord(numbered(12_345)));
  await using journal = await openJournal(path, { ...host, mode: "write" });
  assertEquals(journal.state.fileCount, 20_000);
});

Deno.test("what is not published leaves nothing behind", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("new.log");
  {
    await using journal = await beginJournal(path, host);
    await journal.add(created(1));
  }
  assertEquals(await namesIn(folder.path), []);
  {
    await using journal = await beginJournal(path, host);
    const signal = AbortSignal.abort(new Error("enough"));
    await assertRejects(() => journal.publish({ signal }), Error, "enough");
  }
  assertEquals(await namesIn(folder.path), []);
});

Deno.test("an empty journal may be there, through a link too; any other is refused and untouched", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("new.log");
  await Deno.writeTextFile(path, "");
  await Deno.symlink("new.log", folder.at("link.log"));
  {
    await using journal = await beginJournal(folder.at("link.log"), host);
    await journal.add(created(1));
    await journal.publish();
  }
  const text = formatRecord(created(1));
  assertEquals(await Deno.readTextFile(path), text);
  assert((await Deno.lstat(folder.at("link.log"))).isSymlink);
  await assertRejects(
    () => beginJournal(path, host),
    JournalError,
    "not empty",
  );
  await assertRejects(
    () => beginJournal(folder.path, host),
    JournalError,
    "is a folder",
  );
  assertEquals(await Deno.readTextFile(path), text);
});

Deno.test("a journal that appears meanwhile is not replaced", async () => {
  await using folder = await temporaryFolder();
  for (const before of [undefined, ""]) {
    const path = folder.at(`${before}.log`);
    if (before !== undefined) await Deno.writeTextFile(path, before);
    await using journal = await beginJournal(path, host);
    await journal.add(created(1));
    await Deno.writeTextFile(path, "somebody else's\n");
    await assertRejects(() => journal.publish(), JournalError, "not empty");
    assertEquals(await Deno.readTextFile(path), "somebody else's\n");
  }
  // In the very moment in which it gets its name.
  const path = folder.at("late.log");
  const files = {
    ...host.files,
    async link(from: string, to: string) {
      await Deno.writeTextFile(to, "late\n");
      return await host.files.link(from, to);
    },
  };
  await using journal = await beginJournal(path, { files, lock });
  await assertRejects(() => journal.publish(), JournalError, "not empty");
  assertEquals(await Deno.readTextFile(path), "late\n");
});

Deno.test("where the file system has no hard links it gets its name too", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("new.log");
  const link = () =>
    Promise.reject(Object.assign(new Error("no links"), { code: "EPERM" }));
  {
    const files = { ...host.files, link };
    await using journal = await beginJournal(path, { files, lock });
    await journal.add(created(1));
    await journal.publish();
  }
  assertEquals(await namesIn(folder.path), ["new.log"]);
});

Deno.test("the journal is locked while it is made, and free afterwards", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("new.log");
  const open = () => openJournal(path, { ...host, clock, mode: "write" });
  {
    await using _journal = await beginJournal(path, host);
    await assertRejects(open, JournalError, "in use by another process");
    await assertRejects(() => beginJournal(path, host), JournalError, "in use");
  }
  await (await open()).close();
});

Deno.test("what a killed run left behind is removed by the next, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("new.log");
  const id = crypto.randomUUID();
  for (
    const name of [`new.log.new-${id}`, `other.log.new-${id}`, "new.log.new-x"]
  ) {
    await Deno.writeTextFile(folder.at(name), "half\n");
  }
  {
    await using journal = await beginJournal(path, host);
    await journal.publish();
  }
  assertEquals(await namesIn(folder.path), [
    "new.log",
    "new.log.new-x",
    `other.log.new-${id}`,
  ]);
});

Deno.test("a full disk or a failing one makes no journal", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("new.log");
  for (
    const faults of [
      { write: (_: string, bytes: Uint8Array) => bytes.subarray(0, 10) },
      { sync: () => true },
      { open: (_: string, mode: string) => mode === "create" },
    ]
  ) {
    const files = faultyFiles(faults);
    const { message } = await assertRejects(async () => {
      await using journal = await beginJournal(path, { files, lock });
      await journal.add(created(1));
      await journal.publish();
    }, JournalError);
    assertEquals(
      message,
      `Cannot make the journal ${path}: said the device (ENOSPC)`,
    );
    assertEquals(await namesIn(folder.path), []);
  }
});

Deno.test("the journal is on the device before it has its name, and its name before it is done", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("new.log");
  const calls: string[] = [];
  const faulty = faultyFiles({
    onCall: (call) => void calls.push(call),
  });
  const files = {
    ...faulty,
    async link(from: string, to: string) {
      calls.push("link");
      await faulty.link(from, to);
    },
  };
  await using journal = await beginJournal(path, { files, lock });
  await journal.add(created(1));
  await journal.publish();
  assertEquals(calls, ["write", "sync", "link", "syncDirectory"]);
});

Deno.test("an archive that comes twice is recorded once; with other contents there is no journal", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("new.log");
  {
    await using journal = await beginJournal(path, host);
    for (const n of [1, 2, 1, 3, 1, 2]) await journal.add(created(n));
    await journal.publish();
    assertEquals([journal.records, journal.repeated], [3, 3]);
  }
  const expected = [1, 2, 3].map((n) => formatRecord(created(n))).join("");
  assertEquals(await Deno.readTextFile(path), expected);
  const other = folder.at("other.log");
  for (const again of [{ treeHash: hashOf(9) }, { size: 9 }]) {
    await using journal = await beginJournal(other, host);
    await journal.add(created(1));
    await journal.add(created(1, again));
    await assertRejects(() => journal.publish(), JournalError, "comes twice");
  }
  assertEquals(await namesIn(folder.path), ["new.log"]);
});

Deno.test("a record that could not be read back is refused", async () => {
  await using folder = await temporaryFolder();
  await using journal = await beginJournal(folder.at("new.log"), host);
  const wrong = [{ name: "../a" }, { size: 0.5 }, { archiveId: "a b" }];
  for (const [n, bad] of wrong.entries()) {
    await assertRejects(
      () => journal.add(created(n, bad)),
      JournalError,
      "Cannot record the archive",
    );
  }
});
