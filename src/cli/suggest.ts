/**
 * Guessing what a mistyped word was meant to be.
 *
 * @module
 */

import { closestString } from "@std/text/closest-string";
import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** ` Did you mean X?`, or nothing where no word is near. */
export function suggestion(
  word: string,
  known: readonly string[],
  prefix = "",
): string {
  const nearest = closestString(word.toLowerCase(), known);
  const distance = levenshteinDistance(word.toLowerCase(), nearest);
  // Two letters swapped count as two; much more is no typing mistake.
  const near = distance <= Math.ceil(word.length * 0.4) ||
    (word.length >= 3 && nearest.startsWith(word.toLowerCase()));
  return near ? ` Did you mean ${prefix}${nearest}?` : "";
}
