/**
 * The links of a page, and what they may lead to.
 *
 * @module
 */

import { proseOf } from "./story.ts";

export interface Link {
  line: number;
  /** Such as `files.md#the-journal`. */
  target: string;
}

/** Links to other files of the project and to places in them. */
export function linksOf(page: string): Link[] {
  return proseOf(page).flatMap(({ line, text }) =>
    Array.from(
      // What is in backquotes is code, but it may be the words of a link.
      text.replace(/`[^`]*`/g, "code").matchAll(
        /\]\(\s*<?([^)>\s]+)|^ *\[[^\]]+\]: *(\S+)/g,
      ),
      ([, inline, defined]) => ({ line, target: inline ?? defined }),
    )
  ).filter(({ target }) => !/^[a-z][a-z0-9+.-]*:/i.test(target));
}

/** The names by which GitHub lets links lead to the headings of a page. */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const { text } of proseOf(page)) {
    const [, title] = /^#{1,6} +(.*?)(?: +#+)? *$/.exec(text) ?? [];
    if (title === undefined) continue;
    const anchor = anchorOf(title);
    let name = anchor;
    for (let n = 1; anchors.has(name); n++) name = `${anchor}-${n}`;
    anchors.add(name);
  }
  return anchors;
}

function anchorOf(title: string): string {
  return title.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}_ -]/gu, "").replaceAll(" ", "-");
}
