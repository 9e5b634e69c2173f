/**
 * Uploading one file: by one request where it is not larger than a part,
 * otherwise in parts.
 *
 * The order of the steps is what keeps the promises. The intent is on disk
 * before the request that creates the archive; the CREATED line is on disk
 * before the upload is reported; the intent is settled last.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { forEachBounded, type Semaphore } from "../async/bounded.ts";
import {
  FileError,
  isTransient,
  mayHaveTakenEffect,
  messageOf,
} from "../errors.ts";
import { encodeDescription } from "../files/names.ts";
import type { WalkedFile } from "../files/walk.ts";
import type { UploadSubject } from "../journal/intent_record.ts";
import type { Intents } from "../journal/intents.ts";
import type { Journal } from "../journal/journal.ts";
import type { Clock, Files } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type { ArchiveStore, StoredArchive } from "../store.ts";
import type { HashPool } from "../treehash/pool.ts";
import { combineParts, type HashedPart } from "../treehash/tree_hash.ts";
import { isSameFile } from "../treehash/worker.ts";
import type { Emit } from "./events.ts";
import { type PartPlan, partRanges, planParts } from "./parts.ts";
import { nowInSeconds, recordCreated } from "./record.ts";

/** What an upload works with. */
export interface UploadContext {
  store: ArchiveStore;
  journal: Journal;
  intents: Intents;
  hashPool: HashPool;
  files: Files;
  clock: Clock;
  emit: Emit;
  /** One permit for each request under way, over all files: bounds memory to permits × part size. */
  permits: Semaphore;
  /**
   * Aborted to stop: no part is begun any more, and parts under way are
   * dropped, since they can be sent again. A request that creates an archive
   * is seen through.
   */
  signal: AbortSignal;
}

type MultipartPlan = Extract<PartPlan, { kind: "multipart" }>;

/**
 * Uploads a file of at least one byte and records it.
 *
 * @param partSize in bytes, 1 MiB times a power of two.
 * @throws {FileError} where the file can't be read, changed meanwhile, is too large, or has a name too long to be kept with it; nothing is recorded then.
 * @throws {ServiceError | NetworkError | IntegrityError} where the service can't be brought to take it.
 * @throws {JournalError} where it can't be recorded; its intent stays.
 */
export async function uploadFile(
  file: WalkedFile,
  partSize: number,
  context: UploadContext,
): Promise<void> {
  const plan = planParts(file.size, partSize, context.store.limits);
  if (plan.kind === "tooLarge") {
    throw new FileError(
      `File is too large: ${
        printable(file.path)
      } has ${file.size} bytes, and the service takes ${plan.limit} at most`,
      file.path,
      "failed",
    );
  }
  if (plan.kind === "multipart") {
    return await uploadInParts(file, plan, context);
  }
  if (await uploadAtOnce(file, context)) return;
  // The answer was lost. In parts, the next loss can be made good: the request
  // that makes the archive may be repeated, and gives the same archive.
  await uploadInParts(
    file,
    { kind: "multipart", partSize: onePartFor(file.size, context), count: 1 },
    context,
  );
}

function onePartFor(size: number, { store }: UploadContext): number {
  let partSize = store.limits.minPartSize;
  while (partSize < size) partSize *= 2;
  return partSize;
}

function subjectOf(file: WalkedFile, context: UploadContext): UploadSubject {
  const { name, size, mtime } = file;
  return {
    vault: context.store.title,
    name,
    size,
    mtime,
    treeHash: null,
    description: encodeDescription({ name, mtime }),
    started: nowInSeconds(context.clock),
  };
}

/** Resolves to false where the archive may exist, but its ID was lost with the answer. */
async function uploadAtOnce(
  file: WalkedFile,
  context: UploadContext,
): Promise<boolean> {
  const { store, intents, hashPool, permits, signal, emit } = context;
  const subject = subjectOf(file, context);
  using _permit = await permits.acquire({ signal });
  const content = await hashPool.read(file, 0, file.size, { signal });
  const treeHash = encodeHex(content.treeHash);
  const id = await intents.begin({
    ...subject,
    kind: "upload",
    size: file.size,
    treeHash,
  });
  let stored: StoredArchive;
  try {
    stored = await store.uploadArchive({
      bytes: content.bytes,
      sha256: content.sha256,
      treeHash,
      description: subject.description,
    });
  } catch (error) {
    if (!mayHaveTakenEffect(error)) {
      await intents.settle(id, "failed");
      throw error;
    }
    await intents.doubt(id, messageOf(error));
    emit({ type: "warning", message: doubtMessage(file.name, error) });
    return false;
  }
  emit({ type: "transferred", bytes: file.size });
  await record(file, stored, id, context);
  return true;
}

