/**
 * What can be wrong with the payload of an upload and the headers that tell of
 * it, alike for Upload Archive and Upload Part.
 *
 * @module
 */

import {
  type BadRequest,
  type HeaderChanges,
  INVALID,
  MISSING,
  rowsOf,
  TIMEOUT,
} from "./row.ts";

const ZEROS = "0".repeat(64);

/** What a header is when it is missing, empty, wrong in form or sent twice. */
function hashRows(header: string): Omit<BadRequest, "operation">[] {
  const digits = `{${
    header === "x-amz-content-sha256" ? "sha256" : "treeHash"
  }}`;
  return [
    {
      name: `no ${header}`,
      headers: { [header]: null },
      refused: [400, MISSING, `Required parameter missing: ${header}`],
    },
    {
      name: `an empty ${header}`,
      headers: { [header]: "" },
      refused: [400, MISSING, `Required parameter missing: ${header}`],
    },
    {
      name: `an ${header} of 63 digits`,
      headers: { [header]: ZEROS.slice(1) },
      refused: [400, INVALID, `Invalid ${header}: 000`],
    },
    {
      name: `an ${header} that is not hexadecimal`,
      headers: { [header]: "g".repeat(64) },
      refused: [400, INVALID, `Invalid ${header}: ggg`],
    },
    {
      name: `an ${header} of something else`,
      headers: { [header]: ZEROS },
      refused: [400, INVALID, `Checksum mismatch: expected ${ZEROS}`],
    },
    {
      name: `an ${header} sent twice`,
      headers: { [header]: [digits, digits] },
      refused: [400, INVALID, `Invalid ${header}: `],
    },
  ];
}

/**
 * Sizes that are wrong, and bodies that are not of the size.
 *
 * @param sized headers that tell of a size
 */
const sizeRows = (
  sized: (size: string) => HeaderChanges,
): Omit<BadRequest, "operation">[] => [
  {
    name: "Content-Length: 0",
    headers: { "content-length": "0" },
    body: "",
    refused: [400, INVALID, "Invalid Content-Length: 0"],
  },
  {
    // 4 GiB is the most ("Upload Archive" and "Upload Part" in the guide).
    name: "a Content-Length of a byte more than 4 GiB",
    headers: { "content-length": "4294967297" },
    refused: [400, INVALID, "4294967297"],
  },
  {
    name: "a body longer than its Content-Length",
    headers: sized("9"),
    // Node has read what follows, and that it is no HTTP, before it is answered.
    refused: { deno: [400, INVALID, "Checksum mismatch"], node: 400 },
  },
  {
    name: "a body shorter than its Content-Length, and then the end",
    headers: sized("11"),
    framing: { end: true },
    refused: { deno: [408, TIMEOUT, "ended after"], node: 400 },
  },
  {
    name: "a body shorter than its Content-Length, and then silence",
    headers: sized("11"),
    refused: [408, TIMEOUT, "came after 10 bytes"],
  },
  {
    name: "a body that doesn't come at all",
    framing: { sent: 0 },
    refused: [408, TIMEOUT, "came after 0 bytes"],
  },
  {
    // The guide asks for Content-Length in the text of both, and for Upload
    // Part not in its table: that it is refused without is a choice.
    name: "a body in chunks, without Content-Length",
    framing: { chunked: true },
    refused: [400, MISSING, "Content-Length"],
  },
  {
    name: "neither a body nor a Content-Length",
    headers: { "content-length": null },
    body: "",
    refused: [400, MISSING, ""],
  },
  {
    name: "a Content-Length sent twice, and not the same",
    headers: { "content-length": ["10", "11"] },
    refused: { deno: 400, node: 400 },
  },
  {
    name: "the same Content-Length sent twice",
    headers: { "content-length": ["10", "10"] },
    refused: { deno: [400, INVALID, "Content-Length: 10, 10"], node: 400 },
  },
  {
    name: "a Content-Length below zero",
    headers: { "content-length": "-10" },
    refused: { deno: 400, node: 400 },
  },
  {
    name: "a Content-Length in hexadecimal",
    headers: { "content-length": "0xa" },
    refused: { deno: 400, node: 400 },
  },
  {
    name: "an empty Content-Length",
    headers: { "content-length": "" },
    refused: { deno: 400, node: 400 },
  },
  {
    name: "a Content-Length beyond all numbers",
    headers: { "content-length": "9".repeat(30) },
    refused: { deno: 400, node: 400 },
  },
  {
    name: "both Content-Length and Transfer-Encoding",
    headers: { "content-length": "10" },
    framing: { chunked: true },
    refused: { deno: 400, node: 400 },
  },
];

/** Such rows for an operation. */
export function hashedUploadRows(
  operation: "UploadArchive" | "UploadMultipartPart",
): BadRequest[] {
  const sized = (size: string): HeaderChanges => ({
    "content-length": size,
    ...operation === "UploadMultipartPart" &&
      { "content-range": `bytes 0-${Number(size) - 1}/*` },
  });
  return rowsOf(operation, [
    ...hashRows("x-amz-content-sha256"),
    ...hashRows("x-amz-sha256-tree-hash"),
    {
      name: "x-amz-content-sha256 as S3 has it for signed chunks",
      headers: { "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" },
      refused: [400, INVALID, "Invalid x-amz-content-sha256: STREAMING"],
    },
    {
      name: "a byte changed on the way",
      tampered: { body: "0123456780" },
      refused: [400, INVALID, "Checksum mismatch"],
    },
    ...sizeRows(sized),
  ]);
}
