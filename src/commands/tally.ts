/**
 * What a run amounts to, counted from its events.
 *
 * @module
 */

import type { Summary } from "../transfer/events.ts";
import type { CommandEvent } from "./command_events.ts";

/** Counts while a run goes on. */
export class Tally {
  /** As it stands now. */
  readonly summary: Summary = {
    files: 0,
    bytes: 0,
    deleted: 0,
    failed: 0,
    empty: 0,
    pending: 0,
    requests: 0,
    operations: {},
  };

  /** Counts a request that is about to be sent. */
  countRequest(operation: string): void {
    const { summary } = this;
    summary.requests++;
    summary.operations[operation] = (summary.operations[operation] ?? 0) + 1;
  }

  /** Counts what an event tells. */
  take(event: CommandEvent): void {
    const { summary } = this;
    switch (event.type) {
      case "uploaded":
      case "downloaded":
      case "retrievalStarted":
        summary.files++;
        summary.bytes += event.size;
        return;
      case "checked":
        if (event.outcome !== "ok") {
          summary.failed++;
          return;
        }
        summary.files++;
        summary.bytes += event.size;
        return;
      case "inventoryDownloaded":
        summary.files += event.archives;
        summary.bytes += event.bytes;
        return;
      case "deleted":
        summary.deleted++;
        return;
      case "failure":
        summary.failed++;
        return;
      case "skipped":
        summary.empty++;
        return;
      case "notReady":
        summary.pending++;
        return;
    }
  }
}
