/**
 * A pool of worker threads that read and hash ranges of files, so that the
 * main thread is free for the network. Of small files that thread reads the
 * first ones itself: starting another takes longer.
 *
 * @module
 */

import { messageOf, MoraineError } from "../errors.ts";
import type { Platform, WorkerHandle } from "../platform.ts";
import { deathError, failureError } from "./hash_errors.ts";
import { SpareBuffers } from "./spare_buffers.ts";
import { combineParts, LEAF_SIZE } from "./tree_hash.ts";
import {
  answerHashRequests,
  type FileIdentity,
  type HashAnswer,
  type HashedRange,
  type HashRequest,
  type WorkerRequest,
} from "./worker.ts";

/** A file, and the state that it must be in. */
export interface FileToHash {
  path: string;
  identity: FileIdentity;
}

/** A range of a file in memory, with its hashes. The bytes belong to the caller, who may give them back. */
export interface FileRange {
  bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256 of the bytes, lower-case hexadecimal. */
  sha256: string;
  treeHash: Uint8Array<ArrayBuffer>;
}

/** Options of {@linkcode HashPool.create}. */
export interface HashPoolOptions {
  /** How many threads, at least 1; as many as the machine has cores by default. */
  threads?: number;
}

type Hash = Uint8Array<ArrayBuffer>;

/** Bytes that one worker hashes at a time of a file that several share: 16 MiB, a power of two of leaves. */
const SHARE = 16 * LEAF_SIZE;

/** Bytes of several ranges that one message asks for, at most. */
const MAX_BATCH = LEAF_SIZE / 2;

/**
 * Bytes that are hashed by the thread that is there before others are started:
 * starting one takes tens of milliseconds.
 */
export const WORTH_A_THREAD: number = 16 * LEAF_SIZE;

/** What opening a file takes, in bytes that could have been hashed meanwhile. */
const WORTH_OPENING = LEAF_SIZE / 16;

interface Waiting {
  request: WorkerRequest;
  /** How many threads have died of it, or with it. */
  deaths: number;
  /** Nobody waits for it any more. */
  dropped: boolean;
  resolve(range: HashedRange): void;
  reject(error: unknown): void;
}

/**
 * The pool. Threads start when they are worth it. Dispose of it to end them;
 * what is still under way then is rejected.
 */
export class HashPool implements AsyncDisposable {
  readonly #platform: Platform;
  readonly #threads: number;
  readonly #queue: Waiting[] = [];
  readonly #idle: WorkerHandle[] = [];
  /** The thread that this is. */
  readonly #here: WorkerHandle;
  /** Bytes that it still hashes itself before it starts others. */
  #left = WORTH_A_THREAD;
  readonly #busy = new Map<WorkerHandle, readonly Waiting[]>();
  readonly #spare = new SpareBuffers();
  #starting = 0;
  /** In a row. */
  #failedStarts = 0;
  #willDispatch = false;
  #closed = false;

