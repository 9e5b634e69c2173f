import { assertEquals, assertRejects } from "@std/assert";
import { createAuthenticator } from "../../src/server/auth.ts";
import { Refusal } from "../../src/server/refusal.ts";
import { readVectors } from "../testing.ts";
import {
  authorization,
  type Header,
  type Signing,
  signingTime,
} from "./raw_signer.ts";
import {
  assertRefused,
  HOUR,
  KEY,
  sha256Hex,
  sign,
  testServer,
} from "./testing.ts";

interface Vectors {
  accessKeyId: string;
  secretAccessKey: string;
  vectors: {
    method: string;
    url: string;
    region: string;
    sessionToken: string | null;
    headers: Record<string, string>;
    body: string;
    authorization: string;
  }[];
}

const MINUTE = 60 * 1000;
const NOW = Date.UTC(2026, 10, 22, 12, 34, 56);
const LIST = { path: "/-/vaults?limit=2&marker=" };
const EMPTY = await sha256Hex(new Uint8Array());

Deno.test("verify() accepts what botocore signed", async () => {
  const { vectors, accessKeyId, secretAccessKey } = await readVectors<Vectors>(
    "sigv4_glacier",
  );
  for (const vector of vectors) {
    const { method, url, region, headers, authorization } = vector;
    const sessionToken = vector.sessionToken ?? undefined;
    const authenticator = createAuthenticator({
      accessKeys: [{ accessKeyId, secretAccessKey, sessionToken }],
      region,
      now: () => NOW,
    });
    const request = new Request(url, {
      method,
      headers: { ...headers, authorization },
    });
    const hash = headers["x-amz-content-sha256"];
    await authenticator.verify(request, hash);
    await assertRejects(
      () => authenticator.verify(request, hash.replace(/./, "x")),
      Refusal,
      "does not match",
    );
  }
});

Deno.test("verify() refuses a request of which anything was changed", async () => {
  const authenticator = createAuthenticator({
    accessKeys: [KEY],
    region: "us-east-1",
    now: () => NOW,
  });
  const headers = { "x-amz-archive-description": "two  blanks", "x-a": "b" };
  const original = await sign({ path: LIST.path, headers }, NOW);
  await authenticator.verify(original, EMPTY);

  const changed = (change: (headers: Headers) => void) => {
    const headers = new Headers(original.headers);
    change(headers);
    return new Request(original.url, { headers });
  };
  const at = (url: string) => new Request(url, { headers: original.headers });
  const requests: Record<string, Request> = {
    method: new Request(original, { method: "DELETE" }),
    path: at("http://localhost/-/vaultz?limit=2&marker="),
    query: at("http://localhost/-/vaults?limit=3&marker="),
    "query's length": at("http://localhost/-/vaults?limit=2"),
    host: at("http://elsewhere/-/vaults?limit=2&marker="),
    "Host header": changed((headers) => headers.set("host", "elsewhere")),
    description: changed((headers) =>
      headers.set("x-amz-archive-description", "three")
    ),
    "removed header": changed((headers) => headers.delete("x-a")),
    "added header": changed((headers) => headers.set("x-amz-part-size", "1")),
    date: changed((headers) => headers.set("x-amz-date", "20261122T123457Z")),
    signature: changed((headers) =>
      headers.set(
        "authorization",
        headers.get("authorization")!.replace(/.$/, (x) => x < "8" ? "8" : "0"),
      )
    ),
  };
  for (const [what, request] of Object.entries(requests)) {
    const error = await assertRejects(
      () => authenticator.verify(request, EMPTY),
      Refusal,
      "",
      what,
    );
    assertEquals(error.code, "InvalidSignatureException", what);
  }
});

