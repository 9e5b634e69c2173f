/**
 * Archives that fit into no memory: what the server needs for them.
 *
 * @module
 */

import { assert, assertEquals, assertLess } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { createHash } from "node:crypto";
import { forEachBounded } from "../../src/async/bounded.ts";
import { GlacierClient } from "../../src/glacier/client.ts";
import {
  combineParts,
  TreeHash,
  treeHash,
} from "../../src/treehash/tree_hash.ts";
import { FROM_SOURCE, type Program } from "../program.ts";
import {
  bundled,
  DEFAULT_KEY,
  type ServeProcess,
  startServe,
} from "../serve_process.ts";
import { sha256Hex, sign } from "../server/testing.ts";
import { nodePath, temporaryFolder } from "../testing.ts";

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const PART = 16 * MIB;
const ARCHIVE = Number(Deno.env.get("LARGE_GIB") ?? 10) * GIB;

/** What the server may need, in MiB. */
const LIMIT = 250;

const bundle = await bundled();

Deno.test.afterAll(async () => await bundle[Symbol.asyncDispose]());

const programs: [title: string, program: Program][] = [
  ["deno", FROM_SOURCE],
  ["Node 22", { command: await nodePath(22), args: [bundle.file] }],
];

/** The most memory that a process has had so far, in MiB. Linux only. */
function peakOf({ pid }: ServeProcess): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)![1]) / 1024;
}

function clientOf({ url }: ServeProcess): GlacierClient {
  return new GlacierClient({
    region: "us-east-1",
    endpoint: url,
    credentials: () => Promise.resolve(DEFAULT_KEY),
  });
}

/** Part of an archive: random bytes, the same in all but where its number stands. */
const FILLING = crypto.getRandomValues(new Uint8Array(65536));

function partOf(number: number): Uint8Array<ArrayBuffer> {
  const part = new Uint8Array(PART);
  for (let at = 0; at < PART; at += FILLING.length) part.set(FILLING, at);
  for (let at = 0; at < PART; at += MIB) {
    new DataView(part.buffer).setUint32(at, number);
  }
  return part;
}

/** Uploads the archive; resolves to its ID and tree hash. */
async function uploadParts(client: GlacierClient) {
  const partSize = PART;
  const uploadId = await client.initiateMultipartUpload("v", { partSize });
  const hashes: { hash: Uint8Array<ArrayBuffer>; size: number }[] = [];
  const numbers = Array.from({ length: ARCHIVE / PART }, (_, index) => index);
  await forEachBounded(numbers, 4, async (number) => {
    const bytes = partOf(number);
    const hash = await treeHash(bytes);
    hashes[number] = { hash, size: PART };
    await client.uploadMultipartPart("v", {
      uploadId,
      offset: number * PART,
      bytes,
      sha256: await sha256Hex(bytes),
      treeHash: encodeHex(hash),
    });
  });
  const hash = encodeHex(await combineParts(hashes));
  const { archiveId } = await client.completeMultipartUpload("v", {
    uploadId,
    size: ARCHIVE,
    treeHash: hash,
  });
  return { archiveId, hash };
}

/** Downloads the output of a job; resolves to its size and tree hash. */
async function download(client: GlacierClient, jobId: string) {
  const { body } = await client.getJobOutput("v", jobId);
  const hash = new TreeHash();
  const leaf = new Uint8Array(MIB);
  let [size, filled] = [0, 0];
  for await (const chunk of body) {
    size += chunk.length;
    let rest = chunk;
    while (rest.length > 0) {
      const taken = rest.subarray(0, MIB - filled);
      leaf.set(taken, filled);
      filled += taken.length;
      rest = rest.subarray(taken.length);
      if (filled < MIB) continue;
      const digest = await crypto.subtle.digest("SHA-256", leaf);
      await hash.append(new Uint8Array(digest), MIB);
      filled = 0;
    }
  }
  assertEquals(filled, 0);
  return { size, hash: await hash.hexDigest() };
}

async function timed<T>(what: string, action: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const result = await action();
  const seconds = (performance.now() - begin) / 1000;
  console.log(`${what}: ${seconds.toFixed(1)} s`);
  return result;
}

for (const [title, program] of programs) {
  Deno.test({
    name: `${title}: an archive of ${
      ARCHIVE / GIB
    } GiB in parts of 16 MiB needs little memory`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using folder = await temporaryFolder();
      await using server = await startServe(
        ["--data", folder.at("data")],
        program,
      );
      const client = clientOf(server);
      await client.createVault("v");
      const begin = peakOf(server);
      const { archiveId, hash } = await timed(
        "upload",
        () => uploadParts(client),
      );
      const uploaded = peakOf(server);
      const { jobId } = await client.initiateJob("v", {
        type: "archive-retrieval",
        archiveId,
      });
      assertEquals(await timed("download", () => download(client, jobId)), {
        size: ARCHIVE,
        hash,
      });
      const peak = peakOf(server);
      console.log(
        `memory in MiB: ${begin.toFixed()} before, ${uploaded.toFixed()} after the upload, ${peak.toFixed()} in all`,
      );
      assertLess(peak, LIMIT);
    },
  });

  Deno.test({
    name: `${title}: a part of 4 GiB needs little memory`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using folder = await temporaryFolder();
      await using server = await startServe(
        ["--data", folder.at("data")],
        program,
      );
      const client = clientOf(server);
      await client.createVault("v");
      const status = await timed("part", () => sendLargestPart(server, client));
      assertEquals(status, "HTTP/1.1 204 No Content");
      const peak = peakOf(server);
      console.log(`memory in MiB: ${peak.toFixed()}`);
      assertLess(peak, LIMIT);
    },
  });
}

/** Sends a part of 4 GiB, which no `fetch` sends as a stream of known size; resolves to the line with the status. */
async function sendLargestPart(
  server: ServeProcess,
  client: GlacierClient,
): Promise<string> {
  const size = 4 * GIB;
  const piece = crypto.getRandomValues(new Uint8Array(65536));
  const leaf = new Uint8Array(MIB);
  for (let at = 0; at < MIB; at += piece.length) leaf.set(piece, at);
  const linear = createHash("sha256");
  for (let at = 0; at < size; at += MIB) linear.update(leaf);
  const hash = await treeHash(leaf);
  const leaves = Array.from(
    { length: size / MIB },
    () => ({ hash, size: MIB }),
  );
  const uploadId = await client.initiateMultipartUpload("v", {
    partSize: size,
  });
  const path = `/-/vaults/v/multipart-uploads/${uploadId}`;
  const { host, hostname, port } = new URL(server.url);
  const { headers } = await sign(
    {
      method: "PUT",
      path,
      headers: {
        "content-length": String(size),
        "content-range": `bytes 0-${size - 1}/*`,
        "x-amz-content-sha256": linear.digest("hex"),
        "x-amz-sha256-tree-hash": encodeHex(await combineParts(leaves)),
      },
    },
    Date.now(),
    { ...DEFAULT_KEY, url: server.url + path },
  );
  const lines = [...headers].map(([name, value]) => `${name}: ${value}`);
  const head = [`PUT ${path} HTTP/1.1`, `host: ${host}`, ...lines, "", ""];
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const send = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) {
      at += await connection.write(bytes.subarray(at));
    }
  };
  await send(new TextEncoder().encode(head.join("\r\n")));
  for (let at = 0; at < size; at += MIB) await send(leaf);
  const answer = new Uint8Array(1024);
  const length = await connection.read(answer);
  assert(length !== null);
  return new TextDecoder().decode(answer.subarray(0, length)).split("\r\n")[0];
}
