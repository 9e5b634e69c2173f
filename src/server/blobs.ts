/**
 * The files that hold the bytes of parts and archives.
 *
 * A blob is written into `incoming/`, and moves to `blobs/` once the database
 * refers to it. Whatever is in `incoming/` at the start was interrupted in
 * between: it moves on where the database knows it, and goes where it doesn't.
 * So nothing is lost, nothing is left over, and the start needs to look at no
 * more files than there were uploads under way.
 *
 * @module
 */

import type { Files, OpenFile } from "../platform.ts";
import { newBlobId } from "./ids.ts";

/** A blob that is being received. Disposing of it removes it, unless it was kept. */
export interface IncomingBlob extends AsyncDisposable {
  readonly id: string;
  /** Adds bytes at the end; they may be reused once the promise resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when the bytes and the name of the file are on the device. */
  seal(): Promise<void>;
  /** Leaves the file where it is: whether it is needed, the next start finds out. */
  leave(): void;
  /** Takes the sealed blob among those that the database knows. */
  keep(): Promise<void>;
}

/** All blobs of a server. */
export interface BlobStore {
  receive(): Promise<IncomingBlob>;
  /** Opens a blob for reading. */
  open(id: string): Promise<OpenFile>;
  /** Removes a blob; nothing happens where there is none. */
  remove(id: string): Promise<void>;
}

function isAbsent(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "ENOENT";
}

/**
 * Opens the blobs in a folder, made if absent, and settles what an earlier
 * process left half done.
 *
 * @param isKnown whether the database refers to a blob
 */
export async function openBlobStore(
  files: Files,
  directory: string,
  isKnown: (id: string) => boolean,
): Promise<BlobStore> {
  const incoming = `${directory}/incoming`;
  const settled = `${directory}/blobs`;
  for (const folder of [incoming, settled]) await files.makeDirectory(folder);
  await files.syncDirectory(directory);
  for await (const { name } of files.readDirectory(incoming)) {
    if (isKnown(name)) {
      await files.rename(`${incoming}/${name}`, `${settled}/${name}`);
    } else await files.remove(`${incoming}/${name}`);
  }

  async function receive(): Promise<IncomingBlob> {
    const id = newBlobId();
    const path = `${incoming}/${id}`;
    const file = await files.open(path, "create");
    let size = 0;
    let removable = true;
    return {
      id,
      async write(bytes) {
        await file.write(bytes, size);
        size += bytes.length;
      },
      async seal() {
        await file.sync();
        await file.close();
        await files.syncDirectory(incoming);
      },
      leave: () => removable = false,
      async keep() {
        removable = false;
        await files.rename(path, `${settled}/${id}`);
      },
      async [Symbol.asyncDispose]() {
        await file.close();
        if (removable) await files.remove(path);
      },
    };
  }

  async function open(id: string): Promise<OpenFile> {
    // Looked for twice: it may move from the second place to the first
    // between the two looks.
    for (const folder of [settled, incoming]) {
      try {
        return await files.open(`${folder}/${id}`, "read");
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    }
    return await files.open(`${settled}/${id}`, "read");
  }

  return {
    receive,
    open,
    async remove(id) {
      await files.remove(`${settled}/${id}`);
      await files.remove(`${incoming}/${id}`);
    },
  };
}
