/**
 * What commands get from whoever runs them.
 *
 * @module
 */

import {
  type Journal,
  openJournal,
  type OpenJournalOptions,
} from "../journal/journal.ts";
import type { Platform } from "../platform.ts";
import type { ArchiveService, ArchiveStore } from "../store.ts";
import type { RunEvent } from "../transfer/events.ts";

/** For commands that need no service. `Event`: what they tell. */
export interface LocalContext<Event = RunEvent> {
  platform: Platform;
  /** Takes everything that is to be told. */
  emit: (event: Event) => void;
  /** Aborted when the user wants the run to end. */
  signal: AbortSignal;
}

/** For commands that need a service. */
export interface StoreContext<Event = RunEvent> extends LocalContext<Event> {
  store: ArchiveStore;
  /** Whether a journal of another vault may be used, and is of this one from now on. */
  rebind?: boolean;
}

/** For commands about all vaults. */
export interface ServiceContext<Event = RunEvent> extends LocalContext<Event> {
  service: ArchiveService;
}

/** Opens a journal for a command; what it warns of is emitted. */
export function openJournalFor(
  context: LocalContext,
  path: string,
  options: Pick<OpenJournalOptions, "mode" | "mustExist" | "onRecord">,
): Promise<Journal> {
  const { platform, emit, signal } = context;
  return openJournal(path, {
    files: platform.files,
    clock: platform.clock,
    lock: platform.lock,
    onWarning: (message) => emit({ type: "warning", message }),
    signal,
    ...options,
  });
}
