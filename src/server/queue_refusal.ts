/**
 * The answers to requests that the queue service refuses ("Interpreting Amazon
 * SQS JSON API responses" in the SQS developer guide).
 *
 * @module
 */

import { MoraineError } from "../errors.ts";
import { newQueueRequestId } from "./ids.ts";
import type { Refusal, RefusalCode } from "./refusal.ts";

/** Errors of the service itself, and those that all services have in common. */
const OWN = "com.amazonaws.sqs#";
const COMMON = "com.amazon.coral.service#";

/** Where each error is defined, its status, and its code in the older protocol, which clients may know it by. */
const ERRORS = {
  AccessDeniedException: [COMMON, 403, "AccessDenied"],
  BatchEntryIdsNotDistinct: [
    OWN,
    400,
    "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
  ],
  EmptyBatchRequest: [OWN, 400, "AWS.SimpleQueueService.EmptyBatchRequest"],
  ExpiredTokenException: [COMMON, 403, "ExpiredToken"],
  IncompleteSignatureException: [COMMON, 400, "IncompleteSignature"],
  InternalFailure: [COMMON, 500, "InternalFailure"],
  InvalidAttributeName: [OWN, 400, "InvalidAttributeName"],
  InvalidBatchEntryId: [OWN, 400, "AWS.SimpleQueueService.InvalidBatchEntryId"],
  InvalidParameterValueException: [COMMON, 400, "InvalidParameterValue"],
  InvalidSignatureException: [COMMON, 403, "SignatureDoesNotMatch"],
  MissingRequiredParameterException: [COMMON, 400, "MissingParameter"],
  PurgeQueueInProgress: [
    OWN,
    403,
    "AWS.SimpleQueueService.PurgeQueueInProgress",
  ],
  QueueDoesNotExist: [OWN, 400, "AWS.SimpleQueueService.NonExistentQueue"],
  ReceiptHandleIsInvalid: [OWN, 404, "ReceiptHandleIsInvalid"],
  SerializationException: [COMMON, 400, "MalformedInput"],
  TooManyEntriesInBatchRequest: [
    OWN,
    400,
    "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
  ],
  UnknownOperationException: [COMMON, 400, "InvalidAction"],
  UnrecognizedClientException: [COMMON, 403, "InvalidClientTokenId"],
} as const satisfies Record<
  string,
  readonly [namespace: string, status: number, queryCode: string]
>;

/** An error code of the queue service. */
export type QueueErrorCode = keyof typeof ERRORS;

/** Thrown wherever a request turns out to be one that the queue service refuses. */
export class QueueRefusal extends MoraineError {
  override name = "QueueRefusal";

  constructor(
    readonly code: QueueErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The code in the older protocol, which parts of answers have as well. */
  get queryCode(): string {
    return ERRORS[this.code][2];
  }
}

/** A parameter that is present and wrong. */
export function invalidParameter(
  name: string,
  value: string | number,
  reason: string,
): QueueRefusal {
  return new QueueRefusal(
    "InvalidParameterValueException",
    `Value ${value} for parameter ${name} is invalid. Reason: ${reason}`,
  );
}

/** A parameter that must be present and isn't. */
export function missingParameter(name: string): QueueRefusal {
  return new QueueRefusal(
    "MissingRequiredParameterException",
    `The request must contain the parameter ${name}.`,
  );
}

/** A queue that isn't there, or not for this account. */
export function noSuchQueue(): QueueRefusal {
  return new QueueRefusal(
    "QueueDoesNotExist",
    "The specified queue does not exist.",
  );
}

/** What the queue service calls the refusals that it shares with Glacier. */
const SHARED: Partial<Record<RefusalCode, QueueErrorCode>> = {
  AccessDeniedException: "AccessDeniedException",
  BadRequest: "InvalidParameterValueException",
  ExpiredTokenException: "ExpiredTokenException",
  IncompleteSignatureException: "IncompleteSignatureException",
  InvalidParameterValueException: "InvalidParameterValueException",
  InvalidSignatureException: "InvalidSignatureException",
  // Queues can be open to everybody; this one isn't.
  MissingAuthenticationTokenException: "AccessDeniedException",
  SerializationException: "SerializationException",
  UnrecognizedClientException: "UnrecognizedClientException",
};

/** A refusal by what both services have in common, as the queue service puts it. */
export function asQueueRefusal(refusal: Refusal): QueueRefusal {
  const code = SHARED[refusal.code] ?? "InternalFailure";
  const message = refusal.code === "MissingAuthenticationTokenException"
    ? "Access to the resource is denied."
    : refusal.message;
  return new QueueRefusal(code, message, { cause: refusal });
}

/** An answer in the service's form; without content where there is none. */
export function queueResponse(
  content: object | undefined,
  status = 200,
): Response {
  const body = content === undefined ? null : JSON.stringify(content);
  return new Response(body, {
    status,
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amzn-requestid": newQueueRequestId(),
    },
  });
}

/** The refusal in the service's form. */
export function queueRefusalResponse(refusal: QueueRefusal): Response {
  const [namespace, status, queryCode] = ERRORS[refusal.code];
  const response = queueResponse({
    __type: namespace + refusal.code,
    message: refusal.message,
  }, status);
  const fault = status < 500 ? "Sender" : "Receiver";
  response.headers.set("x-amzn-query-error", `${queryCode};${fault}`);
  return response;
}
