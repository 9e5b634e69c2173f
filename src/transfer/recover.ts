/**
 * Settling what a run left behind that ended in the middle of uploads.
 *
 * @module
 */

import { isTransient, messageOf, ServiceError } from "../errors.ts";
import type {
  CompletingIntent,
  MultipartIntent,
  OpenUpload,
  PendingIntent,
  ReplacingIntent,
} from "../journal/intent_record.ts";
import { findRecorded } from "../journal/intents.ts";
import type { Journal } from "../journal/journal.ts";
import type { JournalEntry } from "../journal/state.ts";
import { printable } from "../relative_name.ts";
import type { ArchiveStore, StoredArchive } from "../store.ts";
import { completeUpload, doubt, endUpload } from "./complete.ts";
import { deleteReplaced } from "./delete.ts";
import type { TroubleEvent } from "./events.ts";
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
 * - recorded, and what it replaces not deleted yet: that is deleted;
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
        await finish(id, intent, context);
      } else {
        const reason = "the program ended meanwhile";
        await doubt(id, intent.name, reason, context);
      }
    } else if (intent.vault !== store.location) {
      emit({ type: "warning", message: leftAlone(intent, store) });
    } else if (intent.kind === "multipart" && intent.size === null) {
      await endStream(id, intent, context);
    } else if (intent.kind === "multipart") await unfinished.add(id, intent);
    else if (intent.kind === "completing") await complete(id, intent, context);
    else await replace(id, intent, context);
  }
}

/** The replaced archives that `recoverUploads` would delete, as far as can be told before it asks the service. */
export function dueDeletions(
  pending: Iterable<PendingIntent>,
  { state }: Pick<Journal, "state">,
  { location }: ArchiveStore,
): JournalEntry[] {
  const due: JournalEntry[] = [];
  for (const intent of pending) {
    const { kind, name, replaces, vault } = intent;
    if (replaces === undefined || vault !== location) continue;
    if (kind === "multipart") continue;
    if (kind === "upload" && !findRecorded(intent, state)) continue;
    const entry = state.archive(replaces);
    if (entry?.name === name) due.push(entry);
  }
  return due;
}

function leftAlone(intent: PendingIntent, { location }: ArchiveStore): string {
  const what = intent.kind === "replacing"
    ? "An older version that is to be deleted"
    : "An unfinished upload";
  return `${what} of ${
    printable(intent.name)
  } in ${intent.vault} is left as it is: this run is for ${location}`;
}

/** Ends an upload that is recorded, in whatever vault, as the run would have that was broken off. */
async function finish(
  id: string,
  intent: OpenUpload,
  context: RecoveryContext,
): Promise<void> {
  const { intents, store } = context;
  const { vault, name, replaces } = intent;
  if (replaces === undefined) return await intents.settle(id, "created");
  await intents.replacing(id, { vault, name, replaces });
  if (vault === store.location) {
    await replace(id, { kind: "replacing", vault, name, replaces }, context);
  }
}

/** Deletes an archive that was replaced. Where the service refuses, the new one is there all the same, and the run goes on. */
async function replace(
  id: string,
  intent: ReplacingIntent,
  context: RecoveryContext,
): Promise<void> {
  try {
    await deleteReplaced(id, intent, context);
  } catch (error) {
    if (!(error instanceof ServiceError) || isTransient(error)) throw error;
    const { name, replaces } = intent;
    context.emit({
      type: "warning",
      message: `Cannot delete archive ${replaces}, an older version of ${
        printable(name)
      }: ${messageOf(error)}; the next run tries again`,
    });
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
    // What is in doubt was told.
    if (!intents.doubtful.has(id)) emit(refusedWarning(name, error));
    return;
  }
  const { archiveId } = stored;
  const { state } = journal;
  const known = state.archive(archiveId) !== undefined ||
    state.deletedAt(archiveId) !== undefined;
  if (!known) {
    await recordCreated({ archiveId, size, mtime, treeHash, name }, context);
  }
  await finish(id, intent, context);
  emit({
    type: "warning",
    message: `The upload of ${
      printable(name)
    }, which an earlier run did not finish, is finished and recorded as archive ${archiveId}`,
  });
}

/** A file goes up anew by itself; a stream of which the user was told that nothing need be sent again does not. */
function refusedWarning(name: string, error: unknown): TroubleEvent {
  return {
    type: "warning",
    message: `The upload of ${
      printable(name)
    }, which an earlier run did not finish, was refused by the service and is ended (${
      messageOf(error)
    }): what came from standard input is to be sent again`,
  };
}
