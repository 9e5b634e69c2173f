import { assert, assertEquals, assertMatch } from "@std/assert";
import { serveHttp } from "../../src/platform/serve_http.ts";
import {
  interfered,
  loseAnswer,
  spawnProgram,
  type Workplace,
  workplace,
  writeConfig,
} from "../program.ts";

const MiB = 1024 * 1024;

async function filledWorkplace(size: number): Promise<Workplace> {
  const place = await workplace();
  await place.run("create-vault", "photos");
  await Deno.writeFile(`${place.tree}/file`, new Uint8Array(size).fill(7));
  return place;
}

async function intentsOf(place: Workplace): Promise<string> {
  try {
    return await Deno.readTextFile(`${place.journal}.intents`);
  } catch {
    return "";
  }
}

/** Where the server of a workplace has listened: at another port it would be another vault. */
const ports = new WeakMap<Workplace, number>();

/**
 * Runs sync as a process, and kills it when a request of that kind arrived and
 * was carried out or not. Resolves to what the next run must be told.
 */
async function killSyncAt(
  place: Workplace,
  operation: string,
  moment: "before" | "after",
  ...args: string[]
): Promise<string[]> {
  const arrived = Promise.withResolvers<void>();
  const killed = Promise.withResolvers<void>();
  const handler = interfered(place.server, async (current, pass) => {
    if (current !== operation) return await pass();
    if (moment === "after") await (await pass()).body?.cancel();
    arrived.resolve();
    await killed.promise;
    return new Response(null, { status: 500 });
  });
  await using http = await serveHttp(handler, {
    hostname: "127.0.0.1",
    port: ports.get(place) ?? 0,
  });
  ports.set(place, Number(new URL(http.url).port));
  const { tree, journal, folder } = place;
  await writeConfig(folder.at("socket.cfg"), http.url, journal);
  const process = spawnProgram([
    "sync",
    "--config",
    folder.at("socket.cfg"),
    "--dir",
    tree,
    "--partsize",
    "1",
    ...args,
  ]);
  const output = process.output();
  await Promise.race([
    arrived.promise,
    output.then(({ stderr }) => {
      throw new Error(new TextDecoder().decode(stderr));
    }),
  ]);
  process.kill("SIGKILL");
  await output;
  killed.resolve();
  // The next run must be for the same vault at the same address.
  return ["--endpoint", http.url];
}

Deno.test("a lost answer to a single upload is told, and the file is recorded once", async () => {
  await using place = await filledWorkplace(10);
  const fetch = interfered(place.server, loseAnswer("UploadArchive"));
  const run = await place.runWith({ fetch }, "sync");
  assertEquals(run.status, 0, run.err);
  assertMatch(
    run.err,
    /WARNING: A copy of file may be in the vault without a line in the journal/,
  );
  assertEquals((await place.readJournal()).match(/CREATED/g)!.length, 1);
  // The copy that nobody has the ID of is kept in mind.
  assertEquals(await place.countArchives(), 2);
  assertMatch(await intentsOf(place), /"doubtful"/);
  assertEquals((await place.run("sync")).lines, ["OK DONE"]);
  assertMatch(await intentsOf(place), /"doubtful"/);
});

Deno.test("a lost answer to Complete makes no second archive", async () => {
  await using place = await filledWorkplace(2 * MiB);
  const fetch = interfered(place.server, loseAnswer("CompleteMultipartUpload"));
  const run = await place.runWith({ fetch }, "sync", "--partsize", "1");
  assertEquals([run.status, run.lines.length], [0, 2], run.err);
  assertEquals(await place.countArchives(), 1);
  assertEquals(await intentsOf(place), "");
});

Deno.test("a lost answer to InitiateJob makes no second, billed job", async () => {
  await using place = await filledWorkplace(10);
  await place.run("sync");
  await Deno.remove(`${place.tree}/file`);
  const fetch = interfered(place.server, loseAnswer("InitiateJob"));
  const run = await place.runWith({ fetch }, "restore");
  assertEquals(run.status, 0, run.err);
  const jobs = await Array.fromAsync(place.client.everyJob("photos"));
  assertEquals(jobs.length, 1);
  const [, line] = (await place.readJournal()).trimEnd().split("\n");
  assertEquals(line.split("\t")[4], jobs[0].jobId);
});

Deno.test("a retrieval that a killed run asked for is recorded by the next, not asked for again", async () => {
  await using place = await filledWorkplace(10);
  await place.run("sync");
  await Deno.remove(`${place.tree}/file`);
  const before = await place.readJournal();
  await place.run("restore");
  const after = await place.readJournal();
  // As if the program had been killed before it wrote the line.
  await Deno.writeTextFile(place.journal, before);
  const again = await place.run("restore");
  assertEquals(again.lines, ["Nothing to restore", "OK DONE"]);
  assertEquals(await place.readJournal(), after);
  const jobs = await Array.fromAsync(place.client.everyJob("photos"));
  assertEquals(jobs.length, 1);
  assertEquals((await place.run("restore-completed")).lines.length, 2);
});

