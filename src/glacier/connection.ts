/**
 * What all operations share: addresses, versions, retries and errors.
 *
 * @module
 */

import type { CredentialsProvider } from "../aws/credentials.ts";
import { AwsHttp, type Fetch, type HttpPlatform } from "../aws/http.ts";
import type { Fields } from "../aws/wire.ts";
import { UsageError } from "../errors.ts";
import type { Clock } from "../platform.ts";
import type { CallOptions } from "../store.ts";
import { encodeHex } from "@std/encoding/hex";
import { sha256 } from "../treehash/tree_hash.ts";
import { Answer } from "./answer.ts";
import { describeFailure } from "./describe_failure.ts";
import {
  type Operation,
  type OperationName,
  OPERATIONS,
} from "./operations.ts";
import { fillPath } from "./parameters.ts";
import { Sender, type SenderOptions } from "./sender.ts";

/** Options for a client of Amazon Glacier. */
export interface GlacierOptions extends SenderOptions {
  /** Region, such as `eu-west-1`. */
  region: string;
  /** Gives the keys to sign with; asked before every request. */
  credentials: CredentialsProvider;
  /** Where the service is; AWS's own address for the region by default. */
  endpoint?: string | URL;
  /** Twelve digits, or `-` for the account of the credentials, which is the default. */
  accountId?: string;
  /** Sends requests; the runtime's own `fetch` where absent. */
  fetch?: Fetch;
  /** Tells the time for signatures; the machine's where absent. */
  clock?: Clock;
  /** Called when the clock is found to be wrong: how far the service's is ahead of it, in milliseconds. */
  onClock?: (ahead: number) => void;
  /** How long the service may be silent, in seconds; 180 by default. An upload has longer, by what its bytes take. */
  timeout?: number;
}

/** What a connection can be given besides, by the runs of this program. */
export interface ConnectionOptions extends GlacierOptions {
  /** What the host does better than the web's own ways, which stand in where absent. */
  platform?: HttpPlatform;
}

/** What an operation sends. */
export interface CallInput {
  /** Parameters of the path but for the account. */
  path?: Record<string, string>;
  query?: Fields;
  headers?: Fields;
  /** Content as JSON. */
  json?: unknown;
  /** Content as it is, with its SHA-256. */
  payload?: { bytes: Uint8Array<ArrayBuffer>; sha256: string };
}

/** The version of the API, sent with every request. */
const VERSION = "2012-06-01";

/** One account in one region. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #http: AwsHttp;
  readonly #sender: Sender;

  /** @throws {UsageError} where region, endpoint or account ID cannot be one. */
  constructor(options: ConnectionOptions) {
    const { region, credentials, fetch, clock, platform, onClock, timeout } =
      options;
    // It is signed with, whichever the endpoint is.
    checkRegion(region);
    const endpoint = checkEndpoint(options.endpoint ?? endpointOf(region));
    fillPath("{accountId}", { accountId: options.accountId ?? "-" });
    this.#options = options;
    this.#http = new AwsHttp({
      endpoint,
      region,
      service: "glacier",
      credentials,
      fetch,
      clock,
      platform,
      onClock,
      timeout,
    });
    this.#sender = new Sender(options);
  }

  get region(): string {
    return this.#options.region;
  }

  /** Address of the service, without a slash at the end. */
  get endpoint(): string {
    const { endpoint, region } = this.#options;
    return checkEndpoint(endpoint ?? endpointOf(region)).href.replace(
      /\/$/,
      "",
    );
  }

  /** The account that requests are about; `-` for that of the credentials. */
  get accountId(): string {
    return this.#options.accountId ?? "-";
  }

  /**
   * Sends a request until it succeeds or its failure is final, and reads the
   * answer with `read`, which must consume or cancel the body. What `read`
   * throws counts as a failure of the request.
   */
  async call<T>(
    operation: OperationName,
    input: CallInput,
    read: (answer: Answer) => Promise<T> | T,
    options: CallOptions = {},
  ): Promise<T> {
    const { accountId } = this;
    const { method, path, idempotent }: Operation = OPERATIONS[operation];
    const [template, fixedQuery] = path.split("?");
    const parameters = { ...input.path, accountId };
    const payload = input.payload ?? await jsonPayload(input.json);
    const request = {
      operation,
      method,
      path: fillPath(template, parameters),
      query: {
        ...Object.fromEntries(new URLSearchParams(fixedQuery)),
        ...input.query,
      },
      headers: {
        "x-amz-glacier-version": VERSION,
        "content-type": contentType(input),
        ...input.headers,
      },
      body: payload?.bytes,
      sha256: payload?.sha256,
      once: !idempotent,
      describe: describeFailure(operation, parameters, this.region),
      signal: options.signal,
    };
    const { name } = options;
    const subject = { operation, name, range: rangeOf(input) };
    return await this.#sender.send(subject, idempotent, async (onResend) => {
      const response = await this.#http.send({ ...request, onResend });
      try {
        return await read(new Answer(operation, response));
      } catch (error) {
        // Reading to the end, or having failed, has released it already.
        if (!response.bodyUsed) await response.body?.cancel();
        throw error;
      }
    }, options);
  }
}

/** The bytes that a request sends or asks for, such as `0-1048575`. */
function rangeOf({ headers = {} }: CallInput): string | undefined {
  const text = headers["content-range"] ?? headers.range ?? "";
  return /^bytes[ =](\d+-\d*)/.exec(text)?.[1];
}

function checkRegion(region: string): void {
  if (/^[a-z0-9-]+$/.test(region)) return;
  throw new UsageError(`Not a valid region: ${JSON.stringify(region)}`);
}

/** AWS's own address of the service. */
export function endpointOf(region: string): string {
  checkRegion(region);
  const suffix = region.startsWith("cn-")
    ? "amazonaws.com.cn"
    : "amazonaws.com";
  return `https://glacier.${region}.${suffix}`;
}

function checkEndpoint(endpoint: string | URL): URL {
  const url = URL.parse(endpoint);
  const usable = url !== null && /^https?:$/.test(url.protocol) &&
    url.username === "" && url.password === "" && url.search === "" &&
    url.hash === "";
  if (!usable) {
    // Not repeated: it may hold a password.
    throw new UsageError(
      "The endpoint must be an address such as https://glacier.eu-west-1.amazonaws.com, without user or query",
    );
  }
  return url;
}

function contentType({ json, payload }: CallInput): string | undefined {
  if (payload !== undefined) return "application/octet-stream";
  return json === undefined ? undefined : "application/json";
}

async function jsonPayload(json: unknown): Promise<CallInput["payload"]> {
  if (json === undefined) return undefined;
  const bytes = new TextEncoder().encode(JSON.stringify(json));
  return { bytes, sha256: encodeHex(await sha256(bytes)) };
}
