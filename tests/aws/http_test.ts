import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotMatch,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import type { Credentials } from "../../src/aws/credentials.ts";
import { AwsHttp, type AwsHttpOptions } from "../../src/aws/http.ts";
import { amzDate } from "../../src/aws/sign.ts";
import { ServiceError } from "../../src/errors.ts";

const KEYS: Credentials = {
  accessKeyId: "AKID",
  secretAccessKey: "top/secret",
  sessionToken: "a-session-token",
};
const REQUEST = { operation: "ListVaults", method: "GET", path: "/-/vaults" };

/** A connection to a function that answers. */
function connect(
  fetch: AwsHttpOptions["fetch"],
  options: Partial<AwsHttpOptions> = {},
): AwsHttp {
  return new AwsHttp({
    endpoint: new URL("http://glacier.test"),
    region: "us-east-1",
    service: "glacier",
    credentials: () => Promise.resolve(KEYS),
    fetch,
    ...options,
  });
}

function failing(status: number, body: unknown, headers?: HeadersInit) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return connect(() => new Response(text, { status, headers }));
}

async function serviceError(http: AwsHttp): Promise<ServiceError> {
  return await assertRejects(() => http.send(REQUEST), ServiceError);
}

Deno.test("a request reaches the endpoint signed, its query escaped, without compression", async () => {
  let seen: Request | undefined;
  const http = connect((request) => {
    seen = request;
    return new Response("{}");
  }, { endpoint: new URL("http://host.test:99/base/") });
  const response = await http.send({
    ...REQUEST,
    query: { marker: "a+b =&*", limit: undefined },
    headers: { "x-one": "1", "x-none": undefined },
  });
  assertEquals(await response.text(), "{}");
  assertEquals(
    seen?.url,
    "http://host.test:99/base/-/vaults?marker=a%2Bb%20%3D%26%2A",
  );
  const headers = seen?.headers;
  assertEquals(headers?.get("accept-encoding"), "identity");
  assertEquals([headers?.get("x-one"), headers?.has("x-none")], ["1", false]);
  assertStringIncludes(
    headers?.get("authorization") ?? "",
    "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-one,",
  );
});

Deno.test("a body without its hash is a defect, not a request", async () => {
  const http = connect(() => new Response());
  const body = new Uint8Array(1);
  await assertRejects(() => http.send({ ...REQUEST, body }), TypeError);
});

Deno.test("an error answer becomes a ServiceError with all that it tells", async () => {
  const error = await serviceError(
    failing(400, {
      code: "ThrottlingException",
      message: "Rate exceeded",
      type: "Client",
    }, {
      "x-amzn-requestid": "id-1",
      "retry-after": "7",
      date: "Sun, 22 Nov 2026 12:34:56 GMT",
    }),
  );
  assertEquals(
    { ...error, message: error.message },
    {
      name: "ServiceError",
      operation: "ListVaults",
      code: "ThrottlingException",
      status: 400,
      requestId: "id-1",
      retryAfter: 7000,
      serverTime: Date.UTC(2026, 10, 22, 12, 34, 56),
      message: "ListVaults failed: Rate exceeded (ThrottlingException)",
    },
  );
});

Deno.test("the code of an error is found wherever AWS puts it, and never is nonsense", async () => {
  const table: [string, HeadersInit | undefined, string][] = [
    ['{"__type":"aws#SlowDown","Message":"x"}', undefined, "SlowDown"],
    ["", { "x-amzn-errortype": "NotHere:http://x/" }, "NotHere"],
    ["<html>Bad gateway</html>", undefined, "Unknown"],
    ["", undefined, "Unknown"],
    ["null", undefined, "Unknown"],
    ["[1]", undefined, "Unknown"],
    ['{"code":5}', undefined, "Unknown"],
    ['{"code":"\\u001b[31m"}', undefined, "Unknown"],
  ];
  for (const [body, headers, code] of table) {
    const error = await serviceError(failing(502, body, headers));
    assertEquals([error.code, error.status], [code, 502], body);
  }
});

Deno.test("a service's message cannot drive the terminal, nor fill it", async () => {
  const message = "a\u001b[2J\r\nb\u202e\u0085c" + "x".repeat(5000);
  const error = await serviceError(failing(500, { code: "Odd", message }));
  assertNotMatch(error.message, /[^\x20-\x7e…]/);
  assert(error.message.length < 500);
});

