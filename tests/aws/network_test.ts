import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertNotMatch,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { AwsHttp } from "../../src/aws/http.ts";
import {
  EndpointError,
  networkFailure,
} from "../../src/aws/network_failure.ts";
import { mayHaveTakenEffect, NetworkError } from "../../src/errors.ts";

const REQUEST = { operation: "ListVaults", method: "GET", path: "/-/vaults" };

/** A test that must release every connection and timer that it makes. */
function leakless(name: string, fn: () => void | Promise<void>) {
  Deno.test({ name, fn, sanitizeOps: true, sanitizeResources: true });
}

function connect(endpoint: string, timeout?: number): AwsHttp {
  return new AwsHttp({
    endpoint: new URL(endpoint),
    region: "us-east-1",
    service: "glacier",
    credentials: () =>
      Promise.resolve({ accessKeyId: "AKID", secretAccessKey: "secret" }),
    timeout,
  });
}

/** A server that speaks no protocol: `talk` gets each connection once something was read from it. */
function rawServer(talk: (connection: Deno.TcpConn) => Promise<void> | void) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.TcpConn[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      open.push(connection);
      await connection.read(new Uint8Array(65_536));
      await talk(connection);
    }
  })();
  const close = (connection: Deno.TcpConn) => {
    try {
      connection.close();
    } catch {
      // Closed by `talk`.
    }
  };
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving.catch(() => {});
      open.forEach(close);
    },
  };
}

function write(connection: Deno.TcpConn, text: string) {
  return connection.write(new TextEncoder().encode(text)).then(() => {});
}

async function failure(http: AwsHttp): Promise<NetworkError> {
  return await assertRejects(
    async () => await (await http.send(REQUEST)).bytes(),
    NetworkError,
  );
}

leakless(
  "a refused connection is unreachable: nothing took effect",
  async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const error = await failure(connect(`http://127.0.0.1:${port}`));
    assertEquals([error.problem, mayHaveTakenEffect(error)], [
      "unreachable",
      false,
    ]);
    assertMatch(
      error.message,
      new RegExp(`^No connection to 127.0.0.1:${port} `),
    );
  },
);

leakless("a name that does not exist is unreachable", async () => {
  const error = await failure(connect("http://no-such-host.invalid"));
  assertEquals(error.problem, "unreachable");
  assertMatch(error.message, /^Unknown host: no-such-host.invalid/);
});

leakless(
  "a connection closed before the answer is dropped: it may have taken effect",
  async () => {
    await using server = rawServer((connection) => connection.close());
    const error = await failure(connect(server.url));
    assertEquals([error.problem, mayHaveTakenEffect(error)], ["dropped", true]);
    assertMatch(error.message, /^The connection to 127\.0\.0\.1:\d+ broke/);
  },
);

leakless("an answer that is no HTTP is dropped", async () => {
  await using server = rawServer((connection) =>
    write(connection, "EHLO\r\n\r\n")
  );
  assertEquals((await failure(connect(server.url))).problem, "dropped");
});

leakless("a body cut short is dropped, whatever its framing", async () => {
  const heads = [
    "content-length: 100\r\n\r\nabc",
    "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
  ];
  for (const head of heads) {
    await using server = rawServer(async (connection) => {
      await write(connection, `HTTP/1.1 200 OK\r\n${head}`);
      connection.close();
    });
    assertEquals((await failure(connect(server.url))).problem, "dropped");
  }
});

leakless(
  "a body shorter than announced is dropped, also from a server within the process",
  async () => {
    const http = new AwsHttp({
      endpoint: new URL("http://glacier.test"),
      region: "us-east-1",
      service: "glacier",
      credentials: () =>
        Promise.resolve({ accessKeyId: "AKID", secretAccessKey: "secret" }),
      fetch: () => new Response("abc", { headers: { "content-length": "4" } }),
    });
    assertEquals((await failure(http)).problem, "dropped");
  },
);

leakless("silence before the answer is a timeout", async () => {
  await using server = rawServer(() => {});
  const error = await failure(connect(server.url, 0.1));
  assertEquals([error.problem, mayHaveTakenEffect(error)], ["timeout", true]);
  assertMatch(
    error.message,
    /^Nothing was heard from 127\.0\.0\.1:\d+ for 0\.1 /,
  );
});

leakless("silence within a body is a timeout", async () => {
  await using server = rawServer((connection) =>
    write(connection, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc")
  );
  const response = await connect(server.url, 0.1).send(REQUEST);
  const reader = response.body!.getReader();
  assertEquals((await reader.read()).value?.length, 3);
  const error = await assertRejects(() => reader.read(), NetworkError);
  assertEquals(error.problem, "timeout");
});

leakless(
  "a reader that takes its time is no silence of the server",
  async () => {
    await using silent = rawServer(() => {});
    const server = Deno.serve({ port: 0, onListen() {} }, () => {
      const chunk = new Uint8Array(100_000);
      let left = 20;
      return new Response(
        new ReadableStream({
          pull: (body) => left-- > 0 ? body.enqueue(chunk) : body.close(),
        }),
      );
    });
    try {
      const http = connect(`http://127.0.0.1:${server.addr.port}`, 0.1);
      let size = 0;
      let waited = false;
      for await (const chunk of (await http.send(REQUEST)).body!) {
        size += chunk.length;
        // As long as it takes another request to time out.
        if (!waited) await failure(connect(silent.url, 0.1));
        waited = true;
      }
      assertEquals(size, 2_000_000);
    } finally {
      await server.shutdown();
    }
  },
);

leakless("an abort in mid-request closes the connection", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  const closed = Promise.withResolvers<number | null>();
  await using server = rawServer((connection) => {
    controller.abort(reason);
    connection.read(new Uint8Array(1)).then(
      closed.resolve,
      () => closed.resolve(null),
    );
  });
  const { signal } = controller;
  const http = connect(server.url);
  const error = await assertRejects(() => http.send({ ...REQUEST, signal }));
  assertStrictEquals(error, reason);
  assertEquals(await closed.promise, null);
});

