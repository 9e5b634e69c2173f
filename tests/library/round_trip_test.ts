import { assert, assertEquals, assertRejects } from "@std/assert";
import { readFile, rm, stat, utimes } from "node:fs/promises";
import { test } from "node:test";
import {
  checkLocalHash,
  EVERYTHING,
  type JournalContents,
  readJournal,
  type RunEvent,
  ServiceError,
  treeHash,
} from "../../mod.ts";
import { bytesOf, filesBelow, MiB, unread, withWorkplace } from "./service.ts";

const FILES = {
  "a note.txt": bytesOf(12, 1),
  "Фотографии/Байкал, лёд.jpg": bytesOf(MiB + 1, 2),
  "parts.bin": bytesOf(3 * MiB + 5, 3),
};

const SIZE = 12 + MiB + 1 + 3 * MiB + 5;

function namesOf(journal: JournalContents): string[] {
  return [...journal.files()].map(([name]) => name).sort();
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

test("a folder goes up, is checked, is lost, comes back, and is deleted", () =>
  withWorkplace(async ({ at, write, vault: connect, here }) => {
    const vault = connect();
    const created = await vault.create();
    assertEquals(created.operations, { CreateVault: 1 });

    await write({ ...FILES, "empty.txt": "" });
    const mtime = new Date(1_500_000_000_000);
    await utimes(at("photos", "parts.bin"), mtime, mtime);
    const events: RunEvent[] = [];
    const synced = await vault.sync({
      ...here,
      partSize: MiB,
      countFirst: true,
      onEvent: (event) => void events.push(event),
    });
    const { requests, operations, ...rest } = synced;
    assertEquals(rest, {
      files: 3,
      bytes: SIZE,
      deleted: 0,
      failed: 0,
      empty: 1,
      pending: 0,
    });
    assertEquals(operations.UploadArchive, 1);
    assertEquals(operations.InitiateMultipartUpload, 2);
    assertEquals(operations.UploadMultipartPart, 2 + 4);
    assertEquals(operations.CompleteMultipartUpload, 2);
    const counts = Object.values(operations);
    assertEquals(counts.reduce((sum, count) => sum + count), requests);
    assertEquals(
      events.filter((event) => event.type === "uploaded")
        .map(({ name }) => name).sort(),
      Object.keys(FILES).sort(),
    );
    const planned = events.find((event) => event.type === "planned");
    assertEquals(planned, { type: "planned", files: 3, bytes: SIZE });
    const sent = events.filter((event) => event.type === "transferred");
    assertEquals(sent.reduce((sum, { bytes }) => sum + bytes, 0), SIZE);
    assertEquals(
      events.filter((event) => event.type === "skipped"),
      [{ type: "skipped", name: "empty.txt", reason: "empty" }],
    );

    const again = await vault.sync(here);
    assertEquals([again.files, again.operations.UploadArchive], [0, undefined]);

    const journal = await readJournal(here.journal);
    assertEquals(namesOf(journal), Object.keys(FILES).sort());
    for (const [name, bytes] of Object.entries(FILES)) {
      const entry = journal.latest(name)!;
      assertEquals(entry.size, bytes.length);
      assertEquals(entry.treeHash, hex(await treeHash(bytes)));
    }
    assertEquals(journal.latest("parts.bin")?.mtime, 1_500_000_000);

    const good = await checkLocalHash(here);
    assertEquals([good.files, good.bytes, good.failed], [3, SIZE, 0]);
    await write({ "a note.txt": bytesOf(12, 4) });
    await rm(at("photos", "parts.bin"));
    const outcomes: Record<string, string> = {};
    const bad = await checkLocalHash({
      ...here,
      onEvent(event) {
        if (event.type === "checked") outcomes[event.name] = event.outcome;
      },
    });
    assertEquals(outcomes, {
      "a note.txt": "treeHashMismatch",
      "Фотографии/Байкал, лёд.jpg": "ok",
      "parts.bin": "missing",
    });
    assertEquals([bad.files, bad.bytes, bad.failed], [1, MiB + 1, 2]);

    const elsewhere = { ...here, dir: at("restored") };
    const asked = await vault.restore(elsewhere);
    assertEquals([asked.files, asked.bytes], [3, SIZE]);
    const restored = await vault.restoreCompleted({
      ...elsewhere,
      segmentSize: MiB,
    });
    assertEquals([restored.files, restored.pending], [3, 0]);
    const names = Object.keys(FILES).sort();
    assertEquals(await filesBelow(elsewhere.dir), names);
    for (const [name, bytes] of Object.entries(FILES)) {
      const file = await readFile(at("restored", name));
      assert(file.equals(bytes), `${name} has other bytes`);
    }
    const { mtimeMs } = await stat(at("restored", "parts.bin"));
    assertEquals(mtimeMs, mtime.getTime());

    const inventory = await vault.requestInventory({ format: "csv" });
    assertEquals(inventory.operations, { InitiateJob: 1 });
    const newJournal = at("found.log");
    const found = await vault.downloadInventory({ newJournal });
    assertEquals([found.files, found.bytes, found.failed], [3, SIZE, 0]);
    assertEquals(namesOf(await readJournal(newJournal)), names);

    const purged = await vault.purge({
      journal: here.journal,
      filter: EVERYTHING,
    });
    assertEquals([purged.deleted, purged.failed], [3, 0]);
    assertEquals(namesOf(await readJournal(here.journal)), []);
    await vault.requestInventory();
    await vault.downloadInventory({ newJournal: at("left.log") });
    assertEquals(namesOf(await readJournal(at("left.log"))), []);
    await vault.delete();
    await assertRejects(() => vault.sync(here), ServiceError);
  }));

test("a dry run tells what would be done, and does none of it", () =>
  withWorkplace(async ({ at, write, vault: connect, here, client }) => {
    const vault = connect();
    await vault.create();
    await write({ "kept.txt": "kept", "lost.txt": "lost" });
    await vault.sync(here);
    await rm(at("photos", "lost.txt"));
    await write({ "new.txt": "new" });
    const before = await readFile(here.journal, "utf8");
    const folder = await filesBelow(at("photos"));
    const told: string[] = [];
    const { dir, journal } = here;
    const quietly = {
      journal,
      dryRun: true,
      onEvent(event: RunEvent) {
        if ("name" in event) told.push(`${event.type} ${event.name}`);
      },
    };
    const dry = { ...quietly, dir };
    const stream = unread();
    const runs = [
      await vault.sync({ ...dry, deleteRemoved: true }),
      await vault.restore(dry),
      await vault.restoreCompleted(dry),
      await vault.purge({ ...quietly, filter: EVERYTHING }),
      await vault.upload({ ...quietly, name: "s", source: { stream } }),
      await checkLocalHash(dry),
    ];
    assertEquals(runs.map(({ files, deleted }) => files + deleted), [
      0,
      0,
      0,
      0,
      0,
      0,
    ]);
    for (
      const line of [
        "willUpload new.txt",
        "willDelete lost.txt",
        "willRetrieve lost.txt",
        "willDelete kept.txt",
        "willUploadStream s",
        "willCheck kept.txt",
      ]
    ) assert(told.includes(line), `${line}: ${told}`);
    assertEquals(await readFile(here.journal, "utf8"), before);
    assertEquals(await filesBelow(at("photos")), folder);
    const { items } = await client.listJobs("photos");
    assertEquals(items, []);
    assertEquals((await client.describeVault("photos")).numberOfArchives, 2);
  }));
