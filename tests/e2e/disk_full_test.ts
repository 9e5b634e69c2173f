/**
 * Disks that are full or read-only, before a run and in the middle of one: what
 * is in the vault is known, what has a name is whole, and the next run goes on.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type JournalRecord, parseLine } from "../../src/journal/record.ts";
import type { Files, Platform } from "../../src/platform.ts";
import { createHost } from "../../src/platform/host.ts";
import { type Run, runProgram, type Workplace, workplace } from "../program.ts";
import {
  diskError,
  DISKS,
  MOUNTABLE,
  remount,
  type SmallDisk,
} from "../small_disk.ts";
import { vectorPayload } from "../testing.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

if (!MOUNTABLE) {
  console.log(
    "No tmpfs can be mounted here: the files port stands in for full disks, and no file system is made read-only",
  );
}

/** What the vault has, by an inventory. */
async function inVault(
  { client }: Workplace,
): Promise<{ ArchiveId: string; SHA256TreeHash: string }[]> {
  const { jobId } = await client.initiateJob("photos", {
    type: "inventory-retrieval",
  });
  const { body } = await client.getJobOutput("photos", jobId);
  return (await new Response(body).json()).ArchiveList;
}

async function textOf(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return "";
  }
}

async function recordsOf(journal: string): Promise<JournalRecord[]> {
  const text = await textOf(journal);
  assert(text === "" || text.endsWith("\n"), "the last line is torn");
  return text.split("\n").filter((line) => line !== "").map((line) => {
    const record = parseLine(line);
    assert(record.type !== "invalid", line);
    return record;
  });
}

/** Makes sure that whatever the vault has is in the journal, or written down as under way or in doubt. */
async function expectAccounted(place: Workplace, journal: string) {
  const records = await recordsOf(journal);
  const intents = await textOf(`${journal}.intents`);
  for (const { ArchiveId, SHA256TreeHash } of await inVault(place)) {
    const recorded = records.some((record) =>
      record.type === "created" && record.archiveId === ArchiveId
    );
    assert(recorded || intents.includes(SHA256TreeHash), ArchiveId);
  }
}

function namesOf(records: readonly JournalRecord[]): string[] {
  return records.flatMap((record) =>
    record.type === "created" ? [record.name] : []
  ).sort();
}

/** A vault, and so many small files to go there. */
async function filesToUpload(platform: Platform, count: number) {
  const place = await workplace({ platform });
  await place.run("create-vault", "photos");
  for (let n = 0; n < count; n++) {
    await Deno.writeFile(`${place.tree}/${name(n)}`, vectorPayload(n + 1));
  }
  return place;
}

const name = (n: number) => `file-${String(n).padStart(3, "0")}`;
const names = (count: number) =>
  Array.from({ length: count }, (_, n) => name(n));

function expectRefused(run: Run, message: RegExp) {
  assertEquals([run.status, run.out], [1, ""], run.err);
  assertMatch(run.err, message);
}

