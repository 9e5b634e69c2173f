/**
 * Downloads that go on where an earlier run was broken off.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { delay } from "../../src/async/delay.ts";
import { createHost } from "../../src/platform/host.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { faultyFiles, hostError } from "../journal/fixtures.ts";
import {
  interfered,
  operationOf,
  runProcess,
  spawnProgram,
  writeConfig,
} from "../program.ts";
import { found, type LostFiles, lostFiles } from "./lost_files.ts";

const MIB = 1024 * 1024;

/** Interrupts a restore when so many segments are in place. */
async function interruptAfter(
  place: LostFiles,
  segments: number,
  segmentSize = 1,
): Promise<void> {
  const interrupt = new AbortController();
  let seen = 0;
  const onLine = (line: string) => {
    if (line.startsWith("Downloaded part") && ++seen === segments) {
      interrupt.abort(new Error("stop"));
    }
  };
  const run = await place.restore(
    segmentSize,
    { onLine, signal: interrupt.signal },
    "--concurrency",
    "1",
  );
  assertEquals([run.status, seen], [130, segments], run.err);
  place.ranges.length = 0;
}

/** The names beside the journal that its own begins. */
async function besideJournal({ folder }: LostFiles): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder.path));
  return entries.map(({ name }) => name)
    .filter((name) => name.startsWith("journal.log.")).sort();
}

/** The temporary files in the folder. */
async function partsOf(place: LostFiles): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(place.tree));
  return entries.map(({ name }) => name).filter((name) =>
    /^\.moraine-[0-9a-f-]{36}\.part$/.test(name)
  );
}

/** All is back, and nothing is left of the downloads. */
async function expectAllBack(place: LostFiles): Promise<void> {
  assertEquals(await found(place), place.content);
  assertEquals(await besideJournal(place), [
    "journal.log.downloads.lock",
    "journal.log.lock",
    "journal.log.vault",
  ]);
}

Deno.test("an interrupted download goes on with the segments that are missing", async () => {
  await using place = await lostFiles({ file: 6 * MIB + 5 });
  await interruptAfter(place, 2);
  assertEquals((await partsOf(place)).length, 1);
  const run = await place.restore(1, {}, "--verbose");
  assertEquals(run.status, 0, run.err);
  assertMatch(run.err, /Going on with .*file: 2097152 of 6291461 bytes are/);
  assertEquals(place.ranges.length, 5);
  assert(!place.ranges.includes("0-1048575"));
  await expectAllBack(place);
});

Deno.test("segments keep their size, whatever the next run is told", async () => {
  for (const segmentSize of [0, 1, 4]) {
    await using place = await lostFiles({ file: 10 * MIB });
    await interruptAfter(place, 2, 2);
    const run = await place.restore(segmentSize, {}, "--json");
    assertEquals(run.status, 0, run.err);
    assertMatch(run.lines[0], /"downloadResumed".*"present":4194304/);
    assertEquals(
      place.ranges.toSorted(),
      segmentSize === 0
        ? ["4194304-"]
        : ["4194304-6291455", "6291456-8388607", "8388608-10485759"],
    );
    await expectAllBack(place);
  }
});

/** A service whose answer to the first download breaks off at some byte, and then is silent. */
function silentAfter(place: LostFiles, bytes: number, silent: () => void) {
  let first = true;
  return async (request: Request) => {
    const response = await place.server.fetch(request);
    if (operationOf(request) !== "GetJobOutput" || !first) return response;
    first = false;
    const reader = response.body!.getReader();
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        if (sent >= bytes) {
          silent();
          return await new Promise(() => {});
        }
        const { value } = await reader.read();
        controller.enqueue(value!);
        sent += value!.length;
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
    return new Response(body, response);
  };
}

Deno.test("a download by one request that is killed goes on some MiB before where it was", async () => {
  await using place = await lostFiles({ file: 40 * MIB, small: 10 });
  const silent = Promise.withResolvers<void>();
  const ranges: string[] = [];
  const fetch = silentAfter(place, 38 * MIB, silent.resolve);
  await using http = await serveHttp((request) => {
    if (operationOf(request) === "GetJobOutput") {
      ranges.push(request.headers.get("range")?.slice(6) ?? "all");
    }
    return fetch(request);
  }, { hostname: "127.0.0.1", port: 0 });
  await writeConfig(place.config, http.url, place.journal);
  const args = ["restore-completed", "--config", place.config];
  args.push("--dir", place.tree, "--concurrency", "1", "--include=file");
  args.push("--exclude=");
  const child = spawnProgram(args);
  const output = child.output();
  await silent.promise;
  // What came last is on its way to the disk still.
  const memory = `${place.journal}.downloads`;
  const pieces = async () =>
    (await Deno.readTextFile(memory).catch(() => "")).split('"piece"').length -
    1;
  const ended = output.then(() => Promise.reject(new Error("It has ended")));
  while (await pieces() < 2) await Promise.race([delay(10), ended]);
  ended.catch(() => {});
  child.kill("SIGKILL");
  await output;
  ranges.length = 0;
  const run = await runProcess(args.slice(0, -2));
  assertEquals(run.status, 0, run.err);
  assertEquals(ranges.filter((range) => range !== "all"), [
    `${32 * MIB}-`,
  ]);
  await expectAllBack(place);
});

