/**
 * A file that is being downloaded: a temporary file beside its place, and the
 * pieces of it that are in place. What of it is remembered, a later run goes on
 * with.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { temporaryPathBeside } from "../files/temporary.ts";
import { folderOf } from "../journal/paths.ts";
import type { JournalEntry } from "../journal/state.ts";
import type { FileInfo, Files, OpenFile } from "../platform.ts";
import {
  combineParts,
  LEAF_SIZE,
  type Sha256,
  TreeHash,
} from "../treehash/tree_hash.ts";
import type { DownloadMemory, UnfinishedDownload } from "./download_memory.ts";
import { type PartRange, partRanges } from "./parts.ts";
import { writing } from "./writing.ts";

/** What partial files work with. */
export interface PartialFileContext {
  files: Files;
  memory: DownloadMemory;
  sha256: Sha256;
  signal: AbortSignal;
}

type Hash = Uint8Array<ArrayBuffer>;

/** Use {@linkcode openPartialFile}. Dispose of it when nothing more is written to it. */
export class PartialFile implements AsyncDisposable {
  /** Where the bytes are. */
  readonly path: string;
  readonly file: OpenFile;
  /** In bytes. */
  readonly pieceSize: number;
  readonly #size: number;
  readonly #id: string;
  readonly #context: PartialFileContext;
  /** Tree hashes of the pieces that are in place, by their offset. */
  readonly #hashes: Map<number, Hash>;
  #identity: Promise<FileInfo> | undefined;

  constructor(
    { id, temporary, size, pieceSize }: Omit<UnfinishedDownload, "pieces">,
    file: OpenFile,
    hashes: Map<number, Hash>,
    context: PartialFileContext,
  ) {
    this.path = temporary;
    this.file = file;
    this.pieceSize = pieceSize;
    this.#size = size;
    this.#id = id;
    this.#hashes = hashes;
    this.#context = context;
  }

  /** What tells the file from another one of its name. */
  identity(): Promise<Pick<FileInfo, "ino" | "dev">> {
    return this.#identity ??= this.file.stat();
  }

