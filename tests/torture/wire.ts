/**
 * The wire between clients and the server of a run: passes bytes on, sees
 * requests and answers go by, and can be cut at any of them. The address stays
 * while servers come and go.
 *
 * @module
 */

import { operationOf } from "../../src/server/operation_of.ts";
import type { Moment } from "./strike.ts";

/** A request, and what came of it. */
export interface Exchange {
  operation: string;
  method: string;
  path: string;
  /** Tree hash of the payload or the archive, as the request says. */
  treeHash?: string;
  /** Status of the answer; absent while there is none. */
  status?: number;
  /** What the answer says was made. */
  archiveId?: string;
  uploadId?: string;
  jobId?: string;
  /** Whether the head of the answer went on to the client. */
  delivered?: boolean;
}

/** Told of each moment of a request; resolves to whether to go on with it. */
export type Watch = (exchange: Exchange, moment: Moment) => Promise<boolean>;

/** Ports that no system gives to outgoing connections by itself. */
const [FIRST_PORT, LAST_PORT] = [20_000, 31_999];

/** The longest head of a request or an answer, in bytes. */
const MAX_HEAD = 64 * 1024;

/** A wire. Disposing of it cuts it. */
export class Wire implements Disposable {
  readonly port: number;
  /** Where the server listens. */
  target = 0;
  watch: Watch = () => Promise.resolve(true);
  /** Every request since the list was last replaced. */
  exchanges: Exchange[] = [];
  #listener: Deno.TcpListener | undefined;
  readonly #links = new Set<Link>();

  private constructor(listener: Deno.TcpListener) {
    this.port = listener.addr.port;
    this.#accept(listener);
  }

