/**
 * Requests about uploads in parts.
 *
 * @module
 */

import { hashedUploadRows } from "./hashed_uploads.ts";
import {
  BAD,
  type BadRequest,
  INVALID,
  MISSING,
  NOT_FOUND,
  type Refused,
  rowsOf,
} from "./row.ts";

const ZEROS = "0".repeat(64);
const PATH = "/-/vaults/v/multipart-uploads";

/** Part sizes ("Initiate Multipart Upload" in the Glacier developer guide). */
const BEGINNINGS: BadRequest[] = rowsOf("InitiateMultipartUpload", [
  {
    name: "no x-amz-part-size",
    headers: { "x-amz-part-size": null },
    refused: [400, MISSING, "Part size"],
  },
  ...[
    "",
    "0",
    "-1048576",
    "1048575",
    "1048577",
    "3145728",
    "8589934592",
    "1e6",
    "0x100000",
    "1048576.0",
    "1 MiB",
  ].map((size) => ({
    name: `x-amz-part-size: ${size}`,
    headers: { "x-amz-part-size": size },
    refused: [400, INVALID, `Invalid part size: ${size}`] as Refused,
  })),
  {
    name: "an x-amz-part-size sent twice",
    headers: { "x-amz-part-size": ["1048576", "1048576"] },
    refused: [400, INVALID, "Invalid part size: 1048576, 1048576"],
  },
  {
    name: "a description of 1,025 characters",
    headers: { "x-amz-archive-description": "x".repeat(1025) },
    refused: [400, INVALID, "at most 1024 characters"],
  },
  {
    name: "a description with a tab",
    headers: { "x-amz-archive-description": "a\tb" },
    refused: [400, INVALID, "printable ASCII"],
  },
  {
    name: "a vault that isn't there",
    target: "/-/vaults/absent/multipart-uploads",
    refused: [404, NOT_FOUND, "Vault not found for ARN"],
  },
]);

/** Ranges off by one, out of line, or not of the body's size. The upload's parts have 1 MiB, and its body ten bytes. */
const RANGES: [range: string, message: string][] = [
  ["", "Invalid Content-Range"],
  ["0-9/*", "Invalid Content-Range"],
  ["bytes=0-9", "Invalid Content-Range"],
  ["bytes 0-9", "Invalid Content-Range"],
  ["bytes 0/*", "Invalid Content-Range"],
  ["bytes */10", "Invalid Content-Range"],
  ["bytes -10/*", "Invalid Content-Range"],
  ["bytes 0-/*", "Invalid Content-Range"],
  ["bytes 0-a/*", "Invalid Content-Range"],
  ["bytes 0x0-0x9/*", "Invalid Content-Range"],
  ["bytes 0-9/x", "Invalid Content-Range"],
  ["bytes 9-0/*", "Invalid Content-Range"],
  ["bytes 1048576-1048575/*", "Invalid Content-Range"],
  ["bytes 0-9/9", "Invalid Content-Range"],
  ["bytes 0-8/*", "incompatible with Content-Length: 10"],
  ["bytes 0-10/*", "incompatible with Content-Length: 10"],
  ["bytes 1-10/*", "does not align with the part size of 1048576"],
  ["bytes 524288-524297/*", "does not align"],
  ["bytes 1048575-1048584/*", "does not align"],
  ["bytes 1048577-1048586/*", "does not align"],
  ["bytes 0-1048576/*", "does not align"],
  ["bytes 10485760000-10485760009/*", "limit of 10000 parts"],
  ["bytes 9007199254740992-9007199254741001/*", "Invalid Content-Range"],
  ["bytes 0-99999999999999999999/*", "Invalid Content-Range"],
];

