/**
 * The names of files that are being downloaded, and of one that shows whether
 * any can be.
 *
 * @module
 */

/** A new path for a temporary file in the folder of `path`. */
export function temporaryPathBeside(path: string): string {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  return `${folder}.moraine-${crypto.randomUUID()}.part`;
}

/**
 * The name of a file that is made and removed to see whether files can be made
 * in a folder. Always the same: one that a killed run left is in nobody's way.
 */
export const PROBE_NAME = ".moraine-probe.part";

/** Whether a file of this name is one that an interrupted run left behind. */
export function isTemporaryName(name: string): boolean {
  return /(^|\/)\.moraine-([0-9a-f-]{36}|probe)\.part$/.test(name);
}
