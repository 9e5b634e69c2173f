/**
 * The names of files that are being downloaded.
 *
 * @module
 */

/** A new path for a temporary file in the folder of `path`. */
export function temporaryPathBeside(path: string): string {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  return `${folder}.moraine-${crypto.randomUUID()}.part`;
}

/** Whether a file of this name is one that an interrupted download left behind. */
export function isTemporaryName(name: string): boolean {
  return /(^|\/)\.moraine-[0-9a-f-]{36}\.part$/.test(name);
}
