/**
 * The errors that this project throws on purpose.
 *
 * Each message is one sentence for the user: what happened to what, and what
 * to do where that is known. Anything else that is thrown is a defect and may
 * print a trace.
 *
 * @module
 */

/**
 * Base of every error whose message is meant for the user.
 *
 * @example Tell what is meant for the user from defects
 * ```ts
 * import { MoraineError, readJournal } from "@moraine/moraine";
 * import { assert, assertInstanceOf } from "@std/assert";
 *
 * try {
 *   await readJournal("no such journal.log");
 *   assert(false);
 * } catch (error) {
 *   assertInstanceOf(error, MoraineError);
 *   assert(error.message.includes("no such journal.log"));
 * }
 * ```
 */
export class MoraineError extends Error {
  /** Name of the class, for logs. */
  override name: string = "MoraineError";
}

/**
 * Options that cannot be, of the command line, a configuration file or a program; nothing was done.
 *
 * @example A size that parts cannot have
 * ```ts
 * import { UsageError, Vault } from "@moraine/moraine";
 * import { assertRejects } from "@std/assert";
 *
 * // 1 MiB times a power of two ("Initiate Multipart Upload" in the Glacier
 * // developer guide).
 * const partSize = 3 * 1024 * 1024;
 * const vault = new Vault({ name: "photos" });
 * await assertRejects(
 *   () => vault.sync({ dir: "photos", journal: "photos.log", partSize }),
 *   UsageError,
 *   "partSize",
 * );
 * ```
 */
export class UsageError extends MoraineError {
  /** `UsageError`. */
  override name = "UsageError";
}

/** What went wrong with a local file or folder. */
export type FileProblem =
  /** The file is not what it was when the work on it began. */
  | "changed"
  /** The file was there and is gone. */
  | "vanished"
  /** Something of that name is there already. */
  | "exists"
  /** The system refused, or the device failed; see `cause`. */
  | "failed";

/**
 * A local file or folder could not be used.
 *
 * @example A folder that is not there
 * ```ts
 * import { FileError, Vault } from "@moraine/moraine";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const vault = new Vault({ name: "photos" });
 * const error = await assertRejects(
 *   () => vault.sync({ dir: "no such folder", journal: "photos.log" }),
 *   FileError,
 * );
 * assertEquals(error.path, "no such folder");
 * ```
 */
export class FileError extends MoraineError {
  /** `FileError`. */
  override name = "FileError";

