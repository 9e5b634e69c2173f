/**
 * Deleting archives, and recording that.
 *
 * @module
 */

import type { Intents } from "../journal/intents.ts";
import type { Journal } from "../journal/journal.ts";
import type { JournalEntry } from "../journal/state.ts";
import type { Clock } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type { ArchiveStore } from "../store.ts";
import type { Emit, TroubleEvent } from "./events.ts";
import { nowInSeconds } from "./record.ts";

/** What a deletion works with. */
export interface DeletionContext {
  store: ArchiveStore;
  journal: Journal;
  clock: Clock;
  emit: Emit;
  /** Once aborted, a request under way is seen through, and recorded, but not sent again. */
  signal: AbortSignal;
}

/**
 * Deletes an archive of the journal and records it. A deletion that a crash
 * keeps from being recorded is made again by whoever wants it made: the service
 * takes no offence at an archive that is gone.
 */
export async function deleteArchive(
  entry: JournalEntry,
  { store, journal, clock, emit, signal }: DeletionContext,
): Promise<void> {
  const { archiveId, name, size } = entry;
  await store.deleteArchive(archiveId, { stop: signal, name });
  const time = nowInSeconds(clock);
  await journal.append({ type: "deleted", time, archiveId, name });
  emit({ type: "deleted", name, archiveId, size });
}

/**
 * Deletes the archive that a new version of its file has replaced. That is
 * written down first, so that the next run does it where this one can't: call
 * it when the new version's CREATED line is on disk. Ends the intent `id`.
 */
export async function deleteReplaced(
  id: string,
  replaced: { name: string; replaces: string },
  context: DeletionContext & { intents: Intents },
): Promise<void> {
  const { store, journal, intents } = context;
  const { name, replaces } = replaced;
  const entry = journal.state.archive(replaces);
  // A journal brought back from a copy may lack the new version: then the old
  // one is all that it has of the file.
  const last = journal.state.versions(name).length === 1;
  if (entry?.name === name && last) context.emit(keptWarning(entry));
  else if (entry?.name === name) {
    await intents.replacing(id, { vault: store.location, name, replaces });
    await deleteArchive(entry, context);
  }
  await intents.settle(id, "created");
}

function keptWarning({ name, archiveId }: JournalEntry): TroubleEvent {
  return {
    type: "warning",
    message: `Archive ${archiveId} of ${
      printable(name)
    } was to be deleted, because an earlier run replaced it, and is kept: the journal has no other version (journal reconcile tells what else is in the vault, once there is an inventory)`,
  };
}
