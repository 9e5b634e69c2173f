import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { MoraineError } from "../../src/errors.ts";
import { createHost } from "../../src/platform/host.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { openGlacierServer } from "../../src/server/server.ts";
import {
  assertRefused,
  beginJob,
  beginUpload,
  completeUpload,
  hashHeaders,
  jsonOf,
  KEY,
  MIB,
  retrieve,
  sign,
  testServer,
  testVault,
  uploadArchive,
  uploadInParts,
  uploadPart,
  vectorPayload,
} from "./testing.ts";

Deno.test("A restart keeps vaults, archives, parts and jobs", async () => {
  await using test = await testVault();
  const archive = vectorPayload(2 * MIB + 1);
  const single = await uploadArchive(test, archive, {
    "x-amz-archive-description": "kept",
  });
  const joined = await uploadInParts(test, archive);
  const upload = await beginUpload(test);
  await uploadPart(test, upload, 0, archive.slice(0, MIB));
  const job = await beginJob(test, single);
  const paths = ["/-/vaults", "/-/vaults/v", upload, job, "/-/vaults/v/jobs"];
  const read = () =>
    Promise.all(
      paths.map(async (path) => await jsonOf(await test.call({ path }))),
    );
  const before = await read();
  await test.restart();
  assertEquals(await read(), before);
  const output = await test.call({ path: `${job}/output` });
  assertEquals(output.headers.get("x-amz-archive-description"), "kept");
  assertEquals(new Uint8Array(await output.arrayBuffer()), archive);
  assertEquals(await retrieve(test, joined), archive);
  await uploadPart(test, upload, MIB, archive.slice(MIB, 2 * MIB));
  await uploadPart(test, upload, 2 * MIB, archive.slice(2 * MIB));
  assertEquals((await completeUpload(test, upload, archive)).status, 201);
});

Deno.test("A folder is used by one server at a time", async () => {
  await using test = await testServer();
  const second = () =>
    openGlacierServer({
      platform: createHost(),
      dataDirectory: test.folder,
      accessKeys: [KEY],
    });
  await assertRejects(second, MoraineError, "another server is using it");
  assertEquals((await test.call({ path: "/-/vaults" })).status, 200);
});

Deno.test("A folder of a newer version is refused", async () => {
  await using test = await testServer();
  await test.server[Symbol.asyncDispose]();
  const path = `${test.folder}/metadata.sqlite`;
  using database = createHost().openDatabase(path);
  const version = database.prepare("PRAGMA user_version").get()?.user_version;
  const set = (value: number) =>
    database.exec(`PRAGMA user_version = ${value}`);
  set(Number(version) + 1);
  database.close();
  await assertRejects(() => test.restart(), MoraineError, "newer version");
  using again = createHost().openDatabase(path);
  again.exec(`PRAGMA user_version = ${version}`);
  again.close();
  await test.restart();
});

Deno.test("What is neither a path nor an operation of the service is refused in its form", async () => {
  await using test = await testVault();
  const BAD = "BadRequest";
  const INVALID = "InvalidParameterValueException";
  const cases: [string, number, string][] = [
    ["GET /", 403, "AccessDeniedException"],
    ["GET /111122223333/vaults", 403, "AccessDeniedException"],
    ["GET /-", 400, BAD],
    ["GET /-/", 400, BAD],
    ["GET /-/vaults/", 400, BAD],
    ["GET /-/vaults/v/", 400, BAD],
    ["GET /-/vaults/v/nothing", 400, BAD],
    ["PATCH /-/vaults/v", 400, BAD],
    ["POST /-/vaults/v/%61rchives", 400, BAD],
    ["GET /-/vaults/v?x=%zz", 400, BAD],
    ["GET /-/vaults/a%2Fb", 400, INVALID],
    ["GET /-/vaults/a%zz", 400, INVALID],
    ["GET /-/vaults/%00", 400, INVALID],
    [`PUT /-/vaults/${"x".repeat(256)}`, 400, INVALID],
    ["PUT /-/vaults/a%20b", 400, INVALID],
    ["GET /-/vaults?limit=11", 400, INVALID],
    ["GET /-/vaults?marker=v", 400, INVALID],
    ["GET /-/vaults/v/jobs/x", 404, "ResourceNotFoundException"],
    ["GET /-/vaults/v/multipart-uploads/x", 404, "ResourceNotFoundException"],
  ];
  for (const [line, status, code] of cases) {
    const [method, path] = line.split(" ");
    await assertRefused(await test.call({ method, path }), status, code);
  }
  const longest = await test.call({
    method: "PUT",
    path: `/-/vaults/${"x".repeat(255)}`,
  });
  assertEquals(longest.status, 201);
  const request = await sign({ path: "/-/vaults" }, test.time);
  const headers = new Headers(request.headers);
  assertEquals(headers.has("x-amz-glacier-version"), true);
  const unversioned = await sign({
    path: "/-/vaults",
    headers: { "x-amz-glacier-version": "" },
  }, test.time);
  await assertRefused(await test.server.fetch(unversioned), 400, INVALID);
  assertEquals(test.failures, []);
});

