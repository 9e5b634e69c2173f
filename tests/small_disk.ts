/**
 * A disk that is soon full, and can be made read-only: a small tmpfs where this
 * machine lets us mount one, and the files port with a limit everywhere.
 *
 * @module
 */

import type { Files, OpenFile, Platform } from "../src/platform.ts";
import { createHost } from "../src/platform/host.ts";
import { temporaryFolder } from "./testing.ts";

/** A small disk. Disposing of it takes it away with all on it. */
export interface SmallDisk extends AsyncDisposable {
  /** The path of a name on it. */
  at(...names: string[]): string;
  /** The host as a program sees it that works on this disk. */
  platform: Platform;
  /** Takes up all space but so many bytes. At once, so that a program can be caught in the middle. */
  fill(left?: number): void;
  /** Gives back what was taken up. */
  makeRoom(): void;
}

/** How a disk is made; `size` in bytes. */
export interface DiskKind {
  name: string;
  make(size: number): Promise<SmallDisk>;
}

/** How much is taken up at a time, in bytes. */
const PIECE = 4096;

async function run(command: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args }).output()).success;
  } catch {
    return false;
  }
}

const TMPFS: DiskKind = {
  name: "a tmpfs",
  async make(size) {
    const folder = await temporaryFolder();
    const path = folder.at("disk");
    await Deno.mkdir(path);
    if (!await mount(path, `size=${size}`)) throw new Error("Cannot mount");
    const ballast = `${path}/.ballast`;
    return {
      at: (...names) => [path, ...names].join("/"),
      platform: createHost(),
      fill(left = 0) {
        using file = Deno.openSync(ballast, { create: true, append: true });
        const piece = new Uint8Array(PIECE);
        try {
          while (true) file.writeSync(piece);
        } catch (error) {
          if ((error as { code?: string }).code !== "ENOSPC") throw error;
        }
        file.truncateSync(Math.max(0, file.statSync().size - left));
      },
      makeRoom: () => Deno.removeSync(ballast),
      async [Symbol.asyncDispose]() {
        await run("umount", path);
        await folder[Symbol.asyncDispose]();
      },
    };
  },
};

async function mount(path: string, options: string): Promise<boolean> {
  return await run("mount", "-t", "tmpfs", "-o", options, "tmpfs", path);
}

/** What the files in a folder take up, in bytes. */
function usedIn(folder: string): number {
  let used = 0;
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    try {
      used += isDirectory ? usedIn(path) : Deno.statSync(path).size;
    } catch {
      // Gone by now.
    }
  }
  return used;
}

/** An error as the host gives it. */
export function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: said the disk`), { code });
}

/** The files port; what would make the folder hold more than there is room is cut short. */
function limited(files: Files, folder: string, room: () => number): Files {
  return {
    ...files,
    async open(path, mode) {
      const file = await files.open(path, mode);
      if (!path.startsWith(folder)) return file;
      const write: OpenFile["write"] = async (bytes, position) => {
        const free = Math.max(0, room() - usedIn(folder));
        await file.write(bytes.subarray(0, free), position);
        if (bytes.length > free) throw diskError("ENOSPC");
      };
      return Object.assign(Object.create(file) as OpenFile, {
        write,
        read: (buffer: Uint8Array, position: number) =>
          file.read(buffer, position),
        stat: () => file.stat(),
        truncate: (size: number) => file.truncate(size),
        sync: () => file.sync(),
        close: () => file.close(),
        [Symbol.asyncDispose]: () => file.close(),
      });
    },
  };
}

const PORT: DiskKind = {
  name: "the files port",
  async make(size) {
    const folder = await temporaryFolder();
    const host = createHost();
    let ballast = 0;
    const room = () => size - ballast;
    return {
      at: folder.at,
      platform: { ...host, files: limited(host.files, folder.path, room) },
      fill(left = 0) {
        ballast = size - usedIn(folder.path) - left;
      },
      makeRoom() {
        ballast = 0;
      },
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  },
};

async function canMount(): Promise<boolean> {
  await using folder = await temporaryFolder();
  if (!await mount(folder.path, "size=64k")) return false;
  return await run("umount", folder.path);
}

/** Makes the file system of a tmpfs read-only, where nothing is open on it for writing, or writable again. */
export async function remount(
  path: string,
  how: "ro" | "rw",
): Promise<boolean> {
  return await run("mount", "-o", `remount,${how}`, path);
}

/** Whether there are real disks to be had. */
export const MOUNTABLE = await canMount();

/** The kinds of disks that this machine has. */
export const DISKS: DiskKind[] = MOUNTABLE ? [TMPFS, PORT] : [PORT];
