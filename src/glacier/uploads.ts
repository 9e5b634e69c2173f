/**
 * Uploads in parts.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import type { CallOptions } from "../store.ts";
import { type JsonObject, readNothing } from "./answer.ts";
import { readCreation } from "./archives.ts";
import type { Connection } from "./connection.ts";
import { nextMarker, pageQuery, readPage } from "./pages.ts";
import {
  checkDescription,
  checkHash,
  checkPartSize,
  checkPayload,
  formatRange,
  MAX_PART_SIZE,
  MAX_PARTS,
} from "./parameters.ts";
import type {
  ArchiveCreation,
  MultipartUpload,
  Page,
  PageOptions,
  PartInput,
  PartsPage,
  UploadedPart,
} from "./types.ts";

/**
 * Begins an upload; resolves to its ID. One that is left alone may be gone
 * after 24 hours. ("Initiate Multipart Upload" in the Glacier developer guide)
 *
 * @param upload `partSize` in bytes: 1 MiB times a power of two, up to 4 GiB.
 * @throws {UsageError} where part size or description cannot be one.
 */
export function initiateMultipartUpload(
  connection: Connection,
  vaultName: string,
  upload: { partSize: number; description?: string },
  options?: CallOptions,
): Promise<string> {
  return connection.call("InitiateMultipartUpload", {
    path: { vaultName },
    headers: {
      "x-amz-part-size": String(checkPartSize(upload.partSize)),
      "x-amz-archive-description": checkDescription(upload.description),
    },
  }, async (answer) => {
    await answer.release();
    return answer.header("x-amz-multipart-upload-id");
  }, options);
}

/**
 * Sends a part; the same range sent again replaces it. The service accepts a
 * part that is too short, and then fails to complete the upload. ("Upload
 * Part" in the Glacier developer guide)
 *
 * @throws {UsageError} where size, offset or a hash cannot be one.
 * @throws {IntegrityError} where the service got other bytes.
 */
export function uploadMultipartPart(
  connection: Connection,
  vaultName: string,
  part: PartInput,
  options?: CallOptions,
): Promise<void> {
  const { uploadId, bytes, offset } = part;
  checkPayload(bytes, MAX_PART_SIZE);
  const treeHash = checkHash(part.treeHash);
  const range = formatRange({ start: offset, end: offset + bytes.length });
  return connection.call("UploadMultipartPart", {
    path: { vaultName, uploadId },
    headers: {
      "content-range": `bytes ${range}/*`,
      "x-amz-sha256-tree-hash": treeHash,
    },
    payload: { bytes, sha256: checkHash(part.sha256) },
  }, async (answer) => {
    await answer.nothing();
    answer.compareTreeHash(treeHash);
  }, options);
}

/**
 * Makes the archive of its parts. Doing it again soon gives the same archive
 * ID. Where size or tree hash are wrong, the upload stays open. ("Complete
 * Multipart Upload" in the Glacier developer guide)
 *
 * @param archive `size` of the whole in bytes, and its tree hash.
 * @throws {IntegrityError} where the service has other bytes; the archive
 * exists then.
 */
export function completeMultipartUpload(
  connection: Connection,
  vaultName: string,
  archive: { uploadId: string; size: number; treeHash: string },
  options?: CallOptions,
): Promise<ArchiveCreation> {
  const { uploadId, size } = archive;
  const valid = Number.isSafeInteger(size) && size > 0 &&
    size <= MAX_PARTS * MAX_PART_SIZE;
  if (!valid) throw new UsageError(`Not a size of an archive: ${size} bytes`);
  const treeHash = checkHash(archive.treeHash);
  return connection.call(
    "CompleteMultipartUpload",
    {
      path: { vaultName, uploadId },
      headers: {
        "x-amz-archive-size": String(size),
        "x-amz-sha256-tree-hash": treeHash,
      },
    },
    (answer) => readCreation(answer, treeHash),
    options,
  );
}

/** Ends an upload and forgets its parts. ("Abort Multipart Upload" in the Glacier developer guide) */
export function abortMultipartUpload(
  connection: Connection,
  vaultName: string,
  uploadId: string,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    "AbortMultipartUpload",
    { path: { vaultName, uploadId } },
    readNothing,
    options,
  );
}

/** A page of the uploads that are not ended, in no particular order. ("List Multipart Uploads" in the Glacier developer guide) */
export function listMultipartUploads(
  connection: Connection,
  vaultName: string,
  page: PageOptions & CallOptions = {},
): Promise<Page<MultipartUpload>> {
  return connection.call(
    "ListMultipartUploads",
    { path: { vaultName }, query: pageQuery(page) },
    readPage("UploadsList", readUpload, page),
    page,
  );
}

/** A page of the parts that an upload has, by range. ("List Parts" in the Glacier developer guide) */
export function listParts(
  connection: Connection,
  vaultName: string,
  uploadId: string,
  page: PageOptions & CallOptions = {},
): Promise<PartsPage> {
  return connection.call(
    "ListParts",
    { path: { vaultName, uploadId }, query: pageQuery(page) },
    async (answer) => {
      const json = await answer.json();
      return {
        upload: readUpload(json),
        items: json.objects("Parts").map(readPart),
        marker: nextMarker(answer, json, page.marker),
      };
    },
    page,
  );
}

function readUpload(json: JsonObject): MultipartUpload {
  return {
    uploadId: json.string("MultipartUploadId"),
    vaultArn: json.string("VaultARN"),
    description: json.optionalString("ArchiveDescription"),
    partSize: json.number("PartSizeInBytes"),
    creationDate: json.date("CreationDate"),
  };
}

function readPart(json: JsonObject): UploadedPart {
  return {
    range: json.range("RangeInBytes"),
    treeHash: json.treeHash("SHA256TreeHash"),
  };
}
