/**
 * upload-file in its three forms.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertLessOrEqual,
  assertMatch,
} from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { decodeDescription } from "../../src/files/names.ts";
import { createHost } from "../../src/platform/host.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import { faultyFiles } from "../journal/fixtures.ts";
import {
  FROM_SOURCE,
  interfered,
  type Interference,
  type Program,
  type Run,
  type RunOptions,
  runProgram,
  type Workplace,
  workplace,
  writeConfig,
} from "../program.ts";
import { bundled } from "../serve_process.ts";
import { nodePath, vectorPayload } from "../testing.ts";

const MIB = 1024 * 1024;

async function emptyVault(): Promise<Workplace> {
  const place = await workplace();
  await place.run("create-vault", "photos");
  return place;
}

/** Runs upload-file with what it is given and a configuration file without `dir`. */
function upload(
  place: Workplace,
  words: string[],
  options: RunOptions = {},
): Promise<Run> {
  return runProgram(
    ["upload-file", "--config", place.config, "--retries", "1", ...words],
    { fetch: place.server.fetch, ...options },
  );
}

/** Runs upload-file on a stream that is recorded as `stream`, in parts of 1 MiB. */
function uploadStream(
  place: Workplace,
  input: () => AsyncIterable<Uint8Array>,
  options: RunOptions & { interfere?: Interference } = {},
  ...words: string[]
): Promise<Run> {
  const { interfere, ...others } = options;
  const fetch = interfere && interfered(place.server, interfere);
  const form = ["--stdin", "--set-rel-filename", "stream", "--partsize", "1"];
  return upload(place, [...form, ...words], {
    ...others,
    input,
    ...fetch ? { fetch } : {},
  });
}

/** A stream of these bytes, in pieces of odd sizes. */
async function* inPieces(
  bytes: Uint8Array,
  piece = 65_537,
): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) {
    yield bytes.subarray(at, at + piece);
  }
}

interface Recorded {
  archiveId: string;
  size: number;
  mtime: number;
  treeHash: string;
  name: string;
}

/** The CREATED lines of the journal, each of them and nothing else. */
async function recorded(place: Workplace): Promise<Recorded[]> {
  const text = await place.readJournal();
  return text.split("\n").slice(0, -1).map((line) => {
    const [, , type, archiveId, size, mtime, treeHash, name] = line.split("\t");
    assertEquals(type, "CREATED");
    return {
      archiveId,
      size: Number(size),
      mtime: Number(mtime),
      treeHash,
      name,
    };
  });
}

/** The output of a retrieval of an archive. */
async function outputOfJob({ client }: Workplace, archiveId: string) {
  const { jobId } = await client.initiateJob("photos", {
    type: "archive-retrieval",
    archiveId,
  });
  return await client.getJobOutput("photos", jobId);
}

/** What the vault has under an archive's ID. */
async function contentOf(
  place: Workplace,
  archiveId: string,
): Promise<Uint8Array> {
  const { body } = await outputOfJob(place, archiveId);
  return await new Response(body).bytes();
}

async function hasNothing(place: Workplace): Promise<void> {
  assertEquals(await place.countArchives(), 0);
  assertEquals(await openUploads(place), 0);
  const journal = await place.readJournal().catch(() => "");
  assertEquals([journal, await intents(place)], ["", ""]);
}

async function openUploads({ client }: Workplace): Promise<number> {
  const uploads = client.everyMultipartUpload("photos");
  return (await Array.fromAsync(uploads)).length;
}

function intents({ journal }: Workplace): Promise<string> {
  return Deno.readTextFile(`${journal}.intents`).catch(() => "");
}

async function names(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).sort();
}

