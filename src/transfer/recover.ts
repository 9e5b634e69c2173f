/**
 * Settling what a run left behind that ended in the middle of uploads.
 *
 * @module
 */

import type {
  CompletingIntent,
  MultipartIntent,
} from "../journal/intent_record.ts";
import { findRecorded } from "../journal/intents.ts";
import { printable } from "../relative_name.ts";
import type { StoredArchive } from "../store.ts";
import { completeUpload, doubt, endUpload } from "./complete.ts";
import { recordCreated } from "./record.ts";
import type { UploadContext } from "./upload.ts";

/** What recovery works with. */
export type RecoveryContext = Pick<
  UploadContext,
  "store" | "journal" | "intents" | "clock" | "emit" | "signal" | "unfinished"
>;

/**
 * Goes through the uploads that an earlier run did not see to their end:
 *
 * - recorded all the same: nothing is left to do;
 * - sent by one request whose answer is unknown: the user is told;
 * - all parts sent: the archive is made of them and recorded;
 * - some parts sent: kept, to go on with when the file's turn comes;
 * - some parts of a stream sent: ended, because the rest can't be had again,
 *   and the user is told.
 *
 * Call it with the journal's lock held, before anything is planned.
 *
 * @throws {ServiceError | NetworkError} where the service can't be asked; then nothing may be uploaded either.
 */
export async function recoverUploads(context: RecoveryContext): Promise<void> {
  const { intents, store, journal, emit, unfinished, signal } = context;
  for (const [id, intent] of [...intents.pending]) {
    signal.throwIfAborted();
    if (intent.kind === "upload") {
      // Whichever vault it was for: once this run has recorded files of its
      // own, theirs and that one's could not be told apart any more.
      if (findRecorded(intent, journal.state)) {
        await intents.settle(id, "created");
      } else {
        const reason = "the program ended meanwhile";
        await doubt(id, intent.name, reason, context);
      }
    } else if (intent.vault !== store.location) {
      emit({
        type: "warning",
        message: `An unfinished upload of ${
          printable(intent.name)
        } into ${intent.vault} is left as it is: this run is for ${store.location}`,
      });
    } else if (intent.kind === "multipart" && intent.size === null) {
      await endStream(id, intent, context);
    } else if (intent.kind === "multipart") await unfinished.add(id, intent);
    else await complete(id, intent, context);
  }
}

/** Ends the upload of a stream that broke off. */
async function endStream(
  id: string,
  { name, uploadId }: MultipartIntent,
  context: RecoveryContext,
): Promise<void> {
  await endUpload(id, uploadId, { ...context, stop: context.signal });
  context.emit({
    type: "warning",
    message: `The upload of ${
      printable(name)
    } from standard input, which an earlier run did not finish, cannot be gone on with: send it again`,
  });
}

async function complete(
  id: string,
  intent: CompletingIntent,
  context: RecoveryContext,
): Promise<void> {
  const { store, journal, intents, emit, signal } = context;
  const { size, treeHash, name, mtime } = intent;
  // Asked even where the journal has such a file: that may be one of another
  // vault, with the same name and content.
  let stored: StoredArchive;
  try {
    stored = await completeUpload(id, intent, {
      store,
      intents,
      emit,
      stop: signal,
    });
  } catch (error) {
    // Settled or in doubt by now, the file goes up anew. Otherwise it is open
    // still, and nothing can be done before it can be asked again.
    if (intents.pending.has(id)) throw error;
    return;
  }
  const { archiveId } = stored;
  const { state } = journal;
  const known = state.archive(archiveId) !== undefined ||
    state.deletedAt(archiveId) !== undefined;
  if (!known) {
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