for (const kind of DISKS) {
  const on = (
    title: string,
    size: number,
    test: (disk: SmallDisk) => Promise<void>,
  ) =>
    Deno.test(`on ${kind.name}: ${title}`, async () => {
      await using disk = await kind.make(size);
      await test(disk);
    });

  on(
    "a full disk is an error before anything is uploaded",
    MiB,
    async (disk) => {
      await using place = await filesToUpload(disk.platform, 3);
      const journal = disk.at("journal.log");
      // Too little for what one run may have to write down.
      for (const left of [0, 32 * KiB]) {
        disk.fill(left);
        const run = await place.run("sync", "--journal", journal);
        expectRefused(run, /journal.*(no space|ENOSPC)/i);
        assertEquals(await place.countArchives(), 0);
        disk.makeRoom();
      }
      const run = await place.run("sync", "--journal", journal);
      assertEquals(run.status, 0, run.err);
      assertEquals(namesOf(await recordsOf(journal)), names(3));
    },
  );

  on(
    "a disk that fills up in the middle of a sync ends it, and all is known",
    MiB,
    async (disk) => {
      const count = 60;
      await using place = await filesToUpload(disk.platform, count);
      const journal = disk.at("journal.log");
      let finished = 0;
      const run = await place.runWith(
        {
          onLine() {
            if (++finished === 10) disk.fill();
          },
        },
        "sync",
        "--journal",
        journal,
      );
      assertEquals(run.status, 1, run.out);
      assertMatch(run.err, /no space|ENOSPC/i);
      assert(await place.countArchives() < count);
      await expectAccounted(place, journal);
      // Whatever was told is recorded.
      const told = run.lines.map((line) => line.split(" ")[1]);
      const recorded = namesOf(await recordsOf(journal));
      assertEquals(told.filter((name) => !recorded.includes(name)), []);

      disk.makeRoom();
      const next = await place.run("sync", "--journal", journal);
      assertEquals([next.status, next.lines.at(-1)], [0, "OK DONE"], next.err);
      assertEquals(namesOf(await recordsOf(journal)), names(count));
      await expectAccounted(place, journal);
      const doubts = (await textOf(`${journal}.intents`)).match(/"doubtful"/g);
      const more = await place.countArchives() - count;
      assert(more <= (doubts ?? []).length, "an archive nobody knows of");
    },
  );

  on(
    "a disk that fills up in the middle of a purge ends it, and the next goes on",
    MiB,
    async (disk) => {
      const count = 60;
      await using place = await filesToUpload(disk.platform, count);
      const journal = disk.at("journal.log");
      await place.run("sync", "--journal", journal);
      let deleted = 0;
      const run = await place.runWith(
        {
          onLine() {
            if (++deleted === 10) disk.fill();
          },
        },
        "purge-vault",
        "--journal",
        journal,
      );
      assertEquals(run.status, 1, run.out);
      assertMatch(run.err, /no space|ENOSPC/i);
      await recordsOf(journal);
      disk.makeRoom();
      const next = await place.run("purge-vault", "--journal", journal);
      assertEquals(next.status, 0, next.err);
      assertEquals(await place.countArchives(), 0);
      const deletions = (await recordsOf(journal)).filter(({ type }) =>
        type === "deleted"
      );
      assertEquals(deletions.length, count);
    },
  );

  on(
    "a restore into a full disk gives no wrong file its name, and goes on once there is room",
    4 * MiB,
    async (disk) => {
      await using place = await workplace({ platform: disk.platform });
      await place.run("create-vault", "photos");
      const sizes = [700 * KiB, 701 * KiB, 702 * KiB];
      for (const [n, size] of sizes.entries()) {
        await Deno.writeFile(`${place.tree}/${name(n)}`, vectorPayload(size));
      }
      const dir = disk.at("back");
      await Deno.mkdir(dir);
      const restore = (...words: string[]) =>
        runProgram([...words, "--config", place.config, "--dir", dir], {
          platform: disk.platform,
          fetch: place.server.fetch,
        });
      await place.run("sync");
      assertEquals((await restore("restore")).status, 0);
      disk.fill(MiB);
      const present = () =>
        [...Deno.readDirSync(dir)].map(({ name }) => name)
          .filter((name) => !name.endsWith(".part")).sort();
      const whole = async () => {
        for (const name of present()) {
          const n = Number(name.slice(-3));
          assertEquals(
            await Deno.readFile(`${dir}/${name}`),
            vectorPayload(sizes[n]),
          );
        }
        return present().length;
      };
      for (const more of [[], ["--segment-size=1"]]) {
        const run = await restore("restore-completed", ...more);
        assertEquals(run.status, 1, run.out);
        assertMatch(run.err, /no space|ENOSPC/i);
        assert(await whole() < sizes.length);
      }
      disk.makeRoom();
      const run = await restore("restore-completed");
      assertEquals(run.status, 0, run.err);
      assertEquals(await whole(), sizes.length);
    },
  );

  on(
    "an inventory that doesn't fit makes no journal",
    512 * KiB,
    async (disk) => {
      await using place = await filesToUpload(disk.platform, 30);
      await place.run("sync");
      await place.run("retrieve-inventory");
      const journal = disk.at("new.log");
      const args = ["download-inventory", "--new-journal", journal];
      disk.fill(2 * KiB);
      const run = await place.run(args[0], ...args.slice(1));
      assertEquals(run.status, 1, run.out);
      assertMatch(run.err, /no space|ENOSPC|cannot be made/i);
      assertEquals(
        [...Deno.readDirSync(disk.at())].map(({ name }) => name)
          .filter((name) =>
            name.startsWith("new.log") && !/\.lock$/.test(name)
          ),
        [],
      );
      disk.makeRoom();
      assertEquals((await place.run(args[0], ...args.slice(1))).status, 0);
      assertEquals(namesOf(await recordsOf(journal)), names(30));
    },
  );
}

