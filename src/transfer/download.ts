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
import { temporaryPathBeside } from "../files/temporary.ts";
import type { JournalEntry } from "../journal/state.ts";
import type { Files, OpenFile } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type { ArchiveStore } from "../store.ts";
import type { Emit } from "./events.ts";
import { fetchBytes, type Fetched } from "./fetch.ts";
import type { PartRange } from "./parts.ts";
import { fetchInSegments } from "./segments.ts";
import { writing } from "./writing.ts";

/** What a download works with. */
export interface DownloadContext {
  store: ArchiveStore;
  files: Files;
  emit: Emit;
  /** One permit for each request under way, over all files. */
  permits: Semaphore;
  /** Aborted to stop at once; what was downloaded of an unfinished file is removed. */
  signal: AbortSignal;
}

/** How an archive is fetched. */
export interface DownloadOptions {
  /** Size in bytes of the segments in which a larger archive is fetched, 1 MiB times a power of two; 0: by one request. */
  segmentSize: number;
  /** Called with each segment that is in its place, where there are several. */
  onSegment: (segment: PartRange) => void;
}

/**
 * Downloads the archive of a journal's entry from a finished job, into
 * `entry.name` below `dir`. Resolves to the number of its segments.
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
  const { files, signal } = context;
  const target = await safePath(dir, entry.name, { files });
  await expectAbsent(target, files);
  const temporary = temporaryPathBeside(target);
  let segments: number;
  try {
    {
      await using file = await openTemporary(temporary, files);
      segments = await fetchArchive({ entry, jobId, file }, options, context);
      await writing(target, () => file.sync());
    }
    signal.throwIfAborted();
    await writing(target, async () => {
      if (entry.mtime !== null) {
        await files.setModifiedTime(temporary, entry.mtime);
      }
      // Where the file system has no permissions, there is nothing to give.
      await files.publish(temporary).catch(() => {});
    });
    await giveName(temporary, target, files);
  } finally {
    await files.remove(temporary).catch(() => {});
  }
  return segments;
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

function openTemporary(path: string, files: Files): Promise<OpenFile> {
  return writing(path, () => files.open(path, "create"));
}

/** Fetches the whole archive; resolves to the number of its segments. */
async function fetchArchive(
  fetched: Fetched,
  { segmentSize, onSegment }: DownloadOptions,
  context: DownloadContext,
): Promise<number> {
  const { entry } = fetched;
  const segments = segmentSize > 0 ? Math.ceil(entry.size / segmentSize) : 1;
  const hash = segments > 1
    ? await fetchInSegments(fetched, segmentSize, onSegment, context)
    : await fetchAtOnce(fetched, context);
  if (encodeHex(hash) === entry.treeHash) return segments;
  throw new IntegrityError(
    `Downloaded bytes are not those of the journal: ${
      printable(entry.name)
    } (archive ${entry.archiveId}); the file was not restored`,
  );
}

async function fetchAtOnce(
  fetched: Fetched,
  context: DownloadContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const { permits, signal } = context;
  using _permit = await permits.acquire({ signal });
  return (await fetchBytes(fetched, undefined, context)).hash;
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
  // The other name is of no use any more; the file is there in any case.
  await files.remove(temporary).catch(() => {});
  await files.syncDirectory(target.slice(0, target.lastIndexOf("/")) || "/")
    .catch(() => {});
}