Deno.test("a file below a folder is recorded by its path there, each time anew", async () => {
  await using place = await emptyVault();
  const { tree } = place;
  await Deno.mkdir(`${tree}/a/b`, { recursive: true });
  await Deno.writeTextFile(`${tree}/a/b/c`, "content");
  await Deno.utime(`${tree}/a/b/c`, 5, 1_234_567);
  const words = ["--filename", `${tree}/a/../a/b/c`, "--dir", `${tree}/a/`];
  for (const count of [1, 2]) {
    const run = await upload(place, words);
    assertEquals(run.status, 0, run.err);
    const records = await recorded(place);
    assertEquals(records.length, count);
    const { name, mtime, size, archiveId, treeHash } = records.at(-1)!;
    assertEquals([name, mtime, size], ["b/c", 1_234_567, 7]);
    assertEquals(run.lines, [
      `Finished b/c hash [${treeHash}] archive_id [${archiveId}]`,
      "OK DONE",
    ]);
  }
  assertEquals(await place.countArchives(), 2);
});

Deno.test("a file is uploaded under the name that it is given, in parts where it is large", async () => {
  await using place = await emptyVault();
  const bytes = vectorPayload(3 * MIB + 5);
  await Deno.writeFile(place.folder.at("somewhere"), bytes);
  const run = await upload(place, [
    ...["--filename", place.folder.at("somewhere"), "--partsize", "1"],
    ...["--set-rel-filename", "else/where"],
  ]);
  assertEquals([run.status, run.lines.length], [0, 2], run.err);
  const [{ name, archiveId, treeHash: hash }] = await recorded(place);
  assertEquals([name, hash], ["else/where", encodeHex(await treeHash(bytes))]);
  assertEquals(await contentOf(place, archiveId), bytes);
  assertEquals(await intents(place), "");
});

Deno.test("a link that is named has its own name, and the content that it leads to", async () => {
  await using place = await emptyVault();
  const { tree, folder } = place;
  await Deno.writeTextFile(folder.at("outside"), "content");
  await Deno.symlink(folder.at("outside"), `${tree}/link`);
  await Deno.symlink(tree, folder.at("way"));
  const run = await upload(place, [
    ...["--filename", folder.at("way", "link"), "--dir", tree],
  ]);
  assertEquals(run.status, 0, run.err);
  const [{ name, size }] = await recorded(place);
  assertEquals([name, size], ["link", 7]);
});

const refused: [title: string, file: string, message: RegExp][] = [
  ["outside of the folder", "outside", /it is not below the folder/],
  ["above the folder by its dots", "tree/sub/../../outside", /not below/],
  ["in a folder of almost the same name", "tree2/file", /not below/],
  ["behind a link that leads out", "tree/exit/outside", /not below/],
  ["that is not there", "tree/missing", /it does not exist/],
  ["that is a link to nothing", "tree/dangling", /it is a link to nothing/],
  ["in a folder that is not there", "tree/no/file", /no such file/i],
  ["that is a folder", "tree/sub", /it is not a regular file/],
  ["that is a folder by its dots", "tree/sub/..", /not a regular file/],
  ["that is empty", "tree/empty", /the service takes no empty archives/],
  ["whose name holds a TAB", "tree/a\tb", /it contains a TAB character/],
];

for (const [title, file, message] of refused) {
  Deno.test(`a file ${title} is refused, and nothing is made`, async () => {
    await using place = await emptyVault();
    const { tree, folder } = place;
    for (const name of ["tree/sub", "tree2"]) await Deno.mkdir(folder.at(name));
    for (const name of ["outside", "tree2/file", "tree/a\tb"]) {
      await Deno.writeTextFile(folder.at(name), "x");
    }
    await Deno.writeTextFile(`${tree}/empty`, "");
    await Deno.symlink(folder.path, `${tree}/exit`);
    await Deno.symlink(folder.at("nothing"), `${tree}/dangling`);
    const words = ["--filename", `${folder.path}/${file}`, "--dir", tree];
    for (const dryRun of [[], ["--dry-run"]]) {
      const run = await upload(place, [...words, ...dryRun]);
      assertEquals([run.status, run.out], [1, ""]);
      assertMatch(run.err, /^ERROR: [^\n]*\n$/);
      assertMatch(run.err, message);
    }
    await hasNothing(place);
  });
}

