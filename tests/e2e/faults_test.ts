/**
 * Faults on the wire: a server process, told over its control endpoint what is
 * to go wrong.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertNotMatch,
  assertRejects,
} from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import { FROM_SOURCE, type Program } from "../program.ts";
import {
  assertRefused,
  type Call,
  hashHeaders,
  jsonOf,
  MIB,
  sign,
  vectorPayload,
} from "../server/testing.ts";
import {
  bundled,
  DEFAULT_KEY,
  type ServeProcess,
  startServe,
} from "../serve_process.ts";
import { nodePath, type TemporaryFolder, temporaryFolder } from "../testing.ts";

const bundle = await bundled();

Deno.test.afterAll(async () => await bundle[Symbol.asyncDispose]());

const programs: [title: string, program: Program][] = [
  ["deno", FROM_SOURCE],
  ["Node 22", { command: await nodePath(22), args: [bundle.file] }],
];

/** A server process with a vault `v` and a folder. */
interface FaultyServer extends AsyncDisposable {
  server: ServeProcess;
  folder: TemporaryFolder;
  /** Signs a request and sends it. */
  call(call: Call, init?: RequestInit): Promise<Response>;
  /** The same where nothing of the answer but its status matters. */
  statusOf(call: Call): Promise<number>;
  /** Puts other rules in force. */
  strike(...rules: string[]): Promise<unknown>;
  /** Takes all rules back; resolves to the number of archives in the vault. */
  countArchives(): Promise<number>;
  /** What is left of uploads that came to nothing. */
  remains(): string[];
}