Deno.test("an endless error answer is read to a limit only, and cancelled", async () => {
  let sent = 0;
  let cancelled = false;
  const http = connect(() => {
    const body = new ReadableStream({
      pull: (controller) => {
        sent += 1024;
        controller.enqueue(new Uint8Array(1024));
      },
      cancel: () => {
        cancelled = true;
      },
    });
    return new Response(body, { status: 500 });
  });
  assertEquals((await serviceError(http)).code, "Unknown");
  assert(cancelled);
  assert(sent < 100_000);
});

Deno.test("common refusals say what to do, and never quote a signature or a secret", async () => {
  const quote = "canonical: x-amz-security-token:a-session-token top/secret";
  const table: [string, string][] = [
    ["AccessDeniedException", "may not do ListVaults"],
    ["UnrecognizedClientException", "access key is not known"],
    ["InvalidSignatureException", "check the secret key"],
    ["ExpiredTokenException", "have expired"],
    ["SomethingElse", "ListVaults failed"],
  ];
  for (const [code, words] of table) {
    const error = await serviceError(failing(403, { code, message: quote }));
    assertStringIncludes(error.message, words);
    assertNotMatch(error.message, /a-session-token|top\/secret/);
  }
});

Deno.test("a redirect is an error, and credentials never follow it", async () => {
  const visited: string[] = [];
  const second = Deno.serve({ port: 0, onListen() {} }, (request) => {
    visited.push(request.url);
    return new Response("{}");
  });
  const target = `http://127.0.0.1:${second.addr.port}/stolen`;
  const first = Deno.serve(
    { port: 0, onListen() {} },
    () => Response.redirect(target, 307),
  );
  try {
    const endpoint = new URL(`http://127.0.0.1:${first.addr.port}`);
    const error = await serviceError(connect(undefined, { endpoint }));
    assertEquals([error.code, error.status], ["RedirectNotFollowed", 307]);
    assertStringIncludes(error.message, target);
    assertEquals(visited, []);
  } finally {
    await Promise.all([first.shutdown(), second.shutdown()]);
  }
});

/** A service that accepts signatures of its own time only. */
function strictClock(now: () => number) {
  const dates: string[] = [];
  const fetch = (request: Request) => {
    const date = request.headers.get("x-amz-date") ?? "";
    dates.push(date);
    const signed = Date.parse(
      date.replace(/(....)(..)(..T..)(..)/, "$1-$2-$3:$4:"),
    );
    const headers = { date: new Date(now()).toUTCString() };
    if (Math.abs(signed - now()) < 300_000) {
      return new Response("{}", { headers });
    }
    const body = { code: "InvalidSignatureException", message: "expired" };
    return Response.json(body, { status: 403, headers });
  };
  return { dates, fetch };
}

Deno.test("a wrong clock is corrected once, and stays corrected", async () => {
  const ours = Date.UTC(2026, 0, 1);
  const theirs = ours + 26 * 3600_000;
  const { dates, fetch } = strictClock(() => theirs);
  const http = connect(fetch, { clock: { now: () => ours } });
  await (await http.send(REQUEST)).text();
  await (await http.send(REQUEST)).text();
  assertEquals(dates, [ours, theirs, theirs].map(amzDate));
});

Deno.test("a wrong clock is corrected by as much where several requests find it wrong at once", async () => {
  const ours = Date.UTC(2026, 0, 1);
  const theirs = ours - 3 * 3600_000;
  const { dates, fetch } = strictClock(() => theirs);
  const all = Promise.withResolvers<void>();
  let arrived = 0;
  const together = async (request: Request) => {
    if (++arrived === 3) all.resolve();
    await all.promise;
    return await fetch(request);
  };
  const http = connect(together, { clock: { now: () => ours } });
  const why: string[] = [];
  const request = {
    ...REQUEST,
    onResend: ({ message }: Error) => why.push(message),
  };
  const send = async () => await (await http.send(request)).text();
  await Promise.all([send(), send(), send()]);
  await send();
  assertEquals(
    dates,
    [ours, ours, ours, theirs, theirs, theirs, theirs].map(amzDate),
  );
  assertEquals(
    why,
    new Array(3).fill(
      "This machine's clock is 180 minutes ahead of the service's, which is made up for",
    ),
  );
});

