/**
 * How addresses and headers are written and read.
 *
 * @module
 */

/** Names and values, some of which may be absent. */
export type Fields = Record<string, string | undefined>;

/** The address of `path`, escaped already, and `query` below an endpoint. */
export function requestUrl(endpoint: URL, path: string, query?: Fields): URL {
  const url = new URL(endpoint);
  url.pathname = url.pathname.replace(/\/+$/, "") + path;
  url.search = Object.entries(definedOnly(query))
    .map((pair) => pair.map(encodeStrict).join("=")).join("&");
  return url;
}

/** Percent-escapes all but `A-Z a-z 0-9 - . _ ~`. */
export function encodeStrict(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The fields that have a value. */
export function definedOnly(fields: Fields = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, string] =>
      field[1] !== undefined
    ),
  );
}

/** Bytes of the body by `Content-Length`, where that tells them. */
export function announcedSize(headers: Headers): number | undefined {
  const length = headers.get("content-length");
  const encoding = headers.get("content-encoding") ?? "identity";
  if (length === null || encoding !== "identity") return undefined;
  const size = /^\d+$/.test(length) ? Number(length) : NaN;
  return Number.isSafeInteger(size) ? size : undefined;
}

/** Milliseconds by `Retry-After`, which gives seconds or a date. */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  const ms = /^\d+$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - now;
  if (Number.isNaN(ms)) return undefined;
  return Math.min(Math.max(0, ms), Number.MAX_SAFE_INTEGER);
}

/** Milliseconds since 1970 by `Date`: the sender's clock. */
export function dateOf(headers: Headers): number | undefined {
  const date = Date.parse(headers.get("date") ?? "");
  return Number.isNaN(date) ? undefined : date;
}
