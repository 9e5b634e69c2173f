/**
 * Payloads: large ones go to a file as they come, small ones into memory.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import type { IncrementalSha256 } from "../platform.ts";
import { LEAF_SIZE, sha256, TreeHash } from "../treehash/tree_hash.ts";
import type { IncomingBlob } from "./blobs.ts";
import type { ServerContext } from "./context.ts";
import { invalid, missing, Refusal } from "./refusal.ts";

/** The largest payload of an upload: 4 GiB ("Upload Archive" and "Upload Part" in the Glacier developer guide). */
const MAX_UPLOAD_SIZE = 4 * 1024 ** 3;

/** The largest payload of any other request. */
const MAX_SMALL_SIZE = 1024 * 1024;

/** Bytes that were received whole and are on the device. */
export interface ReceivedPayload {
  blob: string;
  /** Size in bytes. */
  size: number;
  /** Tree hash, lower-case hexadecimal. */
  treeHash: string;
  /** The leaves of that hash, 32 bytes each. */
  leaves: Uint8Array<ArrayBuffer>;
}

/** The header of that name as a hash in lower-case hexadecimal. */
export function hashHeader(request: Request, name: string): string {
  const value = request.headers.get(name);
  if (value === null || value === "") throw missing(name);
  if (!/^[0-9a-f]{64}$/i.test(value)) {
    throw invalid(`Invalid ${name}: ${value}`);
  }
  return value.toLowerCase();
}

/**
 * The size that a request announces; `undefined` where one that is passed in
 * memory, and so has no framing, announces none.
 */
function announcedSize(request: Request): number | undefined {
  const value = request.headers.get("content-length");
  if (value === null) {
    if (
      request.headers.has("transfer-encoding") || request.body === null
    ) {
      throw missing("Content-Length");
    }
    return undefined;
  }
  const size = /^\d+$/.test(value) ? Number(value) : NaN;
  if (!(size > 0 && size <= MAX_UPLOAD_SIZE)) {
    throw invalid(`Invalid Content-Length: ${value}`);
  }
  return size;
}

function incomplete(received: number, cause?: unknown): Refusal {
  return new Refusal(
    "RequestTimeoutException",
    `The payload ended after ${received} bytes, before it was complete`,
    { cause },
  );
}

/** Yields the chunks of a body; ends with an error once `signal` is aborted. */
export async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  const stop = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      signal.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    // Harmless where the end was reached.
    await reader.cancel().catch(() => {});
  }
}

/** Writes a payload and hashes it in both ways, one leaf at a time. */
class PayloadWriter {
  readonly #blob: IncomingBlob;
  readonly #linear: IncrementalSha256;
  readonly #tree = new TreeHash();
  readonly #leaf = new Uint8Array(LEAF_SIZE);
  readonly #leaves: Uint8Array<ArrayBuffer>[] = [];
  #filled = 0;
  size = 0;

  constructor(blob: IncomingBlob, linear: IncrementalSha256) {
    this.#blob = blob;
    this.#linear = linear;
  }

  async write(chunk: Uint8Array): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      const taken = rest.subarray(0, LEAF_SIZE - this.#filled);
      this.#leaf.set(taken, this.#filled);
      this.#filled += taken.length;
      this.size += taken.length;
      rest = rest.subarray(taken.length);
      if (this.#filled === LEAF_SIZE) await this.#flush();
    }
  }

