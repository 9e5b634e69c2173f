import { assertEquals } from "@std/assert";
import {
  assertRefused,
  type Call,
  hashHeaders,
  HOUR,
  KEY,
  MIB,
  retrieve,
  sha256Hex,
  sign,
  type TestServer,
  testServer,
  testVault,
  vectorPayload,
} from "./testing.ts";

const LIST = "/-/vaults?limit=2&marker=";
const WEEK = 7 * 24 * HOUR;
const INVALID = "InvalidSignatureException";
const INCOMPLETE = "IncompleteSignatureException";
const EMPTY = await sha256Hex(new Uint8Array());

/** Signs the query string of a request, which is to be valid for so many seconds. */
async function presign(
  call: Call,
  time: number,
  expires?: number | string,
  options: Parameters<typeof sign>[2] = {},
): Promise<Request> {
  const separator = call.path.includes("?") ? "&" : "?";
  const path = expires === undefined
    ? call.path
    : `${call.path}${separator}X-Amz-Expires=${expires}`;
  return await sign({ ...call, path }, time, { signQuery: true, ...options });
}

/** The same request with another URL. */
async function withUrl(
  request: Request,
  change: (url: URL) => void,
): Promise<Request> {
  const { method, headers } = request;
  const url = new URL(request.url);
  change(url);
  const body = method === "GET" ? undefined : await request.arrayBuffer();
  return new Request(url, { method, headers, body });
}

Deno.test("A presigned request of any kind is answered", async () => {
  await using test = await testVault();
  const send = async (call: Call) =>
    await test.server.fetch(await presign(call, test.time, 60));
  assertEquals((await send({ path: LIST })).status, 200);
  const put = await send({ method: "PUT", path: "/-/vaults/w" });
  assertEquals(put.status, 201);
  const body = vectorPayload(MIB + 1);
  const upload = await send({
    method: "POST",
    path: "/-/vaults/v/archives",
    headers: await hashHeaders(body),
    body,
  });
  assertEquals(upload.status, 201);
  const id = upload.headers.get("x-amz-archive-id")!;
  assertEquals(await retrieve(test, id), body);
  const job = await send({
    method: "POST",
    path: "/-/vaults/v/jobs",
    body: JSON.stringify({ Type: "archive-retrieval", ArchiveId: id }),
  });
  assertEquals(job.status, 202);
});

Deno.test("A presigned request is valid for as long as it says, up to a week", async () => {
  await using test = await testServer();
  const now = test.time;
  const MINUTE = 60 * 1000;
  const cases: [expires: number | undefined, age: number, refusal?: string][] =
    [
      [1, 1000],
      [1, 2000, "Signature expired: "],
      [604_800, WEEK],
      [604_800, WEEK + 1000, "Signature expired: "],
      [60, -15 * MINUTE],
      [60, -15 * MINUTE - 1000, "Signature not yet current: "],
      [undefined, 15 * MINUTE],
      [undefined, 15 * MINUTE + 1000, "Signature expired: "],
    ];
  for (const [expires, age, refusal] of cases) {
    const request = await presign({ path: LIST }, now - age, expires);
    const response = await test.server.fetch(request);
    if (refusal === undefined) assertEquals(response.status, 200);
    else await assertRefused(response, 403, INVALID, refusal);
  }
  const late = await presign({ path: LIST }, now - 61_000, 60);
  await assertRefused(
    await test.server.fetch(late),
    403,
    INVALID,
    "Signature expired: 20261122T115859Z is now earlier than 20261122T115900Z (20261122T120000Z - 60 sec.)",
  );
});

Deno.test("An expiry that is none is told as such", async () => {
  await using test = await testServer();
  for (const expires of ["0", "604801", "-1", "1.5", "1e3", "x", ""]) {
    const request = await presign({ path: LIST }, test.time, expires);
    await assertRefused(
      await test.server.fetch(request),
      400,
      INCOMPLETE,
      `between 1 and 604800. Got '${expires}'`,
    );
  }
});

