/**
 * How long an upload may take. `fetch` doesn't tell how much of a body it has
 * sent, so a line that is slow and one that is dead look the same; what earlier
 * uploads took tells them apart.
 *
 * @module
 */

/** The slowest line that is ever waited for, in bytes a second. */
const SLOWEST = 16 * 1024;

/** How many times slower than before an upload may be: other uploads may share the line by now. */
const MARGIN = 8;

/** What is smaller tells more of the service than of the line. */
const SMALLEST_SAMPLE = 1024 * 1024;

/** How much of a step up a faster upload makes believe in. */
const STEP_UP = 1 / 8;

/** The pace of one client's uploads. Rates are bytes a second. */
export class UploadPace {
  /** What an upload goes at, as far as is known. */
  #rate: number | undefined;

  /** The slowest rate that an upload is waited for from now on; 16 KiB a second as long as nothing is known. */
  get slowest(): number {
    return Math.max(SLOWEST, (this.#rate ?? 0) / MARGIN);
  }

  /** So many bytes were sent and answered in so many seconds. A slower pace is believed at once, a faster one by and by. */
  sent(bytes: number, seconds: number): void {
    if (bytes < SMALLEST_SAMPLE || seconds <= 0) return;
    const rate = bytes / seconds;
    const known = this.#rate ?? rate;
    this.#rate = rate < known ? rate : known + (rate - known) * STEP_UP;
  }

  /** An upload that was waited for at that rate did not end in time: its next try has twice as long. Uploads at the same time count once. */
  stalled(slowest: number): void {
    const half = slowest * MARGIN / 2;
    if (this.#rate !== undefined) this.#rate = Math.min(this.#rate, half);
  }
}
