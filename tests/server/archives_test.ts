import { assertEquals, assertMatch } from "@std/assert";
import {
  assertRefused,
  beginJob,
  hashHeaders,
  HOUR,
  jsonOf,
  MIB,
  retrieve,
  sign,
  testVault,
  uploadArchive,
  vectorPayload,
} from "./testing.ts";

const PATH = "/-/vaults/v/archives";

Deno.test("An uploaded archive comes back byte for byte", async () => {
  await using test = await testVault();
  for (const size of [1, MIB - 1, MIB, MIB + 1, 3 * MIB + 7]) {
    const body = vectorPayload(size);
    const headers = await hashHeaders(body);
    const response = await test.call({
      method: "POST",
      path: PATH,
      headers,
      body,
    });
    assertEquals(response.status, 201);
    const id = response.headers.get("x-amz-archive-id")!;
    assertMatch(id, /^[A-Za-z0-9_-]{138}$/);
    assertEquals(
      response.headers.get("location"),
      `/000000000000/vaults/v/archives/${id}`,
    );
    assertEquals(
      response.headers.get("x-amz-sha256-tree-hash"),
      headers["x-amz-sha256-tree-hash"],
    );
    assertEquals(await retrieve(test, id), body);
  }
  assertEquals(test.filesIn("incoming"), []);
});

Deno.test("An upload that is not as it should be leaves nothing behind", async () => {
  await using test = await testVault();
  const body = vectorPayload(2 * MIB + 5);
  const good = await hashHeaders(body);
  const without = (name: string) => {
    const { [name]: _, ...rest } = good;
    return rest;
  };
  const wrong = "0".repeat(64);
  const INVALID = "InvalidParameterValueException";
  const MISSING = "MissingParameterValueException";
  const cases: [Record<string, string>, string, string, string?][] = [
    [
      { ...good, "x-amz-sha256-tree-hash": wrong },
      INVALID,
      `Checksum mismatch: expected ${wrong} but calculated ${
        good["x-amz-sha256-tree-hash"]
      }`,
    ],
    [{ ...good, "x-amz-content-sha256": wrong }, INVALID, "Checksum mismatch"],
    [{ ...good, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }, INVALID, ""],
    [{ ...good, "x-amz-sha256-tree-hash": "abc" }, INVALID, "abc"],
    [without("x-amz-content-sha256"), MISSING, "x-amz-content-sha256"],
    [without("x-amz-sha256-tree-hash"), MISSING, "x-amz-sha256-tree-hash"],
    [{ ...good, "content-length": "0" }, INVALID, "Invalid Content-Length: 0"],
    [
      { ...good, "content-length": String(4096 * MIB + 1) },
      INVALID,
      "Invalid Content-Length: 4294967297",
    ],
    [{ ...good, "content-length": "-1" }, INVALID, "Content-Length"],
    [
      { ...good, "content-length": String(body.length - 1) },
      INVALID,
      "Content-Length",
    ],
    [
      { ...without("content-length"), "transfer-encoding": "chunked" },
      MISSING,
      "Content-Length",
    ],
    [
      { ...good, "x-amz-archive-description": "a\tb" },
      INVALID,
      "printable ASCII",
    ],
    [
      { ...good, "x-amz-archive-description": "x".repeat(1025) },
      INVALID,
      "1024 characters",
    ],
    [{ ...good, "x-amz-glacier-version": "2011-01-01" }, INVALID, "version"],
  ];
  for (const [headers, code, message] of cases) {
    const request = await sign(
      { method: "POST", path: PATH, headers, body },
      test.time,
    );
    await assertRefused(await test.server.fetch(request), 400, code, message);
    assertEquals(test.filesIn("incoming"), []);
    assertEquals(test.filesIn("blobs"), []);
  }
  assertEquals(test.failures, []);
});

Deno.test("A payload that ends too early leaves nothing behind", async () => {
  await using test = await testVault();
  const body = vectorPayload(2 * MIB);
  const call = {
    method: "POST",
    path: PATH,
    headers: await hashHeaders(body),
    body,
  };
  const signed = await sign(call, test.time);
  for (const ending of ["close", "error"] as const) {
    const cut = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(body.subarray(0, MIB + 1));
        if (ending === "close") controller.close();
        else controller.error(new Error("Connection reset"));
      },
    });
    const { url, method, headers } = signed;
    const request = new Request(url, { method, headers, body: cut });
    await assertRefused(
      await test.server.fetch(request),
      408,
      "RequestTimeoutException",
      ending === "close" ? `after ${MIB + 1} bytes` : "",
    );
    assertEquals(test.filesIn("incoming"), []);
  }
});

