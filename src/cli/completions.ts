/**
 * Scripts that let a shell complete commands, options and values, made from
 * the tables.
 *
 * @module
 */

/** The script for a shell. */
export function completionScript(_shell: string): string {
  throw new Error("not written");
}
