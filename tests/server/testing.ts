/**
 * What the tests of the server share: a server in a temporary folder, whose
 * clock can be moved, and a client that signs with aws4fetch.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import {
  GlacierClient as SdkClient,
  type GlacierClientConfig as SdkConfig,
} from "@aws-sdk/client-glacier";
import { AwsV4Signer } from "aws4fetch";
import { GlacierClient } from "../../src/glacier/client.ts";
import { createHost } from "../../src/platform/host.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import {
  type GlacierServer,
  type GlacierServerOptions,
  openGlacierServer,
} from "../../src/server/server.ts";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import { temporaryFolder, vectorPayload } from "../testing.ts";

export const MIB = 1024 * 1024;
export const HOUR = 60 * 60 * 1000;

export const KEY = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

/** A request before it is signed. */
export interface Call {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer> | string;
}

/** Where requests go: into the server itself or to an address. */
export type Send = (request: Request) => Promise<Response>;

/** Signs a request as of `time`. */
export async function sign(
  call: Call,
  time: number,
  options: Partial<ConstructorParameters<typeof AwsV4Signer>[0]> = {},
): Promise<Request> {
  const { method = "GET", path, headers = {}, body } = call;
  const signer = new AwsV4Signer({
    ...KEY,
    service: "glacier",
    region: "us-east-1",
    method,
    url: `http://localhost${path}`,
    headers: { "x-amz-glacier-version": "2012-06-01", ...headers },
    body,
    datetime: new Date(time).toISOString().replace(/[-:]|\.\d+/g, ""),
    ...options,
  });
  const signed = await signer.sign();
  return new Request(signed.url, {
    method,
    headers: signed.headers,
    body: signed.body,
  });
}

export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>) {
  return encodeHex(await crypto.subtle.digest("SHA-256", bytes));
}

export async function treeHashHex(bytes: Uint8Array<ArrayBuffer>) {
  return encodeHex(await treeHash(bytes));
}

/** The headers that go with the payload of an upload. */
export async function hashHeaders(
  body: Uint8Array<ArrayBuffer>,
): Promise<Record<string, string>> {
  return {
    "content-length": String(body.length),
    "x-amz-content-sha256": await sha256Hex(body),
    "x-amz-sha256-tree-hash": await treeHashHex(body),
  };
}

/** A server in a folder of its own. */
export interface TestServer extends AsyncDisposable {
  server: GlacierServer;
  folder: string;
  /** Milliseconds since 1970; moves only when it is set. */
  time: number;
  /** What the server reported as its own failures. */
  failures: unknown[];
  /** Signs and sends a request. */
  call(call: Call): Promise<Response>;
  /** Closes the server and opens another one in the same folder. */
  restart(): Promise<void>;
  /** Names of the files in a folder of the server. */
  filesIn(name: "incoming" | "blobs"): string[];
}

