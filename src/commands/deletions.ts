/**
 * What commands that delete archives share.
 *
 * @module
 */

import { forEachBounded } from "../async/bounded.ts";
import type { JournalEntry } from "../journal/state.ts";
import type { Clock } from "../platform.ts";
import { deleteArchive, type DeletionContext } from "../transfer/delete.ts";
import type { Emit } from "../transfer/events.ts";
import type { FileFailures } from "../transfer/failures.ts";

/** Deletes archives, `concurrency` at a time. */
export async function deleteArchives(
  entries: Iterable<JournalEntry> | AsyncIterable<JournalEntry>,
  concurrency: number,
  failures: FileFailures,
  context: Omit<DeletionContext, "signal">,
): Promise<void> {
  const { signal } = failures;
  await forEachBounded(
    entries,
    concurrency,
    (entry) =>
      failures.guard(
        entry.name,
        () => deleteArchive(entry, { ...context, signal }),
      ),
    { signal },
  );
}

/** Says which archives would be deleted, and what that may cost. */
export function previewDeletions(
  entries: Iterable<JournalEntry>,
  { emit, clock }: { emit: Emit; clock: Clock },
): void {
  const early = { archives: 0, bytes: 0 };
  for (const { name, archiveId, size, time } of entries) {
    emit({ type: "willDelete", name, archiveId, size });
    if (!isEarly(time, clock)) continue;
    early.archives++;
    early.bytes += size;
  }
  if (early.archives === 0) return;
  emit({
    type: "warning",
    message:
      `Less than ${BILLED_DAYS} days old: ${early.archives} of these archives, ${early.bytes} bytes in all; Amazon bills the rest of the ${BILLED_DAYS} days when they are deleted`,
  });
}

/** Days for which the service bills an archive at least (its price list). */
const BILLED_DAYS = 90;

function isEarly(created: number, clock: Clock): boolean {
  return clock.now() / 1000 - created < BILLED_DAYS * 24 * 60 * 60;
}