Deno.test("a dry run says what would be uploaded, reads no stream, and changes nothing", async () => {
  await using place = await emptyVault();
  await Deno.writeTextFile(`${place.tree}/a`, "x");
  const before = await names(place.folder.path);
  const below = ["--filename", `${place.tree}/a`, "--dir", place.tree];
  const named = ["--filename", `${place.tree}/a`, "--set-rel-filename", "b"];
  for (const words of [below, named]) {
    const run = await upload(place, [...words, "--dry-run"]);
    assertEquals(run.lines, [`Will UPLOAD ${place.tree}/a`, "OK DONE"]);
  }
  const input = () => {
    throw new Error("was read");
  };
  const run = await uploadStream(place, input, {}, "--dry-run");
  assertEquals(run.lines, ["Will UPLOAD stream from STDIN", "OK DONE"]);
  assertEquals(await names(place.folder.path), before);
});

Deno.test("an unfinished upload of the same file is gone on with; those of others are left", async () => {
  await using place = await emptyVault();
  const { tree } = place;
  for (const name of "ab") {
    await Deno.writeFile(`${tree}/${name}`, vectorPayload(4 * MIB));
    const interrupt = new AbortController();
    let sent = 0;
    const fetch = interfered(place.server, async (operation, pass) => {
      const response = await pass();
      if (operation === "UploadMultipartPart" && ++sent === 2) {
        interrupt.abort(new Error("stop"));
      }
      return response;
    });
    const run = await upload(place, [
      ...["--filename", `${tree}/${name}`, "--dir", tree],
      ...["--partsize", "1", "--concurrency", "1"],
    ], { fetch, signal: interrupt.signal });
    assertEquals(run.status, 130);
  }
  let parts = 0;
  const fetch = interfered(place.server, (operation, pass) => {
    if (operation === "UploadMultipartPart") parts++;
    return pass();
  });
  const run = await upload(place, [
    ...["--filename", `${tree}/a`, "--dir", tree, "--partsize", "1"],
  ], { fetch });
  assertEquals([run.status, parts], [0, 2], run.err);
  assertEquals((await recorded(place)).map(({ name }) => name), ["a"]);
  assertEquals(await openUploads(place), 1);
  assertMatch(await intents(place), /"name":"b"/);
  assertEquals((await place.run("sync")).status, 0);
  assertEquals([await openUploads(place), await intents(place)], [0, ""]);
});

const streams: [size: number, piece: number][] = [
  [1, 1],
  [MIB - 1, 65_536],
  [MIB, 65_536],
  [MIB + 1, 1_000],
  [2 * MIB, 3 * MIB],
  [5 * MIB + 12_345, 65_537],
  [9 * MIB, 4 * MIB + 3],
];

for (const [size, piece] of streams) {
  Deno.test(`a stream of ${size} bytes in pieces of ${piece} becomes an archive`, async () => {
    await using place = await emptyVault();
    const bytes = vectorPayload(size);
    const begin = Math.floor(Date.now() / 1000);
    const run = await uploadStream(place, () => inPieces(bytes, piece));
    assertEquals(run.status, 0, run.err);
    const [record, ...more] = await recorded(place);
    assertEquals(more, []);
    const { archiveId, mtime, ...rest } = record;
    const hash = encodeHex(await treeHash(bytes));
    assertEquals(rest, { size, treeHash: hash, name: "stream" });
    assert(mtime >= begin && mtime <= Date.now() / 1000);
    assertEquals(run.lines, [
      `Finished stream hash [${hash}] archive_id [${archiveId}]`,
      "OK DONE",
    ]);
    const output = await outputOfJob(place, archiveId);
    assertEquals(await new Response(output.body).bytes(), bytes);
    assertEquals(
      decodeDescription(output.archiveDescription ?? ""),
      { name: "stream", mtime },
    );
    assertEquals([await openUploads(place), await intents(place)], [0, ""]);
  });
}

Deno.test("a stream of no bytes is an error and makes nothing", async () => {
  await using place = await emptyVault();
  const run = await uploadStream(place, async function* () {
    yield new Uint8Array(0);
  });
  assertEquals([run.status, run.out], [1, ""]);
  assertMatch(run.err, /ERROR: Nothing came on standard input, and .*empty/);
  await hasNothing(place);
});