  /** How many pieces the whole file has. */
  get pieces(): number {
    return Math.ceil(this.#size / this.pieceSize);
  }

  /** The pieces that are not in place, in their order. */
  *missing(): Generator<PartRange> {
    for (const piece of partRanges(this.#size, this.pieceSize)) {
      if (!this.#hashes.has(piece.offset)) yield piece;
    }
  }

  /** How many bytes are in place. */
  get inPlace(): number {
    let bytes = this.#size;
    for (const { length } of this.missing()) bytes -= length;
    return bytes;
  }

  /** A piece is in place, and its bytes are what they should be as far as is known. */
  async add(offset: number, hash: Hash): Promise<void> {
    this.#hashes.set(offset, hash);
    // Nothing is gone on with where there is only one.
    if (this.pieces === 1) return;
    await this.#context.memory.addPiece(this.#id, offset, encodeHex(hash));
  }

  /** The tree hash of the whole file, all of whose pieces are in place. */
  async treeHash(): Promise<Hash> {
    const hashes: { hash: Hash; size: number }[] = [];
    for (const { offset, length } of partRanges(this.#size, this.pieceSize)) {
      hashes.push({ hash: this.#hashes.get(offset)!, size: length });
    }
    return await combineParts(hashes);
  }

  /** Leaves the file for a later run, where that can go on with it; removes it otherwise. */
  async leave(): Promise<void> {
    const goneOnWith = this.#id !== "" && this.#hashes.size > 0 &&
      this.pieces > 1;
    if (!goneOnWith) await this.discard();
    else await this.file.close();
  }

  /** Removes the temporary file, which has got its name or is of no use. */
  async discard(): Promise<void> {
    const { files, memory } = this.#context;
    await this.file.close();
    await files.remove(this.path).catch(() => {});
    await memory.end(this.#id);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.file.close();
  }
}

/**
 * Opens a temporary file for an archive of the journal whose place is `target`:
 * the one that an earlier run left, with those of its pieces whose bytes are
 * what is remembered of them, or a new one with pieces of `pieceSize` bytes,
 * 1 MiB times a power of two.
 *
 * @throws {FileError} where it can't be made.
 */
export async function openPartialFile(
  entry: JournalEntry,
  target: string,
  pieceSize: number,
  context: PartialFileContext,
): Promise<PartialFile> {
  const { files, memory } = context;
  const left = await findUnfinished(entry, target, context);
  if (left) {
    const reopened = await reopen(left, context);
    if (reopened) return reopened;
    await forget(left, context);
  }
  const { archiveId, size } = entry;
  const temporary = temporaryPathBeside(target);
  const download = { archiveId, target, temporary, size, pieceSize };
  const id = await memory.begin(download);
  const file = await writing(temporary, () => files.open(temporary, "create"));
  return new PartialFile({ id, ...download }, file, new Map(), context);
}

/**
 * Forgets the downloads that nothing can go on with, and removes what they
 * left: no piece of them is in place, their file is there by now, or the
 * journal has their archive no more. What can't be seen for now, because a disk
 * isn't mounted say, is kept in mind.
 *
 * @param wanted whether the journal has an archive.
 */
export async function forgetUseless(
  wanted: (archiveId: string) => boolean,
  context: PartialFileContext,
): Promise<void> {
  const { files, memory, signal } = context;
  for (const left of [...memory.unfinished.values()]) {
    signal.throwIfAborted();
    const useful = left.pieces.size > 0 && wanted(left.archiveId) &&
      await look(left.target, files) !== "there" &&
      await isThereOrAway(left, files);
    if (!useful) await forget(left, context);
  }
}

/** What is under a name; `unknown` where it can't be looked at for now. */
async function look(
  path: string,
  files: Files,
): Promise<"there" | "absent" | "unknown"> {
  try {
    return await files.lstat(path) ? "there" : "absent";
  } catch {
    return "unknown";
  }
}

/** Whether a temporary file is there, or all of its folder is gone, or empty as the place of a disk that isn't mounted. */
async function isThereOrAway(
  { temporary }: UnfinishedDownload,
  files: Files,
): Promise<boolean> {
  if (await look(temporary, files) !== "absent") return true;
  const folder = folderOf(temporary);
  if (await look(folder, files) !== "there") return true;
  try {
    for await (const _ of files.readDirectory(folder)) return false;
  } catch {
    // Nothing is known of it.
  }
  return true;
}

async function findUnfinished(
  { archiveId, size }: JournalEntry,
  target: string,
  { memory, files }: PartialFileContext,
): Promise<UnfinishedDownload | undefined> {
  for (const left of memory.unfinished.values()) {
    if (left.archiveId !== archiveId || left.target !== target) continue;
    // What is written down doesn't lead to any other place.
    const beside = folderOf(left.temporary) === folderOf(target);
    if (!beside || left.size !== size) continue;
    if (await look(left.temporary, files) === "there") return left;
  }
  return undefined;
}

async function forget(
  { id, temporary }: UnfinishedDownload,
  { files, memory }: PartialFileContext,
): Promise<void> {
  await files.remove(temporary).catch(() => {});
  await memory.end(id);
}

/** Opens what was left; `undefined` where nothing of it is of use. */
async function reopen(
  left: UnfinishedDownload,
  context: PartialFileContext,
): Promise<PartialFile | undefined> {
  const { files } = context;
  const info = await files.lstat(left.temporary).catch(() => undefined);
  if (info?.kind !== "file") return undefined;
  const file = await files.open(left.temporary, "update").catch(() => {});
  if (file === undefined) return undefined;
  try {
    const { ino, dev } = await file.stat();
    // Somebody may have put a link there just now.
    const same = ino === info.ino && dev === info.dev;
    const hashes = same ? await verify(left, file, context) : new Map();
    // What stands behind the last piece is no part of it.
    if (hashes.size > 0 && info.size > left.size) {
      await file.truncate(left.size);
    }
    if (hashes.size > 0) return new PartialFile(left, file, hashes, context);
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return undefined;
}

/** The pieces whose bytes have the tree hash that is written down. */
async function verify(
  { size, pieceSize, pieces }: UnfinishedDownload,
  file: OpenFile,
  { sha256, signal }: PartialFileContext,
): Promise<Map<number, Hash>> {
  const found = new Map<number, Hash>();
  for (const piece of partRanges(size, pieceSize)) {
    const expected = pieces.get(piece.offset);
    if (expected === undefined) continue;
    const hash = await hashPiece(file, piece, sha256, signal);
    if (hash && encodeHex(hash) === expected) found.set(piece.offset, hash);
  }
  return found;
}

/** The tree hash of some bytes; `undefined` where the file has not that many, or they can't be read. */
async function hashPiece(
  file: OpenFile,
  { offset, length }: PartRange,
  sha256: Sha256,
  signal: AbortSignal,
): Promise<Hash | undefined> {
  const hash = new TreeHash({ sha256 });
  while (hash.size < length) {
    signal.throwIfAborted();
    // Each in a buffer of its own: hashing goes on after `update` resolves.
    const buffer = new Uint8Array(Math.min(LEAF_SIZE, length - hash.size));
    let filled = 0;
    while (filled < buffer.length) {
      const position = offset + hash.size + filled;
      const count = await file.read(buffer.subarray(filled), position)
        .catch(() => 0);
      if (count === 0) return undefined;
      filled += count;
    }
    await hash.update(buffer);
  }
  return await hash.digest();
}