  /** `message`: one sentence for the user. */
  constructor(
    message: string,
    /** The file as the user knows it. */
    readonly path: string,
    /** What went wrong, for programs. */
    readonly problem: FileProblem,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * A name that may not be used as the name of a file, or leads out of its folder.
 * ("Limitations" in mt-aws-glacier's README, of control characters)
 *
 * @example A name that leads out of its folder
 * ```ts
 * import { encodeDescription, UnsafeNameError } from "@moraine/moraine";
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(
 *   () => encodeDescription({ name: "../secrets.txt", mtime: 0 }),
 *   UnsafeNameError,
 * );
 * ```
 */
export class UnsafeNameError extends MoraineError {
  /** `UnsafeNameError`. */
  override name = "UnsafeNameError";
}

/**
 * The journal cannot be read, written or locked.
 *
 * @example A file that is no journal
 * ```ts
 * import { JournalError, readJournal } from "@moraine/moraine";
 * import { assertRejects } from "@std/assert";
 *
 * await assertRejects(() => readJournal("photos/notes.txt"), JournalError);
 * ```
 */
export class JournalError extends MoraineError {
  /** `JournalError`. */
  override name = "JournalError";
}

/**
 * Bytes are not what their hash says: they were damaged or mixed up.
 *
 * @example An answer with another tree hash than that of the bytes
 * ```ts
 * import { encodeHex } from "@std/encoding/hex";
 * import { awsGlacierClient, IntegrityError, treeHash } from "@moraine/moraine";
 * import { assertRejects } from "@std/assert";
 *
 * const client = awsGlacierClient({
 *   // The service says what it stored ("Upload Archive" in the Glacier
 *   // developer guide): here something damaged it on the way.
 *   async fetch(request) {
 *     const { status, headers } = await fetch(request);
 *     const other = new Headers(headers);
 *     other.set("x-amz-sha256-tree-hash", "0".repeat(64));
 *     return new Response(null, { status, headers: other });
 *   },
 * });
 * await client.createVault("damaged");
 * const bytes = new TextEncoder().encode("one leaf: both hashes are the same");
 * const hash = encodeHex(await treeHash(bytes));
 * await assertRejects(
 *   () =>
 *     client.uploadArchive("damaged", { bytes, sha256: hash, treeHash: hash }),
 *   IntegrityError,
 * );
 * ```
 */
export class IntegrityError extends MoraineError {
  /** `IntegrityError`. */
  override name = "IntegrityError";
}

/**
 * There are no credentials, or those there were cannot be renewed; nothing was sent.
 *
 * @example No keys
 * ```ts
 * import { awsCredentials, CredentialsError, Vault } from "@moraine/moraine";
 * import { assertRejects } from "@std/assert";
 *
 * const credentials = awsCredentials({ profile: "no such profile" });
 * const vault = new Vault({ name: "photos", credentials });
 * await assertRejects(() => vault.create(), CredentialsError);
 * ```
 */
export class CredentialsError extends MoraineError {
  /** `CredentialsError`. */
  override name = "CredentialsError";
}

/** What a {@linkcode ServiceError} tells. */
export interface ServiceErrorDetails {
  /** The operation, such as `UploadArchive`. */
  operation: string;
  /** The service's error code, such as `ThrottlingException`; `Unknown` where it sent none. */
  code: string;
  /** HTTP status of the answer. */
  status: number;
  /** The service's ID of the request, for its support. */
  requestId?: string;
  /** How long the service asks to wait before the next try, in milliseconds. */
  retryAfter?: number;
  /** When the service answered by its own clock, in milliseconds since 1970. */
  serverTime?: number;
}

/** The code of an error where something other than the service answered. */
export const FOREIGN_ANSWER = "ForeignAnswer";

/**
 * The service answered with an error. ("Error Responses" in the Glacier
 * developer guide)
 *
 * @example A vault that is not there
 * ```ts
 * import { awsGlacierClient, ServiceError } from "@moraine/moraine";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const client = awsGlacierClient();
 * const error = await assertRejects(
 *   () => client.describeVault("no-such-vault"),
 *   ServiceError,
 * );
 * assertEquals(error.code, "ResourceNotFoundException");
 * assertEquals(error.status, 404);
 * ```
 */
export class ServiceError extends MoraineError implements ServiceErrorDetails {
  /** `ServiceError`. */
  override name = "ServiceError";
  /** The operation, such as `UploadArchive`. */
  readonly operation: string;
  /** The service's error code, such as `ThrottlingException`; `Unknown` where it sent none. */
  readonly code: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** The service's ID of the request, for its support. */
  readonly requestId?: string;
  /** How long the service asks to wait before the next try, in milliseconds. */
  readonly retryAfter?: number;
  /** When the service answered by its own clock, in milliseconds since 1970. */
  readonly serverTime?: number;

  /** `message`: one sentence for the user. */
  constructor(
    message: string,
    details: ServiceErrorDetails,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.operation = details.operation;
    this.code = details.code;
    this.status = details.status;
    this.requestId = details.requestId;
    this.retryAfter = details.retryAfter;
    this.serverTime = details.serverTime;
  }
}

/**
 * The service doesn't know the one archive, upload or job that was asked for; others may be there.
 *
 * @example A job that is long over
 * ```ts
 * import {
 *   awsGlacierClient,
 *   GlacierStore,
 *   ItemNotFoundError,
 * } from "@moraine/moraine";
 * import { assertRejects } from "@std/assert";
 *
 * const client = awsGlacierClient();
 * const store = new GlacierStore({ client, vault: "photos" });
 * await assertRejects(() => store.openRetrieval("gone"), ItemNotFoundError);
 * ```
 */
export class ItemNotFoundError extends ServiceError {
  /** `ItemNotFoundError`. */
  override name = "ItemNotFoundError";
}

/** How a request failed without an answer. */
export type NetworkProblem =
  /** No connection was made (unknown host, refused): the request had no effect. */
  | "unreachable"
  /** The connection broke, or the answer was cut short. */
  | "dropped"
  /** Nothing was heard for too long. */
  | "timeout";

/**
 * A request got no whole answer.
 *
 * @example Nobody answers
 * ```ts
 * import { NetworkError, Vault } from "@moraine/moraine";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const endpoint = "http://127.0.0.1:2";
 * const vault = new Vault({ name: "photos", endpoint, retries: 0 });
 * const error = await assertRejects(() => vault.create(), NetworkError);
 * assertEquals(error.problem, "unreachable");
 * ```
 */
export class NetworkError extends MoraineError {
  /** `NetworkError`. */
  override name = "NetworkError";

  /** `message`: one sentence for the user. */
  constructor(
    message: string,
    /** The operation, such as `UploadArchive`. */
    readonly operation: string,
    /** How it failed, for programs. */
    readonly problem: NetworkProblem,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * A server breaks a connection off instead of answering, or in mid-answer: that
 * is what it was asked to do, for tests.
 */
export class ConnectionDropped extends MoraineError {
  /** `ConnectionDropped`. */
  override name = "ConnectionDropped";

  constructor() {
    super("The connection was dropped on demand");
  }
}

/**
 * Codes of answers that ask for fewer requests, or are given to one that came
 * too slowly, as they do where too many share the line.
 */
const OVERLOAD_CODES: readonly string[] = [
  "ThrottlingException",
  "Throttling",
  "TooManyRequestsException",
  "RequestLimitExceeded",
  "SlowDown",
  "RequestTimeoutException",
  "RequestTimeout",
];

/**
 * Codes of answers after which the same request may succeed.
 *
 * By code and not by status, because Glacier throttles with status 400
 * ("API Error Responses" in the Glacier developer guide).
 */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  ...OVERLOAD_CODES,
  "ServiceUnavailableException",
  "ServiceUnavailable",
  "InternalFailure",
  "InternalError",
  "InternalServerError",
]);

/**
 * Whether the same request, sent again later, may well succeed. ("Error
 * Responses" in the Glacier developer guide; "Retry behavior" in the AWS SDKs
 * and Tools Reference Guide)
 *
 * @example Throttled, with status 400
 * ```ts
 * import { isTransient, ServiceError, UsageError } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const busy = new ServiceError("Rate exceeded", {
 *   operation: "UploadArchive",
 *   code: "ThrottlingException",
 *   status: 400,
 * });
 * assertEquals(isTransient(busy), true);
 * assertEquals(isTransient(new UsageError("No such region")), false);
 * ```
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof NetworkError) return true;
  if (!(error instanceof ServiceError)) return false;
  if (TRANSIENT_CODES.has(error.code)) return true;
  // InsufficientCapacityException is a 503 too, but only more money or
  // another tier helps against it.
  if (error.code === "InsufficientCapacityException") return false;
  return error.status >= 500 || error.status === 408 || error.status === 429 ||
    // Glacier sometimes answers a bare 400 without a body, and the same
    // request then succeeds.
    (error.status === 400 && error.code === "Unknown");
}

/** Whether fewer requests at a time may well fare better: the service throttles, or the line is too slow for so many. */
export function isOverload(error: unknown): boolean {
  if (error instanceof NetworkError) return error.problem === "timeout";
  if (!(error instanceof ServiceError) || !isTransient(error)) return false;
  return OVERLOAD_CODES.includes(error.code) ||
    [408, 429, 503].includes(error.status);
}

/**
 * Whether a failed request may have taken effect all the same, so that
 * sending a request that creates something again could create it twice.
 *
 * @example Whether to look before uploading again
 * ```ts
 * import { mayHaveTakenEffect, NetworkError } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const refused = new NetworkError("refused", "UploadArchive", "unreachable");
 * assertEquals(mayHaveTakenEffect(refused), false);
 * // The archive may be there all the same.
 * const broken = new NetworkError("reset", "UploadArchive", "dropped");
 * assertEquals(mayHaveTakenEffect(broken), true);
 * ```
 */
export function mayHaveTakenEffect(error: unknown): boolean {
  if (error instanceof NetworkError) return error.problem !== "unreachable";
  if (error instanceof ServiceError) {
    // A redirect was not followed; what doesn't speak like the service isn't it.
    if (error.code === "RedirectNotFollowed" || error.code === FOREIGN_ANSWER) {
      return false;
    }
    return error.status >= 500 || error.status < 400;
  }
  // Found out before anything was sent.
  if (error instanceof UsageError || error instanceof CredentialsError) {
    return false;
  }
  // An answer whose content is wrong is an answer: the request was carried out.
  if (error instanceof IntegrityError) return true;
  // Anything else (an abort in mid-request, say) tells nothing.
  return true;
}

/**
 * The message of whatever was thrown, with the messages of its causes left
 * out. Of a system's error what it says twice is left out: the code before the
 * words, the call and the path behind them.
 */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const match = /^([A-Z][A-Z0-9_]+): (.+?)(?:, [a-z]+(?: '.*)?)?$/s.exec(
    error.message,
  );
  return match ? `${match[2]} (${match[1]})` : error.message;
}
