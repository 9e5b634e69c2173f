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
import {
  forEachBounded,
  type Permit,
  type Semaphore,
} from "../async/bounded.ts";
import type { ByteBudget } from "../async/byte_budget.ts";
import {
  FileError,
  isTransient,
  mayHaveTakenEffect,
  messageOf,
} from "../errors.ts";
import { encodeDescription } from "../files/names.ts";
import type { WalkedFile } from "../files/walk.ts";
import type { UploadSubject } from "../journal/intent_record.ts";
import { type Intents, sameFile } from "../journal/intents.ts";
import type { Journal } from "../journal/journal.ts";
import type { JournalEntry } from "../journal/state.ts";
import type { Clock, FileInfo, Files } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type {
  ArchiveStore,
  CallOptions,
  StoredArchive,
  StoreLimits,
} from "../store.ts";
import type { FileRange, HashPool } from "../treehash/pool.ts";
import { combineParts, type HashedPart } from "../treehash/tree_hash.ts";
import { isSameFile } from "../treehash/worker.ts";
import type { Emit, TroubleEvent } from "./events.ts";
import { completeUpload, doubt, endUpload } from "./complete.ts";
import { deleteReplaced } from "./delete.ts";
import { type PartPlan, partRanges, planParts } from "./parts.ts";
import { nowInSeconds, recordCreated } from "./record.ts";
import type { UnfinishedUploads } from "./unfinished.ts";

/** A file, and what its upload replaces. */
export interface FileToUpload extends WalkedFile {
  /** ID of the archive that is deleted once the new one is recorded. */
  replaces?: string;
}

/** What an upload works with. */
export interface UploadContext {
  store: ArchiveStore;
  journal: Journal;
  intents: Intents;
  hashPool: HashPool;
  files: Files;
  clock: Clock;
  emit: Emit;
  /** One permit for each request under way, over all files. */
  permits: Semaphore;
  /** What files' contents may take while they are under way. Whoever waits for it has no permit, but may wait for one with it. */
  memory: ByteBudget;
  /** Uploads in parts that an earlier run began. */
  unfinished: UnfinishedUploads;
  /**
   * Aborted to stop: no part is begun any more, and parts under way are
   * dropped, since they can be sent again. A request that creates an archive
   * is seen through.
   */
  signal: AbortSignal;
}

/** For requests that create an archive: begun, they are seen through. */
function seenThrough(
  { name }: WalkedFile,
  { signal }: UploadContext,
): CallOptions {
  return { stop: signal, name };
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
  file: FileToUpload,
  partSize: number,
  context: UploadContext,
): Promise<void> {
  const { plan } = planUpload(file, partSize, context.store.limits);
  if (plan.kind === "multipart") {
    return await uploadInParts(file, plan, context);
  }
  // One of the same name, begun when the file was larger or parts smaller.
  await context.unfinished.drop(file.name);
  if (await uploadAtOnce(file, context)) return;
  // The answer was lost. In parts, the next loss can be made good: the request
  // that makes the archive may be repeated, and gives the same archive.
  await uploadInParts(
    file,
    { kind: "multipart", partSize: onePartFor(file.size, context), count: 1 },
    context,
  );
}

/**
 * How a file would be uploaded, and its description.
 *
 * @throws {FileError | UnsafeNameError} where it can't be.
 */
export function planUpload(
  { name, path, size, mtime }: WalkedFile,
  partSize: number,
  limits: StoreLimits,
): { plan: Exclude<PartPlan, { kind: "tooLarge" }>; description: string } {
  const description = encodeDescription({ name, mtime });
  const plan = planParts(size, partSize, limits);
  if (plan.kind !== "tooLarge") return { plan, description };
  throw new FileError(
    `File is too large: ${
      printable(path)
    } has ${size} bytes, and the service takes ${plan.limit} at most`,
    path,
    "failed",
  );
}

function onePartFor(size: number, { store }: UploadContext): number {
  let partSize = store.limits.minPartSize;
  while (partSize < size) partSize *= 2;
  return partSize;
}

