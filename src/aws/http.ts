/**
 * Requests to an AWS service: signed, sent, timed, and answered by a response
 * or a typed error.
 *
 * @module
 */

import {
  CredentialsError,
  MoraineError,
  NetworkError,
  ServiceError,
} from "../errors.ts";
import type { Clock } from "../platform.ts";
import { guardBody, readBody, releaseBody } from "./body.ts";
import type { Credentials, CredentialsProvider } from "./credentials.ts";
import { Exchange } from "./exchange.ts";
import {
  cleanText,
  describeCommonFailure,
  type Failure,
  type FailureParser,
  isExpiredToken,
  maybeSkewed,
  parseJsonFailure,
} from "./failure.ts";
import { networkFailure, timeoutFailure } from "./network_failure.ts";
import { withoutSecrets } from "./secrets.ts";
import {
  EMPTY_SHA256,
  type QuickHashes,
  sign,
  type SigningKeys,
} from "./sign.ts";
import { UploadPace } from "./upload_pace.ts";
import {
  announcedSize,
  dateOf,
  definedOnly,
  type Fields,
  requestUrl,
  retryAfter,
} from "./wire.ts";

/** Answers a request, in place of the global `fetch`: a server's handler, say. */
export type Fetch = (request: Request) => Response | Promise<Response>;

/** What is sent, and what ends it. */
type WireRequest = RequestInit & { url: URL };

/** Options for {@linkcode AwsHttp}. */
export interface AwsHttpOptions {
  /** Where the service is; its path, if any, goes before that of each request. */
  endpoint: URL;
  region: string;
  /** Name of the service in signatures, such as `glacier`. */
  service: string;
  credentials: CredentialsProvider;
  fetch?: Fetch;
  clock?: Clock;
  /**
   * How long the service may be silent, in seconds: until the head of its
   * answer, and then until each next piece of its body. 180 by default.
   */
  timeout?: number;
  parseFailure?: FailureParser;
  /** What the host does better than the web's own ways, which stand in where absent. */
  platform?: HttpPlatform;
  /** Called when the clock is found to be wrong: how far the service's is ahead of it, in milliseconds. */
  onClock?: (ahead: number) => void;
}

/** What of the host makes requests cheaper. */
export interface HttpPlatform extends QuickHashes {
  /**
   * The bytes as a body for `fetch`, without a copy where the runtime can do
   * without. The bytes must stay as they are until the answer has come.
   */
  bodyOf(bytes: Uint8Array<ArrayBuffer>): Blob;
}

/** One request. */
export interface AwsRequest {
  /** Name of the operation, for errors. */
  operation: string;
  method: string;
  /** Begins with `/`; escaped where necessary. */
  path: string;
  query?: Fields;
  headers?: Fields;
  body?: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the body, lower-case hexadecimal; it is not computed here. Needed with a body. */
  sha256?: string;
  /** Whether a second request that nobody knows of would do harm. */
  once?: boolean;
  /** One sentence for the user on an error answer, where there is a better one than the service's own. */
  describe?: (failure: Failure) => string | undefined;
  /** Called where the request is sent once more, with what was wrong and is mended. */
  onResend?: (why: ServiceError) => void;
  signal?: AbortSignal;
}

/** The largest error answer that is read, in bytes. */
const MAX_FAILURE = 64 * 1024;

/**
 * How much further than this the clocks must be apart before ours is
 * corrected, in milliseconds; the service accepts five minutes.
 */
const MAX_SKEW = 4 * 60_000;

/** The longest delay that timers take, in milliseconds. */
const MAX_TIMER = 2 ** 31 - 1;

/** An answer with an error status, its body read and released. */
interface FailedAnswer {
  failure: Failure;
  response: Response;
  /** How far the service's clock is ahead of ours, in milliseconds, as far as its answer tells. */
  ahead: number;
  /** How far it is ahead of the time that was signed with. */
  skew: number;
}

/** A connection to one service in one region. */
export class AwsHttp {
  readonly #options: AwsHttpOptions;
  readonly #fetch: (request: WireRequest) => Response | Promise<Response>;
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #keys: SigningKeys = new Map();
  readonly #pace = new UploadPace();
  /** How far the service's clock is ahead of ours, in milliseconds. */
  #offset = 0;

  constructor(options: AwsHttpOptions) {
    this.#options = options;
    const { fetch: answer } = options;
    // Given a Request, `fetch` makes another one of it.
    this.#fetch = answer
      ? ({ url, ...init }) => answer(new Request(url, init))
      : ({ url, ...init }) => fetch(url, init);
    this.#clock = options.clock ?? Date;
    this.#timeout = options.timeout ?? 180;
  }

