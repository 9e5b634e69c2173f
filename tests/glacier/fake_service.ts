/** Stands in for the service: answers, and remembers what was asked. */

import {
  GlacierClient,
  type GlacierOptions,
} from "../../src/glacier/client.ts";

/** A request as it arrived. */
export interface Asked {
  method: string;
  /** Path and query. */
  target: string;
  headers: Headers;
  body: Uint8Array<ArrayBuffer>;
}

/** What to answer; an error drops the connection. */
export type Reply = Response | Error;

/** An answer of the service's JSON form. */
export function refusal(status: number, code: string, message = ""): Response {
  return Response.json({ code, message, type: "Client" }, { status });
}

/** A client of a service that gives `replies` in their order, without waits between tries. */
export function service(
  replies: Iterable<Reply> | ((asked: Asked) => Reply | Promise<Reply>),
  options: Partial<GlacierOptions> = {},
) {
  const asked: Asked[] = [];
  const queue = typeof replies === "function" ? undefined : [...replies];
  const client = new GlacierClient({
    region: "eu-west-1",
    endpoint: "http://glacier.test",
    credentials: () =>
      Promise.resolve({ accessKeyId: "AKID", secretAccessKey: "secret" }),
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      const one = {
        method: request.method,
        target: pathname + search,
        headers: request.headers,
        body: await request.bytes(),
      };
      asked.push(one);
      const reply = typeof replies === "function"
        ? await replies(one)
        : queue?.shift();
      if (reply === undefined) throw new Error("Nothing more to answer");
      if (reply instanceof Error) throw reply;
      if (!isPage(reply)) reply.headers.set("x-amzn-requestid", "id");
      return reply;
    },
    retry: { base: 0 },
    ...options,
  });
  return { client, asked };
}

/** Whether a page for people answers, and not the service, which puts an ID into every answer. */
function isPage(reply: Response): boolean {
  return reply.headers.get("content-type")?.startsWith("text/html") ?? false;
}

/** What `fetch` throws when the connection breaks. */
export function dropped(): Error {
  return new TypeError("fetch failed", {
    cause: new Error("Connection reset by peer (os error 104)"),
  });
}

/** What `fetch` throws when there is no connection. */
export function refused(): Error {
  return new TypeError("fetch failed", {
    cause: new Error("client error (Connect): tcp connect error: refused"),
  });
}
