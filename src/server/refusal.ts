/**
 * The answers to requests that the service refuses.
 *
 * @module
 */

import { MoraineError } from "../errors.ts";

/**
 * Status of each error code ("Error Responses" in the Glacier developer
 * guide). The guide does not have `IncompleteSignatureException`, which all
 * services share ("Common Errors" in their API references).
 */
const STATUSES = {
  AccessDeniedException: 403,
  BadRequest: 400,
  ExpiredTokenException: 403,
  IncompleteSignatureException: 400,
  InsufficientCapacityException: 503,
  InvalidParameterValueException: 400,
  InvalidSignatureException: 403,
  LimitExceededException: 400,
  MissingAuthenticationTokenException: 400,
  MissingParameterValueException: 400,
  PolicyEnforcedException: 400,
  RequestTimeoutException: 408,
  ResourceNotFoundException: 404,
  SerializationException: 400,
  ServiceUnavailableException: 500,
  ThrottlingException: 400,
  UnrecognizedClientException: 400,
} as const;

/** An error code of the service. */
export type RefusalCode = keyof typeof STATUSES;

/** Whether a text is an error code of the service. */
export function isRefusalCode(text: string): text is RefusalCode {
  return Object.hasOwn(STATUSES, text);
}

/** Thrown wherever a request turns out to be one that the service refuses. */
export class Refusal extends MoraineError {
  override name = "Refusal";

  constructor(
    readonly code: RefusalCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A parameter that is present and wrong. */
export function invalid(message: string, options?: ErrorOptions): Refusal {
  return new Refusal("InvalidParameterValueException", message, options);
}

/** A header or field that must be present and isn't. */
export function missing(name: string): Refusal {
  return new Refusal(
    "MissingParameterValueException",
    `Required parameter missing: ${name}`,
  );
}

/** Something that the request names and that isn't there. */
export function notFound(message: string): Refusal {
  return new Refusal("ResourceNotFoundException", message);
}

/** What the service says with codes that it has no own reason for here. */
const FAULT_MESSAGES: Partial<Record<RefusalCode, string>> = {
  InsufficientCapacityException:
    "There is insufficient capacity to process this expedited request",
  LimitExceededException: "The request exceeds a limit of the account",
  RequestTimeoutException: "The request timed out",
  ThrottlingException: "Rate exceeded",
};

/** An error that is answered without a reason, because a test wants it. */
export function faultRefusal(code: RefusalCode): Refusal {
  const message = FAULT_MESSAGES[code] ??
    "The service cannot complete the request";
  return new Refusal(code, message);
}

/** The refusal in the service's form. After 408 the connection is of no more use (RFC 9110, 15.5.9). */
export function refusalResponse(refusal: Refusal): Response {
  const status = STATUSES[refusal.code];
  const response = Response.json({
    code: refusal.code,
    message: refusal.message,
    type: status < 500 ? "Client" : "Server",
  }, { status });
  if (status === 408) response.headers.set("connection", "close");
  return response;
}
