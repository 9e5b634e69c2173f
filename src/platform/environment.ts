/**
 * The process's environment.
 *
 * @module
 */

import process from "node:process";

/** An environment variable; an empty one counts as none. */
export function environmentVariable(name: string): string | undefined {
  return process.env[name] || undefined;
}
