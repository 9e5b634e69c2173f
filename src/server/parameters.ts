/**
 * Reading and checking what requests say in headers and query strings.
 *
 * @module
 */

import { decodeBase64Url, encodeBase64Url } from "@std/encoding/base64url";
import { invalid, missing } from "./refusal.ts";

/** 1–255 of these ("Creating a Vault" in the Glacier developer guide). */
const VAULT_NAME = /^[A-Za-z0-9_.-]{1,255}$/;

/** Printable ASCII, 1,024 characters at most ("Upload Archive" in the Glacier developer guide). */
const DESCRIPTION = /^[\x20-\x7e]{0,1024}$/;

/** Returns a vault name that could exist. */
export function checkVaultName(name: string): string {
  if (!VAULT_NAME.test(name)) throw invalid(`Invalid vault name: ${name}`);
  return name;
}

/** Returns a description that the service takes. Blanks at the begin of a header are gone before, as with all of HTTP (RFC 9110, 5.5). */
export function checkDescription(description: string): string {
  if (DESCRIPTION.test(description)) return description;
  throw invalid(
    "Invalid description: it must have at most 1024 characters, all of them printable ASCII",
  );
}

/** Checks the API version that a request must name. */
export function checkVersion(headers: Headers): void {
  const version = headers.get("x-amz-glacier-version");
  if (version === null) throw missing("API version");
  if (version !== "2012-06-01") {
    throw invalid(`Invalid API version: ${version}`);
  }
}

/** A whole number in decimal notation; `undefined` where it is none or inexact. */
export function parseInteger(text: string): number | undefined {
  if (!/^\d{1,16}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** How many items to list: the `limit` of a query, or else `maximum`. */
export function parseLimit(text: string | undefined, maximum: number): number {
  if (text === undefined) return maximum;
  const limit = parseInteger(text);
  if (limit === undefined || limit < 1 || limit > maximum) {
    throw invalid(
      `Invalid limit: ${text}. It must be between 1 and ${maximum}`,
    );
  }
  return limit;
}

/** The lists that markers lead on in. */
type MarkedList = "inventory" | "jobs" | "parts" | "uploads";

/** A marker that leads on after `position`, opaque to clients and of no use in another list. */
export function encodeMarker(list: MarkedList, position: number): string {
  return encodeBase64Url(`${list} after ${position}`);
}

/** The position of a marker of a list; `start` where the query has none. */
export function decodeMarker(
  list: MarkedList,
  marker: string | undefined,
  start: number,
): number {
  if (marker === undefined || marker === "") return start;
  try {
    const text = new TextDecoder().decode(decodeBase64Url(marker));
    const [, of, number] = /^(\w+) after (\d+)$/.exec(text) ?? [];
    const position = parseInteger(number ?? "");
    if (of === list && position !== undefined) return position;
  } catch {
    // Not base64url, and so none of ours.
  }
  throw invalid(`Invalid marker: ${marker}`);
}

/** One page of a list, from a list that was read one item too far. */
export function pageOf<T>(
  list: MarkedList,
  items: T[],
  limit: number,
  positionOf: (item: T) => number,
): { page: T[]; marker: string | null } {
  const page = items.slice(0, limit);
  const more = items.length > limit;
  const marker = more ? encodeMarker(list, positionOf(page.at(-1)!)) : null;
  return { page, marker };
}

/** Time as the service writes it, such as `2013-03-20T17:03:43.221Z`. */
export function isoTime(time: number): string {
  return new Date(time).toISOString();
}
