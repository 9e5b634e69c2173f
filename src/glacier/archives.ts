/**
 * Archives: stored with one request, and deleted.
 *
 * @module
 */

import type { CallOptions } from "../store.ts";
import { type Answer, readNothing } from "./answer.ts";
import type { Connection } from "./connection.ts";
import {
  checkDescription,
  checkHash,
  checkPayload,
  MAX_SINGLE_UPLOAD,
} from "./parameters.ts";
import type { ArchiveCreation, ArchiveInput } from "./types.ts";

/**
 * Stores an archive of 1 byte to 4 GiB. Sent again only where it surely had no
 * effect. ("Upload Archive" in the Glacier developer guide)
 *
 * @throws {UsageError} where size, description or a hash cannot be one.
 * @throws {IntegrityError} where the service got other bytes; the archive
 * exists then.
 */
export function uploadArchive(
  connection: Connection,
  vaultName: string,
  archive: ArchiveInput,
  options?: CallOptions,
): Promise<ArchiveCreation> {
  const { bytes } = archive;
  checkPayload(bytes, MAX_SINGLE_UPLOAD);
  const treeHash = checkHash(archive.treeHash);
  return connection.call(
    "UploadArchive",
    {
      path: { vaultName },
      headers: {
        "x-amz-archive-description": checkDescription(archive.description),
        "x-amz-sha256-tree-hash": treeHash,
      },
      payload: { bytes, sha256: checkHash(archive.sha256) },
    },
    (answer) => readCreation(answer, treeHash),
    options,
  );
}

/**
 * Deletes an archive; succeeds where it is deleted already. Those younger than
 * 90 days cost a fee. ("Delete Archive" in the Glacier developer guide)
 */
export function deleteArchive(
  connection: Connection,
  vaultName: string,
  archiveId: string,
  options?: CallOptions,
): Promise<void> {
  return connection.call(
    "DeleteArchive",
    { path: { vaultName, archiveId } },
    readNothing,
    options,
  );
}

/** Reads the answer to what makes an archive of content with the tree hash `treeHash`. */
export async function readCreation(
  answer: Answer,
  treeHash: string,
): Promise<ArchiveCreation> {
  await answer.release();
  const archiveId = answer.header("x-amz-archive-id");
  answer.compareTreeHash(treeHash, `archive ${archiveId}`);
  return {
    archiveId,
    treeHash,
    location: answer.optionalHeader("location"),
  };
}
