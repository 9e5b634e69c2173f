/**
 * What a hash worker does with a message: reads a range of a file, hashes it,
 * and answers with the hashes and, where asked for, the bytes.
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

/** A range of a file to be hashed. */
export interface HashRequest {
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

/** The answer to a {@linkcode HashRequest}; answers come in the order of the requests. */
export type HashAnswer = HashedRange | HashFailure;

/** Carries out requests, one after the other; never rejects. */
export async function answerHashRequests(
  requests: readonly HashRequest[],
  host: HashWorkerHost,
): Promise<HashAnswer[]> {
  const answers: HashAnswer[] = [];
  for (const request of requests) answers.push(await answer(request, host));
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
    const { code } = error as { code?: string };
    const problem = code === "ENOENT" ? "vanished" : "failed";
    return { problem, message: messageOf(error), code };
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

/** Reads the whole range into memory of its own; `undefined` where the file ends too soon. */
async function readAndHash(
  { offset, length, buffer }: HashRequest,
  file: BlockingFile,
  host: HashWorkerHost,
): Promise<HashedRange | undefined> {
  const bytes = new Uint8Array(buffer ?? new ArrayBuffer(length), 0, length);
  // Leaf by leaf, so that each byte is hashed while it is in the CPU's cache.
  const linear = length > LEAF_SIZE ? host.createSha256() : undefined;
  const tree = new TreeHash({ sha256: oneShot(host) });
  for (let start = 0; start < length; start += LEAF_SIZE) {
    const leaf = bytes.subarray(start, start + LEAF_SIZE);
    if (!readFully(file, leaf, offset + start)) return undefined;
    linear?.update(leaf);
    await tree.update(leaf);
  }
  const treeHash = await tree.digest();
  // The tree hash of a single leaf is its SHA-256.
  const sha256 = encodeHex(linear?.digest() ?? treeHash);
  return { treeHash, bytes, sha256 };
}

/** Hashes the range through one leaf of memory. */
async function hashOnly(
  { offset, length }: HashRequest,
  file: BlockingFile,
  host: HashWorkerHost,
): Promise<HashedRange | undefined> {
  const buffer = new Uint8Array(Math.min(length, LEAF_SIZE));
  const tree = new TreeHash({ sha256: oneShot(host) });
  for (let start = 0; start < length; start += LEAF_SIZE) {
    const leaf = buffer.subarray(0, Math.min(LEAF_SIZE, length - start));
    if (!readFully(file, leaf, offset + start)) return undefined;
    await tree.update(leaf);
  }
  return { treeHash: await tree.digest() };
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