async function faultyServer(program: Program): Promise<FaultyServer> {
  const folder = await temporaryFolder();
  const data = folder.at("data");
  const server = await startServe(["--control", "--data", data], program);
  const faulty: FaultyServer = {
    server,
    folder,
    async call(call, init = {}) {
      const url = server.url + call.path;
      const signed = await sign(call, Date.now(), { ...DEFAULT_KEY, url });
      const { method, headers } = signed;
      // Deno's fetch sends bytes again by itself where the connection breaks,
      // but not a Blob.
      const body = signed.body && await signed.blob();
      return await fetch(url, { method, headers, body, ...init });
    },
    async statusOf(call) {
      const response = await faulty.call(call);
      await response.body?.cancel();
      return response.status;
    },
    strike: (...faults) => server.control("PUT", "faults", { faults, seed: 1 }),
    async countArchives() {
      await faulty.strike();
      const vault = await jsonOf(await faulty.call({ path: "/-/vaults/v" }));
      return vault.NumberOfArchives;
    },
    remains: () =>
      [...Deno.readDirSync(`${data}/incoming`)].map(({ name }) => name),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
  const vault = { method: "PUT", path: "/-/vaults/v" };
  assertEquals(await faulty.statusOf(vault), 201);
  return faulty;
}

const CREATE: Call = { method: "PUT", path: "/-/vaults/w" };

async function uploadCall(body: Uint8Array<ArrayBuffer>): Promise<Call> {
  return {
    method: "POST",
    path: "/-/vaults/v/archives",
    headers: await hashHeaders(body),
    body,
  };
}

/** The output of a job that retrieves `archive`. */
async function outputCall(
  { call }: FaultyServer,
  archive: Uint8Array<ArrayBuffer>,
): Promise<Call> {
  const uploaded = await call(await uploadCall(archive));
  const job = await call({
    method: "POST",
    path: "/-/vaults/v/jobs",
    body: JSON.stringify({
      Type: "archive-retrieval",
      ArchiveId: uploaded.headers.get("x-amz-archive-id"),
    }),
  });
  for (const { body } of [uploaded, job]) await body?.cancel();
  return {
    path: `/-/vaults/v/jobs/${job.headers.get("x-amz-job-id")}/output`,
  };
}

/** What came of a body before it broke. */
async function readUntilBroken(response: Response): Promise<number> {
  let size = 0;
  const read = async () => {
    for await (const chunk of response.body!) size += chunk.length;
  };
  await assertRejects(read, Error);
  return size;
}

/** Where two sequences of bytes differ, and in which bits. */
function differences(a: Uint8Array, b: Uint8Array): [number, number][] {
  assertEquals(a.length, b.length);
  return [...a].flatMap((byte, index) =>
    byte === b[index] ? [] : [[index, byte ^ b[index]] as [number, number]]
  );
}

/** Whether a promise is still pending when the server has answered other requests. */
async function isPending(
  promise: Promise<unknown>,
  { call }: FaultyServer,
): Promise<boolean> {
  let pending = true;
  promise.then(() => pending = false, () => pending = false);
  for (let i = 0; i < 5; i++) await jsonOf(await call({ path: "/-/vaults" }));
  return pending;
}

async function checkDrops(faulty: FaultyServer): Promise<void> {
  const { call, statusOf, strike } = faulty;
  for (const [at, status] of [["before", 404], ["after", 200]] as const) {
    // Every one of them: without a body, Deno's fetch may send it again.
    await strike(`CreateVault,drop,at=${at}`);
    await assertRejects(() => call(CREATE), TypeError);
    await strike();
    assertEquals(await statusOf({ path: CREATE.path }), status, at);
  }
  const upload = await uploadCall(vectorPayload(8 * MIB));
  await strike("UploadArchive,drop,at=before");
  await assertRejects(() => call(upload), TypeError);
  assertEquals(await faulty.countArchives(), 0);
  await strike("UploadArchive,drop,at=after");
  await assertRejects(() => call(upload), TypeError);
  assertEquals(await faulty.countArchives(), 1);
  assertEquals(faulty.remains(), []);
}

async function checkErrors(faulty: FaultyServer): Promise<void> {
  const { call, statusOf, strike } = faulty;
  const errors: [code: string, status: number, name: string][] = [
    ["500", 500, "ServiceUnavailableException"],
    ["408", 408, "RequestTimeoutException"],
    ["503", 503, "InsufficientCapacityException"],
    ["throttling", 400, "ThrottlingException"],
    ["ExpiredTokenException", 403, "ExpiredTokenException"],
  ];
  for (const [code, status, name] of errors) {
    for (const [at, found] of [["before", 404], ["after", 200]] as const) {
      await strike(`CreateVault,error,code=${code},at=${at}`);
      const response = await call(CREATE);
      assert(response.headers.has("x-amzn-requestid"));
      await assertRefused(response, status, name);
      await strike();
      assertEquals(await statusOf({ path: CREATE.path }), found, at);
    }
    await statusOf({ method: "DELETE", path: CREATE.path });
  }
  // Though it was not read, the upload that is refused has its answer.
  await strike("UploadArchive,error,code=throttling");
  const refused = await call(await uploadCall(vectorPayload(16 * MIB)));
  await assertRefused(refused, 400, "ThrottlingException", "Rate exceeded");
  assertEquals(await faulty.countArchives(), 0);
}

async function checkTruncation(faulty: FaultyServer): Promise<void> {
  const { call, statusOf, strike } = faulty;
  const archive = vectorPayload(MIB + 5);
  const output = await outputCall(faulty, archive);
  for (const byte of [0, 1, MIB, MIB + 4]) {
    await strike(`GetJobOutput,truncate,byte=${byte}`);
    const response = await call(output);
    assertEquals(response.status, 200);
    const size = response.headers.get("content-length");
    assertEquals(size, String(archive.length));
    assertEquals(await readUntilBroken(response), byte);
  }
  await strike("GetJobOutput,truncate");
  assertGreater(archive.length, await readUntilBroken(await call(output)));
  await strike("ListVaults,truncate,byte=7");
  assertEquals(await readUntilBroken(await call({ path: "/-/vaults" })), 7);
  // Where there is no body, nothing can be cut.
  await strike("CreateVault,truncate");
  assertEquals(await statusOf(CREATE), 201);
}

async function checkCorruption(faulty: FaultyServer): Promise<void> {
  const { call, statusOf, strike } = faulty;
  const archive = vectorPayload(MIB + 5);
  const hash = encodeHex(await treeHash(archive));
  const output = await outputCall(faulty, archive);
  const read = async () => {
    const response = await call(output);
    assertEquals(response.headers.get("x-amz-sha256-tree-hash"), hash);
    return new Uint8Array(await response.arrayBuffer());
  };
  for (const byte of [0, 70_000, MIB + 4]) {
    await strike(`GetJobOutput,corrupt,byte=${byte}`);
    assertEquals(differences(await read(), archive), [[byte, 1]]);
  }
  await strike("GetJobOutput,corrupt");
  assertEquals(differences(await read(), archive).length, 1);
  await strike();
  assertEquals(await read(), archive);

  const upload = await uploadCall(vectorPayload(2 * MIB + 1));
  for (const where of ["", ",byte=0", `,byte=${2 * MIB}`]) {
    await strike(`UploadArchive,corrupt,of=payload${where}`);
    await assertRefused(
      await call(upload),
      400,
      "InvalidParameterValueException",
      "Checksum mismatch",
    );
  }
  assertEquals(await faulty.countArchives(), 1);
  assertEquals(faulty.remains(), []);
  assertEquals(await statusOf(upload), 201);
}

async function checkSlowness(faulty: FaultyServer): Promise<void> {
  const { call, strike } = faulty;
  const archive = vectorPayload(100_000);
  const output = await outputCall(faulty, archive);
  const timed = async (each: Call) => {
    const begin = performance.now();
    const response = await call(each);
    const body = new Uint8Array(await response.arrayBuffer());
    return { status: response.status, body, ms: performance.now() - begin };
  };
  await strike("GetJobOutput,slow,rate=200000");
  const download = await timed(output);
  assertEquals(download.body, archive);
  assertGreaterOrEqual(download.ms, 490);
  await strike("UploadArchive,slow,of=payload,rate=200000");
  const upload = await timed(await uploadCall(archive));
  assertEquals(upload.status, 201);
  assertGreaterOrEqual(upload.ms, 490);
}

async function checkStalls(faulty: FaultyServer): Promise<void> {
  const { call, strike } = faulty;
  const output = await outputCall(faulty, vectorPayload(MIB));
  await strike(
    "GetJobOutput,stall,byte=1000",
    "UploadArchive,stall,of=payload,byte=1000",
  );
  const client = new AbortController();
  const { signal } = client;
  const response = await call(output, { signal });
  const reader = response.body!.getReader();
  let size = 0;
  while (size < 1000) size += (await reader.read()).value!.length;
  assertEquals(size, 1000);
  const more = reader.read();
  const upload = await uploadCall(vectorPayload(MIB));
  const answer = call(upload, { signal });
  const held = [more, answer];
  assert(await isPending(Promise.race(held), faulty));
  client.abort();
  for (const each of held) await assertRejects(() => each);
  // What its client left is no hindrance to the end.
  assertEquals((await faulty.server.end()).code, 0);
  assertEquals(faulty.remains(), []);
}

const checks: [
  title: string,
  check: (faulty: FaultyServer) => Promise<void>,
][] = [
  ["a connection is dropped before or after the request", checkDrops],
  ["an error is answered before or after the request", checkErrors],
  ["an answer that is cut short can be told from a whole one", checkTruncation],
  ["one bit of a body is another, and its hash tells", checkCorruption],
  ["bodies are slow in both directions", checkSlowness],
  ["bodies stall until their client goes", checkStalls],
];

for (const [title, program] of programs) {
  for (const [what, check] of checks) {
    Deno.test(`${title}: ${what}`, async () => {
      await using faulty = await faultyServer(program);
      await check(faulty);
      // Faults on demand are no failures of the server's own.
      assertNotMatch(faulty.server.err(), /error/i);
    });
  }
}
