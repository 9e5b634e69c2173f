/**
 * Hundreds of bad requests on real connections: each is refused as documented,
 * changes nothing, and leaves the server serving. On both listeners, because
 * their HTTP is not the same.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { bundle } from "../../scripts/build.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { type RawAnswer, sendRaw } from "../server/raw_client.ts";
import { nodePath, readVectors, temporaryFolder } from "../testing.ts";
import { ARCHIVES } from "./bad_requests/archives.ts";
import {
  type Fixture,
  openFixture,
  SERVER_OPTIONS,
} from "./bad_requests/fixture.ts";
import { FRAMING } from "./bad_requests/framing.ts";
import {
  ALSO_GOOD,
  type Change,
  GOOD_REQUESTS,
} from "./bad_requests/good_requests.ts";
import { JOBS } from "./bad_requests/jobs.ts";
import { requestBytes } from "./bad_requests/request_bytes.ts";
import type { BadRequest, Refused, Rejected } from "./bad_requests/row.ts";
import { SETTINGS } from "./bad_requests/settings.ts";
import { SIGNATURES } from "./bad_requests/signatures.ts";
import { UPLOADS } from "./bad_requests/uploads.ts";
import { VAULTS } from "./bad_requests/vaults.ts";

const ROWS: readonly BadRequest[] = [
  ...SIGNATURES,
  ...VAULTS,
  ...ARCHIVES,
  ...UPLOADS,
  ...JOBS,
  ...SETTINGS,
  ...FRAMING,
];

// Outside of the tests, because the bundler leaves a process behind.
const node = await nodePath(22);
const programs = await temporaryFolder();
const nodeServer = programs.at("server.mjs");
await Deno.writeTextFile(
  nodeServer,
  await bundle("tests/conformance/bad_requests/node_server.ts"),
);

Deno.test.afterAll(async () => {
  await programs[Symbol.asyncDispose]();
});

/** Whose listener it is. */
type Runtime = "deno" | "node";

const RUNTIMES: readonly Runtime[] = ["deno", "node"];

/** A listening server, and what to ask of it. Disposing of it ends it, and fails where it reported failures of its own. */
interface Target extends AsyncDisposable {
  fixture: Fixture;
  port: number;
  /** The time of the server. */
  now(): number;
}

async function listenByDeno(fixture: Fixture): Promise<Target> {
  const { test } = fixture;
  const http = await serveHttp(test.server.fetch, {
    hostname: "127.0.0.1",
    port: 0,
  });
  return {
    fixture,
    port: http.port,
    now: () => test.time,
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]();
      assertEquals(test.failures, []);
    },
  };
}

