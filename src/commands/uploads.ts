/**
 * `uploads`: lists the unfinished uploads of a vault, and ends them.
 *
 * @module
 */

import { ItemNotFoundError, JournalError } from "../errors.ts";
import { type Intents, openIntents, readIntents } from "../journal/intents.ts";
import { intentsPath, resolveJournal } from "../journal/paths.ts";
import { printable } from "../relative_name.ts";
import type { ListedUpload } from "../store.ts";
import { FileFailures } from "../transfer/failures.ts";
import { expectSameVault, openBoundJournal } from "./bound_journal.ts";
import type { CommandEvent } from "./command_events.ts";
import type { StoreContext } from "./context.ts";
import {
  canBeAborted,
  type SortedUploads,
  sortUploads,
  type UnfinishedUpload,
} from "./uploads_plan.ts";

/** Options of {@linkcode uploads}. */
export interface UploadsOptions {
  journal: string;
  /** Those of this journal, those that are not, or both. */
  which: "own" | "foreign" | "all";
  /** Whether to end them. */
  abort: boolean;
  dryRun?: boolean;
}

/**
 * Lists the uploads in parts that are begun and not ended, and those of which
 * it isn't known what came of them. With `abort`, then ends them, but for those
 * that may be an archive by now: these are left to the next sync.
 *
 * @throws {JournalError} where the journal isn't there or can't be used.
 * @throws {ServiceError | NetworkError} where the service can't be asked.
 */
export async function uploads(
  context: StoreContext<CommandEvent>,
  options: UploadsOptions,
): Promise<void> {
  if (options.abort && !options.dryRun) {
    return await abortUploads(context, options);
  }
  const sorted = await findUploads(context, options);
  const found = await tell(sorted, options, context);
  if (!options.abort) {
    if (found.length + sorted.inDoubt.length > 0) return;
    if (options.which !== "all") return;
    return context.emit({ type: "nothingUnfinished" });
  }
  const chosen = choose(found, context);
  for (const { uploadId, name, state } of chosen) {
    const own = state !== "foreign";
    context.emit({ type: "willAbort", uploadId, name, own });
  }
}

/** Changes nothing, and takes no lock. */
async function findUploads(
  context: StoreContext<CommandEvent>,
  { journal }: UploadsOptions,
): Promise<SortedUploads> {
  const { platform, store, signal } = context;
  const { files } = platform;
  const { path, exists } = await resolveJournal(journal, files);
  if (!exists) throw noJournal(journal);
  await expectSameVault(path, context);
  const read = async () =>
    (await readIntents(intentsPath(path), files, { signal })).fold;
  const before = await read();
  const listed = await list({ store, signal });
  const after = await read();
  return sortUploads(listed, before, after, store.location);
}

/** Under the lock no other run of this journal is in the middle of one. */
async function abortUploads(
  context: StoreContext<CommandEvent>,
  options: UploadsOptions,
): Promise<void> {
  const { platform, store, signal } = context;
  const { files, clock } = platform;
  await using journal = await openBoundJournal(context, options.journal, {
    mode: "write",
    mustExist: true,
  });
  await using intents = await openIntents(journal.path, {
    files,
    clock,
    signal,
  });
  const listed = await list(context);
  const sorted = sortUploads(listed, intents, intents, store.location);
  const found = await tell(sorted, options, context);
  const chosen = choose(found, context);
  const failures = new FileFailures(context.emit, signal);
  for (const upload of chosen) {
    failures.signal.throwIfAborted();
    await failures.guard(
      upload.name ?? upload.uploadId,
      () => abort(upload, intents, { ...context, signal: failures.signal }),
    );
  }
}

function noJournal(path: string): JournalError {
  return new JournalError(`There is no journal ${printable(path)}`);
}

function list(
  { store, signal }: Pick<StoreContext<CommandEvent>, "store" | "signal">,
): Promise<ListedUpload[]> {
  return Array.fromAsync(store.listUploads({ signal }));
}

