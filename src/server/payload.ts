/**
 * Payloads: large ones go to a file as they come, small ones into memory.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { MoraineError } from "../errors.ts";
import type { IncrementalSha256 } from "../platform.ts";
import { LEAF_SIZE, sha256, TreeHash } from "../treehash/tree_hash.ts";
import type { IncomingBlob } from "./blobs.ts";
import type { ServerContext } from "./context.ts";
import { invalid, missing, Refusal } from "./refusal.ts";

/** The largest payload of an upload: 4 GiB ("Upload Archive" and "Upload Part" in the Glacier developer guide). */
const MAX_UPLOAD_SIZE = 4 * 1024 ** 3;

/** The largest payload of any other request. */
const MAX_SMALL_SIZE = 1024 * 1024;

/**
 * How long to wait for more of a payload, in milliseconds. The service answers
 * a sender that has stopped ("Error Responses" in the Glacier developer guide)
 * without telling after what time; S3 waits for about 20 seconds. A minute is
 * longer than any disk takes to answer.
 */
export const PAYLOAD_TIMEOUT = 60 * 1000;

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

/** Why a payload was not waited for any longer. */
class SilentSender extends MoraineError {
  override name = "SilentSender";
}

function incomplete(received: number, cause?: unknown): Refusal {
  const why = cause instanceof SilentSender
    ? `Nothing more of the payload came after ${received} bytes`
    : `The payload ended after ${received} bytes, before it was complete`;
  return new Refusal("RequestTimeoutException", why, { cause });
}

/** The next chunk of a payload; `undefined` at its end. Fails where the server closes first, or nothing comes for too long. */
async function readChunk(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  { signal, payloadTimeout }: ServerContext,
): Promise<Uint8Array | undefined> {
  let reason: unknown;
  const stop = (why: unknown) => {
    reason ??= why;
    reader.cancel(why).catch(() => {});
  };
  const close = () => stop(signal.reason);
  const timer = setTimeout(
    () => stop(new SilentSender(`Nothing came for ${payloadTimeout} ms`)),
    payloadTimeout,
  );
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    const { done, value } = await reader.read();
    if (reason !== undefined) throw reason;
    return done ? undefined : value;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", close);
  }
}

/**
 * Yields the chunks of a body.
 *
 * @throws {Refusal} where its end does not come: whoever sends it is gone or
 * has stopped, or the server is closing.
 */
async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  context: ServerContext,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let received = 0;
  try {
    for (;;) {
      let chunk: Uint8Array | undefined;
      try {
        chunk = await readChunk(reader, context);
      } catch (cause) {
        throw incomplete(received, cause);
      }
      if (chunk === undefined) return;
      received += chunk.length;
      yield chunk;
    }
  } finally {
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
  context: ServerContext,
  request: Request,
  announced: number | undefined,
): Promise<void> {
  const limit = announced ?? MAX_UPLOAD_SIZE;
  for await (const chunk of chunksOf(request.body!, context)) {
    if (writer.size + chunk.length > limit) {
      throw invalid(`Invalid Content-Length: more than ${limit} bytes came`);
    }
    await writer.write(chunk);
  }
  if (announced !== undefined && writer.size < announced) {
    throw incomplete(writer.size);
  }
  if (writer.size === 0) throw missing("Content-Length");
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
  await readInto(writer, context, request, announced);
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
  context: ServerContext,
  request: Request,
): Promise<Uint8Array<ArrayBuffer>> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(request.body, context)) {
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
