/**
 * `restore`: asks the service for files that are missing locally.
 *
 * @module
 */

import { forEachBounded } from "../async/bounded.ts";
import type { NameFilter } from "../files/filter.ts";
import { childPath } from "../files/safe_path.ts";
import type { Journal } from "../journal/journal.ts";
import type { JournalEntry } from "../journal/state.ts";
import type { Retrieval } from "../store.ts";
import { FileFailures } from "../transfer/failures.ts";
import { nowInSeconds } from "../transfer/record.ts";
import { openBoundJournal } from "./bound_journal.ts";
import type { StoreContext } from "./context.ts";
import { expectFolder, expectWritable } from "./folder.ts";
import { canBeRestored } from "./missing.ts";
import { retrievalCandidates } from "./plan.ts";
import { retrievalsByArchive } from "./retrievals.ts";

/** Options of {@linkcode restore}. */
export interface RestoreOptions {
  dir: string;
  journal: string;
  /** Which names of the journal to restore. */
  filter: NameFilter;
  /** Requests under way at a time, at least 1. */
  concurrency: number;
  /** How many files to ask for at most. */
  maxFiles?: number;
  dryRun?: boolean;
}

/**
 * Starts a retrieval job for each file of the journal that is missing below
 * `dir` and was neither asked for within the last 24 hours nor has a job that
 * the service still knows; and records it.
 *
 * @throws where the run can't go on: journal or service out of reach.
 */
export async function restore(
  context: StoreContext,
  options: RestoreOptions,
): Promise<void> {
  const { emit, store, platform } = context;
  const { files } = platform;
  await expectFolder(options.dir, files, { mayBeMissing: true });
  if (!options.dryRun) await expectWritable(options.dir, files);
  await using journal = await openBoundJournal(context, options.journal, {
    mode: options.dryRun ? "read" : "write",
    mustExist: true,
    ask: true,
  });
  const now = () => nowInSeconds(platform.clock);
  const { candidates, fresh } = retrievalCandidates(
    journal.state,
    (name) => options.filter.includes(name),
    now(),
  );
  const failures = new FileFailures(emit, context.signal);
  const { entries, underWay } = await chooseMissing(
    candidates,
    context,
    options,
    failures,
  );
  if (!options.dryRun) await recordUnderWay(underWay, journal);
  for (const { archiveId } of underWay) {
    const { name } = journal.state.archive(archiveId)!;
    emit({ type: "notReady", name, archiveId });
  }
  for (const { name, archiveId } of fresh) {
    const path = childPath(options.dir, name);
    if (await platform.files.lstat(path).catch(() => {}) === undefined) {
      emit({ type: "notReady", name, archiveId });
    }
  }
  if (entries.length === 0) return emit({ type: "nothingToRestore" });
  if (options.dryRun) {
    for (const { name, archiveId, size } of entries) {
      emit({ type: "willRetrieve", name, archiveId, size });
    }
    return;
  }
  emit({ type: "planned", files: entries.length, bytes: 0 });
  const retrieve = async ({ name, archiveId, size }: JournalEntry) => {
    // Without the signal: a job that was begun is billed, and must be recorded.
    const jobId = await store.requestRetrieval(archiveId, {
      stop: failures.signal,
      name,
    });
    await journal.append({
      type: "retrieveJob",
      time: now(),
      archiveId,
      jobId,
    });
    emit({ type: "retrievalStarted", name, archiveId, jobId, size });
  };
  await forEachBounded(
    entries,
    options.concurrency,
    (entry) => failures.guard(entry.name, () => retrieve(entry)),
    { signal: failures.signal },
  );
}

/**
 * Records the jobs that the service knows and the journal doesn't, such as
 * those of a run that was killed: asking again would be billed again.
 */
async function recordUnderWay(
  underWay: readonly Retrieval[],
  journal: Journal,
): Promise<void> {
  await Promise.all(underWay.map(async ({ archiveId, jobId, created }) => {
    const time = Math.floor(created / 1000);
    // The journal has it, or a later one, and it is more than a day old.
    if ((journal.state.retrievedAt(archiveId) ?? -Infinity) >= time) return;
    await journal.append({ type: "retrieveJob", time, archiveId, jobId });
  }));
}

/** The missing files to ask for, as many as wanted, and the jobs of those that need not be asked for. */
async function chooseMissing(
  candidates: Iterable<JournalEntry>,
  { platform, store, signal }: StoreContext,
  { dir, maxFiles = Infinity }: RestoreOptions,
  failures: FileFailures,
): Promise<{ entries: JournalEntry[]; underWay: Retrieval[] }> {
  const entries: JournalEntry[] = [];
  const underWay: Retrieval[] = [];
  // Asked for only when something is missing.
  let known: Map<string, Retrieval> | undefined;
  for (const entry of candidates) {
    if (entries.length >= maxFiles) break;
    signal.throwIfAborted();
    if (!await canBeRestored(entry, dir, platform.files, failures)) continue;
    known ??= await retrievalsByArchive(store, signal);
    const retrieval = known.get(entry.archiveId);
    if (retrieval) underWay.push(retrieval);
    else entries.push(entry);
  }
  return { entries, underWay };
}
