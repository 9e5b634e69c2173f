import { assert, assertEquals, assertMatch } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import {
  assertRefused,
  beginUpload,
  completeUpload,
  hashHeaders,
  HOUR,
  jsonOf,
  MIB,
  retrieve,
  sign,
  testVault,
  uploadPart,
  vectorPayload,
} from "./testing.ts";

const UPLOADS = "/-/vaults/v/multipart-uploads";
const INVALID = "InvalidParameterValueException";
const MISSING = "MissingParameterValueException";
const NOT_FOUND = "ResourceNotFoundException";

Deno.test("Parts sent in any order and again become one archive", async () => {
  await using test = await testVault();
  const archive = vectorPayload(5 * MIB + 3);
  const path = await beginUpload(test, 2 * MIB);
  assertMatch(path, /\/[A-Za-z0-9_-]{92}$/);
  const part = (index: number) =>
    archive.slice(index * 2 * MIB, (index + 1) * 2 * MIB);
  for (const index of [2, 0, 1]) {
    const response = await uploadPart(test, path, index * 2 * MIB, part(index));
    assertEquals(response.status, 204);
    assertEquals(
      response.headers.get("x-amz-sha256-tree-hash"),
      encodeHex(await treeHash(part(index))),
    );
  }
  // Other bytes first, then the right ones: the last sent count.
  await uploadPart(test, path, 0, vectorPayload(2 * MIB).reverse());
  await uploadPart(test, path, 0, part(0));
  assertEquals(test.filesIn("blobs").length, 3);
  const response = await completeUpload(test, path, archive);
  assertEquals(response.status, 201);
  const id = response.headers.get("x-amz-archive-id")!;
  assertEquals(await retrieve(test, id), archive);
  assertEquals(test.filesIn("incoming"), []);
});

Deno.test("Only powers of two from 1 MiB to 4 GiB are part sizes", async () => {
  await using test = await testVault();
  for (const size of [MIB, 2 * MIB, 4096 * MIB]) await beginUpload(test, size);
  for (
    const size of ["0", "1", "1048575", "3145728", "8589934592", "1e6", "-1"]
  ) {
    const response = await test.call({
      method: "POST",
      path: UPLOADS,
      headers: { "x-amz-part-size": size },
    });
    await assertRefused(response, 400, INVALID, `Invalid part size: ${size}`);
  }
  await assertRefused(
    await test.call({ method: "POST", path: UPLOADS }),
    400,
    MISSING,
  );
});

Deno.test("A part that doesn't fit its range is refused", async () => {
  await using test = await testVault();
  const path = await beginUpload(test);
  const body = vectorPayload(MIB);
  const hashes = await hashHeaders(body);
  const cases: [range: string | undefined, code: string, message: string][] = [
    [undefined, MISSING, "Content-Range"],
    ["bytes 0-1048575", INVALID, "Invalid Content-Range"],
    ["0-1048575/*", INVALID, "Invalid Content-Range"],
    ["bytes 0-1048575/1048575", INVALID, "Invalid Content-Range"],
    ["bytes 0-1048575/x", INVALID, "Invalid Content-Range"],
    ["bytes 5-4/*", INVALID, "Invalid Content-Range"],
    ["bytes 1-1048576/*", INVALID, "does not align"],
    ["bytes 524288-1572863/*", INVALID, "does not align"],
    ["bytes 0-1048576/*", INVALID, "does not align"],
    [
      "bytes 0-1048574/*",
      INVALID,
      "is incompatible with Content-Length: 1048576",
    ],
    [
      `bytes ${10_000 * MIB}-${10_001 * MIB - 1}/*`,
      INVALID,
      "10000 parts",
    ],
  ];
  for (const [range, code, message] of cases) {
    const headers = range === undefined
      ? hashes
      : { ...hashes, "content-range": range };
    const response = await test.call({ method: "PUT", path, headers, body });
    await assertRefused(response, 400, code, message);
  }
  const last = await uploadPart(test, path, 9_999 * MIB, body);
  assertEquals(last.status, 204);
  assertEquals(test.filesIn("blobs").length, 1);
  const total = { ...hashes, "content-range": "bytes 0-1048575/1048576" };
  const told = await test.call({ method: "PUT", path, headers: total, body });
  assertEquals(told.status, 204);
});

Deno.test("Completing checks size, coverage and hash, and leaves the upload open", async () => {
  await using test = await testVault();
  const archive = vectorPayload(3 * MIB - 1);
  const path = await beginUpload(test);
  const send = (start: number, end: number) =>
    uploadPart(test, path, start, archive.slice(start, end));
  const complete = async (headers: Record<string, string> = {}) =>
    await test.call({
      method: "POST",
      path,
      headers: {
        "x-amz-archive-size": String(archive.length),
        "x-amz-sha256-tree-hash": encodeHex(await treeHash(archive)),
        ...headers,
      },
    });
  const refuses = async (message: string, headers = {}) =>
    await assertRefused(await complete(headers), 400, INVALID, message);

  await refuses("gap at byte 0");
  await send(MIB, 2 * MIB);
  await send(2 * MIB, 3 * MIB - 1);
  await refuses("gap at byte 0");
  // Short, and not the last: taken now, refused at the end.
  assertEquals((await send(0, 1000)).status, 204);
  await refuses("gap at byte 1000");
  await send(0, MIB);
  await refuses("they have 3145727 bytes", { "x-amz-archive-size": "3145728" });
  await refuses("Invalid archive size", { "x-amz-archive-size": "3e6" });
  await refuses("Checksum mismatch", {
    "x-amz-sha256-tree-hash": "0".repeat(64),
  });
  const response = await complete();
  assertEquals(response.status, 201, await response.text());
});

