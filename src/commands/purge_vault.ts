/**
 * `purge-vault`: deletes all archives of a journal.
 *
 * @module
 */

import type { NameFilter } from "../files/filter.ts";
import { readIntents } from "../journal/intents.ts";
import type { Journal } from "../journal/journal.ts";
import { intentsPath } from "../journal/paths.ts";
import { FileFailures } from "../transfer/failures.ts";
import { chosenArchives } from "./chosen.ts";
import { openBoundJournal } from "./bound_journal.ts";
import type { StoreContext } from "./context.ts";
import { deleteArchives, previewDeletions } from "./deletions.ts";

/** Options of {@linkcode purgeVault}. */
export interface PurgeVaultOptions {
  journal: string;
  /** Which names of the journal to delete the archives of. */
  filter: NameFilter;
  /** Requests under way at a time, at least 1. */
  concurrency: number;
  dryRun?: boolean;
}

/**
 * Deletes every archive of the journal, older versions included, whose name the
 * filter lets pass. What was deleted is recorded, so that a purge that was
 * broken off goes on where it stopped.
 *
 * @throws where the run can't go on: journal or service out of reach.
 */
export async function purgeVault(
  context: StoreContext,
  options: PurgeVaultOptions,
): Promise<void> {
  const { store, platform, emit } = context;
  const { clock } = platform;
  await using journal = await openBoundJournal(context, options.journal, {
    mode: options.dryRun ? "read" : "write",
    mustExist: true,
    ask: true,
  });
  await warnOfUnknown(journal, context);
  // A copy: the journal changes while they are deleted.
  const archives = [...chosenArchives(journal.state, options.filter)];
  if (archives.length === 0) return emit({ type: "nothingToDelete" });
  if (options.dryRun) return previewDeletions(archives, { emit, clock });
  emit({ type: "planned", files: archives.length, bytes: 0 });
  const failures = new FileFailures(emit, context.signal);
  await deleteArchives(archives, options.concurrency, failures, {
    store,
    journal,
    clock,
    emit,
  });
}

/** Warns of archives that the vault may have although the journal doesn't know them: it would not be empty after this. */
async function warnOfUnknown(
  journal: Journal,
  { platform, emit, signal }: StoreContext,
): Promise<void> {
  const { fold } = await readIntents(
    intentsPath(journal.path),
    platform.files,
    { signal },
  );
  const count = fold.doubtful.size;
  if (count === 0) return;
  const [uploads, them] = count === 1
    ? ["1 upload is", "it"]
    : [`${count} uploads are`, "them"];
  emit({
    type: "warning",
    message:
      `${uploads} in doubt: the vault may have archives of ${them} that the journal doesn't know, which are not deleted; an inventory shows them, and then journal reconcile --adopt records them`,
  });
}