Deno.test("what is on disk is believed only as far as its tree hash goes", async () => {
  await using place = await lostFiles({ file: 5 * MIB });
  await interruptAfter(place, 3);
  const [part] = await partsOf(place);
  const path = `${place.tree}/${part}`;
  const bytes = await Deno.readFile(path);
  bytes[MIB + 7] ^= 1;
  await Deno.writeFile(path, bytes);
  assertEquals((await place.restore(1)).status, 0);
  assertEquals(place.ranges.sort(), [
    "1048576-2097151",
    "3145728-4194303",
    "4194304-5242879",
  ]);
  await expectAllBack(place);
});

Deno.test("a temporary file that was cut, emptied, removed or replaced by a link costs a new download, and nothing else", async () => {
  const ways: ((path: string, place: LostFiles) => Promise<void>)[] = [
    (path) => Deno.truncate(path, 100),
    (path) => Deno.truncate(path),
    (path) => Deno.remove(path),
    async (path, { folder }) => {
      await Deno.writeTextFile(folder.at("mine"), "mine");
      await Deno.remove(path);
      await Deno.symlink(folder.at("mine"), path);
    },
    async (path) => {
      await Deno.remove(path);
      await Deno.mkdir(path);
      await Deno.writeTextFile(`${path}/mine`, "mine");
    },
  ];
  for (const [index, way] of ways.entries()) {
    await using place = await lostFiles({ file: 3 * MIB });
    await interruptAfter(place, 1);
    const [part] = await partsOf(place);
    await way(`${place.tree}/${part}`, place);
    const run = await place.restore(1);
    assertEquals(run.status, 0, `${index}: ${run.err}`);
    assertEquals(place.ranges.length, 3);
    assertEquals(
      await Deno.readFile(`${place.tree}/file`),
      place.content.get("file"),
    );
    if (index === 3) {
      assertEquals(await Deno.readTextFile(place.folder.at("mine")), "mine");
    }
    if (index === 4) {
      assertEquals(
        await Deno.readTextFile(`${place.tree}/${part}/mine`),
        "mine",
      );
    }
  }
});

Deno.test("bytes behind the end of what was left are no part of the file", async () => {
  await using place = await lostFiles({ file: 5 * MIB });
  await interruptAfter(place, 3);
  const [part] = await partsOf(place);
  await Deno.writeFile(`${place.tree}/${part}`, new Uint8Array(6 * MIB), {
    append: true,
  });
  assertEquals((await place.restore(1)).status, 0);
  assertEquals(place.ranges.length, 2);
  await expectAllBack(place);
});

Deno.test("what is on a disk that isn't mounted for now is gone on with later", async () => {
  await using place = await lostFiles({ file: 5 * MIB });
  await interruptAfter(place, 3);
  await Deno.rename(place.tree, `${place.tree}.away`);
  await Deno.mkdir(place.tree);
  assertEquals((await place.restore(1)).status, 0);
  await Deno.remove(place.tree, { recursive: true });
  await Deno.rename(`${place.tree}.away`, place.tree);
  place.ranges.length = 0;
  assertEquals((await place.restore(1)).status, 0);
  assertEquals(place.ranges.length, 2);
  await expectAllBack(place);
});

Deno.test("what nothing can go on with any more is cleaned up by the next run", async () => {
  // The file is there by now.
  {
    await using place = await lostFiles({ file: 3 * MIB });
    await interruptAfter(place, 1);
    await Deno.writeFile(`${place.tree}/file`, place.content.get("file")!);
    assertEquals((await place.restore(1)).lines[0], "Nothing to restore");
    await expectAllBack(place);
  }
  // The archive is deleted.
  {
    await using place = await lostFiles({ file: 3 * MIB });
    await interruptAfter(place, 1);
    assertEquals((await place.run("purge-vault")).status, 0);
    assertEquals((await place.restore(1)).lines[0], "Nothing to restore");
    place.content.clear();
    await expectAllBack(place);
  }
});

