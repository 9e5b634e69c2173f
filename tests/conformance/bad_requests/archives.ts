/**
 * Requests to upload and delete archives.
 *
 * @module
 */

import { vectorPayload } from "../../testing.ts";
import { hashedUploadRows } from "./hashed_uploads.ts";
import {
  BAD,
  type BadRequest,
  INVALID,
  NOT_FOUND,
  rowsOf,
  SIGNATURE,
} from "./row.ts";

const UPLOADS: BadRequest[] = [
  ...hashedUploadRows("UploadArchive"),
  ...rowsOf("UploadArchive", [
    {
      name: "the hash of all bytes instead of the tree hash",
      body: vectorPayload(1024 * 1024 + 1),
      headers: { "x-amz-sha256-tree-hash": "{sha256}" },
      refused: [400, INVALID, "Checksum mismatch"],
    },
    {
      name: "a description of 1,025 characters",
      headers: { "x-amz-archive-description": "x".repeat(1025) },
      refused: [400, INVALID, "at most 1024 characters"],
    },
    {
      name: "two descriptions, together too long",
      headers: {
        "x-amz-archive-description": ["x".repeat(600), "y".repeat(600)],
      },
      refused: [400, INVALID, "at most 1024 characters"],
    },
    {
      name: "a description with a tab",
      headers: { "x-amz-archive-description": "a\tb" },
      refused: [400, INVALID, "printable ASCII"],
    },
    {
      name: "a description in UTF-8",
      headers: { "x-amz-archive-description": "caf\xc3\xa9" },
      refused: [400, INVALID, "printable ASCII"],
    },
    {
      name: "a vault that isn't there",
      target: "/-/vaults/absent/archives",
      refused: [404, NOT_FOUND, "Vault not found for ARN"],
    },
    {
      name: "a vault that cannot be",
      target: "/-/vaults/a%20b/archives",
      refused: [400, INVALID, "Invalid vault name: a b"],
    },
    {
      // Upload Archive has no such form; the code is a choice.
      name: "an ID of its own choice",
      target: "/-/vaults/v/archives/{archive}",
      refused: [400, BAD, "cannot be processed"],
    },
    {
      name: "PUT instead of POST",
      method: "PUT",
      refused: [400, BAD, "cannot be processed"],
    },
    {
      name: "a slash at the end",
      target: "/-/vaults/v/archives/",
      refused: [400, BAD, "cannot be processed"],
    },
    {
      name: "an escape in archives",
      target: "/-/vaults/v/%61rchives",
      refused: [400, BAD, "cannot be processed"],
    },
    {
      name: "a description changed after it was signed",
      tampered: { headers: { "x-amz-archive-description": "ten figures" } },
      refused: [403, SIGNATURE, "does not match"],
    },
  ]),
];

const DELETIONS: BadRequest[] = rowsOf("DeleteArchive", [
  {
    // What the service says to the ID of another vault's archive is known
    // from those who met it; the guide has no message for it.
    name: "an archive of another vault",
    target: "/-/vaults/v/archives/{otherArchive}",
    refused: [400, INVALID, "Invalid vault name: v"],
  },
  {
    name: "an ID of 137 characters",
    target: `/-/vaults/v/archives/${"a".repeat(137)}`,
    refused: [400, INVALID, "Invalid archive ID: aaa"],
  },
  {
    name: "an ID of 139 characters",
    target: `/-/vaults/v/archives/${"a".repeat(139)}`,
    refused: [400, INVALID, "Invalid archive ID: aaa"],
  },
  {
    name: "an ID in another alphabet",
    target: `/-/vaults/v/archives/${"a".repeat(137)}+`,
    refused: [400, INVALID, "Invalid archive ID: aaa"],
  },
  {
    name: "an ID that leads up, with escaped slashes",
    target: "/-/vaults/v/archives/..%2F..%2Fempty",
    refused: [400, INVALID, "Invalid archive ID: ../../empty"],
  },
  {
    name: "an ID that leads up",
    target: "/-/vaults/v/archives/../archives/{spareArchive}",
    refused: { deno: 400, node: 400 },
  },
  {
    name: "an ID with NUL",
    target: "/-/vaults/v/archives/{spareArchive}%00",
    refused: [400, INVALID, "Invalid archive ID"],
  },
  {
    name: "no ID",
    target: "/-/vaults/v/archives/",
    refused: [400, BAD, "cannot be processed"],
  },
  {
    name: "all archives",
    target: "/-/vaults/v/archives",
    refused: [400, BAD, "cannot be processed"],
  },
  {
    name: "a vault that isn't there",
    target: "/-/vaults/absent/archives/{spareArchive}",
    refused: [404, NOT_FOUND, "Vault not found for ARN"],
  },
  {
    // Archives are got by jobs alone.
    name: "GET instead of DELETE",
    method: "GET",
    refused: [400, BAD, "cannot be processed"],
  },
]);

export const ARCHIVES: readonly BadRequest[] = [...UPLOADS, ...DELETIONS];
