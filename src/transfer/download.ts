/**
 * Downloading one archive into a file that appears only when it is whole and
 * verified.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import type { Semaphore } from "../async/bounded.ts";
import { FileError, IntegrityError } from "../errors.ts";
import { safePath } from "../files/safe_path.ts";
import type { JournalEntry } from "../journal/state.ts";
import type { Files } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type { ArchiveStore } from "../store.ts";
import type { HashPool } from "../treehash/pool.ts";
import type { Sha256 } from "../treehash/tree_hash.ts";
import type { Emit } from "./events.ts";
import type { DownloadMemory } from "./download_memory.ts";
import { type Fetched, fetchRange } from "./fetch.ts";
import { openPartialFile } from "./partial_file.ts";
import { type PartRange, partSizeFor } from "./parts.ts";
import { fetchInSegments } from "./segments.ts";
import { writing } from "./writing.ts";

/** What a download works with. */
export interface DownloadContext {
  store: ArchiveStore;
  files: Files;
  emit: Emit;
  /** One permit for each request under way, over all files. */
  permits: Semaphore;
  sha256: Sha256;
  hashPool: HashPool;
  /** What is known of downloads that were begun. */
  memory: DownloadMemory;
  /** Aborted to stop at once; what was downloaded of an unfinished file is left for a later run that can go on with it, or removed. */
  signal: AbortSignal;
}

/** How an archive is fetched. */
export interface DownloadOptions {
  /** Size in bytes of the segments in which a larger archive is fetched, 1 MiB times a power of two; 0: by one request. One that an earlier run began keeps its segments. */
  segmentSize: number;
  /** Called with each segment that is in its place, where there are several. */
  onSegment: (segment: PartRange) => void;
  /** Called with how many bytes an earlier run has brought, where it did. */
  onResumed: (bytes: number) => void;
}

/** How many bytes of an archive that is fetched by one request can be lost to an interruption. */
const LOST_AT_MOST = 16 * 1024 * 1024;

/**
 * Downloads the archive of a journal's entry from a finished job, into
 * `entry.name` below `dir`. Goes on with what an earlier run has brought.
 * Resolves to the number of its segments.
 *
 * @throws {FileError} where a file of that name exists or can't be made.
 * @throws {UnsafeNameError} where the name leads out of `dir`.
 * @throws {IntegrityError} where the bytes are not those of the journal.
 */
export async function downloadFile(
  entry: JournalEntry,
  jobId: string,
  dir: string,
  options: DownloadOptions,
  context: DownloadContext,
): Promise<number> {
  const { files, store, signal, emit } = context;
  const target = await safePath(dir, entry.name, { files });
  await expectAbsent(target, files);
  const { segmentSize } = options;
  const pieceSize = segmentSize ||
    partSizeFor(entry.size, LOST_AT_MOST, store.limits);
  await using partial = await openPartialFile(
    entry,
    target,
    pieceSize,
    context,
  );
  const { inPlace } = partial;
  if (inPlace > 0) {
    options.onResumed(inPlace);
    emit({ type: "transferred", bytes: inPlace });
  }
  const fetched = { entry, jobId, partial };
  const inSegments = segmentSize > 0 && partial.pieces > 1;
  try {
    if (inSegments) {
      await fetchInSegments(fetched, options.onSegment, context);
    } else await fetchGaps(fetched, context);
    await expectWhole(fetched);
    await writing(target, () => partial.file.sync());
    await partial.file.close();
    signal.throwIfAborted();
    await writing(target, async () => {
      if (entry.mtime !== null) {
        await files.setModifiedTime(partial.path, entry.mtime);
      }
      // Where the file system has no permissions, there is nothing to give.
      await files.publish(partial.path).catch(() => {});
    });
    await giveName(partial.path, target, files);
  } catch (error) {
    await partial.leave();
    throw error;
  }
  // The other name is of no use any more; the file is there in any case.
  await partial.discard();
  return inSegments ? partial.pieces : 1;
}

async function expectAbsent(target: string, files: Files): Promise<void> {
  if (await files.lstat(target) !== undefined) throw existsError(target);
}

function existsError(target: string, cause?: unknown): FileError {
  return new FileError(
    `File exists already and was not touched: ${printable(target)}`,
    target,
    "exists",
    { cause },
  );
}

/** Fetches what is not in place, each stretch of it by one request: all of the archive as a rule. */
async function fetchGaps(
  fetched: Fetched,
  context: DownloadContext,
): Promise<void> {
  const { permits, signal } = context;
  const { entry, partial } = fetched;
  for (const { offset, length } of joined([...partial.missing()])) {
    using _permit = await permits.acquire({ signal });
    const toEnd = offset + length === entry.size;
    await fetchRange(
      fetched,
      { offset, length, toEnd },
      (piece, hash) => partial.add(piece.offset, hash),
      context,
    );
  }
}

/** Ranges that touch, as one. */
function joined(ranges: readonly PartRange[]): PartRange[] {
  const gaps: PartRange[] = [];
  for (const { offset, length } of ranges) {
    const last = gaps.at(-1);
    if (last && last.offset + last.length === offset) last.length += length;
    else gaps.push({ offset, length });
  }
  return gaps;
}

/** Compares the whole file with the journal; what is no part of it is not gone on with. */
async function expectWhole({ entry, partial }: Fetched): Promise<void> {
  const { size } = await partial.file.stat();
  const same = encodeHex(await partial.treeHash()) === entry.treeHash;
  if (same && size === entry.size) return;
  await partial.discard();
  throw new IntegrityError(
    `Downloaded bytes are not those of the journal: ${
      printable(entry.name)
    } (archive ${entry.archiveId}); the file was not restored`,
  );
}

/** Gives the verified file its name, unless that was taken meanwhile. */
async function giveName(
  temporary: string,
  target: string,
  files: Files,
): Promise<void> {
  try {
    // A second name for the same file, because that fails where the name is
    // taken, while renaming would replace what is there.
    await files.link(temporary, target);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "EEXIST") throw existsError(target, error);
    // File systems without hard links; there a file that appears in this very
    // moment could be replaced.
    await expectAbsent(target, files);
    await writing(target, () => files.rename(temporary, target));
  }
  await files.syncDirectory(target.slice(0, target.lastIndexOf("/")) || "/")
    .catch(() => {});
}
