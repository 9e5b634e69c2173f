import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { JournalError } from "../../src/errors.ts";
import { AppendLog } from "../../src/journal/append_log.ts";
import { temporaryFolder } from "../testing.ts";
import { faultyFiles, host } from "./fixtures.ts";

Deno.test("lines of concurrent writers stand in the order of the calls and share syncs", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("log");
  let syncs = 0;
  const files = faultyFiles({ onCall: (call) => call === "sync" && syncs++ });
  await using log = await AppendLog.open(path, files);
  const lines = Array.from({ length: 1000 }, (_, n) => `line ${n}\n`);
  await Promise.all(lines.map((line) => log.append(line)));
  assertEquals(await Deno.readTextFile(path), lines.join(""));
  assertLess(syncs, 10);
});

Deno.test("an append resolves only after the sync that follows its write", async () => {
  await using folder = await temporaryFolder();
  const calls: string[] = [];
  const files = faultyFiles({ onCall: (call) => calls.push(call) });
  await using log = await AppendLog.open(folder.at("log"), files);
  assertEquals(calls, ["syncDirectory"], "the new file's name is stored");
  await log.append("a\n");
  calls.push("resolved");
  assertEquals(calls.slice(1), ["write", "sync", "resolved"]);
});

Deno.test("an append that comes during a sync waits for the next one", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("log");
  const gate = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const calls: string[] = [];
  const files = faultyFiles({
    beforeSync() {
      reached.resolve();
      return gate.promise;
    },
    onCall: (call) => calls.push(call),
  });
  await using log = await AppendLog.open(path, files);
  const first = log.append("a\n").then(() => calls.push("first"));
  await reached.promise;
  const second = log.append("b\n").then(() => calls.push("second"));
  gate.resolve();
  await Promise.all([first, second]);
  assertEquals(
    calls.slice(1).filter((call) => call !== "write"),
    ["sync", "first", "sync", "second"],
  );
});

Deno.test("a line that need not be durable is on the device after the close", async () => {
  await using folder = await temporaryFolder();
  const calls: string[] = [];
  const files = faultyFiles({ onCall: (call) => calls.push(call) });
  const log = await AppendLog.open(folder.at("log"), files);
  await log.append("a\n", { durable: false });
  assertEquals(calls, ["syncDirectory", "write"]);
  await log.close();
  assertEquals(calls, ["syncDirectory", "write", "sync"]);
});

Deno.test("what a full disk wrote in part is taken back, and nobody is told it is stored", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("log");
  await Deno.writeTextFile(path, "before\n");
  let full = false;
  const files = faultyFiles({
    write: (_, bytes) => full ? bytes.subarray(0, 10) : undefined,
  });
  await using log = await AppendLog.open(path, files);
  await log.append("one\n");
  full = true;
  const outcomes = await Promise.allSettled([
    log.append("a line of some length\n"),
    log.append("another\n"),
  ]);
  for (const outcome of outcomes) {
    assert(outcome.status === "rejected");
    assert(outcome.reason instanceof JournalError);
    assert(outcome.reason.message.includes("ENOSPC"));
    assertEquals((outcome.reason.cause as { code?: string }).code, "ENOSPC");
  }
  assertEquals(await Deno.readTextFile(path), "before\none\n");
  full = false;
  await assertRejects(() => log.append("late\n"), JournalError, "ENOSPC");
  assertEquals(await Deno.readTextFile(path), "before\none\n");
});

Deno.test("after a failed sync nothing of that write is left, and calls that wait fail too", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("log");
  let broken = false;
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const files = faultyFiles({
    code: "EIO",
    beforeSync() {
      if (!broken) return undefined;
      reached.resolve();
      return gate.promise;
    },
    sync: () => broken,
  });
  await using log = await AppendLog.open(path, files);
  await log.append("kept\n");
  broken = true;
  const first = assertRejects(() => log.append("a\n"), JournalError, "EIO");
  await reached.promise;
  const second = assertRejects(() => log.append("b\n"), JournalError, "EIO");
  gate.resolve();
  await Promise.all([first, second]);
  assertEquals(await Deno.readTextFile(path), "kept\n");
});

Deno.test("lines of a program that ignores the lock are not cut off with ours", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("log");
  const files = faultyFiles({
    write(_, bytes) {
      Deno.writeTextFileSync(path, "theirs, longer than ours\n", {
        append: true,
      });
      return bytes.subarray(0, 1);
    },
  });
  await using log = await AppendLog.open(path, files);
  await assertRejects(() => log.append("ours\n"), JournalError);
  assertEquals(await Deno.readTextFile(path), "theirs, longer than ours\no");
});

Deno.test("a log that cannot be opened says so with the path", async () => {
  await using folder = await temporaryFolder();
  await assertRejects(
    () => AppendLog.open(folder.at("missing", "log"), host.files),
    JournalError,
    folder.at("missing", "log"),
  );
});

Deno.test("a closed log takes nothing", async () => {
  await using folder = await temporaryFolder();
  const log = await AppendLog.open(folder.at("log"), host.files);
  const last = log.append("a\n");
  await log.close();
  await last;
  await assertRejects(() => log.append("b\n"), JournalError, "closed");
  assertEquals(await Deno.readTextFile(folder.at("log")), "a\n");
});

Deno.test("a lazy line waits for the next one or the close, in the order of the calls", async () => {
  await using folder = await temporaryFolder();
  const writes: string[] = [];
  const files = faultyFiles({
    onCall: (call) => writes.push(call),
  });
  const path = folder.at("log");
  const text = () => Deno.readTextFileSync(path);
  const log = await AppendLog.open(path, files);
  writes.length = 0;
  await log.append("a\n", { lazy: true });
  assertEquals(text(), "");
  await log.append("b\n");
  assertEquals(text(), "a\nb\n");
  assertEquals(writes, ["write", "sync"]);
  await log.append("c\n", { lazy: true });
  await log.close();
  assertEquals(text(), "a\nb\nc\n");
});

Deno.test("where a lazy line can't be written, the close says so", async () => {
  await using folder = await temporaryFolder();
  const files = faultyFiles({ write: () => new Uint8Array([0x61]) });
  const path = folder.at("log");
  const log = await AppendLog.open(path, files);
  await log.append("abc\n", { lazy: true });
  await assertRejects(() => log.close(), JournalError, "Cannot write");
  assertEquals(await Deno.readTextFile(path), "");
});
