/**
 * Downloads under way, remembered beside the journal: where their temporary
 * files are, and which pieces of them are in place. With it a run that follows
 * an interruption goes on instead of beginning anew.
 *
 * Nothing here is believed without a look: a piece counts when the bytes on
 * disk have the tree hash that is written down. So no line waits for the
 * device, and a file that can't be read is as good as none.
 *
 * @module
 */

import { JournalError, messageOf } from "../errors.ts";
import { isTemporaryName } from "../files/temporary.ts";
import { CompactingLog } from "../journal/compacting_log.ts";
import { parseJsonObject } from "../journal/json_object.ts";
import { scanLines } from "../journal/lines.ts";
import { lockFile } from "../journal/lock.ts";
import { downloadsPath } from "../journal/paths.ts";
import type { Files, Platform } from "../platform.ts";
import { printable } from "../relative_name.ts";

/** A download that was begun. */
export interface BegunDownload {
  archiveId: string;
  /** Where the file is to be, as the host writes paths. */
  target: string;
  /** Where its bytes go until then. */
  temporary: string;
  /** Of the archive, and of a piece of it but the last, in bytes. */
  size: number;
  pieceSize: number;
}

/** A download that an earlier run left, and the pieces of it that are in place. */
export interface UnfinishedDownload extends BegunDownload {
  id: string;
  /** Tree hashes by offset, lower-case hexadecimal. */
  pieces: ReadonlyMap<number, string>;
}

/** A line of the file. `id` names the download among the lines. */
export type DownloadLine =
  | { id: string; kind: "begun" } & BegunDownload
  | { id: string; kind: "piece"; offset: number; treeHash: string }
  | { id: string; kind: "ended" };

/** The downloads of one journal that are not ended yet. */
export interface DownloadMemory extends AsyncDisposable {
  /** At first, those that an earlier run left. */
  readonly unfinished: ReadonlyMap<string, UnfinishedDownload>;
  /** Resolves to the download's ID here, which is empty where it can't be remembered; call it before the temporary file is made. */
  begin(download: BegunDownload): Promise<string>;
  /** A piece is in place. */
  addPiece(id: string, offset: number, treeHash: string): Promise<void>;
  /** Neither the download nor its temporary file is there any more. */
  end(id: string): Promise<void>;
}

/** How {@linkcode openDownloadMemory} works. Of the platform, pass `...platform`. */
export type OpenMemoryOptions = Pick<Platform, "files" | "lock"> & {
  signal?: AbortSignal;
  /** Called once, where nothing can be written down any more. */
  onBroken?: (error: JournalError) => void;
};

/**
 * Opens what is known of the downloads of the journal at `journal`, for this
 * process alone.
 *
 * @throws {JournalError} where another process has it, or it can't be written.
 */
export async function openDownloadMemory(
  journal: string,
  { files, lock, signal, onBroken = () => {} }: OpenMemoryOptions,
): Promise<DownloadMemory> {
  const path = downloadsPath(journal);
  const shown = printable(journal);
  const held = await lockFile(
    `${path}.lock`,
    `Another run downloads by the journal ${shown} at the moment, and what both are after is fetched twice`,
    lock,
  );
  try {
    const fold = await readFold(path, files, signal);
    // Names of files are in it: whom the journal is closed to, this is too.
    const permissions = (await files.stat(journal))?.mode;
    const log = await CompactingLog.open<DownloadLine>(path, {
      apply: (line) => applyDownloadLine(fold, line),
      lines: () => linesOf(fold),
      format: (line) => JSON.stringify(line) + "\n",
    }, { files, permissions });
    return new OpenedMemory(fold, log, held, onBroken);
  } catch (error) {
    await held[Symbol.asyncDispose]();
    throw error;
  }
}

type Fold = Map<string, UnfinishedDownload & { pieces: Map<number, string> }>;

