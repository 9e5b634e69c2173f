/**
 * How the command line is run from source.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { PERMISSIONS } from "./permissions.ts";

/** Arguments for Deno, with the permissions of `deno task moraine`; the program's own follow. */
export const FROM_SOURCE: readonly string[] = [
  "run",
  "--quiet",
  ...PERMISSIONS,
  fileURLToPath(new URL("../src/cli/main.ts", import.meta.url)),
];
