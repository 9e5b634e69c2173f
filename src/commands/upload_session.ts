/**
 * What commands that upload have open while they do.
 *
 * @module
 */

import { Semaphore } from "../async/bounded.ts";
import { ByteBudget } from "../async/byte_budget.ts";
import { openIntents, readIntents } from "../journal/intents.ts";
import type { Journal } from "../journal/journal.ts";
import { intentsPath } from "../journal/paths.ts";
import type { JournalEntry } from "../journal/state.ts";
import { dueDeletions, recoverUploads } from "../transfer/recover.ts";
import type { Sizing } from "../transfer/sizing.ts";
import { UnfinishedUploads } from "../transfer/unfinished.ts";
import type { UploadContext } from "../transfer/upload.ts";
import { HashPool } from "../treehash/pool.ts";
import { openBoundJournal } from "./bound_journal.ts";
import type { StoreContext } from "./context.ts";

/** Options of {@linkcode openUploadSession}. */
export interface UploadSessionOptions
  extends Pick<Sizing, "concurrency" | "memory"> {
  journal: string;
  /** Aborted when nothing more is to be uploaded; see `UploadContext`. */
  signal: AbortSignal;
}

/** A journal to write to, and all that uploads need. Disposing of it closes them. */
export interface UploadSession extends UploadContext, AsyncDisposable {}

/**
 * Opens the journal, its intents and the threads that hash, and goes through
 * what an earlier run left unfinished.
 *
 * @throws {JournalError} where the journal can't be used.
 * @throws {ServiceError | NetworkError} where the service can't be asked about what is unfinished.
 */
export async function openUploadSession(
  context: StoreContext,
  options: UploadSessionOptions,
): Promise<UploadSession> {
  const { platform, emit, store } = context;
  const { files, clock } = platform;
  const { signal, concurrency, memory } = options;
  const open: AsyncDisposable[] = [];
  try {
    const journal = await openBoundJournal(context, options.journal, {
      mode: "write",
    });
    open.push(journal);
    const intents = await openIntents(journal.path, { files, clock, signal });
    open.push(intents);
    const hashPool = new HashPool(platform);
    open.push(hashPool);
    const session: UploadSession = {
      store,
      journal,
      intents,
      hashPool,
      files,
      clock,
      emit,
      permits: new Semaphore(concurrency),
      memory: new ByteBudget(memory),
      unfinished: new UnfinishedUploads({ store, intents, signal }),
      signal,
      [Symbol.asyncDispose]: () => closeAll(open),
    };
    await recoverUploads(session);
    return session;
  } catch (error) {
    // Whatever goes wrong now must not hide why.
    await closeAll(open).catch(() => {});
    throw error;
  }
}

/** The archives that opening a session would delete, because an earlier run replaced them and could not. */
export async function previewSession(
  { platform, store, signal }: StoreContext,
  journal: Journal,
): Promise<JournalEntry[]> {
  const path = intentsPath(journal.path);
  const { fold } = await readIntents(path, platform.files, { signal });
  return dueDeletions(fold.pending.values(), journal, store);
}

/** Closes all, the last one first, also where one of them fails. */
async function closeAll(open: AsyncDisposable[]): Promise<void> {
  const last = open.pop();
  if (last === undefined) return;
  try {
    await last[Symbol.asyncDispose]();
  } finally {
    await closeAll(open);
  }
}
