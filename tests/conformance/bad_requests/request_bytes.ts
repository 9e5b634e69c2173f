/**
 * The bytes of a request that a row describes, correctly signed as far as the
 * row doesn't say otherwise.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { encodeHex } from "@std/encoding/hex";
import { treeHash } from "../../../src/treehash/tree_hash.ts";
import {
  authorization,
  type Header,
  presignedTarget,
  type Signing,
  signingTime,
} from "../../server/raw_signer.ts";
import { sha256Hex } from "../../server/testing.ts";
import type { AccessKey } from "../../../src/server/server.ts";
import { KEYS } from "./fixture.ts";
import type { Change, GoodRequest } from "./good_requests.ts";
import type { Body, HeaderChanges, Signer } from "./row.ts";

/** IDs by the names that rows use, and `host`, which is where the server listens. */
export type Ids = Record<string, string>;

/** Puts IDs where their names stand in braces. */
function fill(text: string, ids: Ids): string {
  return text.replace(/\{(\w+)\}/g, (whole, name) => ids[name] ?? whole);
}

/** The tree hash; of nothing that of no bytes, which the server is never asked for. */
async function treeHashHex(body: Uint8Array<ArrayBuffer>): Promise<string> {
  return body.length === 0
    ? await sha256Hex(body)
    : encodeHex(await treeHash(body));
}

function latin1(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

function bytesOf(
  body: Body | undefined,
  ids: Ids,
): Uint8Array<ArrayBuffer> {
  if (body instanceof Uint8Array) return body;
  if (typeof body === "string") return latin1(fill(body, ids));
  if (body === undefined) return new Uint8Array();
  return new TextEncoder().encode(fill(JSON.stringify(body.json), ids));
}

function changed(
  headers: readonly Header[],
  changes: HeaderChanges,
  ids: Ids,
): Header[] {
  const kept = headers.filter(([name]) => !Object.hasOwn(changes, name));
  const added = Object.entries(changes).flatMap(([name, values]) =>
    [values ?? []].flat().map((value): Header => [name, fill(value, ids)])
  );
  return [...kept, ...added];
}

/** The headers of a good request before it is signed. */
function goodHeaders(
  good: GoodRequest,
  body: Uint8Array<ArrayBuffer>,
  { change, ids }: { change: Change; ids: Ids },
): Header[] {
  const hashes: Header[] = good.hashed
    ? [
      ["x-amz-content-sha256", ids.sha256],
      ["x-amz-sha256-tree-hash", ids.treeHash],
    ]
    : [];
  const length: Header[] = change.framing?.chunked
    ? [["transfer-encoding", "chunked"]]
    : good.body === undefined && body.length === 0
    ? []
    : [["content-length", String(body.length)]];
  return [
    ["host", ids.host],
    ["x-amz-glacier-version", "2012-06-01"],
    ...Object.entries(good.headers ?? {}).map(([name, value]): Header => [
      name,
      fill(value, ids),
    ]),
    ...hashes,
    ...length,
  ];
}

/** The key of who signs. */
function keyOf(signer: Signer = "owner"): AccessKey {
  switch (signer) {
    case "stranger":
      return { accessKeyId: "AKIDSTRANGER", secretAccessKey: "a secret" };
    case "wrong secret":
      return { ...KEYS.owner, secretAccessKey: "another secret" };
    default:
      return KEYS[signer];
  }
}

/** The payload hash that a signature has: the header's, where there is one. */
async function payloadHash(
  headers: readonly Header[],
  body: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const values = headers.filter(([name]) => name === "x-amz-content-sha256");
  return values[0]?.[1] || await sha256Hex(body);
}

/** Signs in a header or in the query string. */
async function signed(
  request: { method: string; target: string; headers: Header[] },
  body: Uint8Array<ArrayBuffer>,
  { change, now }: { change: Change; now: number },
): Promise<typeof request> {
  const { signing = {}, headers: changes = {} } = change;
  const key = keyOf(signing.signer);
  const token = key.sessionToken;
  const time = now - (signing.age ?? 0);
  const date = signing.date ?? signingTime(time);
  const options: Signing = {
    ...key,
    ...signing,
    time,
    date,
    payloadHash: await payloadHash(request.headers, body),
  };
  const absent = (name: string) => !Object.hasOwn(changes, name);
  if (signing.presigned !== undefined) {
    const presigning = { ...options, expires: signing.presigned, token };
    return { ...request, target: presignedTarget(request, presigning) };
  }
  const headers = [...request.headers];
  const { dateHeader = "x-amz-date" } = signing;
  if (dateHeader !== null && absent(dateHeader)) {
    headers.push([dateHeader, date]);
  }
  if (token !== undefined && absent("x-amz-security-token")) {
    headers.push(["x-amz-security-token", token]);
  }
  const value = authorization({ ...request, headers }, options);
  return { ...request, headers: [...headers, ["authorization", value]] };
}

function inChunks(body: string): string {
  return body === ""
    ? "0\r\n\r\n"
    : `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}

/**
 * The bytes to send.
 *
 * @param place.now the time of the server, in milliseconds since 1970
 */
export async function requestBytes(
  good: GoodRequest,
  change: Change,
  place: { ids: Ids; now: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const { tampered = {}, framing = {} } = change;
  const body = bytesOf(change.body ?? good.body, place.ids);
  const ids = {
    ...place.ids,
    length: String(body.length),
    sha256: await sha256Hex(body),
    treeHash: await treeHashHex(body),
  };
  const base = goodHeaders(good, body, { change, ids });
  const request = await signed(
    {
      method: change.method ?? good.method,
      target: fill(change.target ?? good.target, ids),
      headers: changed(base, change.headers ?? {}, ids),
    },
    body,
    { change, now: place.now },
  );
  const content = tampered.body === undefined
    ? body
    : bytesOf(tampered.body, ids);
  const length: HeaderChanges = tampered.body === undefined || framing.chunked
    ? {}
    : { "content-length": String(content.length) };
  const changes = { ...length, ...tampered.headers };
  const headers = changed(request.headers, changes, {
    ...ids,
    authorization: request.headers.at(-1)![1],
  }).map(
    ([name, value]): Header =>
      name === "authorization" && tampered.authorization
        ? [name, value.replace(...tampered.authorization)]
        : [name, value],
  );
  const target = tampered.target
    ? request.target.replace(...tampered.target)
    : request.target;
  const text = Array.from(content, (byte) => String.fromCharCode(byte)).join(
    "",
  );
  const head = [
    `${tampered.method ?? request.method} ${target} ${
      framing.version ?? "HTTP/1.1"
    }`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    "",
    "",
  ].join("\r\n");
  const payload = framing.chunked ? inChunks(text) : text;
  const all = head + payload.slice(0, framing.sent);
  return latin1(framing.bytes ? all.replace(...framing.bytes) : all);
}