  constructor(platform: Platform, options: HashPoolOptions = {}) {
    this.#platform = platform;
    this.#threads = Math.max(1, options.threads ?? platform.cores);
    this.#here = {
      post: (requests) => void this.#answerHere(requests as WorkerRequest[]),
      listen: () => {},
      terminate: () => Promise.resolve(),
    };
  }

  /** Starts the threads now, where so many bytes will be hashed that they are worth it. */
  warmUp(bytes: number): void {
    if (bytes <= WORTH_A_THREAD) return;
    this.#left = 0;
    while (this.#started < this.#threads) this.#start();
  }

  /**
   * Reads and hashes `length` bytes from `offset`, both in bytes.
   *
   * @throws {FileError} where the file is gone, can't be read, or is not in the state expected.
   */
  async read(
    file: FileToHash,
    offset: number,
    length: number,
    options: { signal?: AbortSignal } = {},
  ): Promise<FileRange> {
    const { bytes, sha256, treeHash } = await this.#ask(
      file,
      { offset, length, bytes: true },
      options.signal,
    );
    return { bytes: bytes!, sha256: sha256!, treeHash };
  }

  /** Gives back the bytes of a range that nobody looks at any more, to be used again. */
  giveBack(bytes: Uint8Array<ArrayBuffer>): void {
    this.#spare.keep(bytes.buffer);
  }

  /**
   * Writes a leaf, or less, into a file that exists, and hashes it meanwhile.
   * Resolves to its SHA-256 and to its bytes, which are the pool's until then.
   *
   * @throws what the host throws, where it can't be written.
   */
  async write(
    file: { path: string; identity: Pick<FileIdentity, "ino" | "dev"> },
    offset: number,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<{ hash: Hash; bytes: Uint8Array<ArrayBuffer> }> {
    const { path } = file;
    const { ino, dev } = file.identity;
    const identity = { ino, dev };
    const written = await this.#send(
      { kind: "write", path, identity, offset, bytes },
      undefined,
    );
    return { hash: written.treeHash, bytes: written.bytes! };
  }

  /**
   * The tree hash of a whole file of at least one byte. A large file is shared
   * among the threads.
   *
   * @throws {FileError} where the file is gone, can't be read, or is not in the state expected.
   */
  async treeHash(
    file: FileToHash,
    options: { signal?: AbortSignal; onBytes?: (count: number) => void } = {},
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { size } = file.identity;
    const shares = Math.ceil(size / SHARE);
    const hashed = new Array<{ hash: Uint8Array<ArrayBuffer>; size: number }>(
      shares,
    );
    let next = 0;
    let failed = false;
    // A few shares at a time, not all at once: a file of 40 TB has millions.
    const hashShares = async () => {
      while (next < shares && !failed) {
        const index = next++;
        const offset = index * SHARE;
        const length = Math.min(SHARE, size - offset);
        const { treeHash } = await this.#ask(
          file,
          { offset, length, bytes: false },
          options.signal,
        ).catch((error) => {
          failed = true;
          throw error;
        });
        hashed[index] = { hash: treeHash, size: length };
        options.onBytes?.(length);
      }
    };
    const lanes = Math.min(shares, this.#threads);
    await Promise.all(Array.from({ length: lanes }, hashShares));
    return await combineParts(hashed);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const workers = [...this.#idle, ...this.#busy.keys()];
    const waiting = [...this.#queue, ...[...this.#busy.values()].flat()];
    this.#queue.length = 0;
    this.#idle.length = 0;
    this.#busy.clear();
    for (const { reject } of waiting) reject(closedError());
    await Promise.all(workers.map((worker) => worker.terminate()));
  }

  #ask(
    file: FileToHash,
    range: Pick<HashRequest, "offset" | "length" | "bytes">,
    signal: AbortSignal | undefined,
  ): Promise<HashedRange> {
    const { size, mtimeMs, ino, dev } = file.identity;
    const identity = { size, mtimeMs, ino, dev };
    return this.#send(
      { kind: "hash", path: file.path, identity, ...range },
      signal,
    );
  }

  #send(
    request: WorkerRequest,
    signal: AbortSignal | undefined,
  ): Promise<HashedRange> {
    if (this.#closed) return Promise.reject(closedError());
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<HashedRange>();
    const waiting: Waiting = {
      request,
      deaths: 0,
      dropped: false,
      resolve,
      reject,
    };
    this.#queue.push(waiting);
    this.#dispatchSoon();
    if (signal === undefined) return promise;
    // Reading can't be stopped halfway, and a range is short: whoever aborted
    // goes on at once, and what was queued is dropped.
    const abort = () => {
      waiting.dropped = true;
      const index = this.#queue.indexOf(waiting);
      if (index >= 0) this.#queue.splice(index, 1);
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", abort));
  }

  /** What is asked for at the same time goes out together. */
  #dispatchSoon(): void {
    if (this.#willDispatch) return;
    this.#willDispatch = true;
    queueMicrotask(() => {
      this.#willDispatch = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      if (this.#isBusyHere) return;
      const worker = this.#idle.pop() ??
        (this.#isWorthDoingHere(this.#queue[0]) ? this.#here : undefined);
      if (worker === undefined) {
        this.#startIfUseful();
        return;
      }
      const batch = this.#takeBatch();
      this.#busy.set(worker, batch);
      const requests = batch.map(({ request }): WorkerRequest =>
        request.kind === "hash" && request.bytes
          ? { ...request, buffer: this.#spare.take(request.length) }
          : request
      );
      worker.post(requests, requests.flatMap(memoryOf));
    }
  }

  /**
   * What one worker gets in one message: a message takes longer than reading
   * and hashing a small file, so several of these go together, but no more than
   * leaves something to do for the other idle workers.
   */
  #takeBatch(): Waiting[] {
    const share = Math.ceil(this.#queue.length / (this.#idle.length + 1));
    const batch = [this.#queue.shift()!];
    let bytes = lengthOf(batch[0].request);
    while (batch.length < share && batch[0].deaths === 0) {
      const { request, deaths } = this.#queue[0];
      bytes += lengthOf(request);
      // What a thread has died of goes alone.
      if (bytes > MAX_BATCH || deaths > 0) break;
      batch.push(this.#queue.shift()!);
    }
    return batch;
  }

  /** Whether a thread would have to be started for what this one has done sooner. */
  #isWorthDoingHere({ request, deaths }: Waiting): boolean {
    return this.#left > 0 && this.#started === 0 && deaths === 0 &&
      request.kind === "hash" && request.length <= LEAF_SIZE;
  }

  get #isBusyHere(): boolean {
    return this.#busy.has(this.#here);
  }

  async #answerHere(requests: readonly WorkerRequest[]): Promise<void> {
    for (const request of requests) {
      this.#left -= Math.max(WORTH_OPENING, lengthOf(request));
    }
    const host = this.#platform.hashWorkerHost;
    this.#answered(this.#here, await answerHashRequests(requests, host));
  }

  #startIfUseful(): void {
    const useful = this.#starting < this.#queue.length;
    if (useful && this.#started < this.#threads) this.#start();
  }

  /** How many threads there are, or will be, besides this one. */
  get #started(): number {
    const others = this.#busy.size - (this.#isBusyHere ? 1 : 0);
    return this.#starting + others + this.#idle.length;
  }

  #start(): void {
    this.#starting++;
    this.#platform.startHashWorker().then(
      (worker) => this.#adopt(worker),
      (error) => this.#startFailed(error),
    );
  }

  async #adopt(worker: WorkerHandle): Promise<void> {
    this.#starting--;
    this.#failedStarts = 0;
    if (this.#closed) return await worker.terminate();
    this.#idle.push(worker);
    worker.listen((event) => {
      if ("error" in event) this.#died(worker, event.error);
      else this.#answered(worker, event.message as HashAnswer[]);
    });
    this.#dispatch();
  }

  #startFailed(cause: unknown): void {
    this.#starting--;
    if (this.#busy.size + this.#idle.length + this.#starting > 0) return;
    // Once more: the system may have been short of threads for a moment.
    if (++this.#failedStarts < 3) return this.#dispatch();
    const error = new MoraineError(
      `Cannot start a thread to hash files with: ${messageOf(cause)}`,
      { cause },
    );
    for (const { reject } of this.#queue.splice(0)) reject(error);
  }

  #answered(worker: WorkerHandle, answers: HashAnswer[]): void {
    const batch = this.#busy.get(worker);
    if (batch === undefined) return;
    this.#busy.delete(worker);
    if (worker !== this.#here) this.#idle.push(worker);
    for (const [i, { request, resolve, reject }] of batch.entries()) {
      const answer = answers[i];
      if ("problem" in answer) reject(failureError(request, answer));
      else resolve(answer);
    }
    this.#dispatch();
  }

  #died(worker: WorkerHandle, cause: Error): void {
    const index = this.#idle.indexOf(worker);
    // Node tells twice: that it failed, and that it has ended.
    if (index < 0 && !this.#busy.has(worker)) return;
    // One that died before it got anything died of what it would have got:
    // otherwise it would be replaced for ever.
    const batch = this.#busy.get(worker) ?? this.#queue.splice(0, 1);
    this.#busy.delete(worker);
    if (index >= 0) this.#idle.splice(index, 1);
    worker.terminate().catch(() => {});
    for (const waiting of batch) {
      if (waiting.dropped) continue;
      const { request } = waiting;
      // Once more, by another thread: this one may have been short of memory.
      // What was to be written is gone with it.
      const again = ++waiting.deaths <= 1 && request.kind === "hash";
      if (again) this.#queue.unshift(waiting);
      else waiting.reject(deathError(request, cause));
    }
    this.#dispatch();
  }
}

function closedError(): Error {
  return new DOMException("The hash pool was closed", "AbortError");
}

/** The memory that changes hands with a request. */
function memoryOf(request: WorkerRequest): ArrayBuffer[] {
  if (request.kind === "write") return [request.bytes.buffer];
  return request.buffer === undefined ? [] : [request.buffer];
}

function lengthOf(request: WorkerRequest): number {
  return request.kind === "write" ? request.bytes.length : request.length;
}
