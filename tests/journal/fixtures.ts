/**
 * What the tests of the journal share.
 *
 * @module
 */

import type { CreatedRecord } from "../../src/journal/record.ts";
import type { Files, OpenFile, Platform } from "../../src/platform.ts";
import { createHost } from "../../src/platform/host.ts";

/** The real machine. */
export const host: Platform = createHost();

/** An ID of the form that Glacier gives. */
export function archiveId(n: number): string {
  return `${n}`.padStart(138, "Ab_-9");
}

/** A tree hash. */
export function hashOf(n: number): string {
  return n.toString(16).padStart(64, "0");
}

/** A record; whatever does not matter is made up. */
export function created(
  n: number,
  fields: Partial<CreatedRecord> = {},
): CreatedRecord {
  return {
    type: "created",
    time: 1_700_000_000 + n,
    archiveId: archiveId(n),
    size: 100 + n,
    mtime: 1_600_000_000 + n,
    treeHash: hashOf(n),
    name: `folder/file ${n}`,
    ...fields,
  };
}

/** An error as the host gives it. */
export function hostError(code: string): Error {
  return Object.assign(new Error(`${code}: said the device`), { code });
}

/** What a device does that fails at times. */
export interface Faults {
  /** Called before a write; what it returns is written, then the write fails. */
  write?: (path: string, bytes: Uint8Array) => Uint8Array | undefined;
  /** Whether the sync of a file fails. */
  sync?: (path: string) => boolean;
  /** Whether the file cannot be opened. */
  open?: (path: string, mode: string) => boolean;
  /** Told of every call that changes or stores something, once it succeeded. */
  onCall?: (call: string, path: string) => void;
  /** Awaited before a sync. */
  beforeSync?: (path: string) => Promise<void> | undefined;
  /** The error code of what fails. */
  code?: string;
}

/** The real file system on a failing device. */
export function faultyFiles(faults: Faults): Files {
  const { files } = host;
  const fail = () => hostError(faults.code ?? "ENOSPC");
  return {
    ...files,
    async open(path, mode) {
      if (faults.open?.(path, mode)) throw fail();
      const file = await files.open(path, mode);
      const wrapped: OpenFile = {
        read: (buffer, position) => file.read(buffer, position),
        async write(bytes, position) {
          const part = faults.write?.(path, bytes);
          await file.write(part ?? bytes, position);
          if (part) throw fail();
          faults.onCall?.("write", path);
        },
        stat: () => file.stat(),
        truncate: (size) => file.truncate(size),
        async sync() {
          await faults.beforeSync?.(path);
          if (faults.sync?.(path)) throw fail();
          await file.sync();
          faults.onCall?.("sync", path);
        },
        close: () => file.close(),
        [Symbol.asyncDispose]: () => file.close(),
      };
      return wrapped;
    },
    async rename(from, to) {
      await files.rename(from, to);
      faults.onCall?.("rename", to);
    },
    async syncDirectory(path) {
      await files.syncDirectory(path);
      faults.onCall?.("syncDirectory", path);
    },
  };
}
