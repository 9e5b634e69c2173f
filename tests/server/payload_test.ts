import { assertEquals } from "@std/assert";
import {
  assertRefused,
  beginUpload,
  type Call,
  hashHeaders,
  MIB,
  retrieve,
  sign,
  type TestServer,
  testVault,
  vectorPayload,
} from "./testing.ts";

const TIMEOUT = "RequestTimeoutException";

/** The same request with a body that comes in another way. */
async function sendAs(
  test: TestServer,
  call: Call,
  body: UnderlyingDefaultSource<Uint8Array>,
): Promise<Response> {
  const { url, method, headers } = await sign(call, test.time);
  const stream = new ReadableStream(body, { highWaterMark: 0 });
  return await test.server.fetch(
    new Request(url, { method, headers, body: stream }),
  );
}

/** A request of each kind that has a payload. */
async function callsOf(test: TestServer): Promise<Call[]> {
  const body = vectorPayload(2 * MIB);
  const part = body.slice(MIB);
  return [
    {
      method: "POST",
      path: "/-/vaults/v/archives",
      headers: await hashHeaders(body),
      body,
    },
    {
      method: "PUT",
      path: await beginUpload(test),
      headers: {
        ...await hashHeaders(part),
        "content-range": `bytes 0-${MIB - 1}/*`,
      },
      body: part,
    },
    { method: "POST", path: "/-/vaults/v/jobs", body: "{}" },
  ];
}

/** What the body of a call begins with. */
function beginOf({ body }: Call): Uint8Array {
  const bytes = typeof body === "string"
    ? new TextEncoder().encode(body)
    : body!;
  return bytes.subarray(0, Math.ceil(bytes.length / 2));
}

Deno.test("A sender that stops is given up, and leaves nothing behind", async () => {
  await using test = await testVault({ payloadTimeout: 20 });
  for (const call of await callsOf(test)) {
    const begin = beginOf(call);
    for (const first of [begin, undefined]) {
      let cancelled = false;
      const response = await sendAs(test, call, {
        start(controller) {
          if (first !== undefined) controller.enqueue(first);
        },
        cancel: () => void (cancelled = true),
      });
      const size = first?.length ?? 0;
      const message = `Nothing more of the payload came after ${size} bytes`;
      assertEquals(response.headers.get("connection"), "close");
      await assertRefused(response, 408, TIMEOUT, message);
      assertEquals(cancelled, true);
    }
    assertEquals(test.filesIn("incoming"), []);
  }
  assertEquals(test.filesIn("blobs"), []);
  assertEquals(test.failures, []);
});

Deno.test("A slow sender is waited for, as long as something comes", async () => {
  const payloadTimeout = 150;
  await using test = await testVault({ payloadTimeout });
  const body = vectorPayload(30);
  const begin = performance.now();
  let sent = 0;
  const response = await sendAs(test, {
    method: "POST",
    path: "/-/vaults/v/archives",
    headers: await hashHeaders(body),
    body,
  }, {
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      controller.enqueue(body.subarray(sent, ++sent));
      if (sent === body.length) controller.close();
    },
  });
  assertEquals(response.status, 201);
  assertEquals(performance.now() - begin > payloadTimeout, true);
  const id = response.headers.get("x-amz-archive-id")!;
  assertEquals(await retrieve(test, id), body);
});

Deno.test("A connection that breaks in the midst of any payload is no failure of the server", async () => {
  await using test = await testVault();
  for (const call of await callsOf(test)) {
    const begin = beginOf(call);
    let given = false;
    const response = await sendAs(test, call, {
      pull(controller) {
        if (given) controller.error(new Error("Connection reset"));
        else controller.enqueue(begin);
        given = true;
      },
    });
    const message = `ended after ${begin.length} bytes`;
    await assertRefused(response, 408, TIMEOUT, message);
  }
  assertEquals(test.filesIn("incoming"), []);
  assertEquals(test.failures, []);
});

Deno.test("A payload may be announced with exactly 4 GiB, in one request or as the last of 10,000 parts", async () => {
  await using test = await testVault();
  const size = 4096 * MIB;
  const path = await beginUpload(test, size);
  const send = async (
    call: Pick<Call, "method" | "path">,
    headers: Record<string, string>,
  ) => {
    const body = vectorPayload(10);
    const hashes = await hashHeaders(body);
    const whole = { ...call, headers: { ...hashes, ...headers }, body };
    return await sendAs(test, whole, {
      start(controller) {
        controller.enqueue(body);
        controller.close();
      },
    });
  };
  const archive = { method: "POST", path: "/-/vaults/v/archives" };
  const part = { method: "PUT", path };
  const last = 9999 * size;
  const range = (start: number, end: number) => ({
    "content-length": String(end - start),
    "content-range": `bytes ${start}-${end - 1}/*`,
  });
  // The rest of it would come: these are read until they end too early.
  for (
    const response of [
      await send(archive, { "content-length": String(size) }),
      await send(part, range(0, size)),
      await send(part, range(last, last + size)),
    ]
  ) await assertRefused(response, 408, TIMEOUT, "ended after 10 bytes");
  const cases: [Pick<Call, "method" | "path">, number, number, string][] = [
    [archive, 0, size + 1, "Invalid Content-Length: 4294967297"],
    [part, 0, size + 1, "does not align"],
    [part, last + size, last + size + 10, "10000 parts"],
  ];
  for (const [call, start, end, message] of cases) {
    const response = await send(call, range(start, end));
    await assertRefused(
      response,
      400,
      "InvalidParameterValueException",
      message,
    );
  }
  assertEquals(test.filesIn("incoming"), []);
});
