/**
 * What is done with a journal alone, without the service.
 *
 * @module
 */

import {
  checkLocalHash as checkFiles,
  DifferingFilesError,
} from "../commands/check_local_hash.ts";
import { openJournalFor } from "../commands/context.ts";
import { EVERYTHING, type NameFilter } from "../files/filter.ts";
import type { JournalContents } from "../journal/state.ts";
import type { Summary } from "../transfer/events.ts";
import { checkOptions } from "./options.ts";
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

/**
 * Reads each file of the journal below a folder, and compares size and tree
 * hash with what was uploaded (`check-local-hash` in mt-aws-glacier's README).
 * An event `checked` tells of each; those that are
 * as they were are `files` of the summary, and others `failed`. A different
 * modification time alone is told by an event, and no failure.
 *
 * @throws {JournalError} where the journal can't be read.
 * @throws {FileError} where the folder isn't there.
 *
 * @example Every file, and what became of it
 * ```ts
 * import { checkLocalHash } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const outcomes = new Map<string, string>();
 * const { failed } = await checkLocalHash({
 *   dir: "photos",
 *   journal: "photos.log",
 *   onEvent(event) {
 *     if (event.type === "checked") outcomes.set(event.name, event.outcome);
 *   },
 * });
 * assertEquals(outcomes.get("notes.txt"), "ok");
 * assertEquals(failed, 0);
 * ```
 */
export async function checkLocalHash(
  options: CheckRunOptions,
): Promise<Summary> {
  checkOptions(options, {
    required: ["dir", "journal"],
    optional: ["filter", "dryRun"],
  });
  const { dir, journal, filter = EVERYTHING, dryRun } = options;
  return await runTallied(options, async (run) => {
    try {
      await checkFiles(run, { dir, journal, filter, dryRun });
    } catch (error) {
      // Each of them was told, and counts as failed, as in other runs.
      if (!(error instanceof DifferingFilesError)) throw error;
    }
  });
}

/**
 * Reads a journal, without a lock and without changing anything. What a run
 * adds to it later is not seen. ("Journal concept" in mt-aws-glacier's README)
 *
 * @throws {JournalError} where it isn't there, or a line of it is no record.
 *
 * @example What of a file is in the vault
 * ```ts
 * import { readJournal } from "@moraine/moraine";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const journal = await readJournal("photos.log");
 * const names = [...journal.files()].map(([name]) => name);
 * assert(names.includes("2024/Lake Baikal.jpg"));
 * const notes = journal.latest("notes.txt");
 * assertEquals(notes?.size, 13);
 * assertEquals(journal.versions("notes.txt"), [notes]);
 * ```
 */
export async function readJournal(
  path: string,
  options: RunOptions = {},
): Promise<JournalContents> {
  checkOptions(options, {});
  checkOptions({ ...options, journal: path }, { required: ["journal"] });
  let contents: JournalContents | undefined;
  await runTallied(options, async (run) => {
    const read = { mode: "read", mustExist: true } as const;
    await using journal = await openJournalFor(run, path, read);
    contents = journal.state;
  });
  return contents!;
}