Deno.test("Of a parameter that a query gives twice the first counts", async () => {
  await using test = await testVault();
  await test.call({ method: "PUT", path: "/-/vaults/w" });
  const path = "/-/vaults?limit=1&limit=x";
  const { VaultList } = await jsonOf(await test.call({ path }));
  assertEquals(VaultList.length, 1);
});

Deno.test("A failure inside the server is answered in the service's form and reported", async () => {
  await using test = await testVault();
  await Deno.remove(`${test.folder}/incoming`);
  const body = vectorPayload(10);
  const upload = async () =>
    await test.call({
      method: "POST",
      path: "/-/vaults/v/archives",
      headers: await hashHeaders(body),
      body,
    });
  await assertRefused(await upload(), 500, "ServiceUnavailableException");
  assertEquals(test.failures.length, 1);
  await Deno.mkdir(`${test.folder}/incoming`);
  assertEquals((await upload()).status, 201);
});

Deno.test("The start settles what was interrupted between file and database", async () => {
  await using test = await testVault();
  const archive = vectorPayload(10);
  const id = await uploadArchive(test, archive);
  const [known] = test.filesIn("blobs");
  await Deno.rename(
    `${test.folder}/blobs/${known}`,
    `${test.folder}/incoming/${known}`,
  );
  await Deno.writeTextFile(`${test.folder}/incoming/${"0".repeat(32)}`, "half");
  // Even before the next start, what is known can be read.
  assertEquals(await retrieve(test, id), archive);
  await test.restart();
  assertEquals(test.filesIn("incoming"), []);
  assertEquals(test.filesIn("blobs"), [known]);
  assertEquals(await retrieve(test, id), archive);
});

/** Reads lines until there are `count`, kills, and reads those that were still printed. */
async function linesUntilKilled(
  child: Deno.ChildProcess,
  count: number,
): Promise<string[]> {
  let text = "";
  let killed = false;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (!killed && text.split("\n").length > count) {
      child.kill("SIGKILL");
      killed = true;
    }
  }
  await child.status;
  // What follows the last line's end was cut.
  return text.split("\n").slice(0, -1);
}

Deno.test("A kill -9 in the midst of uploads loses nothing acknowledged", async () => {
  await using test = await testServer();
  for (const count of [5, 20]) {
    await test.server[Symbol.asyncDispose]();
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        new URL("./kill_child.ts", import.meta.url).href,
        test.folder,
        String(test.time),
      ],
      stdout: "piped",
    }).spawn();
    const lines = await linesUntilKilled(child, count);
    assertGreater(lines.length, count - 1);
    await test.restart();
    for (const line of lines) {
      const [id, size] = line.split(" ");
      assertEquals(await retrieve(test, id), vectorPayload(Number(size)));
    }
    const { NumberOfArchives } = await jsonOf(
      await test.call({ path: "/-/vaults/v" }),
    );
    assertEquals(test.filesIn("blobs").length, NumberOfArchives);
    assertEquals(test.filesIn("incoming"), []);
  }
});

