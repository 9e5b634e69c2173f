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
