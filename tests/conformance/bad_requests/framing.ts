/**
 * Requests that are wrong as HTTP: what the runtimes' parsers refuse, each in
 * its way, and what they let pass. An answer of theirs has no body in the
 * service's form; it is not part of the service, and clients never see it.
 *
 * @module
 */

import {
  BAD,
  type BadRequest,
  DENIED,
  INVALID,
  rowsOf,
  SIGNATURE,
} from "./row.ts";

const BROKEN = { deno: 400, node: 400 } as const;
const LONG = "x".repeat(20_000);

const LINES: BadRequest[] = rowsOf("DescribeVault", [
  {
    name: "rubbish",
    framing: {
      bytes: ["GET /-/vaults/v HTTP/1.1\r\n", "\x16\x03\x01 hello\r\n"],
    },
    refused: BROKEN,
  },
  {
    name: "no version of HTTP",
    framing: { bytes: [" HTTP/1.1", ""] },
    refused: BROKEN,
  },
  {
    name: "HTTP/2.0",
    framing: { version: "HTTP/2.0" },
    refused: BROKEN,
  },
  {
    name: "HTTP/1.2",
    framing: { version: "HTTP/1.2" },
    refused: BROKEN,
  },
  {
    name: "a version that is none",
    framing: { version: "HTTP/one" },
    refused: BROKEN,
  },
  {
    name: "a method in small letters",
    method: "get",
    refused: { deno: [400, BAD, "cannot be processed"], node: 400 },
  },
  {
    name: "a method in small letters, signed in capitals",
    tampered: { method: "get" },
    refused: { deno: [403, SIGNATURE, "does not match"], node: 400 },
  },
  {
    name: "a method that is none",
    method: "G@T",
    refused: BROKEN,
  },
  {
    name: "a method that nobody knows",
    method: "STEAL",
    refused: { deno: [400, BAD, "cannot be processed"], node: 400 },
  },
  {
    name: "TRACE",
    method: "TRACE",
    refused: [400, BAD, "cannot be processed"],
  },
  {
    name: "OPTIONS of everything",
    method: "OPTIONS",
    target: "*",
    refused: { deno: [403, DENIED, "account ID in the path"], node: 400 },
  },
  {
    name: "CONNECT",
    method: "CONNECT",
    target: "elsewhere:443",
    refused: { deno: 400, node: "closed" },
  },
  {
    name: "a target without a slash",
    target: "-/vaults/v",
    refused: BROKEN,
  },
  {
    name: "a target with a blank",
    target: "/-/vaults/v w",
    refused: BROKEN,
  },
  {
    name: "a target with NUL",
    target: "/-/vaults/v\0",
    refused: BROKEN,
  },
  {
    name: "a target with a fragment",
    target: "/-/vaults/v#w",
    refused: BROKEN,
  },
  {
    name: "a target with quotes that are not escaped",
    target: '/-/vaults/"v"',
    refused: BROKEN,
  },
  {
    name: "a target with bytes beyond ASCII",
    target: "/-/vaults/caf\xc3\xa9",
    refused: BROKEN,
  },
  {
    name: "a target with bytes that are no UTF-8",
    target: "/-/vaults/\xff",
    refused: BROKEN,
  },
  {
    name: "a whole URL of another host",
    target: "http://elsewhere/-/vaults/v",
    refused: BROKEN,
  },
  {
    name: "a whole URL of another port",
    target: "http://127.0.0.1:1/-/vaults/v",
    refused: BROKEN,
  },
  {
    name: "a whole URL of another vault than was signed",
    target: "http://{host}/-/vaults/v",
    tampered: { target: [/v$/, "w"] },
    refused: [403, SIGNATURE, "does not match"],
  },
  {
    name: "a name of 20,000 characters",
    target: `/-/vaults/${LONG}`,
    refused: { deno: [400, INVALID, "Invalid vault name: xxx"], node: 431 },
  },
  {
    name: "a target of 100,000 characters",
    target: `/-/vaults/${"x".repeat(100_000)}`,
    refused: { deno: 400, node: 431 },
  },
]);

