/**
 * The one table of exit statuses.
 *
 * @module
 */

import { UsageError } from "../errors.ts";

/** What a status tells whoever started the program. */
export const EXIT = {
  /** Done. */
  done: 0,
  /** Something failed; standard error says what. */
  failed: 1,
  /** Wrong usage or configuration; nothing was done. */
  usage: 2,
  /** Nothing failed, but something is still pending, and the user asked to be told. */
  pending: 75,
  /** Interrupted by the user. */
  interrupted: 130,
} as const;

/** What each status means, for the manual pages; docs/json.md has the same words. */
export const EXIT_MEANINGS: Record<keyof typeof EXIT, string> = {
  done: "done",
  failed: "something failed; standard error says what",
  usage: "wrong usage or configuration; nothing was done",
  pending: "reserved: nothing failed, but something is pending",
  interrupted:
    "interrupted (Ctrl-C or SIGTERM); the same command, run again, goes on",
};

/** An exit status. */
export type ExitStatus = typeof EXIT[keyof typeof EXIT];

/** The status for an error that ended a command. */
export function exitStatusOf(error: unknown): ExitStatus {
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}
