/**
 * Receipt handles: what a message is deleted by, other for each time that it is
 * received.
 *
 * @module
 */

import { decodeBase64Url, encodeBase64Url } from "@std/encoding/base64url";
import { isObject } from "./json_body.ts";
import type { QueueMessage } from "./message_table.ts";
import { QueueRefusal } from "./queue_refusal.ts";

/** What a receipt handle names. */
export interface Receipt {
  queue: string;
  /** The number of the message. */
  number: number;
  /** Tells this time of receiving it from others. */
  receipt: string;
}

/** The handle of a message that was just received. */
export function receiptHandle(message: QueueMessage): string {
  const { queue, number, receipt } = message;
  return encodeBase64Url(JSON.stringify({ queue, number, receipt }));
}

function decode(handle: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(decodeBase64Url(handle)));
  } catch {
    return undefined;
  }
}

/**
 * Reads a handle of a queue's message.
 *
 * @throws {QueueRefusal} where it can't be one.
 */
export function parseReceiptHandle(handle: string, queue: string): Receipt {
  const value = decode(handle);
  if (
    isObject(value) && value.queue === queue &&
    Number.isSafeInteger(value.number) && typeof value.receipt === "string"
  ) {
    return { queue, number: Number(value.number), receipt: value.receipt };
  }
  throw new QueueRefusal(
    "ReceiptHandleIsInvalid",
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
  );
}

/** Whether a receipt is that of the last time that its message was received. */
export function isLatest(
  receipt: Receipt,
  message: QueueMessage | undefined,
): message is QueueMessage {
  return message?.queue === receipt.queue &&
    message.receipt === receipt.receipt;
}