export async function testServer(
  options: Partial<GlacierServerOptions> = {},
): Promise<TestServer> {
  const folder = await temporaryFolder();
  const { platform: host = createHost(), ...others } = options;
  const open = () =>
    openGlacierServer({
      platform: { ...host, clock: { now: () => test.time } },
      dataDirectory: folder.at("data"),
      accessKeys: [KEY],
      onFailure: (error) => test.failures.push(error),
      ...others,
    });
  const test: TestServer = {
    server: undefined as unknown as GlacierServer,
    folder: folder.at("data"),
    time: Date.UTC(2026, 10, 22, 12),
    failures: [],
    call: async (call) => test.server.fetch(await sign(call, test.time)),
    async restart() {
      await test.server[Symbol.asyncDispose]();
      test.server = await open();
    },
    filesIn: (name) =>
      [...Deno.readDirSync(`${test.folder}/${name}`)].map(({ name }) => name),
    async [Symbol.asyncDispose]() {
      await test.server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
  test.server = await open();
  return test;
}

/** The project's own client of a server. */
export function clientOf(test: TestServer): GlacierClient {
  return new GlacierClient({
    region: "us-east-1",
    endpoint: "http://localhost",
    credentials: () => Promise.resolve(KEY),
    fetch: (request) => test.server.fetch(request),
    clock: { now: () => test.time },
  });
}

/** The official SDK over a real socket to the server; its clock is the machine's. */
export async function sdkOf(
  test: TestServer,
  config: SdkConfig = {},
): Promise<AsyncDisposable & { client: SdkClient }> {
  test.time = Date.now();
  const http = await serveHttp(
    (request) => test.server.fetch(request),
    { hostname: "127.0.0.1", port: 0 },
  );
  const client = new SdkClient({
    endpoint: http.url,
    region: "us-east-1",
    credentials: KEY,
    ...config,
  });
  return {
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await http[Symbol.asyncDispose]();
    },
  };
}

/** A server with a vault `v`. */
export async function testVault(
  options: Partial<GlacierServerOptions> = {},
): Promise<TestServer> {
  const test = await testServer(options);
  const created = await test.call({ method: "PUT", path: "/-/vaults/v" });
  assertEquals(created.status, 201);
  return test;
}

/** The status and the body of an answer. */
export async function jsonOf(response: Response) {
  return { status: response.status, ...await response.json() };
}

/** Asserts that a request is refused so. */
export async function assertRefused(
  response: Response,
  status: number,
  code: string,
  message = "",
): Promise<void> {
  const body = await response.json();
  assertEquals(
    { status: response.status, code: body.code, type: body.type },
    { status, code, type: status < 500 ? "Client" : "Server" },
    body.message,
  );
  if (!body.message.includes(message)) {
    throw new Error(`Message is ${body.message}, expected ${message}`);
  }
}

/** Uploads an archive with one request; resolves to its ID. */
export async function uploadArchive(
  test: TestServer,
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<string> {
  const response = await test.call({
    method: "POST",
    path: "/-/vaults/v/archives",
    headers: { ...await hashHeaders(body), ...headers },
    body,
  });
  assertEquals(response.status, 201, await response.text());
  return response.headers.get("x-amz-archive-id")!;
}

/** Begins an upload in parts; resolves to its path. */
export async function beginUpload(
  test: TestServer,
  partSize = MIB,
): Promise<string> {
  const response = await test.call({
    method: "POST",
    path: "/-/vaults/v/multipart-uploads",
    headers: { "x-amz-part-size": String(partSize) },
  });
  assertEquals(response.status, 201, await response.text());
  const id = response.headers.get("x-amz-multipart-upload-id");
  return `/-/vaults/v/multipart-uploads/${id}`;
}

export async function uploadPart(
  test: TestServer,
  path: string,
  start: number,
  body: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  return await test.call({
    method: "PUT",
    path,
    headers: {
      ...await hashHeaders(body),
      "content-range": `bytes ${start}-${start + body.length - 1}/*`,
    },
    body,
  });
}

export async function completeUpload(
  test: TestServer,
  path: string,
  archive: Uint8Array<ArrayBuffer>,
): Promise<Response> {
  return await test.call({
    method: "POST",
    path,
    headers: {
      "x-amz-archive-size": String(archive.length),
      "x-amz-sha256-tree-hash": await treeHashHex(archive),
    },
  });
}

/** Uploads an archive in parts of 1 MiB; resolves to its ID. */
export async function uploadInParts(
  test: TestServer,
  archive: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const path = await beginUpload(test);
  for (let start = 0; start < archive.length; start += MIB) {
    const part = archive.slice(start, start + MIB);
    assertEquals((await uploadPart(test, path, start, part)).status, 204);
  }
  const response = await completeUpload(test, path, archive);
  assertEquals(response.status, 201, await response.text());
  return response.headers.get("x-amz-archive-id")!;
}

/** Asks for an archive; resolves to the path of the job. */
export async function beginJob(
  test: TestServer,
  archiveId: string,
  parameters: Record<string, string> = {},
): Promise<string> {
  const response = await test.call({
    method: "POST",
    path: "/-/vaults/v/jobs",
    body: JSON.stringify({
      Type: "archive-retrieval",
      ArchiveId: archiveId,
      ...parameters,
    }),
  });
  assertEquals(response.status, 202, await response.text());
  return `/-/vaults/v/jobs/${response.headers.get("x-amz-job-id")}`;
}

/** Retrieves a whole archive. */
export async function retrieve(
  test: TestServer,
  archiveId: string,
): Promise<Uint8Array> {
  const job = await beginJob(test, archiveId);
  const response = await test.call({ path: `${job}/output` });
  assertEquals(response.status, 200);
  return new Uint8Array(await response.arrayBuffer());
}

/** A policy that allows everybody to delete archives of the vault `v`, or denies it. */
export function vaultPolicy(effect: "Allow" | "Deny"): string {
  const Resource = "arn:aws:glacier:us-east-1:000000000000:vaults/v";
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [{
      Sid: "archives",
      Principal: "*",
      Effect: effect,
      Action: "glacier:DeleteArchive",
      Resource,
      Condition: { NumericLessThan: { "glacier:ArchiveAgeInDays": "365" } },
    }],
  });
}

export { vectorPayload };
