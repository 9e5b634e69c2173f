import { assertEquals, assertRejects } from "@std/assert";
import { MoraineError } from "../../src/errors.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";

const LOOPBACK = { hostname: "127.0.0.1", port: 0 };

Deno.test("serveHttp() finds a free port and answers there until it is closed", async () => {
  const http = await serveHttp(
    async (request) => new Response(`got ${await request.text()}`),
    LOOPBACK,
  );
  assertEquals(http.url, `http://127.0.0.1:${http.port}`);
  const response = await fetch(http.url, { method: "POST", body: "it" });
  assertEquals(await response.text(), "got it");
  await http[Symbol.asyncDispose]();
  await http[Symbol.asyncDispose]();
  await assertRejects(() => fetch(http.url), TypeError);
});

Deno.test("serveHttp() lets an answer under way end before it closes", async () => {
  const asked = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const http = await serveHttp(async () => {
    asked.resolve();
    await go.promise;
    return new Response("late");
  }, LOOPBACK);
  const answer = fetch(http.url).then((response) => response.text());
  await asked.promise;
  const closed = http[Symbol.asyncDispose]();
  go.resolve();
  assertEquals(await answer, "late");
  await closed;
});

Deno.test("serveHttp() names the port that it cannot have", async () => {
  await using http = await serveHttp(() => new Response(), LOOPBACK);
  const { hostname, port } = http;
  await assertRejects(
    () => serveHttp(() => new Response(), { hostname, port }),
    MoraineError,
    `Cannot listen on 127.0.0.1 port ${port}`,
  );
});

Deno.test("serveHttp() brackets an IPv6 address in its URL", async () => {
  await using http = await serveHttp(() => new Response("six"), {
    hostname: "::1",
    port: 0,
  });
  assertEquals(http.url, `http://[::1]:${http.port}`);
  assertEquals(await (await fetch(http.url)).text(), "six");
});
