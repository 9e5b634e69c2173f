/**
 * The journal and the intents beside it, read apart from the program's own
 * readers.
 *
 * @module
 */

import { parseByGrammar } from "../journal_grammar.ts";

/** An archive of a journal that was not deleted. */
export interface Version {
  archiveId: string;
  name: string;
  size: number;
  /** In seconds since 1970. */
  mtime: number | null;
  treeHash: string;
  /** When it was recorded. */
  time: number;
}

/** What a journal says. */
export interface JournalView {
  /** Every archive that was ever recorded, by its ID, in the order of the lines. */
  created: Map<string, Version>;
  /** Those that were not deleted. */
  live: Map<string, Version>;
  /** IDs of those that were. */
  deleted: Set<string>;
}

/** Reads a journal; one that is missing is empty. A torn last line is left out where there may be one. */
export async function readJournal(
  path: string,
  torn = false,
): Promise<JournalView> {
  const view: JournalView = {
    created: new Map(),
    live: new Map(),
    deleted: new Set(),
  };
  const bytes = await readIfThere(path);
  if (bytes === undefined) return view;
  for (const { type, time, fields } of parseByGrammar(bytes, torn)) {
    const [archiveId] = fields;
    if (type === "CREATED") {
      const [, size, mtime, treeHash, name] = fields;
      const version = {
        archiveId,
        name,
        size: Number(size),
        mtime: mtime === "NONE" ? null : Number(mtime),
        treeHash,
        time,
      };
      view.created.set(archiveId, version);
      view.live.set(archiveId, version);
    } else if (type === "DELETED") {
      view.live.delete(archiveId);
      view.deleted.add(archiveId);
    }
  }
  return view;
}

/** The versions of each name, the latest one first. */
export function versionsByName(
  { live }: JournalView,
): Map<string, Version[]> {
  const byName = new Map<string, Version[]>();
  for (const version of live.values()) {
    const versions = byName.get(version.name) ?? [];
    // The later line leads where two are of the same age.
    byName.set(version.name, [version, ...versions]);
  }
  const age = ({ mtime, time }: Version) => mtime ?? time;
  for (const versions of byName.values()) {
    versions.sort((a, b) => age(b) - age(a) || b.time - a.time);
  }
  return byName;
}

/** An upload, or a deletion that is due, as the intents file has it. */
export interface Intent {
  kind: string;
  name: string;
  description: string;
  size: number | null;
  treeHash: string | null;
  mtime: number | null;
  uploadId?: string;
}

/** What an intents file says. */
export interface IntentsView {
  /** Uploads and deletions that are not done, by ID. */
  pending: Map<string, Intent>;
  /** Uploads of which it is not known whether they made an archive. */
  doubtful: Map<string, Intent>;
}

/** Reads the intents beside a journal; a torn last line is left out. */
export async function readIntents(journal: string): Promise<IntentsView> {
  const view: IntentsView = { pending: new Map(), doubtful: new Map() };
  const bytes = await readIfThere(`${journal}.intents`);
  if (bytes === undefined) return view;
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  for (const text of lines) takeIntent(view, JSON.parse(text));
  return view;
}

function takeIntent(
  { pending, doubtful }: IntentsView,
  line: Intent & { id: string },
): void {
  const { id, kind } = line;
  const known = pending.get(id);
  switch (kind) {
    case "upload":
    case "multipart":
    case "replacing":
      pending.set(id, line);
      return;
    case "completing": {
      const { size, treeHash } = line;
      if (known) pending.set(id, { ...known, kind, size, treeHash });
      return;
    }
    case "settled":
      pending.delete(id);
      doubtful.delete(id);
      return;
    case "doubtful":
      pending.delete(id);
      if (known) doubtful.set(id, known);
      return;
    default:
      throw new Error(`Unknown intent: ${kind}`);
  }
}

/** Reads a file; `undefined` where there is none. */
export async function readIfThere(
  path: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