Deno.test("Each way of being presigned badly has an error of its own", async () => {
  await using test = await testServer();
  const set = (name: string, value: string) => (url: URL) =>
    url.searchParams.set(name, value);
  const without = (name: string) => (url: URL) => url.searchParams.delete(name);
  const replace = (name: string, from: string, to: string) => (url: URL) =>
    url.searchParams.set(
      name,
      url.searchParams.get(name)!.replace(from, to),
    );
  const cases: [
    change: (url: URL) => void,
    status: number,
    code: string,
    message: string,
  ][] = [
    ...["Algorithm", "Credential", "Signature", "SignedHeaders", "Date"].map((
      name,
    ): [(url: URL) => void, number, string, string] => [
      without(`X-Amz-${name}`),
      400,
      INCOMPLETE,
      `must include 'X-Amz-${name}'. Re-examine`,
    ]),
    [
      (url) => url.search = "?X-Amz-Expires=60",
      400,
      INCOMPLETE,
      "must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Credential'.",
    ],
    [
      set("X-Amz-Algorithm", "AWS4-ECDSA-P256-SHA256"),
      400,
      INCOMPLETE,
      "expected AWS4-HMAC-SHA256",
    ],
    [
      (url) => url.searchParams.append("X-Amz-Signature", "0"),
      400,
      INCOMPLETE,
      "repeat 'X-Amz-Signature'",
    ],
    [set("X-Amz-Credential", "AKIDEXAMPLE"), 400, INCOMPLETE, "at least 5"],
    [
      replace("X-Amz-Credential", "aws4_request", "aws4"),
      403,
      INVALID,
      "'aws4_request'",
    ],
    [
      replace("X-Amz-Credential", "AKIDEXAMPLE", "AKIDOTHER"),
      400,
      "UnrecognizedClientException",
      "",
    ],
    [
      replace("X-Amz-Credential", "us-east-1", "eu-west-1"),
      403,
      INVALID,
      "'us-east-1'",
    ],
    [
      replace("X-Amz-Credential", "glacier", "s3"),
      403,
      INVALID,
      "correct service",
    ],
    [
      replace("X-Amz-Credential", "20261122", "20261121"),
      403,
      INVALID,
      "'20261121' != '20261122'",
    ],
    [set("X-Amz-Date", "2026-11-22"), 400, INCOMPLETE, "basic format"],
    [set("X-Amz-Date", "20261122T115959Z"), 403, INVALID, "does not match"],
    [set("X-Amz-Expires", "61"), 403, INVALID, "does not match"],
    [without("X-Amz-Expires"), 403, INVALID, "does not match"],
    [set("limit", "3"), 403, INVALID, "does not match"],
    [
      set("X-Amz-SignedHeaders", "x-amz-glacier-version"),
      403,
      INVALID,
      "'host' must be",
    ],
    [
      set("X-Amz-SignedHeaders", "host"),
      403,
      INVALID,
      "'x-amz-glacier-version' must be",
    ],
    [
      set("X-Amz-SignedHeaders", "x-amz-glacier-version;host"),
      403,
      INVALID,
      "must be sorted",
    ],
    [set("X-Amz-Signature", "0".repeat(64)), 403, INVALID, "does not match"],
    [set("X-Amz-Signature", "zz"), 403, INVALID, "does not match"],
    [
      set("X-Amz-Security-Token", "t"),
      403,
      INVALID,
      "does not match",
    ],
  ];
  const original = await presign({ path: LIST }, test.time, 60);
  assertEquals((await test.server.fetch(original.clone())).status, 200);
  for (const [change, status, code, message] of cases) {
    const request = await withUrl(original, change);
    const response = await test.server.fetch(request);
    await assertRefused(response, status, code, message);
  }
  assertEquals(test.failures, []);
});

Deno.test("A request signed in both forms is refused", async () => {
  await using test = await testServer();
  const inHeader = await sign({ path: LIST }, test.time);
  const authorization = inHeader.headers.get("authorization")!;
  const both = await presign({ path: LIST }, test.time, 60);
  both.headers.set("authorization", authorization);
  const half = await sign(
    { path: "/-/vaults?X-Amz-Expires=60" },
    test.time,
  );
  for (const request of [both, half]) {
    await assertRefused(
      await test.server.fetch(request),
      400,
      "BadRequest",
      "Only one auth mechanism allowed",
    );
  }
});

Deno.test("A presigned request with temporary credentials carries their token, and ends with them", async () => {
  const expires = Date.UTC(2026, 10, 22, 13);
  const sessionToken = "a+b/c=";
  await using test = await testServer({
    accessKeys: [{ ...KEY, sessionToken, expires }],
  });
  const signed = (sessionToken?: string) =>
    presign({ path: LIST }, test.time, 7200, { sessionToken });
  for (const token of [undefined, "another"]) {
    await assertRefused(
      await test.server.fetch(await signed(token)),
      400,
      "UnrecognizedClientException",
    );
  }
  const request = await signed(sessionToken);
  assertEquals((await test.server.fetch(request.clone())).status, 200);
  test.time += HOUR;
  await assertRefused(
    await test.server.fetch(request),
    403,
    "ExpiredTokenException",
  );
});

/** Sends a request of both forms whose payload hash is said to be `claimed`. */
async function claims(
  test: TestServer,
  call: Call,
  claimed: string,
): Promise<Response[]> {
  const headers = { ...call.headers, "x-amz-content-sha256": claimed };
  return [
    await test.server.fetch(await sign({ ...call, headers }, test.time)),
    await test.server.fetch(
      await presign({ ...call, headers }, test.time, 60),
    ),
  ];
}

Deno.test("Payloads are signed in either form", async () => {
  await using test = await testVault();
  const body = vectorPayload(10);
  const calls: Call[] = [
    { path: LIST },
    {
      method: "POST",
      path: "/-/vaults/v/archives",
      headers: await hashHeaders(body),
      body,
    },
  ];
  for (const call of calls) {
    for (
      const claimed of [
        "UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "0",
      ]
    ) {
      for (const response of await claims(test, call, claimed)) {
        await assertRefused(
          response,
          400,
          "InvalidParameterValueException",
          `Invalid x-amz-content-sha256: ${claimed}`,
        );
      }
    }
  }
  for (const response of await claims(test, calls[0], EMPTY)) {
    assertEquals(response.status, 200);
  }
  for (const response of await claims(test, calls[0], "0".repeat(64))) {
    await assertRefused(
      response,
      403,
      INVALID,
      "does not match what was computed",
    );
  }
  const hoisted = `${LIST}&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD`;
  await assertRefused(
    await test.server.fetch(await presign({ path: hoisted }, test.time, 60)),
    400,
    "InvalidParameterValueException",
  );
});

Deno.test("The payload of a presigned request is the one that was signed", async () => {
  await using test = await testVault();
  const signed = await presign(
    { method: "POST", path: "/-/vaults/v/jobs", body: "{}" },
    test.time,
    60,
  );
  const { url, method, headers } = signed;
  const request = new Request(url, { method, headers, body: "[]" });
  await assertRefused(await test.server.fetch(request), 403, INVALID);
});