Deno.test("a name that is too long for a description is refused before anything is read", async () => {
  await using place = await emptyVault();
  const run = await upload(place, [
    ...["--stdin", "--set-rel-filename", "n".repeat(900)],
  ], {
    input: () => {
      throw new Error("was read");
    },
  });
  assertEquals(run.status, 1);
  assertMatch(run.err, /ERROR: Cannot archive n+: its name is too long/);
  await hasNothing(place);
});

Deno.test("a part is sent while the next one has not come yet", async () => {
  await using place = await emptyVault();
  const sent = Promise.withResolvers<void>();
  const run = await uploadStream(place, async function* () {
    yield new Uint8Array(MIB);
    await sent.promise;
    yield new Uint8Array(1);
  }, {
    async interfere(operation, pass) {
      const response = await pass();
      if (operation === "UploadMultipartPart") sent.resolve();
      return response;
    },
  });
  assertEquals(run.status, 0, run.err);
  assertEquals((await recorded(place))[0].size, MIB + 1);
});

Deno.test("as many parts are under way as --concurrency says, and no more is read than one part beyond", async () => {
  await using place = await emptyVault();
  const full = Promise.withResolvers<void>();
  let [underWay, most, answered, read] = [0, 0, 0, 0];
  const run = await uploadStream(
    place,
    async function* () {
      for (; read < 12; read++) {
        yield new Uint8Array(MIB);
        assertLessOrEqual(read, answered + 3 + 1);
      }
    },
    {
      async interfere(operation, pass) {
        if (operation !== "UploadMultipartPart") return await pass();
        most = Math.max(most, ++underWay);
        if (underWay === 3) full.resolve();
        await full.promise;
        const response = await pass();
        underWay--;
        answered++;
        return response;
      },
    },
    "--concurrency",
    "3",
  );
  assertEquals(run.status, 0, run.err);
  assertEquals([most, (await recorded(place))[0].size], [3, 12 * MIB]);
});

Deno.test("a part that the service refuses ends the upload there and here, without reading on", async () => {
  await using place = await emptyVault();
  let parts = 0;
  const run = await uploadStream(place, async function* () {
    yield new Uint8Array(2 * MIB);
    // The producer has no more to say for now.
    await new Promise(() => {});
  }, {
    interfere(operation, pass) {
      if (operation !== "UploadMultipartPart" || ++parts < 2) return pass();
      return Promise.resolve(Response.json(
        { code: "InvalidParameterValueException", message: "Because" },
        { status: 400, headers: { "x-amzn-requestid": "id" } },
      ));
    },
  });
  assertEquals([run.status, run.out], [1, ""]);
  assertMatch(run.err, /^ERROR: UploadMultipartPart failed: Because/);
  assertEquals(parts, 2);
  await hasNothing(place);
});

Deno.test("a line that breaks for a moment is nothing to tell of", async () => {
  await using place = await emptyVault();
  let broken = 0;
  const bytes = vectorPayload(4 * MIB);
  const run = await uploadStream(place, () => inPieces(bytes), {
    async interfere(operation, pass) {
      const response = await pass();
      if (operation !== "UploadMultipartPart" || broken++ > 0) return response;
      throw new TypeError("connection closed before message completed");
    },
  });
  assertEquals(run.status, 0, run.err);
  const [{ archiveId }] = await recorded(place);
  assertEquals(await contentOf(place, archiveId), bytes);
});

Deno.test("a stream that can't be read on ends the upload", async () => {
  await using place = await emptyVault();
  const run = await uploadStream(place, async function* () {
    yield new Uint8Array(MIB + 5);
    throw Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
  });
  assertEquals([run.status, run.out], [1, ""]);
  assertMatch(
    run.err,
    /^ERROR: Cannot read standard input: i\/o error \(EIO\); stream was not uploaded\n$/,
  );
  await hasNothing(place);
});

