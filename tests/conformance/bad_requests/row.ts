/**
 * The form of a bad request: what it changes of a good one, and how it is
 * refused.
 *
 * @module
 */

/** How the service refuses: status, code, and a piece of the message. */
export type Refused = [status: number, code: string, message: string];

/**
 * How the listener, or the HTTP of its runtime, refuses before the server is
 * asked: the status of an answer without a body, or just the end of the
 * connection.
 */
export type Rejected = number | "closed";

/** A body: text, bytes, or what is sent as JSON. */
export type Body = string | Uint8Array<ArrayBuffer> | { json: unknown };

/** Headers by name: one, several of that name, or none where a good request has it. */
export type HeaderChanges = Record<string, string | string[] | null>;

/** Who signs. */
export type Signer =
  | "owner"
  | "stranger"
  | "wrong secret"
  | "temporary"
  | "expired";

/**
 * A bad request. What it doesn't say is as in the good request of its
 * operation. Texts can have IDs of the fixture in braces, such as
 * `{openUpload}`, and `{host}`, `{length}`, `{sha256}` and `{treeHash}`, the
 * last three of the body. What is sent are bytes, one for each character.
 */
export interface BadRequest {
  /** What is wrong. No two rows have the same. */
  name: string;
  /** What it would be, were it right. */
  operation: string;
  method?: string;
  target?: string;
  headers?: HeaderChanges;
  body?: Body;
  signing?: {
    signer?: Signer;
    /** How long ago it was signed, in milliseconds. */
    age?: number;
    region?: string;
    service?: string;
    /** Lower-case names of headers that aren't signed. */
    unsigned?: string[];
    /** Signed in the query string, and valid for so many seconds. */
    presigned?: number;
    /** Puts another date where it is signed, and signs that. */
    date?: string;
    /** Has the date in this header instead of `x-amz-date`; `null` for none. */
    dateHeader?: string | null;
  };
  /** What is changed after it was signed. */
  tampered?: {
    method?: string;
    /** Replaces something in the target. */
    target?: [from: string | RegExp, to: string];
    headers?: HeaderChanges;
    /** Replaces something in the Authorization header. */
    authorization?: [from: string | RegExp, to: string];
    body?: Body;
  };
  framing?: {
    version?: string;
    /** Sends the body in chunks, without Content-Length. */
    chunked?: boolean;
    /** Sends the headers, and only so many bytes of what follows. */
    sent?: number;
    /** Then says that no more will come; otherwise the connection stays open. */
    end?: boolean;
    /** Replaces something in all that is sent. */
    bytes?: [from: string, to: string];
  };
  /** The answer, the same on all runtimes or for each. */
  refused:
    | Refused
    | { deno: Refused | Rejected; node: Refused | Rejected };
}

export const DENIED = "AccessDeniedException";
export const BAD = "BadRequest";
export const EXPIRED = "ExpiredTokenException";
export const INCOMPLETE = "IncompleteSignatureException";
export const INVALID = "InvalidParameterValueException";
export const SIGNATURE = "InvalidSignatureException";
export const LIMIT = "LimitExceededException";
export const UNSIGNED = "MissingAuthenticationTokenException";
export const MISSING = "MissingParameterValueException";
export const POLICY = "PolicyEnforcedException";
export const TIMEOUT = "RequestTimeoutException";
export const NOT_FOUND = "ResourceNotFoundException";
export const SERIALIZATION = "SerializationException";
export const UNRECOGNIZED = "UnrecognizedClientException";

/** Rows of one operation. */
export function rowsOf(
  operation: string,
  rows: readonly Omit<BadRequest, "operation">[],
): BadRequest[] {
  return rows.map((row) => ({ operation, ...row }));
}
