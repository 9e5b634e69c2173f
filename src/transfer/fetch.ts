/**
 * Fetching bytes of an archive from a finished job into a file; where the
 * connection breaks, they are gone on with from there.
 *
 * @module
 */

import { delay } from "../async/delay.ts";
import { IntegrityError, isTransient, NetworkError } from "../errors.ts";
import type { JournalEntry } from "../journal/state.ts";
import type { OpenFile } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type { ArchiveStore } from "../store.ts";
import { type HashedPart, TreeHash } from "../treehash/tree_hash.ts";
import type { Emit } from "./events.ts";
import { writing } from "./writing.ts";

/** What fetching works with. */
export interface FetchContext {
  store: ArchiveStore;
  emit: Emit;
  signal: AbortSignal;
}

/** An archive that a job has ready, and the file that it goes into. */
export interface Fetched {
  entry: JournalEntry;
  jobId: string;
  file: OpenFile;
}

/** Bytes of an archive, in their place in the file. */
export interface FetchedBytes extends HashedPart {
  /** What the service says that their tree hash is, where it does; lower-case hexadecimal. */
  announced?: string;
}

/** Broken connections in a row, without a byte between them, after which a download fails. */
const FRUITLESS_TRIES = 5;

/** Longest pause before a broken download goes on, in milliseconds. */
const PAUSE = 5_000;

/**
 * Fetches the bytes from `offset` on, so many of them; all of the archive where
 * no range is given.
 *
 * @throws {IntegrityError} where more come than there are to be.
 * @throws {FileError} where they can't be written.
 * @throws {ServiceError | NetworkError} where they can't be had.
 */
export async function fetchBytes(
  { entry, jobId, file }: Fetched,
  range: { offset: number; length: number } | undefined,
  { store, emit, signal }: FetchContext,
): Promise<FetchedBytes> {
  const { offset, length } = range ?? { offset: 0, length: entry.size };
  const end = range && offset + length;
  const hash = new TreeHash();
  let announced: string | undefined;
  let fruitless = 0;
  while (hash.size < length) {
    const before = hash.size;
    try {
      const { body, treeHash } = await store.openRetrieval(jobId, {
        start: offset + before,
        end,
        signal,
      });
      if (before === 0) announced = treeHash;
      for await (const chunk of body) {
        signal.throwIfAborted();
        if (hash.size + chunk.length > length) throw tooMuch(entry, range);
        const position = offset + hash.size;
        // Hashing goes on elsewhere while the disk is written to.
        await Promise.all([
          writing(entry.name, () => file.write(chunk, position)),
          hash.update(chunk),
        ]);
        emit({ type: "transferred", bytes: chunk.length });
      }
      if (hash.size < length) throw cutShort(entry);
    } catch (error) {
      if (!isTransient(error)) throw error;
      fruitless = hash.size > before ? 0 : fruitless + 1;
      if (fruitless >= FRUITLESS_TRIES) throw error;
      await delay(Math.random() * PAUSE * fruitless / FRUITLESS_TRIES, {
        signal,
      });
    }
  }
  return { hash: await hash.digest(), size: length, announced };
}

function tooMuch(
  { name, archiveId }: JournalEntry,
  range: unknown,
): IntegrityError {
  const what = range
    ? "Service sent more than the segment that was asked for"
    : "Archive is larger than the journal says";
  return new IntegrityError(
    `${what}: ${
      printable(name)
    } (archive ${archiveId}); the file was not restored`,
  );
}

function cutShort({ name }: JournalEntry): NetworkError {
  return new NetworkError(
    `Download ended too soon: ${printable(name)}`,
    "GetJobOutput",
    "dropped",
  );
}