Deno.test("an interruption while the stream is silent ends the upload at once", async () => {
  await using place = await emptyVault();
  const interrupt = new AbortController();
  const run = await uploadStream(place, async function* () {
    yield new Uint8Array(MIB);
    await new Promise(() => {});
  }, {
    signal: interrupt.signal,
    async interfere(operation, pass) {
      const response = await pass();
      if (operation === "UploadMultipartPart") {
        interrupt.abort(new Error("stop"));
      }
      return response;
    },
  });
  assertEquals([run.status, run.out], [130, ""]);
  await hasNothing(place);
});

Deno.test("an interruption that also ends the program that writes the stream makes no archive of half of it", async () => {
  await using place = await emptyVault();
  const interrupt = new AbortController();
  const run = await uploadStream(place, async function* () {
    yield new Uint8Array(MIB);
    // Its end is seen first, our own signal a little later.
    setTimeout(() => interrupt.abort(new Error("stop")), 30);
  }, { signal: interrupt.signal });
  assertEquals([run.status, run.out], [130, ""]);
  await hasNothing(place);
});

/** Carries out what makes an archive, and loses so many of the answers. */
function loseAnswers(count: number): Interference {
  return async (operation, pass) => {
    const response = await pass();
    if (operation !== "CompleteMultipartUpload" || count-- <= 0) {
      return response;
    }
    throw new TypeError("connection closed before message completed");
  };
}

Deno.test("a lost answer at the end makes no second archive", async () => {
  await using place = await emptyVault();
  const run = await uploadStream(
    place,
    () => inPieces(vectorPayload(2 * MIB)),
    { interfere: loseAnswers(1) },
  );
  assertEquals([run.status, run.lines.length], [0, 2], run.err);
  assertEquals([await place.countArchives(), await intents(place)], [1, ""]);
});

Deno.test("where all answers at the end are lost, the next run records the archive, and nothing need be sent again", async () => {
  await using place = await emptyVault();
  const bytes = vectorPayload(2 * MIB + 7);
  const run = await uploadStream(place, () => inPieces(bytes), {
    interfere: loseAnswers(Infinity),
  });
  assertEquals([run.status, run.out], [1, ""]);
  assertMatch(
    run.err,
    /WARNING: All of stream was sent, and need not be sent again/,
  );
  assertEquals(await recorded(place), []);
  const next = await place.run("sync");
  assertEquals([next.status, next.lines], [0, ["OK DONE"]], next.err);
  assertMatch(next.err, /The upload of stream, .* is finished and recorded/);
  const [{ archiveId, size }] = await recorded(place);
  assertEquals(size, bytes.length);
  assertEquals(await contentOf(place, archiveId), bytes);
  assertEquals([await place.countArchives(), await intents(place)], [1, ""]);
});

Deno.test("a stream that the service refuses in the next run is to be sent again, and that is told", async () => {
  await using place = await emptyVault();
  const run = await uploadStream(place, () => inPieces(new Uint8Array(MIB)), {
    interfere(operation, pass) {
      if (operation !== "CompleteMultipartUpload") return pass();
      throw new TypeError("connection closed before message completed");
    },
  });
  assertMatch(run.err, /All of stream was sent/);
  const fetch = interfered(place.server, async (operation, pass) => {
    if (operation !== "CompleteMultipartUpload") return await pass();
    return Response.json(
      { code: "InvalidParameterValueException", message: "Because" },
      { status: 400, headers: { "x-amzn-requestid": "r" } },
    );
  });
  const next = await place.runWith({ fetch }, "sync");
  assertEquals([next.status, next.lines], [0, ["OK DONE"]], next.err);
  assertMatch(
    next.err,
    /WARNING: The upload of stream, .* was refused by the service and is ended \(.*Because.*\): .* is to be sent again/,
  );
  await hasNothing(place);
});

Deno.test("a stream that could not be ended at the service is ended by the next run", async () => {
  await using place = await emptyVault();
  const run = await uploadStream(place, async function* () {
    yield new Uint8Array(MIB);
    throw new Error("gone");
  }, {
    interfere(operation, pass) {
      if (operation !== "OtherUpload") return pass();
      throw new TypeError("connection closed before message completed");
    },
  });
  assertEquals(run.status, 1);
  assertEquals(await openUploads(place), 1);
  const next = await place.run("sync");
  assertEquals([next.status, next.lines], [0, ["OK DONE"]]);
  assertMatch(
    next.err,
    /^WARNING: The upload of stream from standard input, which an earlier run did not finish, cannot be gone on with: send it again\n/,
  );
  await hasNothing(place);
});

