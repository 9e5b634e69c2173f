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

/** Reads a page whose entries stand under `name`. */
export function readPage<T>(
  name: string,
  read: (entry: JsonObject) => T,
): (answer: Answer) => Promise<Page<T>> {
  return async (answer) => {
    const json = await answer.json();
    const items = json.objects(name).map(read);
    return { items, marker: json.optionalString("Marker") || undefined };
  };
}

/**
 * All entries of a list, page by page as they are asked for.
 *
 * @throws {RangeError} where a page leads back to itself: the list would never
 * end.
 */
export async function* everyPage<T>(
  load: (page: PageOptions) => Promise<Page<T>>,
  { limit = 50, marker: first }: PageOptions = {},
): AsyncGenerator<T, void, void> {
  let marker = first;
  do {
    const page = await load({ limit, marker });
    yield* page.items;
    if (page.marker !== undefined && page.marker === marker) {
      throw new RangeError(`The list does not get past ${marker}`);
    }
    marker = page.marker;
  } while (marker !== undefined);
}
