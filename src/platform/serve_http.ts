/**
 * Listening for HTTP requests, on whatever runtime this is.
 *
 * @module
 */

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { delay } from "../async/delay.ts";
import { ConnectionDropped, messageOf, MoraineError } from "../errors.ts";
import { isPlainTarget } from "./request_target.ts";

/**
 * Answers a request. Where it rejects with {@linkcode ConnectionDropped}, the
 * connection is closed and nothing answered, as far as `droppable` says.
 */
export type HttpHandler = (request: Request) => Response | Promise<Response>;

/** Where to listen. */
export interface ListenOptions {
  /** Host name or address, such as `127.0.0.1`. */
  hostname: string;
  /** 0 for any free one. */
  port: number;
  /**
   * Whether the handler drops connections. Deno's own server can't, so it is
   * Node's that listens then, on every runtime; it is slower.
   */
  droppable?: boolean;
}

/** A listening server. Disposing of it lets answers under way end, for some seconds. */
export interface HttpServer extends AsyncDisposable {
  hostname: string;
  port: number;
  /** Such as `http://127.0.0.1:9901`, without a slash at the end. */
  url: string;
}

/** How long answers that are under way may still take at the end, in milliseconds. */
const GRACE = 3000;

/** How long an answer takes to leave once the runtime has it, and how often to look for connections that have become idle, in milliseconds. */
const MOMENT = 20;

/** Waits for `ended`, but no longer than `limit` milliseconds. */
async function within(limit: number, ended: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limit);
  try {
    await Promise.race([ended, promise]);
  } finally {
    clearTimeout(timer);
  }
}

function describe(
  { hostname, port }: ListenOptions,
  close: () => Promise<void>,
): HttpServer {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  let closed: Promise<void> | undefined;
  return {
    hostname,
    port,
    url: `http://${host}:${port}`,
    [Symbol.asyncDispose]: () => closed ??= close(),
  };
}

function cannotListen(
  { hostname, port }: ListenOptions,
  cause: unknown,
): MoraineError {
  const { code } = cause as { code?: unknown };
  const why = code === "EADDRINUSE"
    ? "another program does already"
    : messageOf(cause);
  return new MoraineError(
    `Cannot listen on ${hostname} port ${port}: ${why}`,
    { cause },
  );
}

/** The answer that the runtimes themselves give to what is no HTTP. */
function badRequest(): Response {
  return new Response(null, { status: 400, headers: { connection: "close" } });
}

/**
 * Deno warns, once, where a handler reads a request's signal: it is aborted
 * after an answer as well. Here that does no harm, and users can't act on it.
 */
function dropSignalWarning(): void {
  const { warn } = console;
  const filtered = (...parts: unknown[]) => {
    if (!String(parts[0]).startsWith("Deno.serve: request.signal ")) {
      return warn.apply(console, parts);
    }
    if (console.warn === filtered) console.warn = warn;
  };
  console.warn = filtered;
}

let signalWarningDropped = false;

function serveByDeno(
  handler: HttpHandler,
  { hostname, port }: ListenOptions,
): HttpServer {
  if (!signalWarningDropped) dropSignalWarning();
  signalWarningDropped = true;
  const aborter = new AbortController();
  const underWay = new Set<Promise<void>>();
  let closing = false;
  const server = Deno.serve({
    hostname,
    port,
    signal: aborter.signal,
    // Without this, Deno prints where it listens to standard output.
    onListen: () => {},
  }, (request, { completed }) => {
    if (closing) return new Response(null, { status: 503 });
    if (!isPlainTarget(request.url, request.headers.get("host"))) {
      return badRequest();
    }
    // Rejects where the client went away.
    const sent = completed.catch(() => {});
    underWay.add(sent);
    sent.finally(() => underWay.delete(sent));
    return handler(request);
  });
  const listening = { hostname, port: (server.addr as Deno.NetAddr).port };
  return describe(listening, async () => {
    closing = true;
    const busy = underWay.size > 0;
    // Not `server.shutdown()`: it waits for every answer, and once it was
    // called, nothing can end the wait.
    const ended = Promise.all(underWay).then(() => {});
    await within(GRACE, ended);
    // The last answers may have been taken, but not sent.
    if (busy) await delay(MOMENT);
    aborter.abort();
    await server.finished;
  });
}

/**
 * A body whose failure closes the connection. Node's adaptor would do that too,
 * but print the error as if it were its own.
 */
function closingOnFailure(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  outgoing: ServerResponse,
  socket: Socket,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch {
        // What came before the failure still goes out, be it the head alone,
        // for which the adaptor waits a moment longer than for the body.
        while (!outgoing.headersSent && !socket.destroyed) await delay(1);
        socket.destroySoon();
        // The answer must not end as if it were whole: once the connection is
        // closed, this is cancelled.
        await new Promise(() => {});
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

async function answerOn(
  outgoing: ServerResponse,
  handler: HttpHandler,
  request: Request,
): Promise<Response> {
  // It is there as long as the head isn't sent.
  const socket = outgoing.socket!;
  let response: Response;
  try {
    response = await handler(request);
  } catch (error) {
    if (error instanceof ConnectionDropped) socket.destroy();
    throw error;
  }
  const { body, status, headers } = response;
  if (body === null) return response;
  const closing = closingOnFailure(body, outgoing, socket);
  return new Response(closing, { status, headers });
}

async function serveByNode(
  handler: HttpHandler,
  options: ListenOptions,
): Promise<HttpServer> {
  const { createAdaptorServer } = await import("@hono/node-server");
  const { createServer } = await import("node:http");
  const server = createAdaptorServer({
    // Node takes a request without a version, or of another, for HTTP/1.1.
    fetch: (request, { incoming, outgoing }) =>
      incoming.httpVersionMajor === 1 &&
        isPlainTarget(incoming.url ?? "", request.headers.get("host"))
        ? answerOn(outgoing as ServerResponse, handler, request)
        : badRequest(),
    createServer,
    // A part of 4 GiB takes longer than Node's five minutes on many lines.
    serverOptions: { requestTimeout: 0 },
    overrideGlobalObjects: false,
  }) as import("node:http").Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.hostname, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const { port } = server.address() as import("node:net").AddressInfo;
  return describe({ hostname: options.hostname, port }, async () => {
    const ended = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    // Those that are kept open become idle with their last answer.
    const idle = setInterval(() => server.closeIdleConnections(), MOMENT);
    await within(GRACE, ended);
    clearInterval(idle);
    server.closeAllConnections();
    await ended;
  });
}

/**
 * Listens, and lets `handler` answer.
 *
 * @throws {MoraineError} where the port is taken or not allowed.
 */
export async function serveHttp(
  handler: HttpHandler,
  options: ListenOptions,
): Promise<HttpServer> {
  try {
    return typeof globalThis.Deno === "undefined" || options.droppable
      ? await serveByNode(handler, options)
      : serveByDeno(handler, options);
  } catch (cause) {
    throw cannotListen(options, cause);
  }
}
