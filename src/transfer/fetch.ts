/**
 * Fetching bytes of an archive from a finished job into a file; where the
 * connection breaks, they are gone on with from there.
 *
 * @module
 */

import { resumingBytes } from "../async/resume.ts";
import { IntegrityError, messageOf } from "../errors.ts";
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
  const what = `Download of ${printable(entry.name)}`;
  const open = async (from: number) => {
    const start = offset + from;
    const { body, treeHash } = await store.openRetrieval(jobId, {
      start,
      end,
      signal,
      name: entry.name,
    });
    if (from === 0) announced = treeHash;
    return { body, end: length };
  };
  const last = range === undefined ? "" : offset + length - 1;
  const bytes = resumingBytes(what, "GetJobOutput", open, {
    signal,
    onBreak: ({ attempt, delay, error, position }) =>
      emit({
        type: "retry",
        operation: "GetJobOutput",
        name: entry.name,
        range: `${offset + position}-${last}`,
        attempt,
        delay,
        message: messageOf(error),
      }),
  });
  for await (const chunk of bytes) {
    const position = offset + hash.size;
    if (hash.size + chunk.length > length) throw tooMuch(entry, range);
    // Hashing goes on elsewhere while the disk is written to.
    await Promise.all([
      writing(entry.name, () => file.write(chunk, position)),
      hash.update(chunk),
    ]);
    emit({ type: "transferred", bytes: chunk.length });
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