  /** Ends the payload, which must have bytes. */
  async finish(): Promise<ReceivedPayload & { linearHash: string }> {
    if (this.#filled > 0) await this.#flush();
    const leaves = new Uint8Array(this.#leaves.length * 32);
    this.#leaves.forEach((hash, index) => leaves.set(hash, index * 32));
    return {
      blob: this.#blob.id,
      size: this.size,
      treeHash: await this.#tree.hexDigest(),
      leaves,
      linearHash: encodeHex(this.#linear.digest()),
    };
  }

  async #flush(): Promise<void> {
    const leaf = this.#leaf.subarray(0, this.#filled);
    // All three, even if one fails: the buffer is free only afterwards.
    const [hashed, written] = await Promise.allSettled([
      sha256(leaf),
      this.#blob.write(leaf),
      this.#linear.update(leaf),
    ]);
    if (written.status === "rejected") throw written.reason;
    if (hashed.status === "rejected") throw hashed.reason;
    this.#leaves.push(hashed.value);
    await this.#tree.append(hashed.value, leaf.length);
    this.#filled = 0;
  }
}

function checkHash(expected: string, calculated: string): void {
  if (expected !== calculated) {
    throw invalid(
      `Checksum mismatch: expected ${expected} but calculated ${calculated}`,
    );
  }
}

async function readInto(
  writer: PayloadWriter,
  request: Request,
  announced: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const limit = announced ?? MAX_UPLOAD_SIZE;
  const chunks = chunksOf(request.body!, signal);
  try {
    for (;;) {
      let next: IteratorResult<Uint8Array>;
      try {
        next = await chunks.next();
      } catch (cause) {
        // Whoever sent it is gone, or the server is closing.
        throw incomplete(writer.size, cause);
      }
      if (next.done) break;
      if (writer.size + next.value.length > limit) {
        throw invalid(`Invalid Content-Length: more than ${limit} bytes came`);
      }
      await writer.write(next.value);
    }
  } finally {
    await chunks.return(undefined);
  }
  if (announced !== undefined && writer.size < announced) {
    throw incomplete(writer.size);
  }
  if (writer.size === 0) throw invalid("Invalid Content-Length: 0");
}

/**
 * Receives the payload of an upload, checks it against its hashes, and stores
 * it with what `commit` writes to the database: both are on the device when
 * the promise resolves, or neither is kept.
 *
 * @param options.check is told the announced size before anything is read
 * @throws {Refusal} where the payload is not what its headers say.
 */
export async function storePayload(
  context: ServerContext,
  request: Request,
  options: {
    check?: (size: number) => void;
    commit: (payload: ReceivedPayload) => void;
  },
): Promise<ReceivedPayload> {
  const linearHash = hashHeader(request, "x-amz-content-sha256");
  const treeHash = hashHeader(request, "x-amz-sha256-tree-hash");
  const announced = announcedSize(request);
  if (request.body === null) throw invalid("Invalid Content-Length: 0");
  if (announced !== undefined) options.check?.(announced);

  await using blob = await context.blobs.receive();
  const writer = new PayloadWriter(blob, context.createSha256());
  await readInto(writer, request, announced, context.signal);
  const payload = await writer.finish();
  if (announced === undefined) options.check?.(payload.size);
  checkHash(linearHash, payload.linearHash);
  checkHash(treeHash, payload.treeHash);
  await blob.seal();
  commitBlob(context, blob, payload, options.commit);
  try {
    await blob.keep();
  } catch (error) {
    // It is stored and can be read where it is; the next start moves it.
    context.report(error);
  }
  return payload;
}

function commitBlob(
  context: ServerContext,
  blob: IncomingBlob,
  payload: ReceivedPayload,
  commit: (payload: ReceivedPayload) => void,
): void {
  const { state } = context;
  try {
    state.transaction(() => {
      state.blobs.insert(payload.blob, payload.leaves);
      commit(payload);
    });
  } catch (error) {
    // A commit that failed may turn out to have happened after all.
    if (!(error instanceof Refusal)) blob.leave();
    throw error;
  }
}

/** Reads the payload of a request that uploads nothing: 1 MiB at most. */
export async function readSmallBody(
  request: Request,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(request.body, signal)) {
    size += chunk.length;
    if (size > MAX_SMALL_SIZE) {
      throw new Refusal(
        "BadRequest",
        `The payload of the request is larger than ${MAX_SMALL_SIZE} bytes`,
      );
    }
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
