/**
 * The host for Deno, Node and whatever else implements `node:` modules.
 *
 * @module
 */

import { createHash, createHmac } from "node:crypto";
import type { Platform } from "../platform.ts";
import { bodyInPlace } from "./fetch_body.ts";
import { createSha256, hashWorkerHost } from "./hash_worker_host.ts";
import { nodeFiles } from "./node_files.ts";
import { openDatabase, takeLock } from "./sqlite.ts";
import { startWorker } from "./worker_thread.ts";

/** Options of {@linkcode createHost}. */
export interface HostOptions {
  /**
   * The module that a hash worker runs: the program's own URL where it is one
   * bundled file.
   */
  workerUrl?: string;
}

/** The machine that this program runs on. */
export function createHost(options: HostOptions = {}): Platform {
  const workerUrl = options.workerUrl ??
    new URL("./hash_worker.ts", import.meta.url).href;
  return {
    files: nodeFiles,
    clock: { now: () => Date.now() },
    cores: Math.max(1, navigator.hardwareConcurrency ?? 1),
    startHashWorker: () => startWorker(workerUrl),
    hashWorkerHost,
    createSha256,
    sha256: (bytes) =>
      new Uint8Array(createHash("sha256").update(bytes).digest()),
    hmacSha256: (key, bytes) =>
      new Uint8Array(createHmac("sha256", key).update(bytes).digest()),
    bodyOf: bodyInPlace,
    md5: (bytes) => new Uint8Array(createHash("md5").update(bytes).digest()),
    // deno-lint-ignore require-await -- a refusal must reject, not throw
    lock: async (path) => takeLock(path),
    openDatabase,
  };
}