function subjectOf(file: FileToUpload, context: UploadContext): UploadSubject {
  const { name, size, mtime, replaces } = file;
  return {
    vault: context.store.location,
    name,
    size,
    mtime,
    treeHash: null,
    description: encodeDescription({ name, mtime }),
    started: nowInSeconds(context.clock),
    replaces,
  };
}

/** Resolves to false where the archive may exist, but its ID was lost with the answer. */
async function uploadAtOnce(
  file: FileToUpload,
  context: UploadContext,
): Promise<boolean> {
  const { hashPool, memory, signal, emit } = context;
  using _memory = await memory.take(file.size, { signal });
  const content = await hashPool.read(file, 0, file.size, { signal });
  const sent = await sendAtOnce(file, content, context);
  if (sent === undefined) return false;
  hashPool.giveBack(content.bytes);
  emit({ type: "transferred", bytes: file.size });
  await record(file, sent.stored, sent.id, context);
  return true;
}

/** Resolves to the archive, and its intent's ID; to `undefined` where the archive may exist, but its ID was lost with the answer. */
async function sendAtOnce(
  file: FileToUpload,
  { bytes, sha256, ...content }: FileRange,
  context: UploadContext,
): Promise<{ stored: StoredArchive; id: string } | undefined> {
  const { store, journal, intents, permits, signal } = context;
  // While the record is written it is another's.
  using _permit = await permits.acquire({ signal });
  const treeHash = encodeHex(content.treeHash);
  const subject = { ...subjectOf(file, context), size: file.size, treeHash };
  const { description } = subject;
  const others = sameFile(subject, journal.state);
  const id = await intents.begin({
    ...subject,
    kind: "upload",
    others: others.length > 0
      ? others.map(({ archiveId }) => archiveId)
      : undefined,
  });
  try {
    const archive = { bytes, sha256, treeHash, description };
    const options = seenThrough(file, context);
    return { stored: await store.uploadArchive(archive, options), id };
  } catch (error) {
    if (!mayHaveTakenEffect(error)) {
      await intents.settle(id, "failed");
      throw error;
    }
    await doubt(id, file.name, error, context);
    if (signal.aborted) throw error;
    return undefined;
  }
}

async function uploadInParts(
  file: FileToUpload,
  plan: MultipartPlan,
  context: UploadContext,
): Promise<void> {
  const { intents, permits, signal } = context;
  const upload = await openUpload(file, plan.partSize, context);
  const { id, uploadId } = upload;
  let treeHash: string;
  try {
    const hashes = await sendParts(file, upload, context);
    treeHash = encodeHex(await combineParts(hashes));
    await expectUnchanged(file, context.files);
  } catch (error) {
    // What an interruption or the network broke off, the next run takes up.
    if (!signal.aborted && !isTransient(error)) {
      await endUpload(id, uploadId, { ...context, stop: signal });
    }
    throw error;
  }
  using _permit = await permits.acquire({ signal });
  await intents.completing(id, { size: file.size, treeHash });
  const stored = await completeUpload(
    id,
    { name: file.name, uploadId, size: file.size, treeHash },
    { ...context, stop: signal },
  );
  await record(file, stored, id, context);
}

/** An upload in parts that was begun now or earlier. */
export interface PartsUpload {
  /** Its ID among the intents, and that of the service. */
  id: string;
  uploadId: string;
  /** Size of its parts in bytes. */
  partSize: number;
  /** The archive that its intent says it is to replace. */
  replaces?: string;
  /** Tree hashes in hexadecimal of the parts that the service has, by their offset. */
  stored: ReadonlyMap<number, string>;
}