Deno.test("A description may have 1,024 characters and loses blanks at its begin", async () => {
  await using test = await testVault();
  for (
    const [given, kept] of [
      ["x".repeat(1024), "x".repeat(1024)],
      [" ~!", "~!"],
    ]
  ) {
    const id = await uploadArchive(test, vectorPayload(1), {
      "x-amz-archive-description": given,
    });
    const job = await beginJob(test, id);
    const output = await test.call({ path: `${job}/output` });
    await output.body?.cancel();
    assertEquals(output.headers.get("x-amz-archive-description"), kept);
  }
});

Deno.test("Deleting an archive removes its bytes, and may be repeated", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(10));
  const remove = (vault: string) =>
    test.call({ method: "DELETE", path: `/-/vaults/${vault}/archives/${id}` });
  assertEquals(test.filesIn("blobs").length, 1);
  await test.call({ method: "PUT", path: "/-/vaults/w" });
  await assertRefused(
    await remove("w"),
    400,
    "InvalidParameterValueException",
    "Invalid vault name: w",
  );
  assertEquals((await remove("v")).status, 204);
  assertEquals(test.filesIn("blobs"), []);
  assertEquals((await remove("v")).status, 204);
  await assertRefused(await remove("x"), 404, "ResourceNotFoundException");
  await assertRefused(
    await test.call({ method: "DELETE", path: `${PATH}/short` }),
    400,
    "InvalidParameterValueException",
    "short",
  );
});

Deno.test("A deleted archive stays for the jobs that have retrieved it", async () => {
  await using test = await testVault();
  const body = vectorPayload(MIB + 1);
  const id = await uploadArchive(test, body);
  const job = await beginJob(test, id);
  await test.call({ method: "DELETE", path: `${PATH}/${id}` });
  await test.restart();
  const output = await test.call({ path: `${job}/output` });
  assertEquals(new Uint8Array(await output.arrayBuffer()), body);
  test.time += 49 * HOUR;
  await test.restart();
  assertEquals(test.filesIn("blobs"), []);
  const other = await uploadArchive(test, body);
  await beginJob(test, other);
  await test.call({ method: "DELETE", path: `${PATH}/${other}` });
  assertEquals(test.filesIn("blobs").length, 1);
  await test.call({ method: "DELETE", path: "/-/vaults/v" });
  assertEquals(test.filesIn("blobs"), []);
});

Deno.test("An archive that was deleted is not counted off again, though a job still has it", async () => {
  await using test = await testVault();
  const kept = await uploadArchive(test, vectorPayload(5));
  const id = await uploadArchive(test, vectorPayload(10));
  await beginJob(test, id);
  for (let i = 0; i < 2; i++) {
    const path = `${PATH}/${id}`;
    assertEquals((await test.call({ method: "DELETE", path })).status, 204);
    const vault = await jsonOf(await test.call({ path: "/-/vaults/v" }));
    assertEquals([vault.NumberOfArchives, vault.SizeInBytes], [1, 5]);
  }
  assertEquals(await retrieve(test, kept), vectorPayload(5));
});

Deno.test("An archive whose vault is deleted while it comes is refused", async () => {
  await using test = await testVault();
  const body = vectorPayload(2 * MIB);
  const signed = await sign(
    { method: "POST", path: PATH, headers: await hashHeaders(body), body },
    test.time,
  );
  const deleteVault = () =>
    test.call({ method: "DELETE", path: "/-/vaults/v" });
  const halves = new ReadableStream<Uint8Array>({
    async pull(controller) {
      controller.enqueue(body.subarray(0, MIB));
      assertEquals((await deleteVault()).status, 204);
      controller.enqueue(body.subarray(MIB));
      controller.close();
    },
  }, { highWaterMark: 0 });
  const { url, method, headers } = signed;
  const request = new Request(url, { method, headers, body: halves });
  await assertRefused(
    await test.server.fetch(request),
    404,
    "ResourceNotFoundException",
    "Vault not found",
  );
  assertEquals(test.filesIn("incoming"), []);
});
