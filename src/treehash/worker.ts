/**
 * What a hash worker does with a message: reads a range of a file, hashes it,
 * and answers with the hashes and, where asked for, the bytes; or hashes bytes
 * that it is given and writes them to a file.
 *
 * The range is refused where the file is not the one expected, before or
 * after reading: a file that changes in the middle of an upload must not be
 * recorded as good.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { messageOf } from "../errors.ts";
import type {
  BlockingFile,
  FileInfo,
  HashWorkerHost,
  IncrementalSha256,
} from "../platform.ts";
import { LEAF_SIZE, TreeHash } from "./tree_hash.ts";

/** What tells one state of a file from another. */
export type FileIdentity = Pick<FileInfo, "size" | "mtimeMs" | "ino" | "dev">;

/** Bytes to be hashed and written to a file that exists. */
export interface WriteRequest {
  kind: "write";
  path: string;
  /** The file must be this one. */
  identity: Pick<FileIdentity, "ino" | "dev">;
  /** Where in the file they go. */
  offset: number;
  /** Not more than a leaf. They come back with the answer. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** What a worker can be asked for. */
export type WorkerRequest = HashRequest | WriteRequest;

/** A range of a file to be hashed. */
export interface HashRequest {
  kind: "hash";
  path: string;
  /** First byte of the range. */
  offset: number;
  /** Length of the range in bytes, at least 1. */
  length: number;
  /** The file must be in this state. */
  identity: FileIdentity;
  /** Whether the bytes and their SHA-256 are wanted too, or only the tree hash. */
  bytes: boolean;
  /** Memory for the bytes, as large as the range or larger; new memory where absent. */
  buffer?: ArrayBuffer;
}

/** A hashed range. */
export interface HashedRange {
  /** Tree hash of the range. */
  treeHash: Uint8Array<ArrayBuffer>;
  /** The bytes and their SHA-256 in hexadecimal, where they were asked for. */
  bytes?: Uint8Array<ArrayBuffer>;
  sha256?: string;
}

/** Why a range was not hashed. */
export interface HashFailure {
  problem: "changed" | "vanished" | "failed";
  /** Why, and the host's code. */
  message: string;
  code?: string;
}

/** The answer to a {@linkcode WorkerRequest}; answers come in the order of the requests. */
export type HashAnswer = HashedRange | HashFailure;

/** Carries out requests, one after the other; never rejects. */
export async function answerHashRequests(
  requests: readonly WorkerRequest[],
  host: HashWorkerHost,
): Promise<HashAnswer[]> {
  const answers: HashAnswer[] = [];
  for (const request of requests) {
    answers.push(
      request.kind === "write"
        ? writeAndHash(request, host)
        : await answer(request, host),
    );
  }
  return answers;
}

async function answer(
  request: HashRequest,
  host: HashWorkerHost,
): Promise<HashAnswer> {
  try {
    using file = host.openFile(request.path);
    if (!isSameFile(file.stat(), request.identity)) return CHANGED;
    const hashed = request.bytes
      ? await readAndHash(request, file, host)
      : await hashOnly(request, file, host);
    if (hashed === undefined || !isSameFile(file.stat(), request.identity)) {
      return CHANGED;
    }
    return hashed;
  } catch (error) {
    return toFailure(error);
  }
}

function toFailure(error: unknown): HashFailure {
  const { code } = error as { code?: string };
  const problem = code === "ENOENT" ? "vanished" : "failed";
  return { problem, message: messageOf(error), code };
}

function writeAndHash(
  { path, identity, offset, bytes }: WriteRequest,
  host: HashWorkerHost,
): HashAnswer {
  try {
    using file = host.openWriter(path);
    const { ino, dev } = file.stat();
    if (ino !== identity.ino || dev !== identity.dev) {
      return { problem: "changed", message: "Another file has its name" };
    }
    for (let written = 0; written < bytes.length;) {
      written += file.write(bytes.subarray(written), offset + written);
    }
    const hash = host.createSha256();
    hash.update(bytes);
    return { treeHash: hash.digest(), bytes };
  } catch (error) {
    return toFailure(error);
  }
}

/** Whether nothing tells that a file is in another state than it was. */
export function isSameFile(now: FileIdentity, then: FileIdentity): boolean {
  return now.size === then.size && now.mtimeMs === then.mtimeMs &&
    now.ino === then.ino && now.dev === then.dev;
}

const CHANGED: HashFailure = {
  problem: "changed",
  message: "It changed while it was read",
};

/** Bytes read at a time: so few are in the CPU's cache when they are hashed. */
const READ_SIZE = LEAF_SIZE / 4;

/** Reads the whole range into memory of its own; `undefined` where the file ends too soon. */
async function readAndHash(
  { offset, length, buffer }: HashRequest,
  file: BlockingFile,
  host: HashWorkerHost,
): Promise<HashedRange | undefined> {
  const bytes = new Uint8Array(buffer ?? new ArrayBuffer(length), 0, length);
  const read = (start: number, end: number) => {
    const piece = bytes.subarray(start, end);
    return readFully(file, piece, offset + start) ? piece : undefined;
  };
  // The tree hash of a single leaf is its SHA-256.
  const linear = length > LEAF_SIZE ? host.createSha256() : undefined;
  const treeHash = await hashLeaves(length, read, host, linear);
  if (treeHash === undefined) return undefined;
  return { treeHash, bytes, sha256: encodeHex(linear?.digest() ?? treeHash) };
}

/** Hashes the range through little memory. */
async function hashOnly(
  { offset, length }: HashRequest,
  file: BlockingFile,
  host: HashWorkerHost,
): Promise<HashedRange | undefined> {
  const buffer = new Uint8Array(Math.min(length, READ_SIZE));
  const read = (start: number, end: number) => {
    const piece = buffer.subarray(0, end - start);
    return readFully(file, piece, offset + start) ? piece : undefined;
  };
  const treeHash = await hashLeaves(length, read, host);
  return treeHash && { treeHash };
}

/**
 * The tree hash of `length` bytes, which `read` gives piece by piece; `linear`
 * takes them in too. `undefined` where they end too soon.
 */
async function hashLeaves(
  length: number,
  read: (start: number, end: number) => Uint8Array | undefined,
  host: HashWorkerHost,
  linear?: IncrementalSha256,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const tree = new TreeHash({ sha256: oneShot(host) });
  for (let start = 0; start < length; start += LEAF_SIZE) {
    const end = Math.min(start + LEAF_SIZE, length);
    const leaf = host.createSha256();
    for (let at = start; at < end; at += READ_SIZE) {
      const piece = read(at, Math.min(at + READ_SIZE, end));
      if (piece === undefined) return undefined;
      leaf.update(piece);
      linear?.update(piece);
    }
    await tree.append(leaf.digest(), end - start);
  }
  return await tree.digest();
}

function oneShot(host: { createSha256(): IncrementalSha256 }) {
  return (bytes: Uint8Array<ArrayBuffer>) => {
    const hash = host.createSha256();
    hash.update(bytes);
    return hash.digest();
  };
}

function readFully(
  file: BlockingFile,
  buffer: Uint8Array,
  position: number,
): boolean {
  let filled = 0;
  while (filled < buffer.length) {
    const read = file.read(buffer.subarray(filled), position + filled);
    if (read === 0) return false;
    filled += read;
  }
  return true;
}