/** Goes on with the upload that an earlier run began, or begins one. */
async function openUpload(
  file: FileToUpload,
  partSize: number,
  context: UploadContext,
): Promise<PartsUpload> {
  const { store, intents, permits, signal, unfinished } = context;
  using _permit = await permits.acquire({ signal });
  const subject = subjectOf(file, context);
  const { description, replaces } = subject;
  const earlier = await unfinished.take(file);
  if (earlier && earlier.replaces === replaces) return earlier;
  const upload = earlier ?? {
    uploadId: await store.beginUpload({ description, partSize }, {
      signal,
      name: file.name,
    }),
    partSize,
    stored: new Map(),
  };
  const id = await intents.begin({
    ...subject,
    kind: "multipart",
    uploadId: upload.uploadId,
    partSize: upload.partSize,
  });
  // Its intent would have the next run delete another archive, or none.
  if (earlier) await intents.settle(earlier.id, "abandoned");
  return { ...upload, id, replaces };
}

/** Sends the parts that the service has not; resolves to the hashes of all in order. */
async function sendParts(
  file: WalkedFile,
  { uploadId, partSize, stored }: PartsUpload,
  context: UploadContext,
): Promise<HashedPart[]> {
  const { store, hashPool, permits, memory, emit } = context;
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const hashes = new Array<HashedPart>(Math.ceil(file.size / partSize));
  const sendPart = async (offset: number, length: number) => {
    using _memory = await memory.take(length, { signal });
    // In line for a permit already while it is read, so that parts go out in
    // their order.
    const permit = permits.acquire({ signal });
    // Read first: who fails to wait for it now is told below.
    permit.catch(() => {});
    const part = await orGiveBack(
      permit,
      hashPool.read(file, offset, length, { signal }),
    );
    using _permit = await permit;
    const treeHash = encodeHex(part.treeHash);
    // A part may be there and be another: the file can have changed since.
    if (stored.get(offset) !== treeHash) {
      const { bytes, sha256 } = part;
      await store.uploadPart(
        uploadId,
        { offset, bytes, sha256, treeHash },
        { signal, name: file.name },
      );
    }
    hashPool.giveBack(part.bytes);
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

/** Waits for some work; where that fails, whatever permit comes is given back. */
async function orGiveBack<T>(
  permit: Promise<Permit>,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work;
  } catch (error) {
    permit.then((late) => late[Symbol.dispose](), () => {});
    throw error;
  }
}

/** Parts of one file that stand in line for a permit. */
const MAX_PARTS_WAITING = 64;

async function expectUnchanged(file: WalkedFile, files: Files): Promise<void> {
  let now: FileInfo | undefined;
  try {
    now = await files.stat(file.path);
  } catch (cause) {
    throw new FileError(
      `Cannot read file: ${printable(file.path)}: ${messageOf(cause)}`,
      file.path,
      "failed",
      { cause },
    );
  }
  if (now !== undefined && isSameFile(now, file.identity)) return;
  throw new FileError(
    `File ${now ? "changed while it was read" : "vanished"}: ${
      printable(file.path)
    }`,
    file.path,
    now ? "changed" : "vanished",
  );
}

async function record(
  file: FileToUpload,
  stored: StoredArchive,
  intentId: string,
  context: UploadContext,
): Promise<void> {
  const { name, path, size, mtime, replaces } = file;
  const { archiveId, treeHash } = stored;
  const { intents, emit } = context;
  await recordCreated({ archiveId, size, mtime, treeHash, name }, context);
  if (replaces === undefined) await intents.settle(intentId, "created");
  emit({ type: "uploaded", name, path, size, mtime, treeHash, archiveId });
  if (replaces === undefined) return;
  await deleteReplaced(intentId, { name, replaces }, context);
  const latest = context.journal.state.latest(name);
  if (latest && latest.archiveId !== archiveId) emit(notLatest(latest));
}

/** Of several older versions one was replaced, and another may be later than the file is. */
function notLatest({ name, archiveId }: JournalEntry): TroubleEvent {
  return {
    type: "warning",
    message: `Archive ${archiveId}, an older version of ${
      printable(name)
    }, has a later modification time than the file, and is what restore would bring back: the next sync --replace-modified replaces it too`,
  };
}
