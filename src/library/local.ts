/**
 * What is done with a journal alone, without the service.
 *
 * @module
 */

import { checkLocalHash as checkFiles } from "../commands/check_local_hash.ts";
import { openJournalFor } from "../commands/context.ts";
import { EVERYTHING, type NameFilter } from "../files/filter.ts";
import type { JournalContents } from "../journal/state.ts";
import type { Summary } from "../transfer/events.ts";
import { type RunOptions, runTallied } from "./run.ts";

/** Options of {@linkcode checkLocalHash}. */
export interface CheckRunOptions extends RunOptions {
  /** The folder. */
  dir: string;
  /** Path of the journal. */
  journal: string;
  /** Which names of the journal to check; all where absent. */
  filter?: NameFilter;
  /** Whether to tell which files would be read, and read none. */
  dryRun?: boolean;
}

/** Reads each file of the journal below a folder, and compares size and tree hash with what was uploaded. */
export function checkLocalHash(options: CheckRunOptions): Promise<Summary> {
  const { dir, journal, filter = EVERYTHING, dryRun } = options;
  return runTallied(
    options,
    (run) => checkFiles(run, { dir, journal, filter, dryRun }),
  );
}

/** Reads a journal, without a lock and without changing anything. */
export async function readJournal(
  path: string,
  options: RunOptions = {},
): Promise<JournalContents> {
  let contents: JournalContents | undefined;
  await runTallied(options, async (run) => {
    const read = { mode: "read", mustExist: true } as const;
    await using journal = await openJournalFor(run, path, read);
    contents = journal.state;
  });
  return contents!;
}