Deno.test("a wrong signature is not taken for a wrong clock", async () => {
  let calls = 0;
  const http = connect(() => {
    calls++;
    return Response.json({ code: "InvalidSignatureException" }, {
      status: 403,
      headers: { date: new Date(Date.now() - 200_000).toUTCString() },
    });
  });
  await serviceError(http);
  assertEquals(calls, 1);
});

Deno.test("a clock that cannot be corrected is an error after the second try", async () => {
  let calls = 0;
  const http = connect(() => {
    const date = new Date(Date.now() + ++calls * 3600_000).toUTCString();
    const body = { code: "RequestTimeTooSkewed" };
    return Response.json(body, { status: 403, headers: { date } });
  });
  await serviceError(http);
  assertEquals(calls, 2);
});

Deno.test("expired credentials are renewed once, and the request is signed anew", async () => {
  const tokens: (string | null)[] = [];
  let renewals = 0;
  const resent: string[] = [];
  const http = connect((request) => {
    const token = request.headers.get("x-amz-security-token");
    tokens.push(token);
    if (token === "2") return new Response("{}");
    return Response.json({ code: "ExpiredTokenException" }, { status: 403 });
  }, {
    credentials: ({ forceRefresh } = {}) => {
      if (forceRefresh) renewals++;
      return Promise.resolve({ ...KEYS, sessionToken: String(renewals) });
    },
  });
  const error = await assertRejects(() => http.send(REQUEST), ServiceError);
  assertStringIncludes(error.message, "expired");
  assertEquals([tokens, renewals], [["0", "1"], 1]);
  const onResend = ({ message }: Error) => resent.push(message);
  await (await http.send({ ...REQUEST, onResend })).text();
  assertEquals([tokens, renewals], [["0", "1", "1", "2"], 2]);
  assertEquals(resent, [
    "The temporary credentials had expired, and are renewed",
  ]);
});

Deno.test("an abort rejects with its reason, even if the server's function ignores it", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const reason = new Error("stop");
  let late: ((response: Response) => void) | undefined;
  let cancelled = false;
  const http = connect(() => {
    queueMicrotask(() => controller.abort(reason));
    return new Promise<Response>((resolve) => late = resolve);
  });
  const sending = http.send({ ...REQUEST, signal });
  assertStrictEquals(await assertRejects(() => sending), reason);
  // The answer that nobody waits for any more is released.
  const body = new ReadableStream({
    cancel: () => {
      cancelled = true;
    },
  });
  late?.(new Response(body));
  await new Promise((resolve) => setTimeout(resolve));
  assert(cancelled);
});

Deno.test("an abort before the request sends nothing", async () => {
  let calls = 0;
  const http = connect(() => {
    calls++;
    return new Response();
  });
  const reason = new Error("stop");
  const signal = AbortSignal.abort(reason);
  const error = await assertRejects(() => http.send({ ...REQUEST, signal }));
  assertStrictEquals(error, reason);
  assertEquals(calls, 0);
});

Deno.test("an abort reaches the reader of a body", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const http = connect(() =>
    new Response(
      new ReadableStream({
        start: (body) => body.enqueue(new Uint8Array(3)),
      }),
    )
  );
  const response = await http.send({ ...REQUEST, signal });
  const reader = response.body!.getReader();
  assertEquals((await reader.read()).value?.length, 3);
  const reading = reader.read();
  const reason = new Error("stop");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => reading), reason);
});

Deno.test("a body given up by its reader is cancelled at the source", async () => {
  let reason: unknown;
  const http = connect(() =>
    new Response(new ReadableStream({ cancel: (why) => void (reason = why) }))
  );
  const response = await http.send(REQUEST);
  await response.body?.cancel("enough");
  assertEquals(reason, "enough");
});

Deno.test("a failure of the credentials gets through as it is", async () => {
  const broken = new Error("no credentials");
  const http = connect(() => new Response(), {
    credentials: () => Promise.reject(broken),
  });
  assertStrictEquals(await assertRejects(() => http.send(REQUEST)), broken);
  assertInstanceOf(broken, Error);
});
