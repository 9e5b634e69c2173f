/**
 * `restore-completed`: downloads the missing files whose retrieval is done.
 *
 * @module
 */

import { forEachBounded, Semaphore } from "../async/bounded.ts";
import type { NameFilter } from "../files/filter.ts";
import { JournalError } from "../errors.ts";
import { childPath } from "../files/safe_path.ts";
import type { Journal } from "../journal/journal.ts";
import { downloadsPath } from "../journal/paths.ts";
import type { JournalEntry, ReadonlyJournalState } from "../journal/state.ts";
import type { Files } from "../platform.ts";
import { downloadFile } from "../transfer/download.ts";
import {
  type DownloadMemory,
  noDownloadMemory,
  openDownloadMemory,
} from "../transfer/download_memory.ts";
import type { Emit } from "../transfer/events.ts";
import { FileFailures } from "../transfer/failures.ts";
import { HashPool } from "../treehash/pool.ts";
import { forgetUseless } from "../transfer/partial_file.ts";
import type { PartRange } from "../transfer/parts.ts";
import { openBoundJournal } from "./bound_journal.ts";
import type { StoreContext } from "./context.ts";
import { expectFolder, expectWritable } from "./folder.ts";
import { canBeRestored } from "./missing.ts";
import { retrievalsByArchive } from "./retrievals.ts";

/** Options of {@linkcode restoreCompleted}. */
export interface RestoreCompletedOptions {
  dir: string;
  journal: string;
  /** Which names of the journal to restore. */
  filter: NameFilter;
  /** Size in bytes of the segments in which files are fetched; 0: each file by one request. */
  segmentSize: number;
  /** Requests under way at a time, at least 1. */
  concurrency: number;
  dryRun?: boolean;
}

/** A file and the job that has it ready. */
interface ReadyFile {
  entry: JournalEntry;
  jobId: string;
}

/**
 * Downloads each file of the journal that is missing below `dir` and whose
 * whole archive a job has ready. Files whose jobs are under way are reported
 * as not ready; they are no failure.
 *
 * @throws where the run can't go on: journal or service out of reach.
 */
export async function restoreCompleted(
  context: StoreContext,
  options: RestoreCompletedOptions,
): Promise<void> {
  const { emit, store, platform } = context;
  const { files, sha256 } = platform;
  await expectFolder(options.dir, platform.files, { mayBeMissing: true });
  await using journal = await openBoundJournal(context, options.journal, {
    mode: "read",
    mustExist: true,
  });
  const failures = new FileFailures(emit, context.signal);
  const { signal } = failures;
  const ready = await readyFiles(journal.state, context, options, failures);
  if (options.dryRun) return preview(ready, emit);
  await using memory = ready.length > 0 || await isRemembered(journal, files)
    ? await openMemory(journal, context)
    : noDownloadMemory();
  const wanted = (archiveId: string) =>
    journal.state.archive(archiveId) !== undefined;
  await forgetUseless(wanted, { files, memory, sha256, signal });
  if (ready.length === 0) return emit({ type: "nothingToRestore" });
  await expectWritable(options.dir, files);
  const bytes = ready.reduce((sum, { entry }) => sum + entry.size, 0);
  emit({ type: "planned", files: ready.length, bytes });
  const permits = new Semaphore(options.concurrency);
  await using hashPool = new HashPool(platform);
  const download = async ({ entry, jobId }: ReadyFile) => {
    const { name, archiveId, size } = entry;
    const { dir, segmentSize } = options;
    const path = childPath(dir, name);
    const onSegment = ({ offset, length: size }: PartRange) =>
      emit({ type: "downloadedPart", name, path, archiveId, offset, size });
    const onResumed = (present: number) =>
      emit({ type: "downloadResumed", name, path, archiveId, size, present });
    const segments = await downloadFile(
      entry,
      jobId,
      dir,
      { segmentSize, onSegment, onResumed },
      { ...{ store, files, emit, permits }, memory, sha256, hashPool, signal },
    );
    emit({ type: "downloaded", name, path, archiveId, size, segments });
  };
  await forEachBounded(
    ready,
    options.concurrency,
    (file) => failures.guard(file.entry.name, () => download(file)),
    { signal },
  );
}

function preview(ready: readonly ReadyFile[], emit: Emit): void {
  if (ready.length === 0) emit({ type: "nothingToRestore" });
  for (const { entry: { name, archiveId, size } } of ready) {
    emit({ type: "willDownload", name, archiveId, size });
  }
}

/** Whether an earlier run has left anything to go on with, or to clean up. */
async function isRemembered(
  { path }: Journal,
  files: Files,
): Promise<boolean> {
  return await files.stat(downloadsPath(path)) !== undefined;
}

/** What is known of downloads; nothing, where it can't be written down: bringing files back is what matters. */
async function openMemory(
  { path }: Journal,
  { platform, emit, signal }: StoreContext,
): Promise<DownloadMemory> {
  const onBroken = ({ message }: JournalError) =>
    emit({
      type: "warning",
      message:
        `A file that this run does not finish is begun anew by the next one: ${message}`,
    });
  try {
    return await openDownloadMemory(path, { ...platform, signal, onBroken });
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    onBroken(error);
    return noDownloadMemory();
  }
}

/** The missing files that can be downloaded now. */
async function readyFiles(
  state: ReadonlyJournalState,
  { store, platform, emit, signal }: StoreContext,
  { dir, filter }: RestoreCompletedOptions,
  failures: FileFailures,
): Promise<ReadyFile[]> {
  const retrievals = await retrievalsByArchive(store, signal);
  const ready: ReadyFile[] = [];
  for (const { archiveId, jobId, status } of retrievals.values()) {
    signal.throwIfAborted();
    const entry = state.archive(archiveId);
    // Somebody else's archive, or not the latest version of its name.
    if (!entry || state.latest(entry.name)?.archiveId !== archiveId) continue;
    if (!filter.includes(entry.name)) continue;
    if (!await canBeRestored(entry, dir, platform.files, failures)) continue;
    if (status === "ready") ready.push({ entry, jobId });
    else emit({ type: "notReady", name: entry.name, archiveId });
  }
  return ready;
}