/** What the user must know of an archive that may exist without a record. */
export function doubtMessage(name: string, reason: unknown): string {
  return `A copy of ${
    printable(name)
  } may be in the vault without a line in the journal, because the answer to its upload was lost (${
    messageOf(reason)
  }); the next inventory of the vault will show it`;
}

async function uploadInParts(
  file: WalkedFile,
  plan: MultipartPlan,
  context: UploadContext,
): Promise<void> {
  const { store, intents, signal } = context;
  const subject = subjectOf(file, context);
  const { uploadId, id } = await beginInParts(
    subject,
    plan.partSize,
    context,
  );
  let stored: StoredArchive;
  try {
    const hashes = await sendParts(file, uploadId, plan, context);
    const treeHash = encodeHex(await combineParts(hashes));
    using _permit = await context.permits.acquire({ signal });
    await expectUnchanged(file, context.files);
    await intents.completing(id, { size: file.size, treeHash });
    stored = await store.completeUpload(uploadId, {
      size: file.size,
      treeHash,
    });
  } catch (error) {
    // What the network or an interruption broke off, the next run takes up.
    if (!signal.aborted && !isTransient(error)) {
      await giveUp(uploadId, id, context);
    }
    throw error;
  }
  await record(file, stored, id, context);
}

async function beginInParts(
  subject: UploadSubject,
  partSize: number,
  { store, intents, permits, signal }: UploadContext,
): Promise<{ uploadId: string; id: string }> {
  using _permit = await permits.acquire({ signal });
  const { description } = subject;
  const uploadId = await store.beginUpload({ description, partSize }, {
    signal,
  });
  const id = await intents.begin({
    ...subject,
    kind: "multipart",
    uploadId,
    partSize,
  });
  return { uploadId, id };
}

/** Sends all parts; resolves to their hashes in order. */
async function sendParts(
  file: WalkedFile,
  uploadId: string,
  { partSize, count }: MultipartPlan,
  context: UploadContext,
): Promise<HashedPart[]> {
  const { store, hashPool, permits, emit } = context;
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const hashes = new Array<HashedPart>(count);
  const sendPart = async (offset: number, length: number) => {
    using _permit = await permits.acquire({ signal });
    const part = await hashPool.read(file, offset, length, { signal });
    await store.uploadPart(uploadId, {
      offset,
      bytes: part.bytes,
      sha256: part.sha256,
      treeHash: encodeHex(part.treeHash),
    }, { signal });
    hashes[offset / partSize] = { hash: part.treeHash, size: length };
    emit({ type: "transferred", bytes: length });
  };
  await forEachBounded(
    partRanges(file.size, partSize),
    MAX_PARTS_WAITING,
    async ({ offset, length }) => {
      try {
        await sendPart(offset, length);
      } catch (error) {
        // The other parts are of no use any more.
        failed.abort(error);
        throw error;
      }
    },
    { signal },
  );
  return hashes;
}

/** Parts of one file that stand in line for a permit. */
const MAX_PARTS_WAITING = 64;

async function expectUnchanged(file: WalkedFile, files: Files): Promise<void> {
  const now = await files.stat(file.path);
  if (now !== undefined && isSameFile(now, file.identity)) return;
  throw new FileError(
    `File ${now ? "changed while it was read" : "vanished"}: ${
      printable(file.path)
    }`,
    file.path,
    now ? "changed" : "vanished",
  );
}

/** Ends an upload of which nothing can come; where that fails, the next run tries again. */
async function giveUp(
  uploadId: string,
  id: string,
  { store, intents }: UploadContext,
): Promise<void> {
  try {
    await store.abortUpload(uploadId);
    await intents.settle(id, "aborted");
  } catch {
    // The error that led here is the one that matters.
  }
}

async function record(
  file: WalkedFile,
  stored: StoredArchive,
  intentId: string,
  context: UploadContext,
): Promise<void> {
  const { name, path, size, mtime } = file;
  const { archiveId, treeHash } = stored;
  const { intents, emit } = context;
  await recordCreated({ archiveId, size, mtime, treeHash, name }, context);
  await intents.settle(intentId, "created");
  emit({ type: "uploaded", name, path, size, mtime, treeHash, archiveId });
}