Deno.test("kill -9 while a single upload is under way: the next run tells of it and uploads", async () => {
  await using place = await filledWorkplace(10);
  await killSyncAt(place, "UploadArchive", "after");
  assertEquals(await place.readJournal(), "");
  const run = await place.run("sync");
  assertEquals([run.status, run.lines.length], [0, 2], run.err);
  assertMatch(run.err, /A copy of file may be in the vault without a line/);
  // Told once; afterwards it is on record.
  assertEquals((await place.run("sync")).err, "");
});

Deno.test("kill -9 while a file is uploaded once more: the archive that it has already is not taken for the new one", async () => {
  await using place = await filledWorkplace(10);
  await place.run("sync");
  // The clock that stamped it was ahead.
  const journal = (await place.readJournal()).replace(
    /^B\t\d+/,
    `B\t${Math.floor(Date.now() / 1000) + 3600}`,
  );
  await Deno.writeTextFile(place.journal, journal);
  const args = ["--replace-modified", "--detect", "always-positive"];
  await killSyncAt(place, "UploadArchive", "after", ...args);
  const run = await place.run("sync");
  assertEquals([run.status, run.lines], [0, ["OK DONE"]], run.err);
  assertMatch(run.err, /A copy of file may be in the vault without a line/);
  assertEquals(await place.readJournal(), journal);
  assertEquals(await place.countArchives(), 2);
  assertMatch(await intentsOf(place), /"doubtful"/);
});

Deno.test("kill -9 after Complete took effect: the next run records that archive and sends nothing again", async () => {
  await using place = await filledWorkplace(3 * MiB);
  const there = await killSyncAt(place, "CompleteMultipartUpload", "after");
  assertEquals(await place.readJournal(), "");
  const run = await place.run("sync", "--partsize", "1", ...there);
  assertEquals([run.status, run.lines], [0, ["OK DONE"]], run.err);
  assertMatch(
    run.err,
    /The upload of file, which an earlier run did not finish, is finished and recorded/,
  );
  assertEquals(await place.countArchives(), 1);
  const record = (await place.readJournal()).trimEnd().split("\t");
  assertEquals([record[2], record[4], record[7]], [
    "CREATED",
    String(3 * MiB),
    "file",
  ]);
  assertEquals(await intentsOf(place), "");
  await Deno.remove(`${place.tree}/file`);
  await place.run("restore");
  assertEquals((await place.run("restore-completed")).status, 0);
});

Deno.test("kill -9 before Complete took effect: the next run completes the upload", async () => {
  await using place = await filledWorkplace(3 * MiB);
  const there = await killSyncAt(place, "CompleteMultipartUpload", "before");
  const run = await place.run("sync", "--partsize", "1", ...there);
  assertEquals([run.status, run.lines], [0, ["OK DONE"]], run.err);
  assertEquals(await place.countArchives(), 1);
});

Deno.test("kill -9 in the middle of the parts: the next run leaves no upload behind", async () => {
  await using place = await filledWorkplace(3 * MiB);
  const there = await killSyncAt(place, "UploadMultipartPart", "after");
  const uploads = () =>
    Array.fromAsync(place.client.everyMultipartUpload("photos"));
  assertEquals((await uploads()).length, 1);
  const run = await place.run("sync", "--partsize", "1", ...there);
  assertEquals([run.status, run.lines.length], [0, 2], run.err);
  assertEquals([await uploads(), await place.countArchives()], [[], 1]);
});

Deno.test("an unfinished upload into another vault is left alone and named", async () => {
  await using place = await filledWorkplace(3 * MiB);
  const there = await killSyncAt(
    place,
    "CompleteMultipartUpload",
    "after",
  );
  await place.run("create-vault", "other");
  const other = ["--vault", "other", "--rebind"];
  const run = await place.run("sync", ...other, ...there);
  assertMatch(
    run.err,
    /An unfinished upload of file in .*photos.* is left as it is/,
  );
  assertMatch(await intentsOf(place), /completing/);
});

Deno.test("an interrupted sync sees an upload through, begins no other, and exits with 130", async () => {
  await using place = await workplace();
  await place.run("create-vault", "photos");
  for (const name of "abc") {
    await Deno.writeTextFile(`${place.tree}/${name}`, name);
  }
  const interrupt = new AbortController();
  const fetch = interfered(place.server, (operation, pass) => {
    if (operation === "UploadArchive") interrupt.abort(new Error("stop"));
    return pass();
  });
  const run = await place.runWith(
    { fetch, signal: interrupt.signal },
    "sync",
    "--concurrency",
    "1",
  );
  assertEquals(run.status, 130);
  assertMatch(run.err, /Interrupted: run the same command again/);
  assertEquals([run.lines.length, await place.countArchives()], [1, 1]);
  assertEquals(await intentsOf(place), "");
  assertEquals((await place.run("sync")).lines.length, 3);
});

