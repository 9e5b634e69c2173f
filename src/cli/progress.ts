/**
 * How far a run is, on standard error: a bar on a terminal, elsewhere a line
 * every so often.
 *
 * @module
 */

import { format as formatBytes } from "@std/fmt/bytes";
import { format as formatDuration } from "@std/fmt/duration";
import type { RunEvent } from "../transfer/events.ts";

/** The state of a run, from its events. */
export interface ProgressState {
  /** What lies ahead in all, where it is known. */
  planned?: { files: number; bytes: number };
  files: number;
  bytes: number;
  /** Since the first event, in milliseconds. */
  elapsed: number;
}

/** Milliseconds between two drawings of the bar, and between two lines elsewhere. */
const REDRAW = 100;
const LINE_EVERY = 60_000;

/** `12 of 40 files, 1.2 of 5.6 GiB (21%), 34 MiB/s, 2m left`, for any state. */
export function describeProgress(state: ProgressState): string {
  const { planned, files, bytes, elapsed } = state;
  const seconds = elapsed / 1000;
  const rate = seconds > 0 ? Math.round(bytes / seconds) : 0;
  const size = (n: number) => formatBytes(n, { binary: true });
  const parts = planned
    ? [
      `${files} of ${planned.files} files`,
      `${size(bytes)} of ${size(planned.bytes)} (${percent(state)}%)`,
    ]
    : [`${files} files`, size(bytes)];
  // The first seconds tell nothing about the rest.
  if (seconds >= 1 && rate > 0) {
    parts.push(`${size(rate)}/s`);
    if (planned && bytes < planned.bytes) {
      const left = Math.ceil((planned.bytes - bytes) / rate) * 1000;
      parts.push(`${formatDuration(left, { ignoreZero: true })} left`);
    }
  }
  return parts.join(", ");
}

/** A bar that fits into a line of so many columns, without the line's end. */
export function drawBar(state: ProgressState, columns: number): string {
  const text = describeProgress(state);
  const width = columns - text.length - 5;
  if (!state.planned || width < 10) return text.slice(0, columns - 1);
  const full = Math.floor(Math.min(30, width) * percent(state) / 100);
  return `[${"#".repeat(full).padEnd(Math.min(30, width), "-")}] ${text}`;
}

/** How much of the bytes, or where there are none of the files, is done. */
function percent({ planned, files, bytes }: ProgressState): number {
  if (!planned) return 0;
  const [done, all] = planned.bytes > 0
    ? [bytes, planned.bytes]
    : [files, planned.files];
  return all === 0 ? 100 : Math.min(100, Math.floor(100 * done / all));
}

/** Where progress is shown. */
export interface ProgressScreen {
  isTerminal: boolean;
  columns(): number;
  write(text: string): void;
}

/** Shows progress from events. */
export class Progress {
  readonly #screen: ProgressScreen;
  readonly #now: () => number;
  #state: Omit<ProgressState, "elapsed"> = { files: 0, bytes: 0 };
  #began: number | undefined;
  #shownAt: number | undefined;
  #barIsUp = false;

  constructor(screen: ProgressScreen, now: () => number) {
    this.#screen = screen;
    this.#now = now;
  }

  /** Takes an event, and shows what it changed where it is time to. */
  take(event: RunEvent): void {
    switch (event.type) {
      case "planned":
        this.#state.planned = event;
        break;
      case "transferred":
        this.#state.bytes += event.bytes;
        break;
      case "fileEnded":
        this.#state.files++;
        break;
      default:
        return;
    }
    const now = this.#now();
    this.#began ??= now;
    // Off a terminal nothing is said of a short run.
    this.#shownAt ??= this.#screen.isTerminal ? -Infinity : now;
    const interval = this.#screen.isTerminal ? REDRAW : LINE_EVERY;
    if (now - this.#shownAt < interval) return;
    this.#shownAt = now;
    this.#show({ ...this.#state, elapsed: now - this.#began });
  }

  /** Takes the bar off the screen, so that a line can be printed in its place. */
  clear(): void {
    if (!this.#barIsUp) return;
    this.#barIsUp = false;
    this.#shownAt = -Infinity;
    this.#screen.write("\r\x1b[K");
  }

  #show(state: ProgressState): void {
    if (this.#screen.isTerminal) {
      this.#screen.write(`\r${drawBar(state, this.#screen.columns())}\x1b[K`);
      this.#barIsUp = true;
    } else this.#screen.write(`${describeProgress(state)}\n`);
  }
}