async function listenByNode(fixture: Fixture): Promise<Target> {
  const { test } = fixture;
  // One server at a time has the folder.
  await test.server[Symbol.asyncDispose]();
  const options = { ...SERVER_OPTIONS, dataDirectory: test.folder };
  const child = new Deno.Command(node, {
    args: [nodeServer, JSON.stringify(options)],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const failures = new Response(child.stderr).text();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  return {
    fixture,
    port: Number(new TextDecoder().decode(value)),
    now: () => Date.now(),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await reader.cancel();
      await child.status;
      assertEquals(await failures, "");
    },
  };
}

function listen(runtime: Runtime, fixture: Fixture): Promise<Target> {
  return runtime === "deno" ? listenByDeno(fixture) : listenByNode(fixture);
}

/** Sends what an operation's good request becomes by a change. */
async function send(
  { fixture, port, now }: Target,
  operation: string,
  change: Change,
): Promise<RawAnswer | undefined> {
  const ids = { ...fixture.ids, host: `127.0.0.1:${port}` };
  const good = GOOD_REQUESTS[operation];
  const bytes = await requestBytes(good, change, { ids, now: now() });
  return await sendRaw(port, bytes, { end: change.framing?.end });
}

/** What an answer says, in the form in which rows say it. */
function told(
  answer: RawAnswer | undefined,
  expected: Refused | Rejected,
): unknown {
  if (answer === undefined) return "closed";
  const { status, headers, body } = answer;
  if (!Array.isArray(expected)) {
    return body === "" ? status : [status, body];
  }
  if (headers.get("content-type") !== "application/json") return [status, body];
  const { code, message, type } = JSON.parse(body);
  const named = headers.get("x-amzn-requestid")?.length === 47;
  if (!named || type !== "Client") return [headers, body];
  return [status, code, message.includes(expected[2]) ? expected[2] : message];
}

/** Sends a row, and then a request that must succeed; resolves to what was not as expected. */
async function tryRow(
  target: Target,
  runtime: Runtime,
  row: BadRequest,
): Promise<string[]> {
  const { refused } = row;
  const expected = Array.isArray(refused) ? refused : refused[runtime];
  const answer = told(await send(target, row.operation, row), expected);
  const next = await send(target, "ListVaults", {});
  const problems: string[] = [];
  const shown = JSON.stringify(answer);
  if (shown !== JSON.stringify(expected)) {
    problems.push(`${row.operation}, ${row.name}: ${shown.slice(0, 500)}`);
  }
  if (next?.status !== 200) {
    problems.push(`${row.operation}, ${row.name}: then ${next?.status}`);
  }
  return problems;
}

/** Whether a row waits until the server has lost its patience. */
function isSilent({ refused }: BadRequest): boolean {
  return Array.isArray(refused) && refused[0] === 408;
}

async function readAll(
  target: Target,
  paths: readonly string[],
): Promise<string[]> {
  const bodies: string[] = [];
  for (const path of paths) {
    bodies.push((await send(target, "DescribeVault", { target: path }))!.body);
  }
  return bodies;
}

/** All pages of a list. */
async function readList(
  target: Target,
  operation: string,
  path: string,
): Promise<string[]> {
  const pages: string[] = [];
  for (let marker: string | null = ""; marker !== null;) {
    const query: string = `marker=${encodeURIComponent(marker)}`;
    const answer = await send(target, operation, {
      target: `${path}?${query}`,
    });
    pages.push(answer!.body);
    marker = JSON.parse(answer!.body).Marker;
  }
  return pages;
}

/** All that the server shows of a vault. */
async function dumpVault(target: Target, vault: string): Promise<string[]> {
  const path = `/-/vaults/${vault}`;
  const shown = await readAll(target, [
    path,
    `${path}/tags`,
    `${path}/notification-configuration`,
    `${path}/access-policy`,
    `${path}/lock-policy`,
  ]);
  const jobs = await readList(target, "ListJobs", `${path}/jobs`);
  const uploads = `${path}/multipart-uploads`;
  const list = await readList(target, "ListMultipartUploads", uploads);
  const parts: string[] = [];
  for (const [, id] of list.join().matchAll(/"MultipartUploadId":"(.*?)"/g)) {
    parts.push(...await readList(target, "ListParts", `${uploads}/${id}`));
  }
  return [...shown, ...jobs, ...list, ...parts];
}

/** All that the server shows. */
async function dump(target: Target): Promise<string[]> {
  const shown = await readAll(target, [
    "/-/policies/data-retrieval",
    "/-/provisioned-capacity",
  ]);
  for (const vault of ["v", "w", "empty", "locked", "unused"]) {
    shown.push(...await dumpVault(target, vault));
  }
  return [...await readList(target, "ListVaults", "/-/vaults"), ...shown];
}

/** Sends all rows; fails where any was not refused as it says, or left a trace. */
async function tryAll(target: Target, runtime: Runtime): Promise<void> {
  const { test } = target.fixture;
  const before = [await dump(target), test.filesIn("blobs").sort()];
  const problems: string[] = [];
  for (const row of ROWS.filter((row) => !isSilent(row))) {
    problems.push(...await tryRow(target, runtime, row));
  }
  const silent = ROWS.filter(isSilent);
  problems.push(
    ...(await Promise.all(
      silent.map((row) => tryRow(target, runtime, row)),
    )).flat(),
  );
  assertEquals(problems, []);
  assertEquals(await dump(target), before[0]);
  assertEquals(test.filesIn("blobs").sort(), before[1]);
  assertEquals(test.filesIn("incoming"), []);
}

Deno.test("There are hundreds of bad requests, each its own, and some of every operation", async () => {
  const { operations } = await readVectors<{ operations: { name: string }[] }>(
    "glacier_operations",
  );
  const names = ROWS.map(({ operation, name }) => `${operation}: ${name}`);
  const repeated = names.filter((name, i) => names.indexOf(name) !== i);
  assertEquals(repeated, []);
  assertEquals(ROWS.length >= 120, true);
  const rare = operations.filter(({ name }) =>
    ROWS.filter(({ operation }) => operation === name).length < 2
  );
  assertEquals(rare, []);
  const unknown = ROWS.filter(({ operation }) =>
    !operations.some(({ name }) => name === operation)
  );
  assertEquals(unknown, []);
});

for (const runtime of RUNTIMES) {
  Deno.test(`What bad requests differ from is good, on the listener of ${runtime}`, async () => {
    await using fixture = await openFixture({ exhausted: false });
    await using target = await listen(runtime, fixture);
    const { operations } = await readVectors<
      { operations: { name: string; status: number }[] }
    >("glacier_operations");
    for (const { name, status } of operations) {
      const answer = await send(target, name, {});
      // The good request asks for a range.
      const expected = name === "GetJobOutput" ? 206 : status;
      assertEquals([name, answer?.status], [name, expected], answer?.body);
    }
    for (const [operation, change] of ALSO_GOOD) {
      const answer = await send(target, operation, change);
      const { status } = operations.find(({ name }) => name === operation)!;
      const message = `${JSON.stringify(change)}: ${answer?.body}`;
      assertEquals(answer?.status, status, message);
    }
  });

  Deno.test(`Bad requests are refused, change nothing, and the server goes on, on the listener of ${runtime}`, async () => {
    await using fixture = await openFixture({ exhausted: true });
    await using target = await listen(runtime, fixture);
    await tryAll(target, runtime);
  });
}