async function readFold(
  path: string,
  files: Files,
  signal: AbortSignal | undefined,
): Promise<Fold> {
  const fold: Fold = new Map();
  try {
    if (await files.stat(path) === undefined) return fold;
    await using file = await files.open(path, "read");
    const tail = await scanLines(path, file, (text) => {
      const line = parseDownloadLine(text ?? "");
      if (line) applyDownloadLine(fold, line);
    }, { signal });
    // What this run appends must not be glued to a torn line.
    if (tail) {
      await using update = await files.open(path, "update");
      await update.truncate(tail.offset);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof JournalError)) {
      throw new JournalError(
        `Cannot read ${printable(path)}: ${messageOf(error)}`,
        { cause: error },
      );
    }
    // It is no text at all.
    await files.remove(path);
    fold.clear();
  }
  return fold;
}

function applyDownloadLine(fold: Fold, line: DownloadLine): void {
  const { id } = line;
  switch (line.kind) {
    case "begun": {
      const { kind: _, ...download } = line;
      fold.set(id, { ...download, pieces: fold.get(id)?.pieces ?? new Map() });
      return;
    }
    case "piece":
      fold.get(id)?.pieces.set(line.offset, line.treeHash);
      return;
    case "ended":
      fold.delete(id);
      return;
  }
}

function* linesOf(fold: Fold): Iterable<DownloadLine> {
  for (const [id, { pieces, ...download }] of fold) {
    yield { ...download, id, kind: "begun" };
    for (const [offset, treeHash] of pieces) {
      yield { id, kind: "piece", offset, treeHash };
    }
  }
}

/** Reads a line, given without its LF; `undefined` where it is none of ours. */
export function parseDownloadLine(text: string): DownloadLine | undefined {
  const line = parseJsonObject(text);
  if (line === undefined) return undefined;
  const { id, kind, archiveId, target, temporary, treeHash } = line;
  if (typeof id !== "string") return undefined;
  if (kind === "ended") return { id, kind };
  if (kind === "piece") {
    const { offset } = line;
    if (!isCount(offset) || typeof treeHash !== "string") return undefined;
    return { id, kind, offset, treeHash };
  }
  const { size, pieceSize } = line;
  const whole = kind === "begun" && typeof archiveId === "string" &&
    typeof target === "string" && isCount(size) && isCount(pieceSize) &&
    // A file that is removed on the strength of this must be one of ours.
    typeof temporary === "string" && isTemporaryName(temporary);
  if (!whole || pieceSize === 0) return undefined;
  return { id, kind, archiveId, target, temporary, size, pieceSize };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

class OpenedMemory implements DownloadMemory {
  readonly #fold: Fold;
  readonly #log: CompactingLog<DownloadLine>;
  readonly #lock: AsyncDisposable;
  readonly #onBroken: (error: JournalError) => void;
  #broken = false;

  constructor(
    fold: Fold,
    log: CompactingLog<DownloadLine>,
    lock: AsyncDisposable,
    onBroken: (error: JournalError) => void,
  ) {
    this.#fold = fold;
    this.#log = log;
    this.#lock = lock;
    this.#onBroken = onBroken;
  }

  get unfinished(): ReadonlyMap<string, UnfinishedDownload> {
    return this.#fold;
  }

  async begin(download: BegunDownload): Promise<string> {
    const id = crypto.randomUUID();
    const remembered = await this.#append({ id, kind: "begun", ...download });
    return remembered ? id : "";
  }

  async addPiece(id: string, offset: number, treeHash: string) {
    if (id !== "") await this.#append({ id, kind: "piece", offset, treeHash });
  }

  async end(id: string): Promise<void> {
    if (id !== "") await this.#append({ id, kind: "ended" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#log.close();
    } finally {
      await this.#lock[Symbol.asyncDispose]();
    }
  }

  /** Resolves to whether it is written down. */
  async #append(line: DownloadLine): Promise<boolean> {
    try {
      await this.#log.append(line, { durable: false });
      return true;
    } catch (error) {
      // A full disk, say. What can't be remembered is begun anew some day; what
      // is being brought back is worth more.
      if (!(error instanceof JournalError)) throw error;
      if (!this.#broken) this.#onBroken(error);
      this.#broken = true;
      return false;
    }
  }
}

/** For runs that can't remember anything, because the journal's folder can't be written, say. */
export function noDownloadMemory(): DownloadMemory {
  return {
    unfinished: new Map(),
    begin: () => Promise.resolve(""),
    addPiece: () => Promise.resolve(),
    end: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
