/**
 * What is thrown where a range of a file could not be hashed.
 *
 * @module
 */

import { FileError, messageOf } from "../errors.ts";
import { printable } from "../relative_name.ts";
import type { HashFailure, WorkerRequest } from "./worker.ts";

/** A thread died of a request, or with it. */
export function deathError({ path }: WorkerRequest, cause: unknown): FileError {
  return new FileError(
    `Cannot hash file: ${printable(path)}: a worker thread died (${
      messageOf(cause)
    })`,
    path,
    "failed",
    { cause },
  );
}

const SENTENCES: Record<HashFailure["problem"], string> = {
  changed: "File changed while it was read",
  vanished: "File vanished before it was read",
  failed: "Cannot read file",
};

/** A request failed; what reads names the file, and who writes knows better what is written. */
export function failureError(
  { kind, path }: WorkerRequest,
  failure: HashFailure,
): Error {
  const { problem, message, code } = failure;
  const cause = Object.assign(new Error(message), { code });
  if (kind === "write") return cause;
  const why = problem === "failed" ? `: ${message}` : "";
  return new FileError(
    `${SENTENCES[problem]}: ${printable(path)}${why}`,
    path,
    problem,
    { cause },
  );
}
