/**
 * What a hash worker needs of its thread, by `node:fs` and `node:crypto`,
 * whose blocking calls are the fastest way to read and hash in a thread that
 * does nothing else.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import type {
  BlockingFile,
  BlockingWriter,
  HashWorkerHost,
  IncrementalSha256,
} from "../platform.ts";
import { toFileInfo } from "./node_files.ts";

/** SHA-256 by the runtime's native code. */
export function createSha256(): IncrementalSha256 {
  const hash = createHash("sha256");
  return {
    update(bytes) {
      hash.update(bytes);
    },
    digest: () => new Uint8Array(hash.digest()),
  };
}

function openFile(path: string): BlockingFile {
  const descriptor = openSync(path, "r");
  return {
    stat: () => toFileInfo(fstatSync(descriptor)),
    read: (buffer, position) =>
      readSync(descriptor, buffer, 0, buffer.length, position),
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}

function openWriter(path: string): BlockingWriter {
  // Windows has no such flag.
  const noFollow = constants.O_NOFOLLOW ?? 0;
  const descriptor = openSync(path, constants.O_WRONLY | noFollow);
  return {
    stat: () => toFileInfo(fstatSync(descriptor)),
    write: (bytes, position) =>
      writeSync(descriptor, bytes, 0, bytes.length, position),
    [Symbol.dispose]: () => closeSync(descriptor),
  };
}

/** This thread. */
export const hashWorkerHost: HashWorkerHost = {
  openFile,
  openWriter,
  createSha256,
};