Deno.test({
  name:
    "on a read-only tmpfs: what writes to the journal is refused before anything is sent, what reads it works",
  // Elsewhere the files port does it, below.
  ignore: !MOUNTABLE,
  async fn() {
    await using disk = await DISKS[0].make(MiB);
    await using place = await filesToUpload(disk.platform, 2);
    const journal = disk.at("journal.log");
    await place.run("sync", "--journal", journal);
    await Deno.writeFile(`${place.tree}/new`, vectorPayload(5));
    assert(await remount(disk.at(), "ro"));
    const before = await Deno.readTextFile(journal);
    for (const command of ["sync", "purge-vault"]) {
      const run = await place.run(command, "--journal", journal);
      expectRefused(run, /journal/);
    }
    const { config, folder, server } = place;
    const words = ["restore", "--config", config, "--journal", journal];
    const run = await runProgram([...words, "--dir", folder.at("back")], {
      fetch: server.fetch,
    });
    expectRefused(run, /journal/);
    assertEquals(await place.countArchives(), 2);
    const check = await place.run("check-local-hash", "--journal", journal);
    assertEquals(check.status, 0, check.err);
    const verify = await place.run("journal verify", "--journal", journal);
    assertEquals(verify.status, 0, verify.err);
    assertEquals(await Deno.readTextFile(journal), before);
    assert(await remount(disk.at(), "rw"));
    assertEquals((await place.run("sync", "--journal", journal)).status, 0);
    assertEquals(await place.countArchives(), 3);
  },
});

/** A host on which `broken` says which writes and which new files fail. */
function hostThatFails(
  code: string,
  broken: (path: string, what: "open" | "write") => boolean,
): Platform {
  const host = createHost();
  const files: Files = {
    ...host.files,
    async open(path, mode) {
      if (mode !== "read" && broken(path, "open")) throw diskError(code);
      const file = await host.files.open(path, mode);
      return {
        read: (buffer, position) => file.read(buffer, position),
        async write(bytes, position) {
          if (broken(path, "write")) throw diskError(code);
          await file.write(bytes, position);
        },
        stat: () => file.stat(),
        async truncate(size) {
          if (broken(path, "write")) throw diskError(code);
          await file.truncate(size);
        },
        sync: () => file.sync(),
        close: () => file.close(),
        [Symbol.asyncDispose]: () => file.close(),
      };
    },
    async rename(from, to) {
      if (broken(to, "open")) throw diskError(code);
      await host.files.rename(from, to);
    },
    async remove(path) {
      if (broken(path, "open")) throw diskError(code);
      await host.files.remove(path);
    },
  };
  return { ...host, files };
}

for (
  const [title, code, what] of [
    ["a file system that becomes read-only", "EROFS", ["open", "write"]],
    ["permission that is taken away from open files too", "EACCES", [
      "open",
      "write",
    ]],
    ["a device that fails", "EIO", ["write"]],
  ] as const
) {
  Deno.test(`${title} in the middle of a sync ends it, and all is known`, async () => {
    let broken = false;
    let path = "";
    const platform = hostThatFails(
      code,
      (each, how) =>
        broken && each.startsWith(path) &&
        (what as readonly string[]).includes(how),
    );
    const count = 40;
    await using place = await filesToUpload(platform, count);
    path = place.journal;
    let finished = 0;
    const run = await place.runWith({
      onLine() {
        if (++finished === 10) broken = true;
      },
    }, "sync");
    assertEquals(run.status, 1, run.out);
    assertMatch(run.err, new RegExp(code));
    assert(await place.countArchives() < count);
    // What couldn't be taken back may be cut, and the next run sees to it.
    broken = false;
    const next = await place.run("sync");
    assertEquals([next.status, next.lines.at(-1)], [0, "OK DONE"], next.err);
    assertEquals(namesOf(await recordsOf(place.journal)), names(count));
    await expectAccounted(place, place.journal);
  });
}

Deno.test("a folder that can't be written to any more: the run ends well with what it has open, and the next one is refused", async () => {
  let broken = false;
  let path = "";
  const platform = hostThatFails(
    "EACCES",
    (each, how) => broken && how === "open" && each.startsWith(path),
  );
  await using place = await filesToUpload(platform, 20);
  path = place.journal;
  const run = await place.runWith(
    { onLine: () => void (broken = true) },
    "sync",
  );
  assertEquals([run.status, run.lines.at(-1)], [0, "OK DONE"], run.err);
  assertEquals(namesOf(await recordsOf(place.journal)), names(20));
  // The intents could not be removed; all in them is settled.
  await Deno.writeFile(`${place.tree}/new`, vectorPayload(3));
  expectRefused(await place.run("sync"), /EACCES/);
  assertEquals(await place.countArchives(), 20);
  broken = false;
  const next = await place.run("sync");
  assertEquals(
    [next.status, next.err.includes("WARNING")],
    [0, false],
    next.err,
  );
  assertEquals(await place.countArchives(), 21);
});

Deno.test("where the intents can't be written, nothing is uploaded", async () => {
  await using place = await filesToUpload(createHost(), 2);
  await Deno.mkdir(`${place.journal}.intents`);
  const run = await place.run("sync");
  expectRefused(run, /journal\.log\.intents/);
  assertEquals(await place.countArchives(), 0);
});
