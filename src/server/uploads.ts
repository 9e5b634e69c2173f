/**
 * Uploads in parts: Initiate, Upload Part, Abort, List Parts and List
 * Multipart Uploads.
 *
 * @module
 */

import type { Hono } from "hono";
import { LEAF_SIZE } from "../treehash/tree_hash.ts";
import { completeUpload } from "./complete_upload.ts";
import {
  removeDoomedBlobs,
  requireVault,
  type RouteEnvironment,
  type ServerContext,
  vaultArn,
} from "./context.ts";
import { newJobId } from "./ids.ts";
import {
  checkDescription,
  checkVaultName,
  decodeMarker,
  isoTime,
  pageOf,
  parseInteger,
  parseLimit,
} from "./parameters.ts";
import { storePayload } from "./payload.ts";
import { invalid, missing, notFound } from "./refusal.ts";
import { UPLOAD_LIFETIME } from "./state.ts";
import type { Upload } from "./upload_table.ts";

/** The largest part: 4 GiB. */
const MAX_PART_SIZE = 4096 * LEAF_SIZE;

/** Parts of one upload ("Uploading Large Archives in Parts" in the Glacier developer guide). */
const MAX_PARTS = 10_000;

/** Parts, or uploads, in one answer ("List Parts" in the Glacier developer guide). */
const MAX_LISTED = 50;

/** Whether the service has given an upload up because nothing came for long. */
function isExpired({ clock }: ServerContext, upload: Upload): boolean {
  return upload.ended === null &&
    upload.active + UPLOAD_LIFETIME <= clock.now();
}

/** The upload of that ID in a vault, whether open or ended. */
function findUpload(
  context: ServerContext,
  vault: string,
  id: string,
): Upload {
  requireVault(context, vault);
  const upload = context.state.uploads.get(id);
  if (upload?.vault !== vault || isExpired(context, upload)) {
    throw notFound(`The upload ID was not found: ${id}`);
  }
  return upload;
}

function requireOpenUpload(
  context: ServerContext,
  vault: string,
  id: string,
): Upload {
  const upload = findUpload(context, vault, id);
  if (upload.ended !== null) {
    throw notFound(`The upload ID was not found: ${id}`);
  }
  return upload;
}

function parsePartSize(header: string | undefined): number {
  if (header === undefined) throw missing("Part size");
  const size = parseInteger(header);
  if (
    size === undefined || size < LEAF_SIZE || size > MAX_PART_SIZE ||
    !Number.isInteger(Math.log2(size))
  ) {
    throw invalid(
      `Invalid part size: ${header}. Part size must be a power of two and be between ${LEAF_SIZE} and ${MAX_PART_SIZE} bytes.`,
    );
  }
  return size;
}

async function initiate(
  context: ServerContext,
  vault: string,
  headers: { partSize?: string; description?: string },
): Promise<string> {
  requireVault(context, vault);
  const id = newJobId();
  const { state } = context;
  const created = context.clock.now();
  const upload = {
    id,
    vault,
    description: checkDescription(headers.description ?? ""),
    part_size: parsePartSize(headers.partSize),
    created,
  };
  state.purge(created);
  state.transaction(() => state.uploads.insert(upload));
  await removeDoomedBlobs(context);
  return id;
}

/** The range that a part fills, without `end`. A total, where it is told, lies beyond it (RFC 2616, 14.16). */
function parseContentRange(
  header: string | null,
  partSize: number,
): { start: number; end: number } {
  if (header === null) throw missing("Content-Range");
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\*|\d+)$/.exec(header) ??
    [];
  const start = parseInteger(first ?? "");
  const end = (parseInteger(last ?? "") ?? NaN) + 1;
  const limit = total === "*" ? Infinity : parseInteger(total ?? "") ?? NaN;
  if (start === undefined || !(start < end && end <= limit)) {
    throw invalid(`Invalid Content-Range: ${header}`);
  }
  if (start % partSize !== 0 || end - start > partSize) {
    throw invalid(
      `Content-Range: ${header} does not align with the part size of ${partSize} bytes`,
    );
  }
  if (start / partSize >= MAX_PARTS) {
    throw invalid(
      `Content-Range: ${header} is beyond the limit of ${MAX_PARTS} parts`,
    );
  }
  return { start, end };
}