  /** Opens a wire on a free port. */
  static open(): Wire {
    for (let tries = 0;; tries++) {
      const ports = LAST_PORT - FIRST_PORT + 1;
      const port = FIRST_PORT + Math.floor(Math.random() * ports);
      try {
        return new Wire(Deno.listen({ hostname: "127.0.0.1", port }));
      } catch (error) {
        if (tries === 20) throw error;
      }
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Cuts all connections and takes no more, as where no server listens. */
  cut(): void {
    this.#listener?.close();
    this.#listener = undefined;
    for (const link of this.#links) link.close();
  }

  /** Takes connections again, to the server at this port. */
  mend(target: number): void {
    this.target = target;
    if (this.#listener) return;
    this.#accept(Deno.listen({ hostname: "127.0.0.1", port: this.port }));
  }

  [Symbol.dispose](): void {
    this.cut();
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    this.#listener = listener;
    try {
      for await (const client of listener) this.#join(client);
    } catch {
      // It was closed in the midst of an accept.
    }
  }

  async #join(client: Deno.TcpConn): Promise<void> {
    let server: Deno.TcpConn;
    try {
      server = await Deno.connect({ hostname: "127.0.0.1", port: this.target });
    } catch {
      client.close();
      return;
    }
    const link = new Link(client, server, this);
    this.#links.add(link);
    await link.run();
    this.#links.delete(link);
  }
}

/** One connection of a client, and the one to the server that stands for it. */
class Link {
  readonly #client: Deno.TcpConn;
  readonly #server: Deno.TcpConn;
  readonly #wire: Wire;
  #closed = false;
  /** The request under way, of whose answer the head has not come yet. */
  #waiting: Exchange | undefined;

  constructor(client: Deno.TcpConn, server: Deno.TcpConn, wire: Wire) {
    this.#client = client;
    this.#server = server;
    this.#wire = wire;
    client.setNoDelay(true);
    server.setNoDelay(true);
  }

  /** Passes on what comes until either side ends. */
  async run(): Promise<void> {
    const ending = (pump: Promise<void>) =>
      pump.catch(() => {}).finally(() => this.close());
    await Promise.all([
      ending(this.#passRequests()),
      ending(this.#passAnswers()),
    ]);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.close();
    this.#server.close();
  }

  async #passRequests(): Promise<void> {
    const source = new Source(this.#client);
    for (;;) {
      const head = await source.head();
      if (head === undefined) return;
      const { exchange, size } = parseRequest(head);
      this.#wire.exchanges.push(exchange);
      if (!await this.#wire.watch(exchange, "before")) return;
      this.#waiting = exchange;
      await writeAll(this.#server, head);
      const half = Math.floor(size / 2);
      await this.#passBytes(source, half);
      if (!await this.#wire.watch(exchange, "half")) return;
      await this.#passBytes(source, size - half);
    }
  }

  async #passBytes(source: Source, count: number): Promise<void> {
    for (let left = count; left > 0;) {
      const bytes = await source.take(left);
      if (bytes === undefined) throw new Error("The client went away");
      await writeAll(this.#server, bytes);
      left -= bytes.length;
    }
  }

  async #passAnswers(): Promise<void> {
    const source = new Source(this.#server);
    while (await source.some()) {
      // What comes when no answer is waited for is the body of the last one.
      const exchange = this.#waiting;
      this.#waiting = undefined;
      const bytes = exchange
        ? await source.head()
        : await source.take(MAX_HEAD);
      if (bytes === undefined) return;
      if (exchange) {
        takeAnswer(exchange, bytes);
        if (!await this.#wire.watch(exchange, "after")) return;
      }
      await writeAll(this.#client, bytes);
      if (exchange) exchange.delivered = true;
    }
  }
}

/** What comes from a connection, head by head and piece by piece. */
class Source {
  readonly #connection: Deno.TcpConn;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array();

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  /** All up to and with the next empty line; `undefined` at the end. */
  async head(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    for (;;) {
      const end = endOfHead(this.#bytes);
      if (end > 0) return this.#cut(end);
      if (this.#bytes.length > MAX_HEAD) throw new Error("No HTTP");
      if (!await this.#more()) return undefined;
    }
  }

  /** Waits for something to come; false at the end. */
  async some(): Promise<boolean> {
    return this.#bytes.length > 0 || await this.#more();
  }

  /** At least one byte, and at most so many; `undefined` at the end. */
  async take(most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (!await this.some()) return undefined;
    return this.#cut(Math.min(most, this.#bytes.length));
  }

  #cut(end: number): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.subarray(0, end);
    this.#bytes = this.#bytes.subarray(end);
    return bytes;
  }

  async #more(): Promise<boolean> {
    const buffer = new Uint8Array(MAX_HEAD);
    const count = await this.#connection.read(buffer);
    if (count === null) return false;
    const joined = new Uint8Array(this.#bytes.length + count);
    joined.set(this.#bytes);
    joined.set(buffer.subarray(0, count), this.#bytes.length);
    this.#bytes = joined;
    return true;
  }
}

function endOfHead(bytes: Uint8Array): number {
  for (let i = 3; i < bytes.length; i++) {
    if (bytes[i] !== 10 || bytes[i - 1] !== 13) continue;
    if (bytes[i - 2] === 10 && bytes[i - 3] === 13) return i + 1;
  }
  return 0;
}

async function writeAll(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  for (let start = 0; start < bytes.length;) {
    start += await connection.write(bytes.subarray(start));
  }
}

const decoder = new TextDecoder();

function headerOf(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: *(.*?) *$`, "im").exec(head)?.[1];
}

function parseRequest(
  bytes: Uint8Array,
): { exchange: Exchange; size: number } {
  const head = decoder.decode(bytes).replaceAll("\r", "");
  const [method, path] = head.split(" ", 2);
  const url = `http://localhost${path}`;
  return {
    exchange: {
      operation: operationOf({ method, url }) ?? "None",
      method,
      path,
      treeHash: headerOf(head, "x-amz-sha256-tree-hash"),
    },
    size: Number(headerOf(head, "content-length") ?? 0),
  };
}

/** Notes what an answer's head says. */
function takeAnswer(exchange: Exchange, bytes: Uint8Array): void {
  const head = decoder.decode(bytes).replaceAll("\r", "");
  exchange.status = Number(head.split(" ", 2)[1]);
  exchange.archiveId = headerOf(head, "x-amz-archive-id");
  exchange.uploadId = headerOf(head, "x-amz-multipart-upload-id");
  exchange.jobId = headerOf(head, "x-amz-job-id");
}