const HEADERS: BadRequest[] = rowsOf("ListTagsForVault", [
  {
    name: "no Host",
    tampered: { headers: { host: null } },
    refused: BROKEN,
  },
  {
    name: "no Host, in HTTP/1.0",
    tampered: { headers: { host: null } },
    framing: { version: "HTTP/1.0" },
    refused: BROKEN,
  },
  {
    name: "an empty Host",
    headers: { host: "" },
    refused: BROKEN,
  },
  {
    name: "a Host sent twice",
    headers: { host: ["{host}", "{host}"] },
    refused: BROKEN,
  },
  {
    name: "a Host that is none",
    headers: { host: "a b/c" },
    refused: BROKEN,
  },
  {
    name: "a line without a colon",
    framing: { bytes: ["x-amz-date:", "nonsense\r\nx-amz-date:"] },
    refused: BROKEN,
  },
  {
    name: "a blank before the colon",
    framing: { bytes: ["x-amz-date:", "x-extra : 1\r\nx-amz-date:"] },
    refused: BROKEN,
  },
  {
    name: "a header without a name",
    framing: { bytes: ["x-amz-date:", ": 1\r\nx-amz-date:"] },
    refused: BROKEN,
  },
  {
    name: "a header over two lines",
    framing: { bytes: ["x-amz-date:", "x-extra: 1\r\n 2\r\nx-amz-date:"] },
    refused: BROKEN,
  },
  {
    name: "a header with NUL",
    headers: { "x-extra": "a\0b" },
    refused: BROKEN,
  },
  {
    name: "a header with a control character",
    headers: { "x-extra": "a\x01b" },
    refused: BROKEN,
  },
  {
    name: "a header with half an end of line",
    headers: { "x-extra": "a\rb" },
    refused: BROKEN,
  },
  {
    name: "a header of 20,000 characters, changed on the way",
    headers: { "x-extra": LONG },
    tampered: { headers: { "x-extra": LONG.slice(1) } },
    refused: { deno: [403, SIGNATURE, "does not match"], node: 431 },
  },
  {
    name: "a header of a mebibyte",
    headers: { "x-extra": "x".repeat(1024 * 1024) },
    refused: { deno: 400, node: 431 },
  },
  {
    name: "3,000 headers",
    headers: Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [`x-extra-${i}`, "1"]),
    ),
    refused: { deno: 400, node: 431 },
  },
]);

const BODIES: BadRequest[] = [
  ...rowsOf("SetVaultAccessPolicy", [
    {
      name: "a chunk whose size is none",
      framing: { chunked: true, bytes: ["\r\n\r\n", "\r\n\r\nzz\r\n"] },
      refused: { deno: "closed", node: 400 },
    },
    {
      name: "a chunk whose size is below zero",
      framing: { chunked: true, bytes: ["\r\n\r\n", "\r\n\r\n-1\r\n"] },
      refused: { deno: "closed", node: 400 },
    },
    {
      name: "a chunk longer than its size",
      framing: { chunked: true, bytes: ["\r\n\r\n", "\r\n\r\n1\r\nab\r\n"] },
      refused: { deno: "closed", node: 400 },
    },
    {
      name: "an encoding that is not chunked",
      headers: { "transfer-encoding": "gzip", "content-length": null },
      refused: BROKEN,
    },
    {
      name: "an encoding whose name begins otherwise",
      headers: { "transfer-encoding": "xchunked", "content-length": null },
      refused: BROKEN,
    },
    {
      name: "both Content-Length and chunks",
      headers: { "content-length": "{length}" },
      framing: { chunked: true },
      refused: BROKEN,
    },
    {
      name: "a body of chunks that were signed as another",
      tampered: { body: "{}" },
      framing: { chunked: true },
      refused: [403, SIGNATURE, "does not match"],
    },
  ]),
  ...rowsOf("DeleteVaultAccessPolicy", [
    {
      name: "a Content-Length that is none",
      headers: { "content-length": "none" },
      refused: BROKEN,
    },
    {
      name: "a body that was not signed",
      tampered: { body: "{}" },
      refused: [403, SIGNATURE, "does not match"],
    },
  ]),
];

export const FRAMING: readonly BadRequest[] = [
  ...LINES,
  ...HEADERS,
  ...BODIES,
];