Deno.test("a stream for which the disk has no room is not recorded, and is known of", async () => {
  await using place = await emptyVault();
  let full = false;
  const files = faultyFiles({
    write: (path) =>
      full && path.endsWith("journal.log") ? new Uint8Array(0) : undefined,
  });
  const run = await uploadStream(place, () => inPieces(vectorPayload(MIB)), {
    platform: { ...createHost(), files },
    async interfere(operation, pass) {
      const response = await pass();
      full ||= operation === "CompleteMultipartUpload";
      return response;
    },
  });
  assertEquals([run.status, run.out], [1, ""]);
  assertMatch(run.err, /^ERROR: [^\n]*[\w-]{138}[^\n]*ENOSPC[^\n]*\n$/);
  const next = await place.run("sync");
  assertMatch(next.err, /is finished and recorded as archive/);
  assertEquals((await recorded(place)).length, 1);
  assertEquals(await place.countArchives(), 1);
});

// As processes.

const bundle = await bundled();

Deno.test.afterAll(async () => await bundle[Symbol.asyncDispose]());

const programs: [title: string, program: Program][] = [
  ["deno", FROM_SOURCE],
  ["Node 22", { command: await nodePath(22), args: [bundle.file] }],
];

/** Starts a command of the program in a shell, `$@` there, with what stands around it. */
function spawnInShell(
  shell: string,
  { command, args }: Program,
  words: string[],
  stdin: "piped" | "null" = "null",
): Deno.ChildProcess {
  return new Deno.Command("bash", {
    args: ["-c", shell, "bash", command, ...args, ...words],
    env: { AWS_EC2_METADATA_DISABLED: "true" },
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function outputOf(child: Deno.ChildProcess) {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** A server on a socket, with something in between, and the words for the program. */
async function overSocket(place: Workplace, interfere: Interference) {
  const http = await serveHttp(interfered(place.server, interfere), {
    hostname: "127.0.0.1",
    port: 0,
  });
  const config = place.folder.at("socket.cfg");
  await writeConfig(config, http.url, place.journal);
  return {
    url: http.url,
    config,
    words: [
      ...["upload-file", "--config", config, "--partsize", "1"],
      ...["--stdin", "--set-rel-filename", "stream"],
    ],
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

const undisturbed: Interference = (_, pass) => pass();

for (const [title, program] of programs) {
  Deno.test(`${title}: standard input is a file, a pipe, a pipe whose writer is slow`, async () => {
    await using place = await emptyVault();
    await using there = await overSocket(place, undisturbed);
    const bytes = vectorPayload(2 * MIB + 4321);
    const file = place.folder.at("file");
    await Deno.writeFile(file, bytes);
    const shells = [
      `exec "$@" < ${file}`,
      `cat ${file} | "$@"`,
      `(head -c 1048577 ${file}; sleep 0.3; tail -c +1048578 ${file}) | "$@"`,
    ];
    for (const shell of shells) {
      const child = spawnInShell(shell, program, there.words);
      const { code, err } = await outputOf(child);
      assertEquals(code, 0, err);
      const { archiveId } = (await recorded(place)).at(-1)!;
      assertEquals(await contentOf(place, archiveId), bytes, shell);
    }
  });

  Deno.test(`${title}: standard input is nothing, closed, a folder, not for reading`, async () => {
    await using place = await emptyVault();
    await using there = await overSocket(place, undisturbed);
    const file = place.folder.at("file");
    const shells = [
      'exec "$@" < /dev/null',
      'exec "$@" <&-',
      'exec "$@" < /tmp',
      `exec "$@" 0> ${file}`,
    ];
    for (const shell of shells) {
      const child = spawnInShell(shell, program, there.words);
      const { code, out, err } = await outputOf(child);
      assertEquals([code, out], [1, ""], `${shell}: ${err}`);
      assertMatch(err, /^ERROR: (Nothing came on|Cannot read) standard input/);
    }
    await hasNothing(place);
  });

  Deno.test(`${title}: Ctrl-C ends an upload whose stream is open and silent`, async () => {
    await using place = await emptyVault();
    const sent = Promise.withResolvers<void>();
    await using there = await overSocket(place, async (operation, pass) => {
      const response = await pass();
      if (operation === "UploadMultipartPart") sent.resolve();
      return response;
    });
    const child = spawnInShell('exec "$@"', program, there.words, "piped");
    const writer = child.stdin.getWriter();
    await writer.write(new Uint8Array(MIB));
    const output = outputOfPiped(child);
    await sent.promise;
    child.kill("SIGINT");
    const { code, err } = await output;
    assertEquals(code, 130, err);
    assertMatch(err, /run the same command again, with all of its input\n$/);
    await writer.abort().catch(() => {});
    await hasNothing(place);
  });

  Deno.test(`${title}: a standard input that nobody reads keeps no command from ending`, async () => {
    await using place = await emptyVault();
    await using there = await overSocket(place, undisturbed);
    await Deno.writeTextFile(`${place.tree}/a`, "x");
    const words = ["sync", "--config", there.config, "--dir", place.tree];
    const child = spawnInShell('exec "$@"', program, words, "piped");
    const { code, err } = await outputOfPiped(child);
    assertEquals(code, 0, err);
    await child.stdin.abort().catch(() => {});
  });

  for (
    const [moment, operation, at] of [
      ["in the middle of the parts", "UploadMultipartPart", "after"],
      ["before Complete took effect", "CompleteMultipartUpload", "before"],
      ["after Complete took effect", "CompleteMultipartUpload", "after"],
    ] as const
  ) {
    Deno.test(`${title}: kill -9 ${moment} of a stream, and the next run knows what to do`, async () => {
      await using place = await emptyVault();
      const arrived = Promise.withResolvers<void>();
      const killed = Promise.withResolvers<void>();
      const { url, output } = await killed9(place, program, {
        async interfere(current, pass) {
          if (current !== operation) return await pass();
          if (at === "after") await (await pass()).body?.cancel();
          arrived.resolve();
          await killed.promise;
          return new Response(null, { status: 500 });
        },
        arrived: arrived.promise,
        killed: killed.resolve,
      });
      assertEquals(output.out, "");
      assertEquals(await place.readJournal(), "");
      const run = await place.run("sync", "--endpoint", url);
      assertEquals([run.status, run.lines], [0, ["OK DONE"]], run.err);
      assertEquals(await openUploads(place), 0);
      assertEquals(await intents(place), "");
      if (operation === "UploadMultipartPart") {
        assertMatch(run.err, /WARNING: The upload of stream .*send it again/);
        assertEquals(await place.countArchives(), 0);
        return;
      }
      assertMatch(run.err, /The upload of stream, .* is finished and recorded/);
      const [{ archiveId, size }] = await recorded(place);
      assertEquals([size, await place.countArchives()], [3 * MIB, 1]);
      assertEquals(await contentOf(place, archiveId), vectorPayload(3 * MIB));
    });
  }
}

/** The output of a process whose standard input stays open. */
async function outputOfPiped(child: Deno.ChildProcess) {
  const [out, err, { code }] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.status,
  ]);
  return { code, out, err };
}

/** Uploads a stream by a process, and kills that once a request has arrived. */
async function killed9(
  place: Workplace,
  program: Program,
  { interfere, arrived, killed }: {
    interfere: Interference;
    arrived: Promise<void>;
    killed(): void;
  },
) {
  await using there = await overSocket(place, interfere);
  const file = place.folder.at("file");
  await Deno.writeFile(file, vectorPayload(3 * MIB));
  const child = spawnInShell(`exec "$@" < ${file}`, program, there.words);
  const output = outputOf(child);
  await Promise.race([
    arrived,
    output.then(({ err }) => {
      throw new Error(err);
    }),
  ]);
  child.kill("SIGKILL");
  const result = await output;
  killed();
  return { url: there.url, output: result };
}
