/** Journals and intents that end anywhere, or hold anything. */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { JournalError } from "../../src/errors.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { openIntents } from "../../src/journal/intents.ts";
import { formatRecord, type JournalRecord } from "../../src/journal/record.ts";
import { type TemporaryFolder, temporaryFolder } from "../testing.ts";
import { archiveId, created, host } from "./fixtures.ts";

/** Some files, some of them deleted, one asked for. */
function records(count: number): JournalRecord[] {
  return Array.from({ length: count }, (_, n): JournalRecord[] => [
    created(n, { name: `папка/файл ${n}` }),
    ...n % 3 === 1
      ? [{
        type: "deleted" as const,
        time: 1_700_000_100,
        archiveId: archiveId(n),
        name: `папка/файл ${n}`,
      }]
      : [],
    ...n % 3 === 2
      ? [{
        type: "retrieveJob" as const,
        time: 1_700_000_100,
        archiveId: archiveId(n),
        jobId: "job",
      }]
      : [],
  ]).flat();
}

async function open(folder: TemporaryFolder) {
  const warnings: string[] = [];
  const journal = await openJournal(folder.at("journal"), {
    ...host,
    mode: "write",
    onWarning: (message) => warnings.push(message),
  });
  return { journal, warnings };
}

Deno.test("a journal cut anywhere opens, says so, loses no whole line and makes up none", async () => {
  const all = records(6);
  const lines = all.map(formatRecord);
  const bytes = new TextEncoder().encode(lines.join(""));
  const last = new TextEncoder().encode(lines.at(-1)!).length;
  // Every place in the last two lines, and some before.
  const cuts = Array.from({ length: 2 * last + 40 }, (_, i) => bytes.length - i)
    .filter((cut) => cut > 0);
  for (const cut of cuts) {
    await using folder = await temporaryFolder();
    await Deno.writeFile(folder.at("journal"), bytes.subarray(0, cut));
    const whole = bytes.subarray(0, cut).filter((byte) => byte === 10).length;
    const torn = bytes[cut - 1] !== 10;
    {
      const { journal, warnings } = await open(folder);
      await using _journal = journal;
      const ids = [...journal.state.archives()].map((entry) => entry.archiveId);
      const deleted = (n: number) =>
        all.slice(0, whole).some((r) =>
          r.type === "deleted" && r.archiveId === archiveId(n)
        );
      for (const record of all.slice(0, whole)) {
        if (record.type !== "created") continue;
        const n = Number(record.archiveId.slice(-1));
        if (!deleted(n)) {
          assert(ids.includes(record.archiveId) || torn, `${cut}`);
        }
      }
      assertEquals(warnings.length, torn ? 1 : 0, `${cut}`);
      await journal.append(created(99));
    }
    // What is there now is a journal, and all whole lines are in it as they were.
    const { journal, warnings } = await open(folder);
    await using _journal = journal;
    assertEquals(warnings, []);
    assert(journal.state.archive(archiveId(99)));
    const text = await Deno.readTextFile(folder.at("journal"));
    assert(text.startsWith(lines.slice(0, whole).join("")), `${cut}`);
  }
});

Deno.test("whatever bytes a journal holds, it is read or refused, and never changed before that", async () => {
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(...records(4).map(formatRecord)).map((text) =>
      new TextEncoder().encode(text)
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (parts) => {
      await using folder = await temporaryFolder();
      const bytes = new Uint8Array(parts.flatMap((part) => [...part]));
      await Deno.writeFile(folder.at("journal"), bytes);
      try {
        await using journal = await openJournal(folder.at("journal"), {
          ...host,
          mode: "read",
        });
        assert(journal.state.fileCount >= 0);
      } catch (error) {
        if (!(error instanceof JournalError)) throw error;
      }
      assertEquals(await Deno.readFile(folder.at("journal")), bytes);
    }),
    { numRuns: 200 },
  );
});

Deno.test("intents cut anywhere are those of the whole lines", async () => {
  await using source = await temporaryFolder();
  const options = { ...host };
  {
    const intents = await openIntents(source.at("journal"), options);
    for (let n = 0; n < 3; n++) {
      await intents.begin({
        kind: "multipart",
        vault: "v",
        name: `файл ${n}`,
        size: 5,
        mtime: 1,
        treeHash: null,
        description: "d",
        started: 1,
        uploadId: `u${n}`,
        partSize: 1024 ** 2,
      });
    }
    await intents.close();
  }
  const bytes = await Deno.readFile(source.at("journal.intents"));
  for (let cut = 0; cut <= bytes.length; cut += 7) {
    await using folder = await temporaryFolder();
    await Deno.writeFile(folder.at("journal.intents"), bytes.subarray(0, cut));
    const whole = bytes.subarray(0, cut).filter((byte) => byte === 10).length;
    await using intents = await openIntents(folder.at("journal"), options);
    assertEquals(
      Array.from(intents.pending.values(), ({ name }) => name).sort(),
      Array.from({ length: whole }, (_, n) => `файл ${n}`),
    );
  }
});
