/**
 * The filter that the options of a command line make.
 *
 * @module
 */

import {
  createFilter,
  EVERYTHING,
  type FilterRule,
  type NameFilter,
  parseFilterRules,
} from "../files/filter.ts";
import type { FilterOption } from "./parse.ts";

/**
 * Makes one filter of all rules, in the order of the options.
 *
 * @throws {UsageError} where rules can't be understood.
 */
export function filterOf(options: readonly FilterOption[]): NameFilter {
  if (options.length === 0) return EVERYTHING;
  return createFilter(options.flatMap(rulesOf));
}

function rulesOf({ option, text }: FilterOption): FilterRule[] {
  if (option === "filter") return parseFilterRules(text);
  return [{ include: option === "include", pattern: text }];
}