const PARTS: BadRequest[] = [
  ...hashedUploadRows("UploadMultipartPart"),
  ...rowsOf("UploadMultipartPart", [
    {
      name: "no Content-Range",
      headers: { "content-range": null },
      refused: [400, MISSING, "Content-Range"],
    },
    {
      name: "a Content-Range sent twice",
      headers: { "content-range": ["bytes 0-9/*", "bytes 0-9/*"] },
      refused: [400, INVALID, "Invalid Content-Range: bytes 0-9/*, bytes"],
    },
    ...RANGES.map(([range, message]) => ({
      name: `Content-Range: ${range}`,
      headers: { "content-range": range },
      refused: [400, INVALID, message] as Refused,
    })),
    {
      name: "POST, which completes, with what PUT has",
      method: "POST",
      refused: [400, MISSING, "x-amz-archive-size"],
    },
    {
      name: "PUT to the list of uploads",
      target: PATH,
      refused: [400, BAD, "cannot be processed"],
    },
  ]),
];

/** Headers that Complete Multipart Upload needs, and parts that are no archive. */
const COMPLETIONS: BadRequest[] = rowsOf("CompleteMultipartUpload", [
  {
    name: "no x-amz-archive-size",
    headers: { "x-amz-archive-size": null },
    refused: [400, MISSING, "x-amz-archive-size"],
  },
  ...["", "0", "-1", "2e6", "0x200005", "2097157.0"].map((size) => ({
    name: `x-amz-archive-size: ${size}`,
    headers: { "x-amz-archive-size": size },
    refused: [400, INVALID, `Invalid archive size: ${size}`] as Refused,
  })),
  {
    name: "an x-amz-archive-size sent twice",
    headers: { "x-amz-archive-size": ["{fullSize}", "{fullSize}"] },
    refused: [400, INVALID, "Invalid archive size"],
  },
  {
    name: "a size of one byte more",
    headers: { "x-amz-archive-size": "2097158" },
    refused: [400, INVALID, "expected 2097158 but they have 2097157"],
  },
  {
    name: "a size of one byte less",
    headers: { "x-amz-archive-size": "2097156" },
    refused: [400, INVALID, "expected 2097156 but they have 2097157"],
  },
  {
    name: "no x-amz-sha256-tree-hash",
    headers: { "x-amz-sha256-tree-hash": null },
    refused: [400, MISSING, "x-amz-sha256-tree-hash"],
  },
  {
    name: "an empty x-amz-sha256-tree-hash",
    headers: { "x-amz-sha256-tree-hash": "" },
    refused: [400, MISSING, "x-amz-sha256-tree-hash"],
  },
  {
    name: "an x-amz-sha256-tree-hash that is not hexadecimal",
    headers: { "x-amz-sha256-tree-hash": "g".repeat(64) },
    refused: [400, INVALID, "Invalid x-amz-sha256-tree-hash"],
  },
  {
    name: "an x-amz-sha256-tree-hash sent twice",
    headers: { "x-amz-sha256-tree-hash": ["{fullHash}", "{fullHash}"] },
    refused: [400, INVALID, "Invalid x-amz-sha256-tree-hash"],
  },
  {
    name: "the tree hash of another archive",
    headers: { "x-amz-sha256-tree-hash": ZEROS },
    refused: [400, INVALID, `Checksum mismatch: expected ${ZEROS}`],
  },
  {
    // Taken by Upload Part, refused here ("Upload Part" in the guide).
    name: "a part before the last that is short",
    target: `${PATH}/{shortUpload}`,
    refused: [400, INVALID, "gap at byte 1000"],
  },
  {
    name: "a part that is missing",
    target: `${PATH}/{gapUpload}`,
    refused: [400, INVALID, "gap at byte 1048576"],
  },
  {
    name: "the first parts missing",
    target: `${PATH}/{openUpload}`,
    refused: [400, INVALID, "gap at byte 0"],
  },
  {
    name: "no parts",
    target: `${PATH}/{spareUpload}`,
    refused: [400, INVALID, "gap at byte 0"],
  },
  {
    name: "an upload completed with another hash",
    target: `${PATH}/{completedUpload}`,
    headers: { "x-amz-sha256-tree-hash": ZEROS },
    refused: [400, INVALID, "completed with another size or tree hash"],
  },
  {
    name: "an upload completed with another size",
    target: `${PATH}/{completedUpload}`,
    headers: { "x-amz-archive-size": "1" },
    refused: [400, INVALID, "completed with another size or tree hash"],
  },
]);