Deno.test("Closing ends uploads under way and leaves nothing of them", async () => {
  const test = await testVault();
  const body = vectorPayload(MIB);
  const signed = await sign({
    method: "POST",
    path: "/-/vaults/v/archives",
    headers: await hashHeaders(body),
    body,
  }, test.time);
  const arrived = Promise.withResolvers<void>();
  const stalled = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(body.subarray(0, 10));
      arrived.resolve();
      return new Promise(() => {});
    },
  }, { highWaterMark: 0 });
  const { url, method, headers } = signed;
  const request = new Request(url, { method, headers, body: stalled });
  const response = test.server.fetch(request);
  await arrived.promise;
  await test.server[Symbol.asyncDispose]();
  await assertRefused(await response, 408, "RequestTimeoutException");
  assertEquals(test.filesIn("incoming"), []);
  await assertRefused(
    await test.call({ path: "/-/vaults" }),
    500,
    "ServiceUnavailableException",
  );
  await test[Symbol.asyncDispose]();
});

Deno.test("Closing amid uploads loses nothing acknowledged", async () => {
  await using test = await testVault();
  const body = vectorPayload(MIB + 1);
  const headers = await hashHeaders(body);
  const call = { method: "POST", path: "/-/vaults/v/archives", headers, body };
  const requests = await Promise.all(
    Array.from({ length: 30 }, () => sign(call, test.time)),
  );
  const answers = requests.map((request) => test.server.fetch(request));
  await Promise.race(answers);
  await test.restart();
  let stored = 0;
  for (const answer of await Promise.all(answers)) {
    if (answer.status !== 201) {
      await assertRefused(answer, 408, "RequestTimeoutException");
      continue;
    }
    const id = answer.headers.get("x-amz-archive-id")!;
    assertEquals(await retrieve(test, id), body);
    stored++;
  }
  assertGreater(stored, 0);
  assertEquals(test.filesIn("blobs").length, stored);
  assertEquals(test.filesIn("incoming"), []);
  assertEquals(test.failures, []);
});

Deno.test("A refused upload over a socket still gets its answer", async () => {
  await using test = await testVault();
  await using http = await serveHttp(
    (request) => test.server.fetch(request),
    { hostname: "127.0.0.1", port: 0 },
  );
  const body = vectorPayload(16 * MIB);
  const signed = await sign({
    method: "POST",
    path: "/-/vaults/v/archives",
    headers: await hashHeaders(body),
    body,
  }, test.time);
  const headers = new Headers(signed.headers);
  headers.set("authorization", headers.get("authorization") + "x");
  const response = await fetch(`${http.url}/-/vaults/v/archives`, {
    method: "POST",
    headers,
    body,
  });
  await assertRefused(response, 403, "InvalidSignatureException");
});

Deno.test("A connection that breaks in mid-upload leaves nothing behind", async () => {
  await using test = await testVault();
  const answered = Promise.withResolvers<Response>();
  await using http = await serveHttp(async (request) => {
    const response = await test.server.fetch(request);
    answered.resolve(response.clone());
    return response;
  }, { hostname: "127.0.0.1", port: 0 });
  const body = vectorPayload(4 * MIB);
  const url = new URL(http.url);
  const signed = await sign(
    {
      method: "POST",
      path: "/-/vaults/v/archives",
      headers: await hashHeaders(body),
      body,
    },
    test.time,
    { url: `${http.url}/-/vaults/v/archives` },
  );
  const head = [
    "POST /-/vaults/v/archives HTTP/1.1",
    `host: ${url.host}`,
    ...[...signed.headers].map(([name, value]) => `${name}: ${value}`),
    "",
    "",
  ].join("\r\n");
  const connection = await Deno.connect({
    hostname: url.hostname,
    port: Number(url.port),
  });
  await connection.write(new TextEncoder().encode(head));
  await connection.write(body.subarray(0, 65536));
  connection.close();
  await assertRefused(
    await answered.promise,
    408,
    "RequestTimeoutException",
  );
  assertEquals(test.filesIn("incoming"), []);
  assertEquals(test.filesIn("blobs"), []);
});
