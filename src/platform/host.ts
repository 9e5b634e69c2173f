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
  /** The module that a hash worker runs; {@linkcode workerUrl} where absent. */
  workerUrl?: string;
}

/**
 * The module that a hash worker runs, for a program with an entry of the URL
 * given, if any. Usually it is a file of its own beside this one, which loads
 * no more than a worker needs. Where the entry and this module are one file,
 * the program was bundled into that file, and is its own worker.
 */
export function workerUrl(entry?: string): string {
  const own = import.meta.url;
  if (entry === own) return own;
  const { href } = new URL("./hash_worker.ts", own);
  return own.endsWith(".ts") ? href : href.replace(/ts$/, "js");
}

/** The machine that this program runs on. */
export function createHost(options: HostOptions = {}): Platform {
  const url = options.workerUrl ?? workerUrl();
  return {
    files: nodeFiles,
    clock: { now: () => Date.now() },
    cores: Math.max(1, navigator.hardwareConcurrency ?? 1),
    startHashWorker: () => startWorker(url),
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