/** An upload ID that is wrong in a way that all operations refuse alike. */
function idRows(operation: string): BadRequest[] {
  const rows: [name: string, id: string][] = [
    ["an upload of another vault", "{otherUpload}"],
    ["an upload that never was", "a".repeat(92)],
    ["an upload that nothing came for since yesterday", "{expiredUpload}"],
    ["an upload ID with NUL", "{openUpload}%00"],
    ["an upload ID that leads up, with escaped slashes", "..%2F..%2Fw"],
    ["__proto__ for an upload ID", "__proto__"],
  ];
  return rowsOf(operation, [
    ...rows.map(([name, id]) => ({
      name,
      target: `${PATH}/${id}`,
      refused: [404, NOT_FOUND, "The upload ID was not found: "] as Refused,
    })),
    {
      name: "an upload ID that leads up",
      target: `${PATH}/../multipart-uploads/{openUpload}`,
      refused: { deno: 400, node: 400 },
    },
    {
      name: "a vault that isn't there",
      target: "/-/vaults/absent/multipart-uploads/{openUpload}",
      refused: [404, NOT_FOUND, "Vault not found for ARN"],
    },
    {
      name: "a slash after the upload ID",
      target: `${PATH}/{openUpload}/`,
      refused: [400, BAD, "cannot be processed"],
    },
  ]);
}

/** An upload that has ended. Aborting again succeeds ("Abort Multipart Upload" in the guide). */
function endedRows(operation: string, ...names: string[]): BadRequest[] {
  return rowsOf(
    operation,
    names.map((name) => ({
      name: `an upload that was ${name}`,
      target: `${PATH}/{${name}Upload}`,
      refused: [404, NOT_FOUND, "The upload ID was not found: "] as Refused,
    })),
  );
}

/** Limits and markers of a list that has 50 items at most. */
export function listRows(operation: string, path: string): BadRequest[] {
  const limits = ["0", "-1", "51", "1e3", "abc", "", "1.0", "%E2%82%AC"];
  // "vaults after 1" and "after 1", as another list might have them.
  const markers = ["x", "%2B%2B", "YWZ0ZXIgMQ", "dmF1bHRzIGFmdGVyIDE", "null"];
  return rowsOf(operation, [
    ...limits.map((limit) => ({
      name: `limit=${limit}`,
      target: `${path}?limit=${limit}`,
      refused: [400, INVALID, "Invalid limit: "] as Refused,
    })),
    ...markers.map((marker) => ({
      name: `marker=${marker}`,
      target: `${path}?marker=${marker}`,
      refused: [400, INVALID, "Invalid marker: "] as Refused,
    })),
    {
      // Of two the first counts, here and in most servers: a choice.
      name: "limit given twice, the first wrong",
      target: `${path}?limit=51&limit=50`,
      refused: [400, INVALID, "Invalid limit: 51"],
    },
  ]);
}

export const UPLOADS: readonly BadRequest[] = [
  ...BEGINNINGS,
  ...PARTS,
  ...COMPLETIONS,
  ...idRows("UploadMultipartPart"),
  ...idRows("CompleteMultipartUpload"),
  ...idRows("AbortMultipartUpload"),
  ...idRows("ListParts"),
  ...endedRows("UploadMultipartPart", "completed", "aborted"),
  ...endedRows("CompleteMultipartUpload", "aborted"),
  ...endedRows("AbortMultipartUpload", "completed"),
  ...endedRows("ListParts", "completed", "aborted"),
  ...listRows("ListParts", `${PATH}/{openUpload}`),
  ...listRows("ListMultipartUploads", PATH),
  ...rowsOf("ListMultipartUploads", [
    {
      // "parts after 0"
      name: "a marker of the list of parts",
      target: `${PATH}?marker=cGFydHMgYWZ0ZXIgMA`,
      refused: [400, INVALID, "Invalid marker: cGFydHMgYWZ0ZXIgMA"],
    },
    {
      name: "a vault that isn't there",
      target: "/-/vaults/absent/multipart-uploads",
      refused: [404, NOT_FOUND, "Vault not found for ARN"],
    },
  ]),
];
