/**
 * The answers to requests that the service refuses.
 *
 * @module
 */

import { MoraineError } from "../errors.ts";

/**
 * Status of each error code ("Error Responses" in the Glacier developer
 * guide). `MissingAuthenticationTokenException` has 403, which is what AWS's
 * front ends send; the guide's table says 400.
 */
const STATUSES = {
  AccessDeniedException: 403,
  BadRequest: 400,
  ExpiredTokenException: 403,
  IncompleteSignatureException: 400,
  InvalidParameterValueException: 400,
  InvalidSignatureException: 403,
  LimitExceededException: 400,
  MissingAuthenticationTokenException: 403,
  MissingParameterValueException: 400,
  PolicyEnforcedException: 400,
  RequestTimeoutException: 408,
  ResourceNotFoundException: 404,
  SerializationException: 400,
  ServiceUnavailableException: 500,
  UnrecognizedClientException: 400,
} as const;

/** An error code of the service. */
export type RefusalCode = keyof typeof STATUSES;

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

/** The refusal in the service's form. */
export function refusalResponse(refusal: Refusal): Response {
  const status = STATUSES[refusal.code];
  return Response.json({
    code: refusal.code,
    message: refusal.message,
    type: status < 500 ? "Client" : "Server",
  }, { status });
}
