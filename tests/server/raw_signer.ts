/**
 * Signature Version 4 over exactly what is sent: any target, headers that come
 * twice, any list of signed headers. Written apart from the server's own, after
 * "Create a signed AWS API request" in the AWS Signature Version 4 guide.
 *
 * @module
 */

import { createHash, createHmac } from "node:crypto";
import { KEY } from "./testing.ts";

/** A header as it stands in a request. */
export type Header = [name: string, value: string];

/** A request to be signed. Its texts are bytes, one for each character. */
export interface RawRequest {
  method: string;
  /** As it stands in the request line. */
  target: string;
  headers: Header[];
}

/** How to sign. */
export interface Signing {
  accessKeyId?: string;
  secretAccessKey?: string;
  /** When it is signed, in milliseconds since 1970. */
  time: number;
  /** Instead of {@linkcode time}, as it stands in the request. */
  date?: string;
  region?: string;
  service?: string;
  /** SHA-256 of the payload as the signature has it. */
  payloadHash: string;
  /** Lower-case names of headers that aren't signed. */
  unsigned?: readonly string[];
}

/** Headers that proxies may change, and those that don't exist before the signature. */
const NEVER_SIGNED = [
  "authorization",
  "connection",
  "content-length",
  "expect",
  "transfer-encoding",
];

/** Time such as `20170210T120000Z`. */
export function signingTime(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, "");
}

function encode(bytes: string): string {
  return bytes.replace(
    /[^A-Za-z0-9_.~-]/g,
    (byte) =>
      "%" + byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0"),
  );
}

function decode(text: string): string {
  return text.replace(
    /%([0-9a-f]{2})/gi,
    (_, hex) => String.fromCharCode(parseInt(hex, 16)),
  );
}

/** Without what leads up and without empty segments; encoded once more than it is sent. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/").filter((segment) => segment !== "")) {
    const plain = decode(segment);
    if (plain === "..") segments.pop();
    else if (plain !== ".") segments.push(encode(segment));
  }
  const last = path.endsWith("/") && segments.length > 0 ? "/" : "";
  return `/${segments.join("/")}${last}`;
}

function canonicalQuery(query: string): string {
  return query.split("&").filter((pair) => pair !== "").map((pair) => {
    const [name, ...value] = pair.split("=").map((text) =>
      encode(decode(text))
    );
    return [name, value.join("%3D")];
  }).sort(([a, x], [b, y]) => a < b ? -1 : a > b ? 1 : x < y ? -1 : 1)
    .map((pair) => pair.join("=")).join("&");
}

function parseTarget(target: string): { path: string; query: string } {
  const [, path, query = ""] = /^(?:https?:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?/
    .exec(target)!;
  return { path, query };
}

/** The values of each header to be signed, by lower-case name in order. */
function signedHeaders(
  headers: readonly Header[],
  unsigned: readonly string[],
): [name: string, value: string][] {
  const values = new Map<string, string[]>();
  for (const [header, value] of headers) {
    const name = header.toLowerCase();
    if (NEVER_SIGNED.includes(name) || unsigned.includes(name)) continue;
    const text = value.trim().replace(/\s+/g, " ");
    values.set(name, [...values.get(name) ?? [], text]);
  }
  return [...values].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, texts]) => [name, texts.join(",")]);
}

function hmac(key: string | Uint8Array, text: string): Uint8Array {
  return createHmac("sha256", key).update(text).digest();
}

/** The parts of a signature. */
function signature(request: RawRequest, signing: Signing) {
  const { accessKeyId = KEY.accessKeyId, unsigned = [] } = signing;
  const { region = "us-east-1", service = "glacier" } = signing;
  const date = signing.date ?? signingTime(signing.time);
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const { path, query } = parseTarget(request.target);
  const signed = signedHeaders(request.headers, unsigned);
  const names = signed.map(([name]) => name).join(";");
  const sign = (query: string) => {
    const canonical = [
      request.method,
      canonicalPath(path),
      canonicalQuery(query),
      ...signed.map((header) => header.join(":")),
      "",
      names,
      signing.payloadHash,
    ].join("\n");
    const hash = createHash("sha256").update(canonical, "latin1");
    const text = ["AWS4-HMAC-SHA256", date, scope, hash.digest("hex")];
    const secret = signing.secretAccessKey ?? KEY.secretAccessKey;
    const key = scope.split("/").reduce<string | Uint8Array>(
      hmac,
      `AWS4${secret}`,
    );
    return createHmac("sha256", key).update(text.join("\n")).digest("hex");
  };
  return { credential: `${accessKeyId}/${scope}`, names, date, query, sign };
}

/** The value of the Authorization header. */
export function authorization(request: RawRequest, signing: Signing): string {
  const { credential, names, query, sign } = signature(request, signing);
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${
    sign(query)
  }`;
}

/** The target with a signature in its query string, valid for so many seconds. */
export function presignedTarget(
  request: RawRequest,
  signing: Signing & { expires: number; token?: string },
): string {
  const { credential, names, date, query, sign } = signature(request, signing);
  const parameters = [
    query,
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    `X-Amz-Credential=${encode(credential)}`,
    `X-Amz-Date=${date}`,
    `X-Amz-Expires=${signing.expires}`,
    `X-Amz-SignedHeaders=${encode(names)}`,
    signing.token === undefined
      ? ""
      : `X-Amz-Security-Token=${encode(signing.token)}`,
  ].filter((parameter) => parameter !== "").join("&");
  const [path] = request.target.split("?", 1);
  return `${path}?${parameters}&X-Amz-Signature=${sign(parameters)}`;
}
