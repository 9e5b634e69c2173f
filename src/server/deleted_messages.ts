/**
 * Delete Message, Delete Message Batch.
 *
 * @module
 */

import type { ServerContext } from "./context.ts";
import { isObject, textField } from "./json_body.ts";
import {
  type QueueContext,
  type QueueRequest,
  requireQueue,
} from "./queue_context.ts";
import { missingParameter, QueueRefusal } from "./queue_refusal.ts";
import { isLatest, parseReceiptHandle } from "./receipt.ts";
import { Refusal } from "./refusal.ts";

/** Entries of one request ("DeleteMessageBatch" in the SQS API reference). */
const MAX_ENTRIES = 10;

/** One entry of a batch. */
interface Entry {
  id: string;
  handle: string | null;
}

/** With a handle that isn't the latest one, nothing happens ("DeleteMessage" in the SQS API reference). */
function remove(
  { state }: ServerContext,
  queue: string,
  handle: string | null,
): void {
  if (handle === null) throw missingParameter("ReceiptHandle");
  const receipt = parseReceiptHandle(handle, queue);
  state.transaction(() => {
    const message = state.messages.get(receipt.number);
    if (isLatest(receipt, message)) state.messages.remove(message.number);
  });
}

/** Delete Message. */
export function deleteMessage(
  { server }: QueueContext,
  request: QueueRequest,
): void {
  const queue = requireQueue(server, request);
  remove(server, queue, textField(request.fields, "ReceiptHandle"));
}

function parseEntry(value: unknown): Entry {
  if (!isObject(value)) {
    throw new Refusal(
      "SerializationException",
      "The field Entries of the request is not a list of objects",
    );
  }
  const id = textField(value, "Id");
  if (id === null) throw missingParameter("Id");
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(id)) {
    throw new QueueRefusal(
      "InvalidBatchEntryId",
      "A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.",
    );
  }
  return { id, handle: textField(value, "ReceiptHandle") };
}

function parseEntries(fields: Record<string, unknown>): Entry[] {
  const values = fields.Entries ?? [];
  if (!Array.isArray(values)) {
    throw new Refusal(
      "SerializationException",
      "The field Entries of the request is not a list",
    );
  }
  if (values.length === 0) {
    throw new QueueRefusal(
      "EmptyBatchRequest",
      "There should be at least one DeleteMessageBatchRequestEntry in the request.",
    );
  }
  if (values.length > MAX_ENTRIES) {
    throw new QueueRefusal(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${values.length}.`,
    );
  }
  const entries = values.map(parseEntry);
  const ids = entries.map(({ id }) => id);
  const repeated = ids.find((id, index) => ids.indexOf(id) < index);
  if (repeated !== undefined) {
    throw new QueueRefusal(
      "BatchEntryIdsNotDistinct",
      `Id ${repeated} repeated.`,
    );
  }
  return entries;
}

/** Delete Message Batch: one entry's failure is no other's. */
export function deleteMessageBatch(
  { server }: QueueContext,
  request: QueueRequest,
) {
  const queue = requireQueue(server, request);
  const successful: object[] = [];
  const failed: object[] = [];
  for (const { id, handle } of parseEntries(request.fields)) {
    try {
      remove(server, queue, handle);
      successful.push({ Id: id });
    } catch (error) {
      if (!(error instanceof QueueRefusal)) throw error;
      const { queryCode: Code, message: Message } = error;
      failed.push({ Id: id, SenderFault: true, Code, Message });
    }
  }
  return {
    ...successful.length > 0 && { Successful: successful },
    ...failed.length > 0 && { Failed: failed },
  };
}
