/**
 * The canonical request of Signature Version 4, rebuilt from a request as it
 * was received ("Create a canonical request" in the AWS Signature Version 4
 * guide).
 *
 * Written apart from the signer that the client uses, so that a mistake there
 * doesn't cancel out here.
 *
 * @module
 */

import { Refusal } from "./refusal.ts";

/** Percent-encodes all but the unreserved characters of RFC 3986. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => "%" + character.charCodeAt(0).toString(16).toUpperCase(),
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new Refusal(
      "BadRequest",
      "The query string of the request is not valid",
      { cause },
    );
  }
}

/** The path is encoded once more than on the wire, for every service but S3. */
function canonicalPath(pathname: string): string {
  return pathname.replace(/\/+/g, "/").split("/").map(encode).join("/");
}

/** The names and values of a query string, decoded, in the order they stand there. */
export function queryPairs(search: string): [name: string, value: string][] {
  return search.replace(/^\?/, "").split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const [name, ...value] = pair.split("=");
      return [decode(name), decode(value.join("="))];
    });
}

/** The signature itself is the one thing in a query string that it cannot cover. */
function canonicalQuery(search: string): string {
  return queryPairs(search)
    .filter(([name]) => name !== "X-Amz-Signature")
    .map((pair) => pair.map(encode))
    .sort(([a, x], [b, y]) => a < b ? -1 : a > b ? 1 : x < y ? -1 : 1)
    .map((pair) => pair.join("="))
    .join("&");
}

/** What a header is worth in the signature; a request passed in memory has no Host. */
function headerValue(
  request: Request,
  url: URL,
  name: string,
  separator: string,
): string {
  const value = request.headers.get(name) ?? (name === "host" ? url.host : "");
  return value.trim().replace(/\s+/g, " ").replaceAll(", ", separator);
}

/**
 * The canonical request.
 *
 * @param signedHeaders lower-case names in the order of the request's own list
 * @param payloadHash SHA-256 of the payload, lower-case hexadecimal
 * @param separator what parts the values of a header that came more than once
 */
export function canonicalRequest(
  request: Request,
  signedHeaders: readonly string[],
  payloadHash: string,
  separator: string,
): string {
  const url = new URL(request.url);
  return [
    request.method,
    canonicalPath(url.pathname),
    canonicalQuery(url.search),
    ...signedHeaders.map((name) =>
      `${name}:${headerValue(request, url, name, separator)}`
    ),
    "",
    signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
}
