/**
 * The local folder of a torture run: what is in it, and what changes.
 *
 * @module
 */

import { dirname } from "node:path";
import type { Content, Contents } from "./content.ts";

/** A file as it is on the disk. */
export interface LocalFile {
  content: Content;
  /** Last modification in milliseconds since 1970. */
  mtimeMs: number;
}

/** What is in a folder, by relative name. */
export type LocalTree = Map<string, LocalFile>;

/** A change of a folder. */
export type Change =
  | { kind: "write"; name: string; file: LocalFile }
  | { kind: "remove"; name: string };

/** Last modification in whole seconds, as journals have it. */
export function mtimeOf({ mtimeMs }: LocalFile): number {
  return Math.floor(mtimeMs / 1000);
}

/** Changes what is known of a folder. */
export function applyChange(tree: LocalTree, change: Change): void {
  if (change.kind === "remove") tree.delete(change.name);
  else tree.set(change.name, change.file);
}

/** Changes the folder itself. */
export async function carryOut(
  change: Change,
  dir: string,
  contents: Contents,
): Promise<void> {
  const path = `${dir}/${change.name}`;
  if (change.kind === "remove") return await Deno.remove(path);
  await writeFile(path, change.file, contents);
}

/** Writes a file, and the folders on the way to it. */
export async function writeFile(
  path: string,
  { content, mtimeMs }: LocalFile,
  contents: Contents,
): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, contents.bytes(content));
  const time = new Date(mtimeMs);
  await Deno.utime(path, time, time);
}
