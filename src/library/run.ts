/**
 * How a program watches a run, ends it, and is told what it amounted to.
 *
 * @module
 */

import type { LocalContext } from "../commands/context.ts";
import { Tally } from "../commands/tally.ts";
import { createHost } from "../platform/host.ts";
import type { RunEvent, Summary } from "../transfer/events.ts";

/** What every run takes. */
export interface RunOptions {
  /**
   * Takes everything that the run tells while it goes on: each file that is
   * done or failed, warnings, requests that are repeated, progress. Where it
   * throws, it gets no more, and the run ends as by `signal`, with what was
   * thrown.
   */
  onEvent?: (event: RunEvent) => void;
  /**
   * Ends the run as soon as nothing is half done; it then rejects with the
   * signal's reason, and a later run goes on.
   */
  signal?: AbortSignal;
}

/** What a run counts by. */
export interface Run extends LocalContext {
  tally: Tally;
}

/** Does the work of one run, and tells what it amounted to. */
export async function runTallied(
  { onEvent, signal: given }: RunOptions,
  work: (run: Run) => Promise<void>,
): Promise<Summary> {
  given?.throwIfAborted();
  const tally = new Tally();
  const broken = new AbortController();
  const signal = given === undefined
    ? broken.signal
    : AbortSignal.any([given, broken.signal]);
  await work({
    platform: createHost(),
    signal,
    tally,
    emit(event) {
      tally.take(event);
      // It would end things half done: an archive whose ID nobody has recorded.
      if (broken.signal.aborted) return;
      try {
        onEvent?.(event);
      } catch (error) {
        broken.abort(error);
      }
    },
  });
  // It may have come to its end with less done than was asked for.
  signal.throwIfAborted();
  return tally.summary;
}
