/**
 * What is in a folder that files are restored into.
 *
 * @module
 */

import type { Contents } from "./content.ts";
import { quote } from "./expectation.ts";
import type { Version } from "./journal_files.ts";
import { type LocalTree, mtimeOf } from "./tree.ts";

/** Names of unfinished downloads. */
const LEFTOVER = /(^|\/)\.moraine-[^/]*$/;

/** Files below a folder, by relative name; none where it is missing. */
export async function filesBelow(dir: string, prefix = ""): Promise<string[]> {
  const names: string[] = [];
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(`${dir}/${prefix}`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return names;
    throw error;
  }
  for (const { name, isDirectory } of entries) {
    if (isDirectory) {
      names.push(...await filesBelow(dir, `${prefix}${name}/`));
    } else names.push(prefix + name);
  }
  return names;
}

/** A folder, and what may be in it. */
export interface Restored {
  dir: string;
  /** Files that were there before. */
  there: LocalTree;
  /** The latest version of each name that may be restored. */
  expected: ReadonlyMap<string, Version>;
  /** How many of them must be there, at least; all where absent. */
  least?: number;
}

/**
 * What is wrong in a folder, in sentences: every name must be a verified file,
 * and what was there before untouched.
 *
 * @param done Whether the restore came to its end.
 */
export async function faultsOfFolder(
  { dir, there, expected, least }: Restored,
  contents: Contents,
  done: boolean,
): Promise<string[]> {
  const wrong: string[] = [];
  const found = new Set(await filesBelow(dir));
  for (const name of found) {
    if (LEFTOVER.test(name)) continue;
    const own = there.get(name);
    const version = expected.get(name);
    if (own) {
      const bytes = contents.bytes(own.content);
      wrong.push(
        ...await compare(dir, name, bytes, mtimeOf(own), "was touched"),
      );
    } else if (version) {
      const bytes = contents.bytesOfHash(version.treeHash);
      if (bytes === undefined) wrong.push(`${quote(name)} was never uploaded`);
      else {
        const { mtime } = version;
        wrong.push(
          ...await compare(
            dir,
            name,
            bytes,
            mtime,
            "was not restored as it was",
          ),
        );
      }
    } else wrong.push(`${quote(name)} was restored, and should not be`);
  }
  for (const name of there.keys()) {
    if (!found.has(name)) wrong.push(`${quote(name)} is gone`);
  }
  if (!done) return wrong;
  const missing = [...expected.keys()].filter((name) =>
    !there.has(name) && !found.has(name)
  );
  const restored = [...expected.keys()].length - missing.length;
  if (restored < (least ?? expected.size)) {
    wrong.push(`Not restored: ${missing.map(quote).join(", ")}`);
  }
  return wrong;
}

async function compare(
  dir: string,
  name: string,
  bytes: Uint8Array,
  mtime: number | null,
  what: string,
): Promise<string[]> {
  const path = `${dir}/${name}`;
  const found = await Deno.readFile(path);
  if (!isSame(found, bytes)) return [`${quote(name)} ${what}: other bytes`];
  const time = Math.floor(Number((await Deno.stat(path)).mtime) / 1000);
  if (mtime === null || time === mtime) return [];
  return [`${quote(name)} ${what}: its time is ${time}, not ${mtime}`];
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Unfinished downloads in a folder, in sentences. */
export async function leftoversIn(dir: string): Promise<string[]> {
  return (await filesBelow(dir)).filter((name) => LEFTOVER.test(name))
    .map((name) => `An unfinished download is left: ${name}`);
}