Deno.test("Completing again gives the same archive, for a day", async () => {
  await using test = await testVault();
  const archive = vectorPayload(MIB + 1);
  const path = await beginUpload(test);
  await uploadPart(test, path, 0, archive.slice(0, MIB));
  await uploadPart(test, path, MIB, archive.slice(MIB));
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => completeUpload(test, path, archive)),
  );
  const ids = answers.map(({ headers }) => headers.get("x-amz-archive-id"));
  assertEquals(new Set(ids).size, 1);
  await test.restart();
  test.time += 23 * HOUR;
  const again = await completeUpload(test, path, archive);
  assertEquals(again.headers.get("x-amz-archive-id"), ids[0]);
  const vault = await jsonOf(await test.call({ path: "/-/vaults/v" }));
  assertEquals(vault.NumberOfArchives, 1);

  const other = await completeUpload(test, path, vectorPayload(MIB));
  await assertRefused(other, 400, INVALID, "another size or tree hash");
  await assertRefused(await test.call({ path }), 404, NOT_FOUND);
  const part = await uploadPart(test, path, 0, archive.slice(0, MIB));
  await assertRefused(part, 404, NOT_FOUND);
  const abort = await test.call({ method: "DELETE", path });
  await assertRefused(abort, 404, NOT_FOUND);
});

Deno.test("A part that changes while its upload is completed is not overlooked", async () => {
  await using test = await testVault();
  const archive = vectorPayload(2 * MIB);
  const path = await beginUpload(test);
  await uploadPart(test, path, 0, archive.slice(0, MIB));
  await uploadPart(test, path, MIB, archive.slice(MIB));
  const other = archive.slice(0, MIB).reverse();
  const hash = {
    "x-amz-sha256-tree-hash": encodeHex(await treeHash(archive)),
  };
  const digest = crypto.subtle.digest;
  // 64 bytes are two hashes to be joined: the server is at work on the whole.
  crypto.subtle.digest = async (algorithm, data) => {
    if (data.byteLength === 64) {
      crypto.subtle.digest = digest;
      assertEquals((await uploadPart(test, path, 0, other)).status, 204);
    }
    return await digest.call(crypto.subtle, algorithm, data);
  };
  const response = await test.call({
    method: "POST",
    path,
    headers: { "x-amz-archive-size": String(archive.length), ...hash },
  });
  assertEquals(crypto.subtle.digest, digest);
  await assertRefused(response, 400, INVALID, "Checksum mismatch");
  await uploadPart(test, path, 0, archive.slice(0, MIB));
  assertEquals((await completeUpload(test, path, archive)).status, 201);
});

Deno.test("An aborted upload is gone with its bytes", async () => {
  await using test = await testVault();
  const path = await beginUpload(test);
  await uploadPart(test, path, 0, vectorPayload(MIB));
  const abort = () => test.call({ method: "DELETE", path });
  assertEquals((await abort()).status, 204);
  assertEquals((await abort()).status, 204);
  assertEquals(test.filesIn("blobs"), []);
  const archive = vectorPayload(MIB);
  await assertRefused(
    await completeUpload(test, path, archive),
    404,
    NOT_FOUND,
    "The upload ID was not found",
  );
  const list = await jsonOf(await test.call({ path: UPLOADS }));
  assertEquals(list.UploadsList, []);
});

Deno.test("A part that is still coming when its upload is aborted is refused", async () => {
  await using test = await testVault();
  const path = await beginUpload(test);
  const body = vectorPayload(MIB);
  const { url, method, headers } = await sign({
    method: "PUT",
    path,
    headers: {
      ...await hashHeaders(body),
      "content-range": `bytes 0-${MIB - 1}/*`,
    },
    body,
  }, test.time);
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await test.call({ method: "DELETE", path });
      controller.enqueue(body);
      controller.close();
    },
  }, { highWaterMark: 0 });
  const request = new Request(url, { method, headers, body: stream });
  await assertRefused(await test.server.fetch(request), 404, NOT_FOUND);
  assertEquals(test.filesIn("incoming"), []);
  assertEquals(test.filesIn("blobs"), []);
});

