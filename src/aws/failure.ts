/**
 * Error answers of AWS services.
 *
 * @module
 */

/** An error answer, as data. */
export interface Failure {
  /** The service's code; `Unknown` where it sent none that can be read. */
  code: string;
  /** The service's own words, fit for a terminal; empty where it sent none. */
  message: string;
}

/** The longest message of a service that is passed on, in characters. */
const MAX_MESSAGE = 400;

/** Reads the code and the message out of an error answer's head and body. */
export type FailureParser = (body: string, headers: Headers) => Failure;

/**
 * Reads Glacier's error answers, `{"code": …, "message": …, "type": …}`, and
 * the other forms that AWS's JSON services use. ("Error Responses" in the
 * Glacier developer guide)
 */
export function parseJsonFailure(body: string, headers: Headers): Failure {
  const fields = jsonObject(body);
  const code = fields.code ?? fields.Code ?? fields.__type ??
    headers.get("x-amzn-errortype");
  const message = fields.message ?? fields.Message;
  return {
    code: cleanCode(code),
    message: typeof message === "string" ? cleanText(message) : "",
  };
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    // Something else than the service answered: a proxy, or a load balancer.
    return {};
  }
}

/** `prefix#ThrottlingException:http://…` as `ThrottlingException`. */
export function cleanCode(code: unknown): string {
  if (typeof code !== "string") return "Unknown";
  const name = code.replace(/^.*#/, "").replace(/:.*$/s, "");
  return /^[A-Za-z0-9_.]{1,100}$/.test(name) ? name : "Unknown";
}

/** A text of a service without anything that could drive a terminal, cut to a sane length. */
export function cleanText(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
  if (line.length <= MAX_MESSAGE) return line;
  // No half of a character at the end.
  return `${line.slice(0, MAX_MESSAGE).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Codes of the answer to a signature that is right but for the time in it. */
const SKEW_CODES: ReadonlySet<string> = new Set([
  "RequestTimeTooSkewed",
  "RequestTimeTooSkewedException",
  "RequestExpired",
  "RequestInTheFuture",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
]);

/** Whether a wrong clock can be the reason of an error. */
export function maybeSkewed(code: string): boolean {
  return SKEW_CODES.has(code);
}

/** Whether temporary credentials have ended. */
export function isExpiredToken(code: string): boolean {
  return code === "ExpiredTokenException" || code === "ExpiredToken";
}

/**
 * One sentence on an error that every service can answer with, or `undefined`.
 *
 * The service's own text on a wrong signature is never passed on: it repeats
 * the request with its session token.
 */
export function describeCommonFailure(
  { code, message }: Failure,
  operation: string,
): string | undefined {
  switch (code) {
    case "AccessDeniedException":
    case "AccessDenied":
      return `Access denied: these credentials may not do ${operation}${
        message && ` (${message})`
      }`;
    case "UnrecognizedClientException":
    case "InvalidClientTokenId":
    case "InvalidAccessKeyId":
      return "The access key is not known to the service (check the key, the token and the region)";
    case "MissingAuthenticationTokenException":
      return "The service did not accept the request's signature (check the endpoint)";
    case "ExpiredTokenException":
    case "ExpiredToken":
      return "The temporary credentials have expired (get new ones)";
  }
  if (maybeSkewed(code)) {
    return "The service did not accept the request's signature (check the secret key, the region, and this machine's clock)";
  }
  return undefined;
}
