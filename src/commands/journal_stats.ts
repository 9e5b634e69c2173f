/**
 * `journal stats`: what a journal holds.
 *
 * @module
 */

import type { NameFilter } from "../files/filter.ts";
import {
  RecordCounter,
  spreadOfAges,
  spreadOfSizes,
} from "../journal/statistics.ts";
import { chosenArchives } from "./chosen.ts";
import type { CommandEvent } from "./command_events.ts";
import { type LocalContext, openJournalFor } from "./context.ts";

/** Options of {@linkcode journalStats}. */
export interface JournalStatsOptions {
  journal: string;
  /** Which names to count. */
  filter: NameFilter;
}

/**
 * Counts what the journal says of the names that the filter lets pass. Changes
 * nothing, and takes no lock.
 *
 * @throws {JournalError} where there is no journal, or it can't be used.
 */
export async function journalStats(
  context: LocalContext<CommandEvent>,
  options: JournalStatsOptions,
): Promise<void> {
  const { platform, emit } = context;
  const { filter } = options;
  const counter = new RecordCounter((name) => filter.includes(name));
  await using journal = await openJournalFor(context, options.journal, {
    mode: "read",
    mustExist: true,
    onRecord: (record, before) => counter.take(record, before),
  });
  const { state } = journal;
  const now = Math.floor(platform.clock.now() / 1000);
  const chosen = () => chosenArchives(state, filter);
  emit({ type: "journalStatistics", statistics: counter.statistics(state) });
  emit({ type: "journalSpread", of: "size", spread: spreadOfSizes(chosen()) });
  emit({
    type: "journalSpread",
    of: "age",
    spread: spreadOfAges(chosen(), now),
  });
}
