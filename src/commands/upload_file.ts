/**
 * `upload-file`: uploads one file, or what comes on standard input.
 *
 * @module
 */

import type { StoreContext } from "./context.ts";

/** What is uploaded. */
export type UploadSource =
  /** A file below a folder; its name is its path relative to that. */
  | { kind: "below"; path: string; dir: string }
  /** A file under a name that is given. */
  | { kind: "named"; path: string; name: string }
  /** Standard input; `maxSize` in bytes, where it is known how much may come. */
  | { kind: "stream"; name: string; maxSize?: number };

/** Options of {@linkcode uploadFile}. */
export interface UploadFileOptions {
  source: UploadSource;
  /** Opens standard input. */
  input(): AsyncIterable<Uint8Array>;
  journal: string;
  /** Requests under way at a time, at least 1. */
  concurrency: number;
  /** Size of a part in bytes, 1 MiB times a power of two. */
  partSize: number;
  dryRun?: boolean;
}

/** Uploads the source and records it. */
export async function uploadFile(
  _context: StoreContext,
  _options: UploadFileOptions,
): Promise<void> {
  await Promise.reject(new Error("not written"));
}
