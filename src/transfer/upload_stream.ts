/**
 * Uploading a stream of unknown length: always in parts, several at a time
 * while the next one is read.
 *
 * The order of the steps is that of `upload.ts`. What differs: nothing can be
 * read again. So an upload that breaks off is ended at the service, by this run
 * or, after a crash, by the next one, which knows it by its intent without a
 * size; only one that lacks nothing but the answer to its last request is
 * finished then.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { forEachBounded } from "../async/bounded.ts";
import { delay } from "../async/delay.ts";
import { FileError, messageOf } from "../errors.ts";
import { encodeDescription } from "../files/names.ts";
import type { IncrementalSha256 } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type { StoreLimits } from "../store.ts";
import {
  combineParts,
  type HashedPart,
  LEAF_SIZE,
  TreeHash,
} from "../treehash/tree_hash.ts";
import { completeUpload, endUpload } from "./complete.ts";
import type { TroubleEvent } from "./events.ts";
import { partSizeFor } from "./parts.ts";
import type { Sizing } from "./sizing.ts";
import { nowInSeconds, recordCreated } from "./record.ts";
import { PartBuffers, type StreamPart, streamParts } from "./stream_parts.ts";
import type { UploadContext } from "./upload.ts";

/** What the upload of a stream works with. */
export interface StreamUploadContext extends
  Pick<
    UploadContext,
    "store" | "journal" | "intents" | "clock" | "emit" | "signal"
  >,
  Pick<Sizing, "concurrency" | "memory"> {
  createSha256(): IncrementalSha256;
}

/** How errors speak of a stream to whoever gave it. */
export interface StreamWords {
  /** What it is called, such as `the stream`. */
  title: string;
  /** What helps where more comes than fits into the parts. */
  advice: string;
}

/** A stream to upload. */
export interface StreamToUpload {
  /** The name to record. */
  name: string;
  content: AsyncIterable<Uint8Array>;
  words: StreamWords;
  /** How many bytes may come, where that is known. More may come as long as there are parts. */
  maxSize?: number;
  /** In bytes, 1 MiB times a power of two; doubled until `maxSize` bytes fit into the parts that the service allows. */
  partSize: number;
}

/**
 * Milliseconds between the end of the stream and the request that makes the
 * archive. Ctrl-C in a terminal ends the program that writes the stream too,
 * and that looks like the end of the stream: our own signal must have time to
 * be seen, or half a backup would be recorded as a whole one.
 */
const SIGNAL_TIME = 100;

/**
 * Uploads a stream of at least one byte and records it, with the time when it
 * began as that of its last modification.
 *
 * @throws {FileError} where the stream is empty, can't be read, is longer than what its parts can hold, or its name is too long to be kept with it.
 * @throws {ServiceError | NetworkError | IntegrityError} where the service can't be brought to take it.
 * @throws {JournalError} where it can't be recorded; its intent stays.
 */
export async function uploadStream(
  stream: StreamToUpload,
  context: StreamUploadContext,
): Promise<void> {
  const { name, words, maxSize = 0 } = stream;
  const { limits } = context.store;
  const mtime = nowInSeconds(context.clock);
  const description = encodeDescription({ name, mtime });
  const partSize = partSizeFor(maxSize, stream.partSize, limits);
  const buffers = new PartBuffers(partSize);
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const parts = streamParts(stream.content, {
    partSize,
    buffers,
    maxParts: limits.maxParts,
    tooLong: () => tooLongError(name, words, partSize, limits),
    unreadable: (cause) => unreadableError(name, words, cause),
    signal,
  });
  try {
    // Nothing is begun before there is something to send.
    const { value: first } = await parts.next();
    if (first === undefined) throw emptyError(name, words);
    const upload = await begin({ name, mtime, description, partSize }, context);
    const content = await orEnd(
      upload,
      () =>
        sendParts(chain(first, parts), upload, {
          ...context,
          name,
          buffers,
          failed,
          signal,
        }),
      context,
    );
    await finish(upload, content, context);
  } finally {
    await parts.return();
  }
}

/** A stream whose upload was begun. */
interface BegunUpload {
  name: string;
  /** In seconds since 1970. */
  mtime: number;
  /** In bytes. */
  partSize: number;
  /** Its ID among the intents, and that of the service. */
  id: string;
  uploadId: string;
}

async function begin(
  subject: Omit<BegunUpload, "id" | "uploadId"> & { description: string },
  { store, intents, signal }: StreamUploadContext,
): Promise<BegunUpload> {
  const { name, mtime, description, partSize } = subject;
  const uploadId = await store.beginUpload({ description, partSize }, {
    signal,
    name,
  });
  const id = await intents.begin({
    kind: "multipart",
    vault: store.location,
    name,
    size: null,
    mtime,
    treeHash: null,
    description,
    started: mtime,
    uploadId,
    partSize,
  });
  return { name, mtime, partSize, id, uploadId };
}

async function* chain(
  first: StreamPart,
  rest: AsyncGenerator<StreamPart, void, void>,
): AsyncGenerator<StreamPart, void, void> {
  yield first;
  yield* rest;
}

