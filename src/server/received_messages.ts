/**
 * Receive Message, Change Message Visibility.
 *
 * @module
 */

import { integerField, textField, textListField } from "./json_body.ts";
import { newReceipt } from "./ids.ts";
import { MESSAGE_LIFETIME, type QueueMessage } from "./message_table.ts";
import {
  type QueueContext,
  type QueueRequest,
  requireQueue,
} from "./queue_context.ts";
import {
  invalidParameter,
  missingParameter,
  QueueRefusal,
} from "./queue_refusal.ts";
import { isLatest, parseReceiptHandle, receiptHandle } from "./receipt.ts";

/** How long a received message is out of sight where the request doesn't say, in seconds. */
export const DEFAULT_VISIBILITY = 30;

/** The longest time out of sight: 12 hours, in seconds ("Amazon SQS visibility timeout" in the SQS developer guide). */
const MAX_VISIBILITY = 12 * 60 * 60;

/** The longest wait for messages, in seconds, and the most in one answer ("ReceiveMessage" in the SQS API reference). */
const MAX_WAIT = 20;
const MAX_MESSAGES = 10;

/**
 * How long the queue is left alone while it has messages out of sight, in
 * milliseconds: the clock by which they come back can be moved.
 */
const LONGEST_SLEEP = 1000;

/** Who sends: the ID of a user as it could be the notification service's. */
const SENDER = "AIDAMORAINESENDERAAAA";

/** Attributes that a message can have and these don't ("ReceiveMessage" in the SQS API reference). */
const ABSENT: readonly string[] = [
  "AWSTraceHeader",
  "DeadLetterQueueSourceArn",
  "MessageDeduplicationId",
  "MessageGroupId",
  "SequenceNumber",
];

/** What a request to receive asks for. */
interface ReceiveRequest {
  queue: string;
  limit: number;
  /** In milliseconds. */
  visibility: number;
  wait: number;
  /** Names of attributes. */
  attributes: string[];
}

/** A number that must be within bounds, both included, where it is present. */
function boundedField(
  fields: Record<string, unknown>,
  name: string,
  [min, max, reason]: [min: number, max: number, reason: string],
): number | null {
  const value = integerField(fields, name);
  if (value === null || (value >= min && value <= max)) return value;
  throw invalidParameter(name, value, reason);
}

function visibilityField(fields: Record<string, unknown>): number | null {
  const reason = `Must be >= 0 and <= ${MAX_VISIBILITY}, if provided.`;
  return boundedField(fields, "VisibilityTimeout", [0, MAX_VISIBILITY, reason]);
}

function attributesOf(message: QueueMessage): Record<string, string> {
  return {
    ApproximateFirstReceiveTimestamp: String(message.first_received),
    ApproximateReceiveCount: String(message.receives),
    SenderId: SENDER,
    SentTimestamp: String(message.sent),
  };
}

/** The names of attributes to tell; older clients put them into another field. */
function attributeNames(fields: Record<string, unknown>): string[] {
  const names = ["MessageSystemAttributeNames", "AttributeNames"]
    .flatMap((field) => textListField(fields, field) ?? []);
  const known = [
    "All",
    ...ABSENT,
    ...Object.keys(attributesOf({} as QueueMessage)),
  ];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  throw new QueueRefusal(
    "InvalidAttributeName",
    `Unknown Attribute ${unknown}.`,
  );
}

function parseReceive(
  { server }: QueueContext,
  request: QueueRequest,
): ReceiveRequest {
  const { fields } = request;
  const queue = requireQueue(server, request);
  const limit = boundedField(fields, "MaxNumberOfMessages", [
    1,
    MAX_MESSAGES,
    `Must be between 1 and ${MAX_MESSAGES}, if provided.`,
  ]);
  const wait = boundedField(fields, "WaitTimeSeconds", [
    0,
    MAX_WAIT,
    `Must be >= 0 and <= ${MAX_WAIT}, if provided.`,
  ]);
  const visibility = visibilityField(fields) ?? DEFAULT_VISIBILITY;
  return {
    queue,
    limit: limit ?? 1,
    visibility: visibility * 1000,
    wait: (wait ?? 0) * 1000,
    attributes: attributeNames(fields),
  };
}

