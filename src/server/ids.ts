/**
 * Identifiers as the service makes them: random, in the base64url alphabet,
 * so that some begin with `-`, which clients must bear.
 *
 * @module
 */

import { encodeBase64Url } from "@std/encoding/base64url";

function randomId(bytes: number): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(bytes)));
}

/** An archive ID: 138 characters. */
export function newArchiveId(): string {
  return randomId(103);
}

/** Whether `id` could be an archive ID. */
export function isArchiveId(id: string): boolean {
  return /^[A-Za-z0-9_-]{138}$/.test(id);
}

/** The ID of a job or of an upload in parts: 92 characters. */
export function newJobId(): string {
  return randomId(69);
}

/** The ID of a vault lock: 24 characters. */
export function newLockId(): string {
  return randomId(18);
}

/** The ID of a unit of provisioned capacity: 24 characters. */
export function newCapacityId(): string {
  return randomId(18);
}

/** The ID of a request: 47 characters. */
export function newRequestId(): string {
  return randomId(35);
}

/** The ID of a request to the queue service: a UUID. */
export function newQueueRequestId(): string {
  return crypto.randomUUID();
}

/** What a receipt for a message holds besides the message's number: 22 characters. */
export function newReceipt(): string {
  return randomId(16);
}

/**
 * The name of a blob: hexadecimal, because file names that differ only in case
 * are one name on some systems.
 */
export function newBlobId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