Deno.test("Ctrl-C ends the process with 130, and the next run goes on", async () => {
  await using place = await filledWorkplace(3 * MiB);
  const arrived = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const handler = interfered(place.server, async (operation, pass) => {
    if (operation === "UploadMultipartPart") {
      arrived.resolve();
      await held.promise;
    }
    return await pass();
  });
  {
    await using http = await serveHttp(handler, {
      hostname: "127.0.0.1",
      port: 0,
    });
    const socketConfig = place.folder.at("socket.cfg");
    await writeConfig(socketConfig, http.url, place.journal);
    const process = spawnProgram([
      "sync",
      "--config",
      socketConfig,
      "--dir",
      place.tree,
      "--partsize",
      "1",
    ]);
    const output = process.output();
    await arrived.promise;
    process.kill("SIGINT");
    const { code, stderr } = await output;
    held.resolve();
    assertEquals(code, 130);
    assertMatch(new TextDecoder().decode(stderr), /Interrupted: run the same/);
  }
  const run = await place.run("sync", "--partsize", "1");
  assertEquals([run.status, run.lines.length], [0, 2], run.err);
  assertEquals(await place.countArchives(), 1);
});

Deno.test("a restore that is broken off goes on where the connection broke", async () => {
  await using place = await filledWorkplace(3 * MiB);
  await place.run("sync", "--partsize", "1");
  await Deno.remove(`${place.tree}/file`);
  await place.run("restore");
  let [requests, bytes] = [0, 0];
  const fetch = interfered(place.server, async (operation, pass) => {
    const response = await pass();
    if (operation !== "GetJobOutput") return response;
    requests++;
    const whole = await response.bytes();
    bytes += whole.length;
    if (requests > 1) return new Response(whole, response);
    // Half of it, and then the connection breaks.
    const half = new ReadableStream({
      start(controller) {
        controller.enqueue(whole.subarray(0, whole.length / 2));
      },
      pull(controller) {
        controller.error(new TypeError("error reading a body from connection"));
      },
    });
    return new Response(half, response);
  });
  const run = await place.runWith({ fetch }, "restore-completed");
  assertEquals(run.status, 0, run.err);
  assertEquals([requests, bytes], [2, 4.5 * MiB]);
  assertEquals((await place.run("check-local-hash")).status, 0);
});

Deno.test("bytes that are not those of the journal never get a name", async () => {
  await using place = await filledWorkplace(1000);
  await place.run("sync");
  await Deno.remove(`${place.tree}/file`);
  await place.run("restore");
  for (const damage of ["changed", "longer"]) {
    const fetch = interfered(place.server, async (operation, pass) => {
      const response = await pass();
      if (operation !== "GetJobOutput") return response;
      const bytes = await response.bytes();
      bytes[500] ^= 1;
      const body = damage === "longer" ? [bytes, bytes] : [bytes];
      const headers = new Headers(response.headers);
      headers.delete("content-length");
      headers.delete("content-range");
      return new Response(new Blob(body), { headers });
    });
    const run = await place.runWith({ fetch }, "restore-completed");
    assertEquals(run.status, 1, damage);
    assertMatch(run.err, /the file was not restored/);
    assert(!run.out.includes("Downloaded"));
    assertEquals(await Array.fromAsync(Deno.readDir(place.tree)), []);
  }
});

for (const moment of ["before", "after"] as const) {
  for (const size of [10, 2 * MiB]) {
    for (const written of [true, false]) {
      Deno.test(
        `sync killed ${moment} a replaced archive is deleted, the new one of ${size} bytes${
          written ? "" : ", and that not yet written down"
        }: the next run deletes it once`,
        async () => {
          await using place = await filledWorkplace(size);
          await place.run("sync", "--partsize", "1");
          const [, , , old] = (await place.readJournal()).split("\t");
          // Older than the archive, which so would stay the latest version.
          await Deno.writeFile(
            `${place.tree}/file`,
            new Uint8Array(size).fill(8),
          );
          await Deno.utime(`${place.tree}/file`, 1, 1);
          const args = await killSyncAt(
            place,
            "DeleteArchive",
            moment,
            "--replace-modified",
          );
          assertEquals(
            (await place.readJournal()).match(/CREATED/g)!.length,
            2,
          );
          if (!written) {
            const path = `${place.journal}.intents`;
            const text = await Deno.readTextFile(path);
            assertMatch(text, /"kind":"replacing"/);
            const lines = text.split("\n");
            const rest = lines.filter((line) =>
              !/"kind":"replacing"/.test(line)
            );
            await Deno.writeTextFile(path, rest.join("\n"));
          }
          const next = await place.run("sync", "--replace-modified", ...args);
          assertEquals(next.status, 0, next.err);
          assertEquals(next.lines, [
            `Deleted file archive_id [${old}]`,
            "OK DONE",
          ]);
          assertEquals(await place.countArchives(), 1);
          assertEquals(await intentsOf(place), "");
          assertEquals(
            (await place.run("sync", "--replace-modified", ...args)).lines,
            ["OK DONE"],
          );
        },
      );
    }
  }
}

