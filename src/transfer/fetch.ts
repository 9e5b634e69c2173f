/**
 * Fetching bytes of an archive from a finished job into a file; where the
 * connection breaks, they are gone on with from there.
 *
 * @module
 */

import { resumingBytes } from "../async/resume.ts";
import { IntegrityError, messageOf } from "../errors.ts";
import type { JournalEntry } from "../journal/state.ts";
import { printable } from "../relative_name.ts";
import type { ArchiveStore } from "../store.ts";
import { type HashPool, WORTH_A_THREAD } from "../treehash/pool.ts";
import { LEAF_SIZE, type Sha256, TreeHash } from "../treehash/tree_hash.ts";
import type { Emit } from "./events.ts";
import type { PartialFile } from "./partial_file.ts";
import type { PartRange } from "./parts.ts";
import { LeafWriter, type StoreLeaf } from "./leaf_writer.ts";
import { writing } from "./writing.ts";

/** What fetching works with. */
export interface FetchContext {
  store: ArchiveStore;
  emit: Emit;
  /** Writes and hashes whole leaves, while this thread looks after the network. */
  hashPool: HashPool;
  sha256: Sha256;
  signal: AbortSignal;
}

/** An archive that a job has ready, and the file that it goes into. */
export interface Fetched {
  entry: JournalEntry;
  jobId: string;
  partial: PartialFile;
}

/** Called with each piece of the file that is in its place. */
export type OnPiece = (
  piece: PartRange,
  hash: Uint8Array<ArrayBuffer>,
) => Promise<void>;

/**
 * Fetches a range that begins and ends where pieces of the file do. One that
 * ends with the archive is asked for without an end, where `toEnd` is set, so
 * that more bytes than the journal says are noticed.
 *
 * Resolves to what the service says that the tree hash of the range is, where
 * it does; lower-case hexadecimal.
 *
 * @throws {IntegrityError} where more come than there are to be.
 * @throws {FileError} where they can't be written.
 * @throws {ServiceError | NetworkError} where they can't be had.
 */
export async function fetchRange(
  fetched: Fetched,
  range: PartRange & { toEnd?: boolean },
  onPiece: OnPiece,
  context: FetchContext,
): Promise<string | undefined> {
  const { offset, length, toEnd = false } = range;
  const end = offset + length;
  const { entry, jobId, partial } = fetched;
  const { store, emit, sha256, signal } = context;
  const { pieceSize } = partial;
  const { name } = entry;
  let announced: string | undefined;
  const open = async (from: number) => {
    const { body, treeHash } = await store.openRetrieval(jobId, {
      start: offset + from,
      end: toEnd ? undefined : end,
      signal,
      name,
    });
    if (from === 0) announced = treeHash;
    return { body, end: length };
  };
  const what = `Download of ${printable(name)}`;
  const last = toEnd ? "" : end - 1;
  const bytes = resumingBytes(what, "GetJobOutput", open, {
    signal,
    onBreak: ({ attempt, delay, error, position }) =>
      emit({
        type: "retry",
        operation: "GetJobOutput",
        name,
        range: `${offset + position}-${last}`,
        attempt,
        delay,
        message: messageOf(error),
      }),
  });
  let hash = new TreeHash({ sha256 });
  const storeLeaf: StoreLeaf = async (leaf, position) => {
    // Its bytes go to another thread and come back.
    const { length } = leaf;
    const stored = await writing(
      name,
      () => writeLeaf(leaf, position, fetched, context),
    );
    const reached = position + length;
    await hash.append(stored.hash, length);
    if (reached % pieceSize === 0 || reached === end) {
      const piece = { offset: reached - hash.size, length: hash.size };
      await onPiece(piece, await hash.digest());
      hash = new TreeHash({ sha256 });
    }
    return stored.bytes;
  };
  await using leaves = new LeafWriter(offset, end, storeLeaf);
  for await (const chunk of bytes) {
    if (leaves.position + chunk.length > end) throw tooMuch(entry, range);
    await leaves.add(chunk);
    emit({ type: "transferred", bytes: chunk.length });
  }
  await leaves.stored();
  return announced;
}

/** Writes and hashes a leaf: a whole one of a large archive in another thread, others on the spot. */
async function writeLeaf(
  leaf: Uint8Array<ArrayBuffer>,
  position: number,
  { entry, partial }: Fetched,
  { hashPool, sha256 }: FetchContext,
): Promise<{ hash: Uint8Array<ArrayBuffer>; bytes: Uint8Array<ArrayBuffer> }> {
  if (leaf.length === LEAF_SIZE && entry.size > WORTH_A_THREAD) {
    const { path } = partial;
    const identity = await partial.identity();
    return await hashPool.write({ path, identity }, position, leaf);
  }
  await partial.file.write(leaf, position);
  return { hash: await sha256(leaf), bytes: leaf };
}

function tooMuch(
  { name, archiveId }: JournalEntry,
  { toEnd }: { toEnd?: boolean },
): IntegrityError {
  const what = toEnd
    ? "Archive is larger than the journal says"
    : "Service sent more than the segment that was asked for";
  return new IntegrityError(
    `${what}: ${
      printable(name)
    } (archive ${archiveId}); the file was not restored`,
  );
}
