/**
 * `restore`: asks the service for files that are missing locally.
 *
 * @module
 */

import { forEachBounded } from "../async/bounded.ts";
import type { JournalEntry } from "../journal/state.ts";
import { FileFailures } from "../transfer/failures.ts";
import { nowInSeconds } from "../transfer/record.ts";
import {
  type LocalContext,
  openJournalFor,
  type StoreContext,
} from "./context.ts";
import { isMissing } from "./missing.ts";
import { retrievalCandidates } from "./plan.ts";

/** Options of {@linkcode restore}. */
export interface RestoreOptions {
  dir: string;
  journal: string;
  /** Requests under way at a time, at least 1. */
  concurrency: number;
  /** How many files to ask for at most. */
  maxFiles?: number;
  dryRun?: boolean;
}

/**
 * Starts a retrieval job for each file of the journal that is missing below
 * `dir` and wasn't asked for within the last 24 hours, and records it.
 *
 * @throws where the run can't go on: journal or service out of reach.
 */
export async function restore(
  context: StoreContext,
  options: RestoreOptions,
): Promise<void> {
  const { emit, signal, store, platform } = context;
  await using journal = await openJournalFor(context, options.journal, {
    mode: options.dryRun ? "read" : "write",
    mustExist: true,
  });
  const now = () => nowInSeconds(platform.clock);
  const candidates = retrievalCandidates(journal.state, now());
  const entries: JournalEntry[] = [];
  for await (const entry of missingOf(candidates, context, options)) {
    entries.push(entry);
  }
  if (entries.length === 0) return emit({ type: "nothingToRestore" });
  if (options.dryRun) {
    for (const { name, archiveId, size } of entries) {
      emit({ type: "willRetrieve", name, archiveId, size });
    }
    return;
  }
  emit({ type: "planned", files: entries.length, bytes: 0 });
  const failures = new FileFailures(emit);
  const retrieve = async ({ name, archiveId, size }: JournalEntry) => {
    // Without the signal: a job that was begun is billed, and must be recorded.
    const jobId = await store.requestRetrieval(archiveId);
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
    (entry) => failures.guard(entry.name, () => retrieve(entry), signal),
    { signal },
  );
}

async function* missingOf(
  candidates: Iterable<JournalEntry>,
  { platform, signal }: LocalContext,
  { dir, maxFiles = Infinity }: RestoreOptions,
): AsyncGenerator<JournalEntry> {
  let taken = 0;
  for (const entry of candidates) {
    if (taken >= maxFiles) return;
    signal.throwIfAborted();
    if (!await isMissing(dir, entry.name, platform.files)) continue;
    taken++;
    yield entry;
  }
}
