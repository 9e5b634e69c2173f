/**
 * Shows events: results on standard output, everything else on standard
 * error; and counts them.
 *
 * @module
 */

import type { CommandEvent } from "../commands/command_events.ts";
import { Tally } from "../commands/tally.ts";
import { printable } from "../relative_name.ts";
import type { Summary } from "../transfer/events.ts";
import type { CliHost } from "./host.ts";
import {
  jsonLine,
  operationsLine,
  resultLines,
  resumedLine,
  summaryLine,
  type VaultFormat,
} from "./output.ts";
import { Progress } from "./progress.ts";
import { troubleLine } from "./trouble_lines.ts";

/** How much is shown. */
export interface ReporterOptions {
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  /** How lists of vaults look. */
  vaultFormat?: VaultFormat;
}

/** How many empty files are named where not all are to be. */
const MOST_EMPTY_NAMED = 10;

/** Results that leave nothing for the line at the end to tell. */
const TOTALS: ReadonlySet<CommandEvent["type"]> = new Set([
  "checkTotals",
  "inventoryDownloaded",
]);

/** Takes the events of one run. */
export class Reporter {
  readonly #host: CliHost;
  readonly #options: ReporterOptions;
  readonly #progress: Progress;
  readonly #tally = new Tally();
  /** Whether results have told what the run amounted to. */
  #told = false;

  constructor(host: CliHost, options: ReporterOptions) {
    this.#host = host;
    this.#options = options;
    this.#progress = new Progress({
      isTerminal: host.errIsTerminal,
      columns: () => host.columns(),
      write: (text) => host.err(text),
    }, () => host.platform.clock.now());
  }

  /** Takes an event. */
  emit(event: CommandEvent): void {
    this.#tally.take(event);
    this.#told ||= TOTALS.has(event.type);
    switch (event.type) {
      case "planned":
      case "transferred":
      case "fileEnded":
        if (!this.#options.quiet) this.#progress.take(event);
        return;
      case "warning":
      case "failure":
        this.#json(event);
        return this.err(troubleLine(event));
      case "retry":
      case "gaveUp":
      case "requestLimit":
      case "requestLimitLifted":
        this.#json(event);
        if (this.#options.verbose) this.err(troubleLine(event));
        return;
      case "skipped":
        this.#json(event);
        return this.#sayEmpty(event.name);
      case "downloadResumed":
        this.#json(event);
        if (this.#options.verbose) this.err(resumedLine(event));
        return;
      default:
        if (this.#options.json) return this.#json(event);
        for (const line of resultLines(event, this.#options.vaultFormat)) {
          this.#out(line);
        }
    }
  }

  /** Writes a line to standard error, above the progress bar. */
  err(line: string): void {
    this.#progress.clear();
    this.#host.err(`${line}\n`);
  }

  /** Says at the end what the run amounted to, where it did anything. */
  sayResult(): void {
    this.#progress.clear();
    this.#json({ type: "summary", summary: this.summary });
    const { files, deleted, failed, empty, pending } = this.summary;
    const done = files + deleted + failed + empty + pending;
    if (done > 0 && !this.#told && !this.#options.quiet) {
      this.err(summaryLine(this.summary));
      if (this.#options.verbose) this.err(operationsLine(this.summary));
    }
  }

  /** Names an empty file: each with `verbose`, otherwise the first ones, for there may be thousands. */
  #sayEmpty(name: string): void {
    const { verbose, quiet } = this.#options;
    const { empty } = this.summary;
    if (verbose || (!quiet && empty <= MOST_EMPTY_NAMED)) {
      this.err(`Left out, because it is empty: ${printable(name)}`);
    } else if (!quiet && empty === MOST_EMPTY_NAMED + 1) {
      this.err("More empty files are left out: --verbose names them all");
    }
  }

  /** What the run amounts to so far. */
  get summary(): Summary {
    return this.#tally.summary;
  }

  /** Counts a request that is about to be sent. */
  countRequest(operation: string): void {
    this.#tally.countRequest(operation);
  }

  #json(event: CommandEvent): void {
    if (this.#options.json) this.#out(jsonLine(event));
  }

  #out(line: string): void {
    this.#progress.clear();
    this.#host.out(`${line}\n`);
  }
}