Deno.test("Each way of not being signed well has the service's own error", async () => {
  await using test = await testServer();
  const cases: [
    what: string,
    change: (authorization: string) => string | null,
    status: number,
    code: string,
    message: string,
  ][] = [
    [
      "no header",
      () => null,
      400,
      "MissingAuthenticationTokenException",
      "Missing Authentication Token",
    ],
    [
      "another scheme",
      () => "Basic YTpi",
      400,
      "IncompleteSignatureException",
      "Unsupported AWS algorithm",
    ],
    [
      "nothing but the algorithm",
      () => "AWS4-HMAC-SHA256",
      400,
      "IncompleteSignatureException",
      "requires 'Credential' parameter. Authorization header requires 'SignedHeaders'",
    ],
    [
      "no signature",
      (text) => text.replace(/, Signature.*/, ""),
      400,
      "IncompleteSignatureException",
      "requires 'Signature' parameter",
    ],
    [
      "a short scope",
      (text) => text.replace(/Credential=[^,]*/, "Credential=AKIDEXAMPLE/2026"),
      400,
      "IncompleteSignatureException",
      "at least 5",
    ],
    [
      "an unknown key",
      (text) => text.replace("AKIDEXAMPLE", "AKIDOTHER"),
      400,
      "UnrecognizedClientException",
      "security token included in the request is invalid",
    ],
    [
      "an empty key",
      (text) => text.replace("AKIDEXAMPLE", ""),
      400,
      "UnrecognizedClientException",
      "",
    ],
    [
      "another region",
      (text) => text.replace("us-east-1", "eu-west-1"),
      403,
      "InvalidSignatureException",
      "'us-east-1'",
    ],
    [
      "another service",
      (text) => text.replace("/glacier/", "/s3/"),
      403,
      "InvalidSignatureException",
      "correct service: 'glacier'",
    ],
    [
      "another day",
      (text) => text.replace("20261122", "20261121"),
      403,
      "InvalidSignatureException",
      "'20261121' != '20261122'",
    ],
    [
      "no terminator",
      (text) => text.replace("aws4_request", "aws4"),
      403,
      "InvalidSignatureException",
      "'aws4_request'",
    ],
    [
      "an unsigned host",
      (text) => text.replace("SignedHeaders=host;", "SignedHeaders="),
      403,
      "InvalidSignatureException",
      "'host' must be a 'SignedHeader'",
    ],
    [
      "an unsigned x-amz-date",
      (text) => text.replace("x-amz-date;", ""),
      403,
      "InvalidSignatureException",
      "'x-amz-date' must be a 'SignedHeader'",
    ],
    [
      "a signature given twice",
      (text) => `${text}, Signature=${"0".repeat(64)}`,
      400,
      "IncompleteSignatureException",
      "invalid or repeated parameter: 'Signature'",
    ],
    [
      "a parameter that nobody knows",
      (text) => `${text}, Extra=1`,
      400,
      "IncompleteSignatureException",
      "invalid or repeated parameter: 'Extra'",
    ],
    [
      "signed headers out of order",
      (text) =>
        text.replace(
          /SignedHeaders=[^,]*/,
          "SignedHeaders=x-amz-date;host",
        ),
      403,
      "InvalidSignatureException",
      "SignedHeaders must be sorted",
    ],
    [
      "a signed header named twice",
      (text) => text.replace("SignedHeaders=host;", "SignedHeaders=host;host;"),
      403,
      "InvalidSignatureException",
      "SignedHeaders must be sorted, each of them once",
    ],
    [
      "a signed header that isn't there",
      (text) =>
        text.replace("SignedHeaders=host;", "SignedHeaders=absent;host;"),
      403,
      "InvalidSignatureException",
      "'absent' is a 'SignedHeader' that the request does not have",
    ],
    [
      "a signature that is no hash",
      (text) => text.replace(/Signature=.*/, "Signature=zz"),
      403,
      "InvalidSignatureException",
      "does not match",
    ],
  ];
  for (const [, change, status, code, message] of cases) {
    const request = await sign(LIST, test.time);
    const authorization = change(request.headers.get("authorization")!);
    if (authorization === null) request.headers.delete("authorization");
    else request.headers.set("authorization", authorization);
    const response = await test.server.fetch(request);
    await assertRefused(response, status, code, message);
  }
  assertEquals(test.failures, []);
});

Deno.test("A request may be 15 minutes old or early, not more", async () => {
  await using test = await testServer();
  const send = async (offset: number) =>
    await test.server.fetch(await sign(LIST, test.time + offset));
  for (const offset of [-15 * MINUTE, 15 * MINUTE]) {
    assertEquals((await send(offset)).status, 200);
  }
  await assertRefused(
    await send(-15 * MINUTE - 1000),
    403,
    "InvalidSignatureException",
    "Signature expired: 20261122T114459Z is now earlier than 20261122T114500Z (20261122T120000Z - 15 min.)",
  );
  await assertRefused(
    await send(15 * MINUTE + 1000),
    403,
    "InvalidSignatureException",
    "Signature not yet current",
  );
});