/** What sending parts works with. */
interface SendContext extends StreamUploadContext {
  /** Of the stream. */
  name: string;
  buffers: PartBuffers;
  /** Aborted by the first part that fails; then `signal` is aborted too. */
  failed: AbortController;
}

/** Size and tree hash of a whole stream. */
interface Content {
  size: number;
  treeHash: string;
}

/** Waits until all is sent; where that fails, ends the upload, because nothing could go on with it. */
async function orEnd(
  { id, uploadId }: BegunUpload,
  send: () => Promise<Content>,
  context: StreamUploadContext,
): Promise<Content> {
  const { signal } = context;
  try {
    const content = await send();
    await delay(SIGNAL_TIME, { signal });
    return content;
  } catch (error) {
    await endUpload(id, uploadId, { ...context, stop: signal });
    throw error;
  }
}

async function sendParts(
  parts: AsyncIterable<StreamPart>,
  { uploadId, partSize }: BegunUpload,
  context: SendContext,
): Promise<Content> {
  const { concurrency, memory, buffers, failed, signal } = context;
  // One more is being filled.
  const fitting = Math.max(1, Math.floor(memory / partSize) - 1);
  const hashes: HashedPart[] = [];
  await forEachBounded(parts, Math.min(concurrency, fitting), async (part) => {
    try {
      hashes[part.offset / partSize] = await sendPart(part, uploadId, context);
      buffers.give(part.bytes);
    } catch (error) {
      // Neither the other parts nor what is still to come are of use any more.
      failed.abort(error);
      throw error;
    }
  }, { signal });
  const size = hashes.reduce((sum, part) => sum + part.size, 0);
  return { size, treeHash: encodeHex(await combineParts(hashes)) };
}

async function sendPart(
  { offset, bytes }: StreamPart,
  uploadId: string,
  { name, store, emit, signal, createSha256 }: SendContext,
): Promise<HashedPart> {
  const { sha256, hash } = await hashPart(bytes, createSha256);
  await store.uploadPart(
    uploadId,
    { offset, bytes, sha256, treeHash: encodeHex(hash) },
    { signal, name },
  );
  emit({ type: "transferred", bytes: bytes.length });
  return { hash, size: bytes.length };
}

/**
 * Both hashes of a part, leaf by leaf, so that each byte is hashed while it is
 * in the CPU's cache. Web Crypto would copy the whole part for the linear one.
 */
async function hashPart(
  bytes: Uint8Array<ArrayBuffer>,
  createSha256: () => IncrementalSha256,
): Promise<{ sha256: string; hash: Uint8Array<ArrayBuffer> }> {
  const linear = createSha256();
  const tree = new TreeHash();
  for (let start = 0; start < bytes.length; start += LEAF_SIZE) {
    const leaf = bytes.subarray(start, start + LEAF_SIZE);
    linear.update(leaf);
    await tree.update(leaf);
  }
  return { sha256: encodeHex(linear.digest()), hash: await tree.digest() };
}

async function finish(
  { name, mtime, id, uploadId }: BegunUpload,
  { size, treeHash }: Content,
  context: StreamUploadContext,
): Promise<void> {
  const { intents, emit, signal } = context;
  await intents.completing(id, { size, treeHash });
  let archiveId: string;
  try {
    ({ archiveId } = await completeUpload(
      id,
      { name, uploadId, size, treeHash },
      { ...context, stop: signal },
    ));
  } catch (error) {
    if (intents.pending.has(id)) emit(notLostWarning(name));
    throw error;
  }
  await recordCreated({ archiveId, size, mtime, treeHash, name }, context);
  await intents.settle(id, "created");
  const path = null;
  emit({ type: "uploaded", name, path, size, mtime, treeHash, archiveId });
}

function notLostWarning(name: string): TroubleEvent {
  return {
    type: "warning",
    message: `All of ${
      printable(name)
    } was sent, and need not be sent again: the next sync or upload-file with this journal makes the archive of it and records it`,
  };
}

function emptyError(name: string, { title }: StreamWords): FileError {
  return new FileError(
    `Nothing came on ${title}, and the service takes no empty archives: ${
      printable(name)
    } was not uploaded`,
    name,
    "failed",
  );
}

function unreadableError(
  name: string,
  { title }: StreamWords,
  cause: unknown,
): FileError {
  return new FileError(
    `Cannot read ${title}: ${messageOf(cause)}; ${
      printable(name)
    } was not uploaded`,
    name,
    "failed",
    { cause },
  );
}

function tooLongError(
  name: string,
  words: StreamWords,
  partSize: number,
  { maxParts, maxPartSize }: StoreLimits,
): FileError {
  const advice = partSize < maxPartSize
    ? words.advice
    : "the service takes no larger archive";
  return new FileError(
    `More came on ${words.title} than the ${
      maxParts * partSize
    } bytes that fit into ${maxParts} parts of ${partSize / LEAF_SIZE} MiB; ${
      printable(name)
    } was not uploaded: ${advice}`,
    name,
    "failed",
  );
}
