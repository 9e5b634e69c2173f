/**
 * Recording an archive that was stored.
 *
 * @module
 */

import type { Journal } from "../journal/journal.ts";
import type { CreatedRecord } from "../journal/record.ts";
import type { Clock } from "../platform.ts";

/** Writes the CREATED line; resolves when it is on disk. */
export async function recordCreated(
  archive: Omit<CreatedRecord, "type" | "time">,
  { journal, clock }: { journal: Journal; clock: Clock },
): Promise<void> {
  const time = nowInSeconds(clock);
  await journal.append({ type: "created", time, ...archive });
}

/** The time as the journal writes it. */
export function nowInSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
