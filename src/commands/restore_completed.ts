/**
 * `restore-completed`: downloads the missing files whose retrieval is done.
 *
 * @module
 */

import { forEachBounded, Semaphore } from "../async/bounded.ts";
import type { NameFilter } from "../files/filter.ts";
import { childPath } from "../files/safe_path.ts";
import type { JournalEntry, ReadonlyJournalState } from "../journal/state.ts";
import { downloadFile } from "../transfer/download.ts";
import { FileFailures } from "../transfer/failures.ts";
import type { PartRange } from "../transfer/parts.ts";
import { openBoundJournal } from "./bound_journal.ts";
import type { StoreContext } from "./context.ts";
import { expectFolder } from "./folder.ts";
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
  const { files } = platform;
  await expectFolder(options.dir, platform.files, { mayBeMissing: true });
  await using journal = await openBoundJournal(context, options.journal, {
    mode: "read",
    mustExist: true,
  });
  const failures = new FileFailures(emit, context.signal);
  const ready = await readyFiles(journal.state, context, options, failures);
  if (ready.length === 0) return emit({ type: "nothingToRestore" });
  if (options.dryRun) {
    for (const { entry: { name, archiveId, size } } of ready) {
      emit({ type: "willDownload", name, archiveId, size });
    }
    return;
  }
  const bytes = ready.reduce((sum, { entry }) => sum + entry.size, 0);
  emit({ type: "planned", files: ready.length, bytes });
  const { signal } = failures;
  const permits = new Semaphore(options.concurrency);
  const download = async ({ entry, jobId }: ReadyFile) => {
    const { name, archiveId, size } = entry;
    const { dir, segmentSize } = options;
    const path = childPath(dir, name);
    const onSegment = ({ offset, length: size }: PartRange) =>
      emit({ type: "downloadedPart", name, path, archiveId, offset, size });
    const segments = await downloadFile(
      entry,
      jobId,
      dir,
      { segmentSize, onSegment },
      { store, files, emit, permits, signal },
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
    if (!entry || state.latest(entry.name) !== entry) continue;
    if (!filter.includes(entry.name)) continue;
    if (!await canBeRestored(entry, dir, platform.files, failures)) continue;
    if (status === "ready") ready.push({ entry, jobId });
    else emit({ type: "notReady", name: entry.name, archiveId });
  }
  return ready;
}