Deno.test("Parts are listed in their order, page by page", async () => {
  await using test = await testVault();
  const path = await beginUpload(test);
  const starts = [3, 0, 7, 1].map((index) => index * MIB);
  for (const start of starts) {
    await uploadPart(test, path, start, vectorPayload(10));
  }
  const hash = encodeHex(await treeHash(vectorPayload(10)));
  const first = await jsonOf(await test.call({ path: `${path}?limit=3` }));
  const id = path.split("/").at(-1);
  assertEquals(first, {
    status: 200,
    ArchiveDescription: null,
    CreationDate: "2026-11-22T12:00:00.000Z",
    MultipartUploadId: id,
    PartSizeInBytes: MIB,
    VaultARN: "arn:aws:glacier:us-east-1:000000000000:vaults/v",
    Marker: first.Marker,
    Parts: [0, MIB, 3 * MIB].map((start) => ({
      RangeInBytes: `${start}-${start + 9}`,
      SHA256TreeHash: hash,
    })),
  });
  const all = await jsonOf(await test.call({ path: `${path}?limit=4` }));
  assertEquals([all.Parts.length, all.Marker], [4, null]);
  const query = new URLSearchParams({ limit: "3", marker: first.Marker });
  const rest = await jsonOf(await test.call({ path: `${path}?${query}` }));
  assertEquals(rest.Parts, [{
    RangeInBytes: `${7 * MIB}-${7 * MIB + 9}`,
    SHA256TreeHash: hash,
  }]);
  assertEquals(rest.Marker, null);
});

Deno.test("Open uploads are listed 50 at a time, also while some end", async () => {
  await using test = await testVault();
  const paths: string[] = [];
  for (let i = 0; i < 60; i++) paths.push(await beginUpload(test));
  const ids = paths.map((path) => path.split("/").at(-1));
  const page = async (query: string) => {
    const list = await jsonOf(await test.call({ path: `${UPLOADS}${query}` }));
    return {
      ids: list.UploadsList.map((upload: { MultipartUploadId: string }) =>
        upload.MultipartUploadId
      ),
      marker: list.Marker,
    };
  };
  const first = await page("");
  assertEquals(first.ids, ids.slice(0, 50));
  // The one at which the marker stands goes.
  await test.call({ method: "DELETE", path: paths[49] });
  const rest = await page(`?marker=${first.marker}`);
  assertEquals(rest, { ids: ids.slice(50), marker: null });
});

Deno.test("A list of parts has 50 of them where the query doesn't say less", async () => {
  await using test = await testVault();
  const path = await beginUpload(test);
  for (let i = 0; i < 51; i++) {
    await uploadPart(test, path, i * MIB, vectorPayload(1));
  }
  const first = await jsonOf(await test.call({ path }));
  assertEquals(first.Parts.length, 50);
  const next = await test.call({ path: `${path}?marker=${first.Marker}` });
  const rest = await jsonOf(next);
  assertEquals([rest.Parts.length, rest.Marker], [1, null]);
});

Deno.test("Wrong limits and markers are refused", async () => {
  await using test = await testVault();
  const path = await beginUpload(test);
  for (const at of [UPLOADS, path, "/-/vaults/v/jobs"]) {
    for (
      const query of [
        "limit=0",
        "limit=51",
        "limit=x",
        "limit=",
        "limit=1.0",
        "marker=x",
        "marker=%2B%2B",
        "marker=YWZ0ZXIgLTE",
        // "inventory after 1"
        "marker=aW52ZW50b3J5IGFmdGVyIDE",
      ]
    ) {
      const response = await test.call({ path: `${at}?${query}` });
      await assertRefused(response, 400, INVALID);
    }
  }
  assert(test.failures.length === 0);
});

Deno.test("An upload that nothing comes for is gone after a day, with its bytes", async () => {
  await using test = await testVault();
  const archive = vectorPayload(2 * MIB);
  const upload = await beginUpload(test);
  const list = async () =>
    (await jsonOf(await test.call({ path: UPLOADS }))).UploadsList.length;
  test.time += 24 * HOUR - 1;
  const part = archive.slice(0, MIB);
  assertEquals((await uploadPart(test, upload, 0, part)).status, 204);
  // A part counts from when it came.
  test.time += 24 * HOUR - 1;
  assertEquals(await list(), 1);
  await test.restart();
  assertEquals((await test.call({ path: upload })).status, 200);
  test.time += 1;
  assertEquals(await list(), 0);
  const requests = [
    await test.call({ path: upload }),
    await uploadPart(test, upload, MIB, archive.slice(MIB)),
    await completeUpload(test, upload, part),
    await test.call({ method: "DELETE", path: upload }),
  ];
  for (const response of requests) {
    await assertRefused(response, 404, "ResourceNotFoundException");
  }
  assertEquals(test.filesIn("blobs").length, 1);
  await beginUpload(test);
  assertEquals(test.filesIn("blobs"), []);
});

Deno.test("An upload that ended in time is remembered for a day from then", async () => {
  await using test = await testVault();
  const archive = vectorPayload(MIB);
  const upload = await beginUpload(test);
  await uploadPart(test, upload, 0, archive);
  test.time += 24 * HOUR - 1;
  assertEquals((await completeUpload(test, upload, archive)).status, 201);
  test.time += 24 * HOUR;
  await beginUpload(test);
  assertEquals((await completeUpload(test, upload, archive)).status, 201);
});