function limit(
  sorted: SortedUploads,
  which: UploadsOptions["which"],
): SortedUploads {
  if (which === "all") return sorted;
  const ofForeign = which === "foreign";
  return {
    uploads: sorted.uploads.filter(({ state }) =>
      (state === "foreign") === ofForeign
    ),
    inDoubt: ofForeign ? [] : sorted.inDoubt,
    elsewhere: ofForeign ? 0 : sorted.elsewhere,
  };
}

/**
 * Tells what there is of those that are asked for, and how many there are in
 * all; resolves to the former that are there still.
 */
async function tell(
  all: SortedUploads,
  { which }: UploadsOptions,
  context: StoreContext<CommandEvent>,
): Promise<UnfinishedUpload[]> {
  const { emit } = context;
  const { uploads, inDoubt, elsewhere } = limit(all, which);
  const there: UnfinishedUpload[] = [];
  const ended = new Set<UnfinishedUpload>();
  for (const upload of uploads) {
    const { ids: _, ...rest } = upload;
    const stored = await storedParts(upload, context);
    // Ended since it was listed.
    if (stored === "none") {
      ended.add(upload);
      continue;
    }
    there.push(upload);
    const own = upload.state !== "foreign";
    emit({ type: "unfinishedUpload", own, ...rest, ...stored });
  }
  for (const { intent, time, reason } of inDoubt) {
    const { name, size } = intent;
    emit({ type: "uploadInDoubt", name, size, time, reason });
  }
  const count = (condition: (upload: UnfinishedUpload) => boolean) =>
    all.uploads.filter((each) => !ended.has(each) && condition(each)).length;
  emit({
    type: "uploadTotals",
    own: count(({ state }) => state !== "foreign" && state !== "gone"),
    gone: count(({ state }) => state === "gone"),
    foreign: count(({ state }) => state === "foreign"),
    inDoubt: all.inDoubt.length,
  });
  if (elsewhere > 0) {
    const uploads = elsewhere === 1
      ? "1 unfinished upload of this journal is"
      : `${elsewhere} unfinished uploads of this journal are`;
    const message = `${uploads} in another vault, or at another address`;
    emit({ type: "warning", message });
  }
  if (which !== "own" && count(({ state }) => state === "foreign") > 0) {
    emit({
      type: "warning",
      message:
        "Foreign uploads may be of a run that is under way with another journal or program: that fails where its upload is ended",
    });
  }
  return there;
}

/** How many parts of an own upload the service has, and their bytes. */
async function storedParts(
  { uploadId, state, listed }: UnfinishedUpload,
  { store, signal }: StoreContext<CommandEvent>,
): Promise<{ storedParts: number; storedBytes: number } | "none" | undefined> {
  if (!listed || state === "foreign") return undefined;
  let [storedParts, storedBytes] = [0, 0];
  try {
    for await (const { size } of store.listParts(uploadId, { signal })) {
      storedParts++;
      storedBytes += size;
    }
  } catch (error) {
    if (error instanceof ItemNotFoundError) return "none";
    throw error;
  }
  return { storedParts, storedBytes };
}

/** Those that are to be ended; of the others it is said why not. */
function choose(
  found: readonly UnfinishedUpload[],
  { emit }: StoreContext<CommandEvent>,
): UnfinishedUpload[] {
  const chosen = found.filter(canBeAborted);
  for (const upload of found) {
    if (canBeAborted(upload)) continue;
    emit({
      type: "warning",
      message: `Upload ${upload.uploadId} of ${
        printable(upload.name ?? "")
      } is left as it is, for it may be an archive by now: ${
        upload.state === "completing"
          ? "the next sync finishes and records it"
          : "journal reconcile tells, once there is an inventory"
      }`,
    });
  }
  if (chosen.length === 0) emit({ type: "nothingToAbort" });
  return chosen;
}

/** Ends an upload. Done again, it succeeds: also after a crash before its intent is settled. */
async function abort(
  { uploadId, name, state, ids }: UnfinishedUpload,
  intents: Intents,
  { store, emit, signal }: StoreContext<CommandEvent>,
): Promise<void> {
  await store.abortUpload(uploadId, { stop: signal });
  for (const id of ids) await intents.settle(id, "aborted");
  emit({ type: "uploadAborted", uploadId, name, own: state !== "foreign" });
}