Deno.test("A date that is missing or malformed is told as such", async () => {
  await using test = await testServer();
  for (
    const [date, message] of [
      [null, "existence of either"],
      ["Sun, 22 Nov 2026 12:00:00 GMT", "basic format"],
      ["20269922T120000Z", "basic format"],
    ] as const
  ) {
    const request = await sign(LIST, test.time);
    if (date === null) request.headers.delete("x-amz-date");
    else request.headers.set("x-amz-date", date);
    const response = await test.server.fetch(request);
    await assertRefused(
      response,
      400,
      "IncompleteSignatureException",
      message,
    );
  }
});

/** Signs all of these headers and no others. */
function signRaw(headers: Header[], options: Partial<Signing>): Request {
  const all: Header[] = [
    ["host", "localhost"],
    ["x-amz-glacier-version", "2012-06-01"],
    ...headers,
  ];
  const signing = { time: NOW, payloadHash: EMPTY, ...options };
  const request = { method: "GET", target: LIST.path, headers: all };
  const value = authorization(request, signing);
  return new Request(`http://localhost${LIST.path}`, {
    headers: [...all, ["authorization", value]],
  });
}

Deno.test("A Date in the basic format dates a signature, and x-amz-date goes before it", async () => {
  await using test = await testServer();
  test.time = NOW;
  const now = signingTime(NOW);
  const before = signingTime(NOW - HOUR);
  const words = new Date(NOW).toUTCString();
  const cases: [headers: Header[], date: string, refusal?: string][] = [
    [[["date", now]], now],
    [[["date", words], ["x-amz-date", now]], now],
    [[["date", before], ["x-amz-date", now]], now],
    [[["date", now], ["x-amz-date", before]], before, "Signature expired"],
    [[["date", before]], before, "Signature expired"],
  ];
  for (const [headers, date, refusal] of cases) {
    const response = await test.server.fetch(signRaw(headers, { date }));
    if (refusal === undefined) assertEquals(response.status, 200);
    else {
      const code = "InvalidSignatureException";
      await assertRefused(response, 403, code, refusal);
    }
  }
});

Deno.test("A header that was sent twice is signed as its values with a comma between", async () => {
  await using test = await testServer();
  test.time = NOW;
  const date: Header = ["x-amz-date", signingTime(NOW)];
  const send = async (...values: string[]) => {
    const headers = values.map((value): Header => ["x-a", value]);
    return await test.server.fetch(signRaw([date, ...headers], {}));
  };
  assertEquals((await send("1", "2  3")).status, 200);
  assertEquals((await send("1", "2", "1")).status, 200);
  assertEquals((await send("1, 2")).status, 200);
  assertEquals((await send("1,2")).status, 200);
  const request = signRaw([date, ["x-a", "1"], ["x-a", "2"]], {});
  request.headers.set("x-a", "2, 1");
  await assertRefused(
    await test.server.fetch(request),
    403,
    "InvalidSignatureException",
    "does not match",
  );
});

Deno.test("Temporary credentials need their token, and end", async () => {
  const expires = Date.UTC(2026, 10, 22, 13);
  await using test = await testServer({
    accessKeys: [{ ...KEY, sessionToken: "a+b/c=", expires }],
  });
  const send = async (sessionToken?: string) =>
    await test.server.fetch(await sign(LIST, test.time, { sessionToken }));
  assertEquals((await send("a+b/c=")).status, 200);
  for (const token of [undefined, "another"]) {
    const response = await send(token);
    await assertRefused(response, 400, "UnrecognizedClientException");
  }
  test.time += HOUR;
  await assertRefused(await send("a+b/c="), 403, "ExpiredTokenException");
});

Deno.test("A small payload that is not the signed one is refused", async () => {
  await using test = await testServer();
  const signed = await sign(
    { method: "POST", path: "/-/vaults/v/jobs", body: "{}" },
    test.time,
  );
  const { url, method, headers } = signed;
  const request = new Request(url, { method, headers, body: "[]" });
  await assertRefused(
    await test.server.fetch(request),
    403,
    "InvalidSignatureException",
  );
});
