/**
 * What the operations of the queue service have in common.
 *
 * @module
 */

import type { ServerContext } from "./context.ts";
import { textField } from "./json_body.ts";
import type { QueueBell } from "./queue_bell.ts";
import { noSuchQueue } from "./queue_refusal.ts";
import { isQueueName } from "./topic.ts";

/** The queues of a server. */
export interface QueueContext {
  readonly server: ServerContext;
  readonly bell: QueueBell;
  /** MD5 of a text in UTF-8, lower-case hexadecimal. */
  md5(text: string): string;
}

/** One request to the queue service. */
export interface QueueRequest {
  /** Its payload. */
  fields: Record<string, unknown>;
  /** How the server was reached, such as `http://localhost:9901`. */
  origin: string;
  /** Aborted when whoever sent it is gone. Not for free: to be read only where something waits. */
  readonly signal: AbortSignal;
}

/** The Amazon Resource Name of a queue. */
export function queueArn(
  { region, account }: ServerContext,
  name: string,
): string {
  return `arn:aws:sqs:${region}:${account}:${name}`;
}

/**
 * The name of the queue that a request is about. Every name that a queue can
 * have is the name of one.
 *
 * @throws {QueueRefusal} where the URL is none of a queue of this account.
 */
export function requireQueue(
  { account }: ServerContext,
  { fields }: QueueRequest,
): string {
  const text = textField(fields, "QueueUrl") ?? "";
  // Whatever the host: clients may know the server by several names.
  const path = URL.canParse(text) ? new URL(text).pathname : "";
  const [, owner, name, ...more] = path.split("/");
  if (owner === account && more.length === 0 && isQueueName(name ?? "")) {
    return name;
  }
  throw noSuchQueue();
}
