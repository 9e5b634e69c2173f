/**
 * Downloading one archive into a file that appears only when it is whole and
 * verified.
 *
 * @module
 */

import { delay } from "../async/delay.ts";
import {
  FileError,
  IntegrityError,
  isTransient,
  messageOf,
  NetworkError,
} from "../errors.ts";
import { safePath } from "../files/safe_path.ts";
import { temporaryPathBeside } from "../files/temporary.ts";
import type { JournalEntry } from "../journal/state.ts";
import type { Files, OpenFile } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type { ArchiveStore } from "../store.ts";
import { TreeHash } from "../treehash/tree_hash.ts";
import type { Emit } from "./events.ts";

/** What a download works with. */
export interface DownloadContext {
  store: ArchiveStore;
  files: Files;
  emit: Emit;
  /** Aborted to stop at once; what was downloaded of an unfinished file is removed. */
  signal: AbortSignal;
}

/** Broken connections in a row, without a byte between them, after which a download fails. */
const FRUITLESS_TRIES = 5;

/** Longest pause before a broken download goes on, in milliseconds. */
const PAUSE = 5_000;

/**
 * Downloads the archive of a journal's entry from a finished job, into
 * `entry.name` below `dir`.
 *
 * @throws {FileError} where a file of that name exists or can't be made.
 * @throws {UnsafeNameError} where the name leads out of `dir`.
 * @throws {IntegrityError} where the bytes are not those of the journal.
 */
export async function downloadFile(
  entry: JournalEntry,
  jobId: string,
  dir: string,
  context: DownloadContext,
): Promise<void> {
  const { files, signal } = context;
  const target = await safePath(dir, entry.name, { files });
  await expectAbsent(target, files);
  const temporary = temporaryPathBeside(target);
  try {
    {
      await using file = await openTemporary(temporary, files);
      await fetchInto(file, entry, jobId, context);
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

/** Runs a step that writes; its failure names the file. */
async function writing<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw new FileError(
      `Cannot write file: ${printable(path)}: ${messageOf(cause)}`,
      path,
      "failed",
      { cause },
    );
  }
}

/** Fetches the whole archive; where the connection breaks, goes on from there. */
async function fetchInto(
  file: OpenFile,
  entry: JournalEntry,
  jobId: string,
  { store, emit, signal }: DownloadContext,
): Promise<void> {
  const hash = new TreeHash();
  let fruitless = 0;
  while (hash.size < entry.size) {
    const before = hash.size;
    try {
      const { body } = await store.openRetrieval(jobId, {
        start: hash.size,
        signal,
      });
      for await (const chunk of body) {
        signal.throwIfAborted();
        if (hash.size + chunk.length > entry.size) throw wrongSize(entry);
        // Hashing goes on elsewhere while the disk is written to.
        await Promise.all([
          writing(entry.name, () => file.write(chunk, hash.size)),
          hash.update(chunk),
        ]);
        emit({ type: "transferred", bytes: chunk.length });
      }
      if (hash.size < entry.size) throw cutShort(entry);
    } catch (error) {
      if (!isTransient(error)) throw error;
      fruitless = hash.size > before ? 0 : fruitless + 1;
      if (fruitless >= FRUITLESS_TRIES) throw error;
      await delay(Math.random() * PAUSE * fruitless / FRUITLESS_TRIES, {
        signal,
      });
    }
  }
  if (await hash.hexDigest() !== entry.treeHash) {
    throw new IntegrityError(
      `Downloaded bytes are not those of the journal: ${
        printable(entry.name)
      } (archive ${entry.archiveId}); the file was not restored`,
    );
  }
}

function wrongSize(entry: JournalEntry): IntegrityError {
  return new IntegrityError(
    `Archive is larger than the journal says: ${
      printable(entry.name)
    } (archive ${entry.archiveId}); the file was not restored`,
  );
}

function cutShort(entry: JournalEntry): NetworkError {
  return new NetworkError(
    `Download ended too soon: ${printable(entry.name)}`,
    "GetJobOutput",
    "dropped",
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
  // The other name is of no use any more; the file is there in any case.
  await files.remove(temporary).catch(() => {});
  await files.syncDirectory(target.slice(0, target.lastIndexOf("/")) || "/")
    .catch(() => {});
}