  /**
   * Sends a request once; or twice, where the first answer tells that the
   * clock is wrong or the credentials have expired, and that can be mended.
   *
   * The body of the response must be read to its end or cancelled. It rejects
   * like this method when it stalls or is cut short.
   *
   * @throws {ServiceError} on an answer that is no success, a redirect included.
   * @throws {NetworkError} where there is no whole answer.
   */
  async send(request: AwsRequest): Promise<Response> {
    let refreshed = false;
    let corrected = false;
    let credentials = await this.#credentials(request);
    while (true) {
      const answer = await this.#sendOnce(request, credentials);
      if (answer instanceof Response) return answer;
      const { failure, ahead, skew } = answer;
      if (
        !corrected && maybeSkewed(failure.code) && Math.abs(skew) > MAX_SKEW
      ) {
        corrected = true;
        // Not by `skew`: requests at the same time each find the same error.
        this.#offset = ahead;
        this.#options.onClock?.(ahead);
        const why = skewMessage(ahead);
        request.onResend?.(this.#serviceError(request, answer, why));
      } else if (!refreshed && isExpiredToken(failure.code)) {
        refreshed = true;
        credentials = await this.#renew(request, credentials);
        const why = "The temporary credentials had expired, and are renewed";
        request.onResend?.(this.#serviceError(request, answer, why));
      } else {
        const message = this.#messageOf(request, answer, credentials);
        throw this.#serviceError(
          request,
          answer,
          withoutSecrets(message, credentials),
        );
      }
    }
  }

  async #credentials(
    request: AwsRequest,
    forceRefresh = false,
  ): Promise<Credentials> {
    using exchange = new Exchange(request.signal);
    return await exchange.race(this.#options.credentials({ forceRefresh }));
  }

  /** Credentials other than `expired`; another request may have renewed them meanwhile. */
  async #renew(request: AwsRequest, expired: Credentials) {
    const current = await this.#credentials(request);
    if (current.sessionToken !== expired.sessionToken) return current;
    return await this.#credentials(request, true);
  }