Deno.test("small files of a killed run leave nothing that the next one doesn't remove", async () => {
  await using place = await lostFiles({ small: 100, another: 200 });
  const silent = Promise.withResolvers<void>();
  const fetch = silentAfter(place, 0, silent.resolve);
  await using http = await serveHttp(fetch, {
    hostname: "127.0.0.1",
    port: 0,
  });
  await writeConfig(place.config, http.url, place.journal);
  const args = ["restore-completed", "--config", place.config];
  args.push("--dir", place.tree);
  const child = spawnProgram([...args, "--concurrency", "1"]);
  const output = child.output();
  await silent.promise;
  assertEquals((await partsOf(place)).length, 1);
  child.kill("SIGKILL");
  await output;
  const run = await runProcess(args);
  assertEquals(run.status, 0, run.err);
  await expectAllBack(place);
});

Deno.test("bytes that are not the journal's are not gone on with", async () => {
  await using place = await lostFiles({ file: 3 * MIB });
  await interruptAfter(place, 1);
  const right = await place.readJournal();
  const hash = right.split("\t")[6];
  await Deno.writeTextFile(place.journal, right.replace(hash, "0".repeat(64)));
  assertMatch((await place.restore(1)).err, /are not those of the journal/);
  assertEquals(await partsOf(place), []);
  await Deno.writeTextFile(place.journal, right);
  place.ranges.length = 0;
  assertEquals((await place.restore(1)).status, 0);
  assertEquals(place.ranges.length, 3);
  await expectAllBack(place);
});

Deno.test("where nothing can be remembered, files are restored all the same, and the user is told", async () => {
  const host = createHost();
  const refused = (path: string) => path.includes(".downloads");
  const platforms = [
    // The folder of the journal is read-only, or another run has the lock.
    { ...host, lock: () => Promise.reject(hostError("EROFS")) },
    { ...host, lock: () => Promise.resolve(undefined) },
  ];
  for (const platform of platforms) {
    await using place = await lostFiles({ file: 3 * MIB, small: 10 });
    const run = await place.restore(1, { platform });
    assertEquals(run.status, 0, run.err);
    assertMatch(
      run.err,
      /^WARNING: A file that this run does not finish is begun anew by the next one: .*\n/,
    );
    assertEquals(await found(place), place.content);
  }
  // The disk is full.
  await using place = await lostFiles({ file: 3 * MIB, small: 10 });
  const files = faultyFiles({
    write: (path) => refused(path) ? new Uint8Array(0) : undefined,
  });
  const platform = { ...host, files };
  const interrupt = new AbortController();
  const broken = await place.restore(1, {
    platform,
    signal: interrupt.signal,
    onLine: (line) => line.startsWith("Downloaded part") && interrupt.abort(),
  }, "--concurrency=1");
  assertEquals(broken.status, 130);
  assertEquals(broken.err.match(/WARNING: A file that this run/g)?.length, 1);
  // Nobody would find it again.
  assertEquals(await partsOf(place), []);
  const run = await place.restore(1, { platform });
  assertEquals(run.status, 0, run.err);
  assertEquals(await found(place), place.content);
});

Deno.test("of two runs at once neither takes the other's file away", async () => {
  await using place = await lostFiles({ file: 4 * MIB, other: 3 * MIB });
  const started = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation === "GetJobOutput") {
      started.resolve();
      await go.promise;
    }
    return await pass();
  });
  const first = place.restore(1, { fetch }, "--exclude=other");
  await started.promise;
  const second = await place.restore(1, {}, "--exclude=file");
  assertEquals(second.status, 0, second.err);
  assertMatch(second.err, /Another run downloads by the journal/);
  assertEquals((await partsOf(place)).length, 1);
  go.resolve();
  assertEquals((await first).status, 0);
  await expectAllBack(place);
});

Deno.test("what is written down of downloads can be anything, and leads nowhere else", async () => {
  await using place = await lostFiles({ file: 3 * MIB });
  await interruptAfter(place, 1);
  const memory = `${place.journal}.downloads`;
  const own = await Deno.readTextFile(memory);
  const mine = place.folder.at("mine");
  const begun = JSON.parse(own.split("\n")[0]);
  const hostile = [
    "",
    "no JSON",
    "[]",
    "null",
    '{"id":"x","kind":"piece","offset":-1,"treeHash":"a"}',
    JSON.stringify({ ...begun, id: "1", temporary: mine }),
    JSON.stringify({ ...begun, id: "2", temporary: mine, archiveId: "gone" }),
    JSON.stringify({ ...begun, id: "3", pieceSize: 0 }),
  ].join("\n");
  await Deno.writeTextFile(mine, "mine");
  await Deno.writeTextFile(memory, `${hostile}\n${own}{"id":"torn`);
  const run = await place.restore(1);
  assertEquals(run.status, 0, run.err);
  assertEquals(place.ranges.length, 2);
  assertEquals(await Deno.readTextFile(mine), "mine");
  await expectAllBack(place);
});
