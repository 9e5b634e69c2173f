/**
 * How the command line is run from source.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

/** Arguments for Deno, with the permissions of `deno task moraine`; the program's own follow. */
export const FROM_SOURCE: readonly string[] = [
  "run",
  "--quiet",
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  fileURLToPath(new URL("../src/cli/main.ts", import.meta.url)),
];
