/**
 * Complete Multipart Upload.
 *
 * @module
 */

import { decodeHex, encodeHex } from "@std/encoding/hex";
import { combineParts } from "../treehash/tree_hash.ts";
import type { Segment } from "./archive_table.ts";
import { archiveCreated } from "./archives.ts";
import { requireVault, type ServerContext } from "./context.ts";
import { newArchiveId } from "./ids.ts";
import { parseInteger } from "./parameters.ts";
import { hashHeader } from "./payload.ts";
import { invalid, missing, notFound } from "./refusal.ts";
import type { Upload } from "./upload_table.ts";

/** What the request says the archive is. */
interface Claim {
  /** Size in bytes. */
  size: number;
  treeHash: string;
}

function readClaim(request: Request): Claim {
  const header = request.headers.get("x-amz-archive-size");
  if (header === null) throw missing("x-amz-archive-size");
  const size = parseInteger(header);
  if (size === undefined || size < 1) {
    throw invalid(`Invalid archive size: ${header}`);
  }
  return { size, treeHash: hashHeader(request, "x-amz-sha256-tree-hash") };
}

/** Checks that the parts follow on each other from the begin to `size`. */
function checkCoverage(
  parts: readonly Segment[],
  partSize: number,
  size: number,
): void {
  let position = 0;
  for (const part of parts) {
    // Parts begin at multiples of their full size: after a shorter one, the
    // next never follows on.
    if (part.start !== position) break;
    position += part.size;
  }
  const total = parts.reduce((sum, part) => sum + part.size, 0);
  if (position !== total || parts.length === 0) {
    throw invalid(
      `The uploaded parts leave a gap at byte ${position}: all but the last must have ${partSize} bytes`,
    );
  }
  if (total !== size) {
    throw invalid(
      `The archive size does not match the uploaded parts: expected ${size} but they have ${total} bytes`,
    );
  }
}

async function checkTreeHash(
  parts: readonly Segment[],
  expected: string,
): Promise<void> {
  const calculated = encodeHex(
    await combineParts(
      parts.map(({ tree_hash, size }) => ({
        hash: decodeHex(tree_hash),
        size,
      })),
    ),
  );
  if (calculated !== expected) {
    throw invalid(
      `Checksum mismatch: expected ${expected} but calculated ${calculated}`,
    );
  }
}

function sameParts(a: readonly Segment[], b: readonly Segment[]): boolean {
  return a.length === b.length &&
    a.every((part, index) => part.blob === b[index].blob);
}

/** The archive that an upload has become. */
function repeatAnswer(upload: Upload, claim: Claim): string {
  const { id, archive, archive_size, archive_tree_hash } = upload;
  if (archive === null) throw notFound(`The upload ID was not found: ${id}`);
  if (archive_size !== claim.size || archive_tree_hash !== claim.treeHash) {
    throw invalid(
      `The upload was completed with another size or tree hash: ${id}`,
    );
  }
  return archive;
}

/**
 * Makes the archive, unless a part has come in or the upload has ended since
 * `parts` were read: `undefined` then.
 */
function commit(
  context: ServerContext,
  upload: Upload,
  parts: readonly Segment[],
  claim: Claim,
): string | undefined {
  const { state } = context;
  const now = context.clock.now();
  return state.transaction(() => {
    requireVault(context, upload.vault);
    // The parts of an upload that has ended are gone, so this tells that too.
    if (!sameParts(parts, allParts(context, upload))) return undefined;
    const id = newArchiveId();
    const archive = state.archives.insert({
      id,
      vault: upload.vault,
      description: upload.description,
      size: claim.size,
      tree_hash: claim.treeHash,
      created: now,
    });
    state.archives.adoptParts(archive, upload.number);
    state.uploads.complete(upload.number, { id, ...claim, now });
    return id;
  });
}

function allParts(context: ServerContext, upload: Upload): Segment[] {
  return context.state.uploads.parts(
    upload.number,
    0,
    Number.MAX_SAFE_INTEGER,
  );
}

/**
 * Makes an archive of the parts of an upload. Where they are not what the
 * request says, the upload stays open. A request that comes again gets the
 * same answer, for as long as ended uploads are remembered ("Complete
 * Multipart Upload" in the Glacier developer guide).
 */
export async function completeUpload(
  context: ServerContext,
  upload: Upload,
  request: Request,
): Promise<Response> {
  const claim = readClaim(request);
  let current: Upload | undefined = upload;
  let id: string | undefined;
  while (id === undefined) {
    if (current === undefined) {
      throw notFound(`The upload ID was not found: ${upload.id}`);
    }
    if (current.ended !== null) {
      id = repeatAnswer(current, claim);
    } else {
      const parts = allParts(context, current);
      checkCoverage(parts, current.part_size, claim.size);
      await checkTreeHash(parts, claim.treeHash);
      id = commit(context, current, parts, claim);
      current = context.state.uploads.get(upload.id);
    }
  }
  const { vault } = upload;
  return archiveCreated(context, { vault, id, treeHash: claim.treeHash });
}
