/**
 * Settling what a run left behind that ended in the middle of uploads.
 *
 * @module
 */

import { isTransient, messageOf, ServiceError } from "../errors.ts";
import type {
  CompletingIntent,
  MultipartIntent,
  PendingIntent,
} from "../journal/intent_record.ts";
import { findRecorded } from "../journal/intents.ts";
import { printable } from "../relative_name.ts";
import type { StoredArchive } from "../store.ts";
import { recordCreated } from "./record.ts";
import { doubtMessage, type UploadContext } from "./upload.ts";

/** What recovery works with. */
export type RecoveryContext = Pick<
  UploadContext,
  "store" | "journal" | "intents" | "clock" | "emit" | "signal"
>;

/**
 * Goes through the uploads that an earlier run did not see to their end:
 *
 * - recorded all the same: nothing is left to do;
 * - all parts sent: the archive is made of them and recorded;
 * - some parts sent: the upload is ended, and the file will be sent anew;
 * - sent by one request whose answer is unknown: the user is told.
 *
 * Call it with the journal's lock held, before anything is planned.
 *
 * @throws {ServiceError | NetworkError} where the service can't be asked; then nothing may be uploaded either.
 */
export async function recoverUploads(context: RecoveryContext): Promise<void> {
  const { intents, store, emit } = context;
  for (const [id, intent] of [...intents.pending]) {
    context.signal.throwIfAborted();
    if (intent.vault !== store.title) {
      emit({
        type: "warning",
        message: `An unfinished upload of ${
          printable(intent.name)
        } into ${intent.vault} is left as it is: this run is for ${store.title}`,
      });
    } else await recoverOne(id, intent, context);
  }
}

async function recoverOne(
  id: string,
  intent: PendingIntent,
  context: RecoveryContext,
): Promise<void> {
  const { intents, journal } = context;
  if (findRecorded(intent, journal.state)) {
    return await intents.settle(id, "created");
  }
  switch (intent.kind) {
    case "upload":
      return await doubt(id, intent, "the program ended meanwhile", context);
    case "multipart":
      return await endUpload(id, intent, context);
    case "completing":
      return await completeUpload(id, intent, context);
  }
}

async function completeUpload(
  id: string,
  intent: CompletingIntent,
  context: RecoveryContext,
): Promise<void> {
  const { store, journal, intents, emit } = context;
  const { uploadId, size, treeHash, name } = intent;
  let stored: StoredArchive;
  try {
    stored = await store.completeUpload(uploadId, { size, treeHash });
  } catch (error) {
    if (isTransient(error)) throw error;
    if (!(error instanceof ServiceError)) throw error;
    // No such upload: it was completed, and too long ago for the service to
    // remember the archive, or it expired.
    if (error.status === 404) {
      return await doubt(id, intent, messageOf(error), context);
    }
    return await endUpload(id, intent, context);
  }
  const { archiveId } = stored;
  const { state } = journal;
  const known = state.archive(archiveId) !== undefined ||
    state.deletedAt(archiveId) !== undefined;
  if (!known) {
    const { mtime } = intent;
    await recordCreated({ archiveId, size, mtime, treeHash, name }, context);
  }
  await intents.settle(id, "created");
  emit({
    type: "warning",
    message: `The upload of ${
      printable(name)
    }, which an earlier run did not finish, is finished and recorded as archive ${archiveId}`,
  });
}

async function endUpload(
  id: string,
  intent: MultipartIntent | CompletingIntent,
  { store, intents, signal }: RecoveryContext,
): Promise<void> {
  await store.abortUpload(intent.uploadId, { signal });
  await intents.settle(id, "aborted");
}

async function doubt(
  id: string,
  intent: PendingIntent,
  reason: string,
  { intents, emit }: RecoveryContext,
): Promise<void> {
  await intents.doubt(id, reason);
  emit({ type: "warning", message: doubtMessage(intent.name, reason) });
}