  async #sendOnce(
    request: AwsRequest,
    credentials: Credentials,
  ): Promise<Response | FailedAnswer> {
    const offset = this.#offset;
    const signed = await this.#sign(request, credentials, offset);
    const exchange = new Exchange(request.signal);
    let response: Response;
    try {
      response = await this.#exchange(request, signed, exchange);
    } catch (error) {
      exchange[Symbol.dispose]();
      throw error;
    }
    if (response.ok) return response;
    const date = dateOf(response.headers);
    const ahead = date === undefined ? offset : date - this.#clock.now();
    const failure = await this.#readFailure(response, credentials);
    return { failure, response, ahead, skew: ahead - offset };
  }

  async #sign(
    request: AwsRequest,
    credentials: Credentials,
    offset: number,
  ): Promise<WireRequest> {
    const { region, service } = this.#options;
    const { method, body, sha256 = EMPTY_SHA256 } = request;
    if (body !== undefined && request.sha256 === undefined) {
      throw new TypeError("Cannot sign a body without its SHA-256");
    }
    const { path, query } = request;
    const url = requestUrl(this.#options.endpoint, path, query);
    const headers = await this.#signHeaders({
      method,
      url,
      headers: definedOnly(request.headers),
      sha256,
      region,
      service,
      credentials,
      date: this.#clock.now() + offset,
      keys: this.#keys,
      hashes: this.#options.platform,
    });
    // Unasked, runtimes offer compression: sizes and ranges would be of
    // something else.
    headers.set("accept-encoding", "identity");
    return {
      method,
      url,
      headers,
      body: this.#bodyOf(request),
    };
  }

  /**
   * A body that the runtime sends once, where that matters. Where a connection
   * that was used before breaks, Deno's `fetch` sends bytes again of its own
   * accord, and so does it without a body, though the first request may have
   * taken effect; a Blob it doesn't (denoland/deno#36786).
   */
  #bodyOf(
    { body, once }: AwsRequest,
  ): Uint8Array<ArrayBuffer> | Blob | undefined {
    if (body !== undefined && this.#options.platform) {
      return this.#options.platform.bodyOf(body);
    }
    if (once) return new Blob(body === undefined ? [] : [body]);
    return body;
  }

  /** @throws {CredentialsError} where a key holds what no header can; it is not shown. */
  async #signHeaders(request: Parameters<typeof sign>[0]): Promise<Headers> {
    try {
      return await sign(request);
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      throw new CredentialsError(
        "The access key ID, secret or token holds characters that none can have",
      );
    }
  }

  /** The answer's head, with a body that is watched from here on. */
  async #exchange(
    request: AwsRequest,
    signed: WireRequest,
    exchange: Exchange,
  ): Promise<Response> {
    const { operation, body } = request;
    const host = this.#options.endpoint.host;
    const failAfter = (seconds: number) => () =>
      timeoutFailure(operation, host, { seconds });
    const stalled = failAfter(this.#timeout);
    const size = body?.length ?? 0;
    const { slowest } = this.#pace;
    const limit = this.#timeout + Math.ceil(size / slowest);
    exchange.arm(milliseconds(limit), () => {
      if (size > 0) this.#pace.stalled(slowest);
      return failAfter(limit)();
    });
    const { signal } = exchange;
    const begun = performance.now();
    const response = await this.#fetchOnce(
      // A redirect would take the signature to another host.
      { ...signed, signal, redirect: "manual" },
      request,
      exchange,
    );
    exchange.disarm();
    // A refusal may come before all is sent.
    if (response.ok) {
      this.#pace.sent(size, (performance.now() - begun) / 1000);
    }
    if (response.body === null) {
      exchange[Symbol.dispose]();
      return response;
    }
    const announced = announcedSize(response.headers);
    if (announced === 0) {
      exchange[Symbol.dispose]();
      return await withoutBody(response);
    }
    const guarded = guardBody(response.body, {
      exchange,
      stallTimeout: milliseconds(this.#timeout),
      size: announced,
      stalled,
      failed: (cause) => networkFailure(cause, operation, host),
    });
    const { status, statusText, headers } = response;
    return new Response(guarded, { status, statusText, headers });
  }

  async #fetchOnce(
    wire: WireRequest,
    { operation }: AwsRequest,
    exchange: Exchange,
  ): Promise<Response> {
    const fetching = (async () => await this.#fetch(wire))();
    try {
      return await exchange.race(fetching);
    } catch (cause) {
      // A handler that does not know the signal may answer yet.
      fetching.then((late) => late.body?.cancel()).catch(() => {});
      if (exchange.signal.aborted) throw exchange.signal.reason;
      if (cause instanceof MoraineError) throw cause;
      throw networkFailure(cause, operation, this.#options.endpoint.host);
    }
  }

  async #readFailure(
    response: Response,
    credentials: Credentials,
  ): Promise<Failure> {
    if (response.status < 400) {
      await releaseBody(response);
      return { code: "RedirectNotFollowed", message: "" };
    }
    const parse = this.#options.parseFailure ?? parseJsonFailure;
    try {
      const { bytes } = await readBody(response, MAX_FAILURE);
      // Before it is cut to a sane length: half a secret would not be found.
      const text = withoutSecrets(new TextDecoder().decode(bytes), credentials);
      return parse(text, response.headers);
    } catch (error) {
      // The caller's abort must get through; but a body that breaks off
      // leaves a status to go by.
      if (!(error instanceof NetworkError)) throw error;
      return parse("", response.headers);
    }
  }

  #messageOf(
    request: AwsRequest,
    { failure, response }: FailedAnswer,
    credentials: Credentials,
  ): string {
    const { operation } = request;
    const { status, headers } = response;
    const location = withoutSecrets(headers.get("location") ?? "", credentials);
    return redirectMessage(failure, location, this.#options.endpoint) ??
      request.describe?.(failure) ??
      describeCommonFailure(failure, operation) ??
      `${operation} failed: ${failure.message || `HTTP status ${status}`}` +
        (failure.code === "Unknown" ? "" : ` (${failure.code})`);
  }

  #serviceError(
    { operation }: AwsRequest,
    { failure, response }: FailedAnswer,
    message: string,
  ): ServiceError {
    const { status, headers } = response;
    return new ServiceError(message, {
      operation,
      code: failure.code,
      status,
      requestId: headers.get("x-amzn-requestid") ??
        headers.get("x-amz-request-id") ?? undefined,
      retryAfter: retryAfter(headers, this.#clock.now()),
      serverTime: dateOf(headers),
    });
  }
}

/** The head of an answer that has no content: watching over a stream of nothing costs as much as the request. */
async function withoutBody(response: Response): Promise<Response> {
  const { status, statusText, headers } = response;
  await response.body?.cancel();
  return new Response(null, { status, statusText, headers });
}

/** How far the clocks are apart, in whole minutes: less than that has no effect. */
function skewMessage(ahead: number): string {
  const minutes = Math.round(Math.abs(ahead) / 60_000);
  return `This machine's clock is ${minutes} minutes ${
    ahead > 0 ? "behind" : "ahead of"
  } the service's, which is made up for`;
}

function milliseconds(seconds: number): number {
  return Math.min(seconds * 1000, MAX_TIMER);
}

function redirectMessage(
  { code }: Failure,
  location: string,
  endpoint: URL,
): string | undefined {
  if (code !== "RedirectNotFollowed") return undefined;
  const target = cleanText(location) || "another address";
  return `${endpoint.host} redirects to ${target}, which is not followed (check the endpoint)`;
}
