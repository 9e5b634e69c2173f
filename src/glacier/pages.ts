/**
 * Lists that come in pages.
 *
 * @module
 */

import type { Fields } from "../aws/wire.ts";
import type { Answer, JsonObject } from "./answer.ts";
import { checkLimit } from "./parameters.ts";
import type { Page, PageOptions } from "./types.ts";

/** The query for a page. */
export function pageQuery({ limit, marker }: PageOptions): Fields {
  return { limit: checkLimit(limit), marker };
}

/**
 * Reads a page whose entries stand under `name`. One that names
 * itself as the next would make the list endless, and is an error.
 */
export function readPage<T>(
  name: string,
  read: (entry: JsonObject) => T,
  { marker }: PageOptions,
): (answer: Answer) => Promise<Page<T>> {
  return async (answer) => {
    const json = await answer.json();
    const items = json.objects(name).map(read);
    return { items, marker: nextMarker(answer, json, marker) };
  };
}

/** Where the next page begins, after the one that began at `marker`. */
export function nextMarker(
  answer: Answer,
  json: JsonObject,
  marker: string | undefined,
): string | undefined {
  const next = json.optionalString("Marker") || undefined;
  if (next !== undefined && next === marker) {
    throw answer.malformed("does not get past its own page");
  }
  return next;
}

/** The longest page of most lists ("List Jobs" in the Glacier developer guide). */
const MAX_LIMIT = 50;

/** All entries of a list, page by page as they are asked for, `limit` at a time. */
export async function* everyPage<T>(
  load: (page: PageOptions) => Promise<Page<T>>,
  limit: number = MAX_LIMIT,
): AsyncGenerator<T, void, void> {
  let marker: string | undefined;
  do {
    const page = await load({ limit, marker });
    yield* page.items;
    marker = page.marker;
  } while (marker !== undefined);
}