async function uploadPart(
  context: ServerContext,
  request: Request,
  vault: string,
  id: string,
): Promise<Response> {
  const upload = requireOpenUpload(context, vault, id);
  const header = request.headers.get("content-range");
  const { start, end } = parseContentRange(header, upload.part_size);
  const { treeHash } = await storePayload(context, request, {
    check(size) {
      if (size === end - start) return;
      throw invalid(
        `Content-Range: ${header} is incompatible with Content-Length: ${size}`,
      );
    },
    commit({ blob, size, treeHash }) {
      // It may have ended while the payload came.
      const { number } = requireOpenUpload(context, vault, id);
      const part = { start, size, tree_hash: treeHash, blob };
      context.state.uploads.putPart(number, part, context.clock.now());
    },
  });
  await removeDoomedBlobs(context);
  return new Response(null, {
    status: 204,
    headers: { "x-amz-sha256-tree-hash": treeHash },
  });
}

/** Aborting again succeeds; aborting what was completed doesn't ("Abort Multipart Upload" in the Glacier developer guide). */
function abort(context: ServerContext, vault: string, id: string): void {
  const { state, clock } = context;
  state.transaction(() => {
    const upload = findUpload(context, vault, id);
    if (upload.archive !== null) {
      throw notFound(`The upload ID was not found: ${id}`);
    }
    if (upload.ended === null) state.uploads.abort(upload.number, clock.now());
  });
}

function describe(context: ServerContext, upload: Upload) {
  return {
    ArchiveDescription: upload.description || null,
    CreationDate: isoTime(upload.created),
    MultipartUploadId: upload.id,
    PartSizeInBytes: upload.part_size,
    VaultARN: vaultArn(context, upload.vault),
  };
}

/** The query of a list. */
interface ListQuery {
  limit?: string;
  marker?: string;
}

function listParts(
  context: ServerContext,
  vault: string,
  id: string,
  query: ListQuery,
) {
  const upload = requireOpenUpload(context, vault, id);
  const limit = parseLimit(query.limit, MAX_LISTED);
  const start = decodeMarker("parts", query.marker, -1) + 1;
  const parts = context.state.uploads.parts(upload.number, start, limit + 1);
  const { page, marker } = pageOf("parts", parts, limit, (part) => part.start);
  return {
    ...describe(context, upload),
    Marker: marker,
    Parts: page.map(({ start, size, tree_hash }) => ({
      RangeInBytes: `${start}-${start + size - 1}`,
      SHA256TreeHash: tree_hash,
    })),
  };
}

function listUploads(context: ServerContext, vault: string, query: ListQuery) {
  requireVault(context, vault);
  const limit = parseLimit(query.limit, MAX_LISTED);
  const after = decodeMarker("uploads", query.marker, 0);
  const uploads = context.state.uploads.list({
    vault,
    activeAfter: context.clock.now() - UPLOAD_LIFETIME,
    after,
    limit: limit + 1,
  });
  const { page, marker } = pageOf(
    "uploads",
    uploads,
    limit,
    ({ number }) => number,
  );
  return {
    Marker: marker,
    UploadsList: page.map((upload) => describe(context, upload)),
  };
}

/** Adds the routes of uploads in parts. */
export function routeUploads(
  app: Hono<RouteEnvironment>,
  context: ServerContext,
): void {
  const uploads = "/:account/vaults/:vault/multipart-uploads";
  app.post(uploads, async (c) => {
    const vault = checkVaultName(c.req.param("vault"));
    const id = await initiate(context, vault, {
      partSize: c.req.header("x-amz-part-size"),
      description: c.req.header("x-amz-archive-description"),
    });
    const path = `/${context.account}/vaults/${vault}/multipart-uploads/${id}`;
    return c.body(null, 201, {
      location: path,
      "x-amz-multipart-upload-id": id,
    });
  });
  app.get(uploads, (c) => {
    const vault = checkVaultName(c.req.param("vault"));
    return c.json(listUploads(context, vault, c.req.query()));
  });
  app.put(`${uploads}/:upload`, (c) => {
    const { vault, upload } = c.req.param();
    return uploadPart(context, c.req.raw, checkVaultName(vault), upload);
  });
  app.post(`${uploads}/:upload`, (c) => {
    const { vault, upload } = c.req.param();
    const found = findUpload(context, checkVaultName(vault), upload);
    return completeUpload(context, found, c.req.raw);
  });
  app.get(`${uploads}/:upload`, (c) => {
    const { vault, upload } = c.req.param();
    const name = checkVaultName(vault);
    return c.json(listParts(context, name, upload, c.req.query()));
  });
  app.delete(`${uploads}/:upload`, async (c) => {
    const { vault, upload } = c.req.param();
    abort(context, checkVaultName(vault), upload);
    await removeDoomedBlobs(context);
    return c.body(null, 204);
  });
}
