/**
 * Errors of files that are written.
 *
 * @module
 */

import { FileError, messageOf } from "../errors.ts";
import { printable } from "../relative_name.ts";

/** Runs a step that writes; its failure names the file. */
export async function writing<T>(
  path: string,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw new FileError(
      `Cannot write file: ${printable(path)}: ${messageOf(cause)}`,
      path,
      "failed",
      { cause },
    );
  }
}
