/**
 * What of a journal a command is about.
 *
 * @module
 */

import type { NameFilter } from "../files/filter.ts";
import type { JournalEntry, ReadonlyJournalState } from "../journal/state.ts";

/** The latest versions of the files whose names a filter lets pass. */
export function* chosenFiles(
  state: ReadonlyJournalState,
  filter: NameFilter,
): Generator<JournalEntry> {
  for (const [name, entry] of state.files()) {
    if (filter.includes(name)) yield entry;
  }
}

/** All archives, older versions included, of the files whose names a filter lets pass. */
export function* chosenArchives(
  state: ReadonlyJournalState,
  filter: NameFilter,
): Generator<JournalEntry> {
  for (const entry of state.archives()) {
    if (filter.includes(entry.name)) yield entry;
  }
}
