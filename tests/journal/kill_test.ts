import { assert, assertEquals, assertRejects } from "@std/assert";
import { JournalError } from "../../src/errors.ts";
import { openJournal } from "../../src/journal/journal.ts";
import { temporaryFolder } from "../testing.ts";
import { archiveId, host } from "./fixtures.ts";

/** Starts the writer, and resolves to what it stored when it is killed after so many records. */
async function runAndKill(
  path: string,
  records: number,
  whileRunning: () => Promise<void>,
): Promise<number[]> {
  const script = new URL("./kill_writer.ts", import.meta.url);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script.href, path],
    stdout: "piped",
  }).spawn();
  let text = "";
  let asked = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (asked || text.split("\n").length <= records) continue;
    asked = true;
    await whileRunning();
    child.kill("SIGKILL");
  }
  await child.status;
  // A number without line end may have lost digits.
  return text.split("\n").slice(0, -1).map(Number);
}

Deno.test("a killed writer has lost nothing that it reported, and its lock is free", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal");
  const stored = await runAndKill(path, 300, async () => {
    await assertRejects(
      () => openJournal(path, { ...host, mode: "write" }),
      JournalError,
      "in use by another process",
    );
    // A reader is not kept out, and sees whole records only.
    await using journal = await openJournal(path, { ...host, mode: "read" });
    assert(journal.state.fileCount >= 300);
  });
  assert(stored.length >= 300);
  await using journal = await openJournal(path, { ...host, mode: "write" });
  for (const n of stored) {
    assertEquals(
      journal.state.archive(archiveId(n))?.name,
      `folder/file ${n}`,
    );
  }
});
