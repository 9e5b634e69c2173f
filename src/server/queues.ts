/**
 * Queues: Get Queue Url, Get Queue Attributes, Purge Queue.
 *
 * @module
 */

import { textField, textListField } from "./json_body.ts";
import { MESSAGE_LIFETIME } from "./message_table.ts";
import {
  queueArn,
  type QueueContext,
  type QueueRequest,
  requireQueue,
} from "./queue_context.ts";
import { noSuchQueue, QueueRefusal } from "./queue_refusal.ts";
import { DEFAULT_VISIBILITY } from "./received_messages.ts";
import { isQueueName } from "./topic.ts";

/** How long after a purge the next one may come, in milliseconds ("PurgeQueue" in the SQS API reference). */
const PURGE_PAUSE = 60_000;

/** The largest message, in bytes ("Amazon SQS message quotas" in the SQS developer guide). */
const MAX_MESSAGE_SIZE = 1024 * 1024;

/** When queues were made, in seconds since 1970. They have always been there; this is when the service's protocol was. */
const CREATED = Date.UTC(2012, 10, 5) / 1000;

/** Attributes that a queue can have and these don't ("GetQueueAttributes" in the SQS API reference). */
const ABSENT: readonly string[] = [
  "ContentBasedDeduplication",
  "DeduplicationScope",
  "FifoQueue",
  "FifoThroughputLimit",
  "KmsDataKeyReusePeriodSeconds",
  "KmsMasterKeyId",
  "Policy",
  "RedriveAllowPolicy",
  "RedrivePolicy",
];

/** Get Queue Url. */
export function getQueueUrl(
  { server }: QueueContext,
  { fields, origin }: QueueRequest,
) {
  const name = textField(fields, "QueueName") ?? "";
  const owner = textField(fields, "QueueOwnerAWSAccountId") ?? server.account;
  if (!/^[\w-]{1,80}$/.test(name.replace(/\.fifo$/, ""))) {
    throw new QueueRefusal(
      "InvalidParameterValueException",
      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    );
  }
  if (!isQueueName(name) || owner !== server.account) throw noSuchQueue();
  return { QueueUrl: `${origin}/${owner}/${name}` };
}

function attributesOf(
  { server }: QueueContext,
  queue: string,
): Record<string, string | number | boolean> {
  const { visible, hidden } = server.state.messages.count(
    queue,
    server.clock.now(),
  );
  return {
    ApproximateNumberOfMessages: visible,
    ApproximateNumberOfMessagesDelayed: 0,
    ApproximateNumberOfMessagesNotVisible: hidden,
    CreatedTimestamp: CREATED,
    DelaySeconds: 0,
    LastModifiedTimestamp: CREATED,
    MaximumMessageSize: MAX_MESSAGE_SIZE,
    MessageRetentionPeriod: MESSAGE_LIFETIME / 1000,
    QueueArn: queueArn(server, queue),
    ReceiveMessageWaitTimeSeconds: 0,
    SqsManagedSseEnabled: true,
    VisibilityTimeout: DEFAULT_VISIBILITY,
  };
}

/** Get Queue Attributes. */
export async function getQueueAttributes(
  context: QueueContext,
  request: QueueRequest,
) {
  const queue = requireQueue(context.server, request);
  const names = textListField(request.fields, "AttributeNames") ?? [];
  await context.server.publishDue();
  const all = attributesOf(context, queue);
  const unknown = names.find((name) =>
    name !== "All" && !Object.hasOwn(all, name) && !ABSENT.includes(name)
  );
  if (unknown !== undefined) {
    throw new QueueRefusal(
      "InvalidAttributeName",
      `Unknown Attribute ${unknown}.`,
    );
  }
  const wanted = Object.entries(all)
    .filter(([name]) => names.includes("All") || names.includes(name))
    .map(([name, value]) => [name, String(value)]);
  return wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) };
}

/** Purge Queue. */
export async function purgeQueue(
  { server }: QueueContext,
  request: QueueRequest,
) {
  const { state, clock } = server;
  const queue = requireQueue(server, request);
  await server.publishDue();
  state.transaction(() => {
    const now = clock.now();
    state.messages.forgetPurgesBefore(now - PURGE_PAUSE);
    if (state.messages.purged(queue) !== undefined) {
      throw new QueueRefusal(
        "PurgeQueueInProgress",
        `Only one PurgeQueue operation on ${queue} is allowed every 60 seconds.`,
      );
    }
    state.messages.purge(queue, now);
  });
}
