/**
 * Which errors concern one file, and which the whole run.
 *
 * @module
 */

import {
  FileError,
  IntegrityError,
  isTransient,
  ItemNotFoundError,
  JournalError,
  messageOf,
  MoraineError,
  NetworkError,
  ServiceError,
  UnsafeNameError,
} from "../errors.ts";
import { printable } from "../relative_name.ts";
import type { Emit, FailureError } from "./events.ts";

/** After so many files in a row that failed by the network, the rest would too. */
const FAILURES_IN_A_ROW = 10;

/** Codes that speak of what was sent for one file, not of the account, vault or key. */
const CODES_OF_ONE_FILE: ReadonlySet<string> = new Set([
  "InvalidParameterValueException",
  "MissingParameterValueException",
  "RequestTimeoutException",
]);

/**
 * Whether an error ends the run: then it would meet every other file as well,
 * or nothing more may be done at all (a journal that can't be written).
 */
export function endsRun(error: unknown): boolean {
  if (error instanceof FileError) return isDiskUnusable(error.cause);
  if (
    error instanceof UnsafeNameError || error instanceof IntegrityError ||
    error instanceof ItemNotFoundError
  ) return false;
  if (error instanceof NetworkError) return error.problem === "unreachable";
  if (error instanceof ServiceError) {
    return !CODES_OF_ONE_FILE.has(error.code) && !isTransient(error);
  }
  return true;
}

/** Whether the next file would meet the same: a full disk, a used-up quota, a read-only file system. */
function isDiskUnusable(cause: unknown): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  return code === "ENOSPC" || code === "EDQUOT" || code === "EROFS";
}

/** Reports the files that fail, and stops a run in which all would. */
export class FileFailures {
  readonly #emit: Emit;
  readonly #ended = new AbortController();
  #networkInARow = 0;
  #count = 0;
  /** Aborted by the user's interruption, or by the first error that ends the run. */
  readonly signal: AbortSignal;

  constructor(emit: Emit, interrupted: AbortSignal) {
    this.#emit = emit;
    this.signal = AbortSignal.any([interrupted, this.#ended.signal]);
  }

  /** How many files failed. */
  get count(): number {
    return this.#count;
  }

  /**
   * Does the work on one file; an error that concerns it alone is reported.
   * Others are thrown, and end what else is under way. Those of the journal are
   * reported too: each tells of an archive of its own.
   */
  async guard(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await this.#guard(name, work);
    } catch (error) {
      this.#ended.abort(error);
      throw error;
    } finally {
      this.#emit({ type: "fileEnded" });
    }
  }

  async #guard(name: string, work: () => Promise<void>): Promise<void> {
    const { signal } = this;
    try {
      await work();
      this.#networkInARow = 0;
    } catch (error) {
      if (signal.aborted && error === signal.reason) throw error;
      if (error instanceof JournalError) {
        this.report(name, error);
        throw new JournalError("Stopped: the journal cannot be written to", {
          cause: error,
        });
      }
      if (endsRun(error)) throw error;
      const network = isTransient(error);
      this.#networkInARow = network ? this.#networkInARow + 1 : 0;
      this.report(name, error);
      if (this.#networkInARow >= FAILURES_IN_A_ROW) {
        throw new MoraineError(
          `Stopped after ${FAILURES_IN_A_ROW} files in a row failed: ${
            messageOf(error)
          }`,
          { cause: error },
        );
      }
    }
  }

  /** Reports a file that failed; the run goes on, and its exit status will tell. */
  report(name: string, error: unknown): void {
    this.#count++;
    const message = messageOf(error);
    // What is said of the service doesn't tell which file it was about.
    const namesIt = error instanceof FileError ||
      error instanceof UnsafeNameError;
    this.#emit({
      type: "failure",
      name,
      message: printable(namesIt ? message : `${name}: ${message}`),
      error: failureErrorOf(error),
    });
  }
}

function failureErrorOf(error: unknown): FailureError {
  const name = error instanceof Error ? error.name : "Error";
  if (error instanceof ServiceError) return { name, code: error.code };
  if (error instanceof FileError || error instanceof NetworkError) {
    return { name, problem: error.problem };
  }
  return { name };
}
