/**
 * How a program watches a run, ends it, and is told what it amounted to.
 *
 * @module
 */

import { abortable } from "../async/abortable.ts";
import type { LocalContext } from "../commands/context.ts";
import { Tally } from "../commands/tally.ts";
import { messageOf } from "../errors.ts";
import { createHost } from "../platform/host.ts";
import type { Emit, RunEvent, Summary } from "../transfer/events.ts";

/** What every run takes. */
export interface RunOptions {
  /**
   * Takes everything that the run tells while it goes on: each file that is
   * done or failed, warnings, requests that are repeated, progress. The last
   * event is `summary`, also where the run rejects. Where it throws, it gets no
   * more, and the run ends as by `signal`, with what was thrown. It may return
   * a promise, which the run waits for at its end; one that rejects is the same
   * as throwing.
   */
  onEvent?: (event: RunEvent) => unknown;
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
  const watcher = new Watcher(onEvent);
  const signal = given === undefined
    ? watcher.broken
    : AbortSignal.any([given, watcher.broken]);
  const emit = (event: RunEvent) => {
    tally.take(event);
    watcher.tell(event);
  };
  try {
    try {
      await work({ platform: createHost(), signal, tally, emit });
    } catch (error) {
      throw reasonFor(error, signal, emit);
    }
    // It may have come to its end with less done than was asked for.
    signal.throwIfAborted();
  } finally {
    await watcher.end(tally.summary);
  }
  watcher.broken.throwIfAborted();
  return tally.summary;
}

/** Who is told what a run does, and may have defects. */
class Watcher {
  readonly #onEvent: RunOptions["onEvent"];
  readonly #broken = new AbortController();
  /** What it promised for events that it was told. */
  readonly #promised = new Set<Promise<void>>();
  #ended = false;

  constructor(onEvent: RunOptions["onEvent"]) {
    this.#onEvent = onEvent;
  }

  /** Aborted by the first thing that it throws, or rejects with. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  /**
   * Tells an event, and never throws: that would end things half done, such as
   * an archive whose ID nobody has recorded.
   */
  tell(event: RunEvent): void {
    if (this.broken.aborted || this.#ended) return;
    try {
      this.#await(this.#onEvent?.(event));
    } catch (error) {
      this.#broken.abort(error);
    }
  }

  #await(result: unknown): void {
    if (!isPromise(result)) return;
    const settled: Promise<void> = Promise.resolve(result)
      .then(() => {}, (error) => this.#broken.abort(error))
      .finally(() => this.#promised.delete(settled));
    this.#promised.add(settled);
  }

  /** Tells the last event, and waits for what was promised. */
  async end(summary: Summary): Promise<void> {
    this.tell({ type: "summary", summary });
    this.#ended = true;
    const promised = Promise.all(this.#promised);
    // Where one of them has failed, nobody minds the others.
    await abortable(promised, this.broken).catch(() => {});
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined)?.then === "function";
}

/**
 * What a run that failed rejects with: the reason of an aborted one, whatever
 * the requests under way came to by then, and never what went wrong later,
 * while things were closed. That is told as a warning.
 */
function reasonFor(error: unknown, signal: AbortSignal, emit: Emit): unknown {
  // (By name: not every runtime has the class.)
  if (error instanceof Error && error.name === "SuppressedError") {
    const { suppressed, error: later } = error as SuppressedError;
    const reason = reasonFor(suppressed, signal, emit);
    if (later !== reason) warnOf(later, emit);
    return reason;
  }
  if (!signal.aborted) return error;
  const { reason } = signal;
  const same = error === reason ||
    (error instanceof Error && error.cause === reason);
  if (!same) warnOf(error, emit);
  return reason;
}

function warnOf(error: unknown, emit: Emit): void {
  emit({ type: "warning", message: messageOf(error) });
}