Deno.test("a replaced archive is kept where the journal, brought back from a copy, has no other version", async () => {
  await using place = await filledWorkplace(10);
  await place.run("sync");
  const copy = await place.readJournal();
  await Deno.writeTextFile(`${place.tree}/file`, "another");
  const args = await killSyncAt(
    place,
    "DeleteArchive",
    "before",
    "--replace-modified",
  );
  assertMatch(await intentsOf(place), /"replacing"/);
  await Deno.writeTextFile(place.journal, copy);
  const run = await place.run("sync", ...args);
  assertEquals([run.status, run.lines], [0, ["OK DONE"]], run.err);
  assertMatch(run.err, /WARNING: Archive \S+ of file .* is kept/);
  assertEquals(await place.countArchives(), 2);
  assertEquals(await intentsOf(place), "");
});

Deno.test("a deletion that is due in another vault is left to a run for that", async () => {
  await using place = await filledWorkplace(10);
  await place.run("sync");
  await Deno.writeTextFile(`${place.tree}/file`, "another");
  await killSyncAt(place, "DeleteArchive", "before", "--replace-modified");
  await place.run("create-vault", "other");
  const run = await place.run("sync", "--vault", "other", "--rebind");
  assertEquals(run.status, 0, run.err);
  assertEquals(run.lines, ["OK DONE"]);
  assertMatch(run.err, /WARNING: .*file.* is left as it is/);
  assertMatch(await intentsOf(place), /"replacing"/);
  assertEquals(await place.countArchives(), 2);
});

Deno.test("an unfinished upload that is to replace an archive waits for a run that replaces", async () => {
  await using place = await filledWorkplace(10);
  await place.run("sync");
  await Deno.writeFile(`${place.tree}/file`, new Uint8Array(3 * MiB));
  const args = await killSyncAt(
    place,
    "CompleteMultipartUpload",
    "before",
    "--replace-modified",
  );
  // As if it had been killed a moment earlier.
  const path = `${place.journal}.intents`;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace(/.*"completing".*\n/, ""));
  const onlyNew = await place.run("sync", "--partsize", "1", ...args);
  assertEquals([onlyNew.status, onlyNew.lines], [0, ["OK DONE"]], onlyNew.err);
  assertMatch(onlyNew.err, /WARNING: An unfinished upload of file is left/);
  const operations: string[] = [];
  const fetch = interfered(place.server, (operation, pass) => {
    operations.push(operation);
    return pass();
  });
  const replacing = await place.runWith(
    { fetch },
    "sync",
    "--partsize=1",
    "--replace-modified",
    ...args,
  );
  assertEquals([replacing.status, replacing.lines.length], [0, 3]);
  assert(!operations.includes("InitiateMultipartUpload"));
  assert(!operations.includes("UploadMultipartPart"));
  assertEquals(await place.countArchives(), 1);
});

Deno.test("an unfinished upload that now replaces an archive is written down as that", async () => {
  await using place = await filledWorkplace(3 * MiB);
  const path = `${place.journal}.intents`;
  const strip = async (kind: string) => {
    const lines = (await Deno.readTextFile(path)).split("\n");
    const rest = lines.filter((line) => !line.includes(`"kind":"${kind}"`));
    await Deno.writeTextFile(path, rest.join("\n"));
  };
  await killSyncAt(place, "CompleteMultipartUpload", "before");
  // As if it had been killed a moment earlier.
  await strip("completing");
  // Meanwhile the journal got another version of the file.
  const other = place.folder.at("other");
  await Deno.writeTextFile(other, "another");
  const args = ["--filename", other, "--set-rel-filename", "file"];
  await place.run("upload-file", ...args, "--journal", `${other}.log`);
  const line = await Deno.readTextFile(`${other}.log`);
  await Deno.writeTextFile(place.journal, line, { append: true });
  const endpoint = await killSyncAt(
    place,
    "DeleteArchive",
    "before",
    "--replace-modified",
  );
  await strip("replacing");
  const next = await place.run("sync", ...endpoint);
  assertEquals(next.status, 0, next.err);
  assertEquals(next.lines, [
    `Deleted file archive_id [${line.split("\t")[3]}]`,
    "OK DONE",
  ]);
  assertEquals(await place.countArchives(), 1);
});
