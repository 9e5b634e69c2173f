/**
 * The queue service's side of the server: what the Simple Queue Service offers
 * to those who receive, in its JSON protocol ("Making query API requests using
 * the AWS JSON protocol" in the SQS developer guide). Nobody but topics sends.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { sha256 } from "../treehash/tree_hash.ts";
import type { Authenticator } from "./auth.ts";
import { deleteMessage, deleteMessageBatch } from "./deleted_messages.ts";
import { parseObject } from "./json_body.ts";
import { readSmallBody } from "./payload.ts";
import type { QueueContext, QueueRequest } from "./queue_context.ts";
import {
  asQueueRefusal,
  QueueRefusal,
  queueRefusalResponse,
  queueResponse,
} from "./queue_refusal.ts";
import { getQueueAttributes, getQueueUrl, purgeQueue } from "./queues.ts";
import {
  changeMessageVisibility,
  receiveMessage,
} from "./received_messages.ts";
import { Refusal } from "./refusal.ts";

/** What an operation answers; nothing where the answer has no content. */
type Content = object | void;

type Operation = (
  context: QueueContext,
  request: QueueRequest,
) => Content | Promise<Content>;

const OPERATIONS: Record<string, Operation> = {
  ChangeMessageVisibility: changeMessageVisibility,
  DeleteMessage: deleteMessage,
  DeleteMessageBatch: deleteMessageBatch,
  GetQueueAttributes: getQueueAttributes,
  GetQueueUrl: getQueueUrl,
  PurgeQueue: purgeQueue,
  ReceiveMessage: receiveMessage,
};

/** Begins the names of all its operations. */
const TARGET = "AmazonSQS.";

/** Whether a request is for the queue service. */
export function isQueueRequest({ method, headers }: Request): boolean {
  const target = headers.get("x-amz-target");
  return method === "POST" && target !== null && target.startsWith(TARGET);
}

function operationOf({ headers }: Request): Operation {
  const name = headers.get("x-amz-target")!.slice(TARGET.length);
  if (Object.hasOwn(OPERATIONS, name)) return OPERATIONS[name];
  throw new QueueRefusal(
    "UnknownOperationException",
    `The action ${name} is not valid for this endpoint.`,
  );
}

/** The answer where something failed; what is no refusal is a defect or a broken disk. */
function failureResponse(
  { server }: QueueContext,
  error: unknown,
): Response {
  if (error instanceof QueueRefusal) return queueRefusalResponse(error);
  if (error instanceof Refusal) {
    return queueRefusalResponse(asQueueRefusal(error));
  }
  server.report(error);
  return queueRefusalResponse(
    new QueueRefusal(
      "InternalFailure",
      "We encountered an internal error. Please try again.",
    ),
  );
}

/** The queue service. */
export interface QueueApp {
  /** Answers a request; never rejects. */
  handle(request: Request): Promise<Response>;
  /** The answer to a request that is not even tried. */
  refuse(refusal: Refusal): Response;
}

/** Makes the queue service of a server. */
export function createQueueApp(
  context: QueueContext,
  authenticator: Authenticator,
): QueueApp {
  async function answer(request: Request): Promise<Response> {
    if (!URL.canParse(request.url)) {
      throw new Refusal("BadRequest", "The URL of the request is not valid");
    }
    const body = await readSmallBody(context.server, request);
    await authenticator.verify(request, encodeHex(await sha256(body)));
    const operation = operationOf(request);
    const content = await operation(context, {
      fields: parseObject(body),
      origin: new URL(request.url).origin,
      get signal() {
        return request.signal;
      },
    });
    return queueResponse(content ?? undefined);
  }

  return {
    async handle(request) {
      let response: Response;
      try {
        response = await answer(request);
      } catch (error) {
        response = failureResponse(context, error);
      }
      const now = context.server.machineClock.now();
      response.headers.set("date", new Date(now).toUTCString());
      return response;
    },
    refuse: (refusal) => queueRefusalResponse(asQueueRefusal(refusal)),
  };
}
