/**
 * What the runtimes' `fetch` throws, told apart.
 *
 * No standard says how a failed `fetch` tells its reason. Deno puts it in the
 * text of the cause; Node and Bun give a `code`, and Node the system call.
 *
 * @module
 */

import { NetworkError } from "../errors.ts";

/**
 * The endpoint cannot be used as it is (no trusted certificate, no TLS, no
 * permission): trying again does not help.
 */
export class EndpointError extends NetworkError {
  override name = "EndpointError";

  constructor(message: string, operation: string, options?: ErrorOptions) {
    super(message, operation, "unreachable", options);
  }
}

const CERTIFICATE =
  /\bcertificate\b|\b(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|ERR_TLS_CERT)/;
const NO_TLS =
  /received corrupt message|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH)/;
const FORBIDDEN =
  /\bNotCapable\b|Requires net access|ERR_ACCESS_DENIED|ports? \d+ (is|are) blocked|\bbad port\b/;
const UNKNOWN_HOST = /dns error|getaddrinfo|ENOTFOUND|EAI_AGAIN/;
/** Before there is a connection, nothing can have been sent. */
const NO_CONNECTION =
  /client error \(Connect\)|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ENETDOWN|UND_ERR_CONNECT_TIMEOUT|ConnectionRefused|FailedToOpenSocket|\bsyscall=connect\b/;
const TIMED_OUT =
  /UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT|ETIMEDOUT|\btimed out\b|TimeoutError/;

/**
 * The typed error for what `fetch`, or the reading of a body, threw.
 * `host` is the endpoint's name and port, for the message.
 */
export function networkFailure(
  cause: unknown,
  operation: string,
  host: string,
): NetworkError {
  const trace = traceOf(cause);
  const options = { cause };
  if (FORBIDDEN.test(trace)) {
    return new EndpointError(
      `Not allowed to connect to ${host}: the runtime forbids that host or port`,
      operation,
      options,
    );
  }
  if (UNKNOWN_HOST.test(trace)) {
    return new NetworkError(
      `Unknown host: ${host} (check the region, the endpoint and the network)`,
      operation,
      "unreachable",
      options,
    );
  }
  if (CERTIFICATE.test(trace)) {
    return new EndpointError(
      `The certificate of ${host} is not trusted (is something between here and there, or is a CA missing?)`,
      operation,
      options,
    );
  }
  if (NO_TLS.test(trace)) {
    return new EndpointError(
      `${host} does not speak TLS (is its endpoint http:// instead of https://?)`,
      operation,
      options,
    );
  }
  if (NO_CONNECTION.test(trace)) {
    return new NetworkError(
      `No connection to ${host} (check the network, the endpoint and any firewall)`,
      operation,
      "unreachable",
      options,
    );
  }
  if (TIMED_OUT.test(trace)) return timeoutFailure(operation, host, options);
  return new NetworkError(
    `The connection to ${host} broke before the whole answer had come`,
    operation,
    "dropped",
    options,
  );
}

/** Nothing was heard for too long. `seconds`: for how long, where known. */
export function timeoutFailure(
  operation: string,
  host: string,
  options: ErrorOptions & { seconds?: number } = {},
): NetworkError {
  const { seconds, ...rest } = options;
  const span = seconds === undefined ? "too long" : `${seconds} seconds`;
  return new NetworkError(
    `Nothing was heard from ${host} for ${span} (see --timeout)`,
    operation,
    "timeout",
    rest,
  );
}

/** Names, codes and messages of an error and of everything that caused it. */
function traceOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 8) return String(error);
  const { name, message, cause } = error;
  const code = "code" in error ? String(error.code) : "";
  const call = "syscall" in error ? `syscall=${error.syscall}` : "";
  const causes = error instanceof AggregateError ? error.errors : [];
  if (cause !== undefined) causes.push(cause);
  const below = causes.map((each) => traceOf(each, depth + 1));
  return [name, code, call, message, ...below].join("\n");
}