function take(
  { server }: QueueContext,
  { queue, limit, visibility }: ReceiveRequest,
): QueueMessage[] {
  const { state, clock } = server;
  const now = clock.now();
  const taking = { now, until: now + visibility, limit, newReceipt };
  return state.transaction(() => {
    state.messages.removeSentBefore(now - MESSAGE_LIFETIME);
    return state.messages.take(queue, taking);
  });
}

/** How long nothing but the bell can tell of a message, in milliseconds. */
function sleepingTime({ server }: QueueContext, queue: string): number {
  const now = server.clock.now();
  const next = server.state.messages.nextVisible(queue, now);
  if (next === null) return Infinity;
  return Math.min(Math.max(next - now, 0), LONGEST_SLEEP);
}

/** Takes messages as soon as there are any, or the time to wait is over. */
async function takeOrWait(
  context: QueueContext,
  request: ReceiveRequest,
  signal: AbortSignal,
): Promise<QueueMessage[]> {
  const { server, bell } = context;
  const end = performance.now() + request.wait;
  for (;;) {
    // Nobody would get them.
    if (signal.aborted) return [];
    const messages = take(context, request);
    const rest = end - performance.now();
    if (messages.length > 0 || rest <= 0 || bell.ended) return messages;
    const sleep = Math.min(rest, sleepingTime(context, request.queue));
    await bell.wait(request.queue, Math.ceil(sleep), signal);
    await server.publishDue();
  }
}

/** A message in the service's form. */
function describe(
  { md5 }: QueueContext,
  message: QueueMessage,
  attributes: readonly string[],
) {
  const wanted = Object.entries(attributesOf(message)).filter(([name]) =>
    attributes.includes("All") || attributes.includes(name)
  );
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandle(message),
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...wanted.length > 0 && { Attributes: Object.fromEntries(wanted) },
  };
}

/** Receive Message. */
export async function receiveMessage(
  context: QueueContext,
  request: QueueRequest,
) {
  const parsed = parseReceive(context, request);
  await context.server.publishDue();
  const messages = parsed.wait === 0
    ? take(context, parsed)
    : await takeOrWait(context, parsed, request.signal);
  if (messages.length === 0) return {};
  return {
    Messages: messages.map((message) =>
      describe(context, message, parsed.attributes)
    ),
  };
}

/** Change Message Visibility: counts from now, but in all not for longer than 12 hours. */
export function changeMessageVisibility(
  { server, bell }: QueueContext,
  request: QueueRequest,
): void {
  const { state, clock } = server;
  const queue = requireQueue(server, request);
  const handle = textField(request.fields, "ReceiptHandle");
  if (handle === null) throw missingParameter("ReceiptHandle");
  const timeout = visibilityField(request.fields);
  if (timeout === null) throw missingParameter("VisibilityTimeout");
  const receipt = parseReceiptHandle(handle, queue);
  state.transaction(() => {
    const now = clock.now();
    const message = state.messages.get(receipt.number);
    if (!isLatest(receipt, message)) {
      throw invalidParameter(
        "ReceiptHandle",
        handle,
        "Message does not exist or is not available for visibility timeout change.",
      );
    }
    const until = now + timeout * 1000;
    if (until > message.received! + MAX_VISIBILITY * 1000) {
      throw invalidParameter(
        "VisibilityTimeout",
        timeout,
        `Total VisibilityTimeout for the message is beyond the limit [${MAX_VISIBILITY} seconds]`,
      );
    }
    state.messages.setVisible(receipt.number, until);
  });
  bell.ring(queue);
}