leakless(
  "a body of known size is sent with its length, not in chunks",
  async () => {
    const seen: (string | null)[] = [];
    let bytes: Uint8Array | undefined;
    const server = Deno.serve({ port: 0, onListen() {} }, async (request) => {
      const { headers } = request;
      seen.push(
        headers.get("content-length"),
        headers.get("transfer-encoding"),
      );
      bytes = await request.bytes();
      return new Response(null, { status: 204 });
    });
    try {
      const http = connect(`http://127.0.0.1:${server.addr.port}`);
      const body = crypto.getRandomValues(new Uint8Array(60_000));
      await http.send({
        ...REQUEST,
        method: "PUT",
        body,
        sha256: "0".repeat(64),
      });
      assertEquals(bytes, body);
      await http.send({ ...REQUEST, method: "POST" });
      assertEquals(seen, ["60000", null, "0", null]);
    } finally {
      await server.shutdown();
    }
  },
);

leakless(
  "a server that speaks no TLS is an endpoint that cannot be used",
  async () => {
    await using server = rawServer((connection) =>
      write(connection, "HTTP/1.1 400 Bad Request\r\n\r\n")
    );
    const error = await failure(connect(server.url.replace("http:", "https:")));
    assertInstanceOf(error, EndpointError);
    assertMatch(error.message, /does not speak TLS/);
  },
);

leakless("what the runtimes throw is told apart", () => {
  const deno = (message: string) =>
    new TypeError("fetch failed", { cause: new Error(message) });
  const node = (code: string, message: string, syscall?: string) =>
    new TypeError("fetch failed", {
      cause: Object.assign(new Error(message), { code, syscall }),
    });
  const table: [unknown, string, RegExp][] = [
    [
      deno(
        "error sending request for url (https://h/): client error (Connect): invalid peer certificate: UnknownIssuer",
      ),
      "unreachable",
      /certificate/,
    ],
    [
      node("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"),
      "unreachable",
      /certificate/,
    ],
    [
      node("ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match"),
      "unreachable",
      /certificate/,
    ],
    [
      node("ERR_SSL_WRONG_VERSION_NUMBER", "wrong version number"),
      "unreachable",
      /TLS/,
    ],
    [
      node("ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:9"),
      "unreachable",
      /^No connection/,
    ],
    [
      node("ETIMEDOUT", "connect ETIMEDOUT 10.0.0.1:443", "connect"),
      "unreachable",
      /^No connection/,
    ],
    [
      new TypeError("fetch failed", {
        cause: new AggregateError([
          Object.assign(new Error("x"), { code: "ECONNREFUSED" }),
        ]),
      }),
      "unreachable",
      /^No connection/,
    ],
    [
      node("ENOTFOUND", "getaddrinfo ENOTFOUND h", "getaddrinfo"),
      "unreachable",
      /^Unknown host/,
    ],
    [
      node("EAI_AGAIN", "getaddrinfo EAI_AGAIN h", "getaddrinfo"),
      "unreachable",
      /^Unknown host/,
    ],
    [
      new TypeError("Fetch failed: Requests to port 1 are blocked"),
      "unreachable",
      /^Not allowed/,
    ],
    [
      Object.assign(new Error('Requires net access to "h:443"'), {
        name: "NotCapable",
      }),
      "unreachable",
      /^Not allowed/,
    ],
    [
      node("ETIMEDOUT", "read ETIMEDOUT", "read"),
      "timeout",
      /^Nothing was heard/,
    ],
    [
      node("UND_ERR_HEADERS_TIMEOUT", "Headers Timeout Error"),
      "timeout",
      /^Nothing/,
    ],
    [node("ECONNRESET", "read ECONNRESET", "read"), "dropped", /broke/],
    [node("EPIPE", "write EPIPE", "write"), "dropped", /broke/],
    [node("UND_ERR_SOCKET", "other side closed"), "dropped", /broke/],
    [deno("Connection reset by peer (os error 104)"), "dropped", /broke/],
    [new TypeError("error reading a body from connection"), "dropped", /broke/],
    ["not even an error", "dropped", /broke/],
  ];
  for (const [thrown, problem, message] of table) {
    const error = networkFailure(thrown, "UploadArchive", "h:443");
    assertEquals(error.problem, problem, Deno.inspect(thrown));
    assertMatch(error.message, message);
    assertMatch(error.message, /h:443/);
    assertStrictEquals(error.cause, thrown);
    assertNotMatch(error.message, /\n/);
  }
});
