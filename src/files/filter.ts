/**
 * Filter rules: which names are taken, and which are left out. The language is
 * mt-aws-glacier's.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { printable } from "../relative_name.ts";

/** A rule; the first that matches a name decides about it. */
export interface FilterRule {
  /** Whether names that match are taken, or left out. */
  include: boolean;
  /** The pattern without its sign, such as `*.jpg`; an empty one matches everything. */
  pattern: string;
}

/** Which names are taken. */
export interface NameFilter {
  /** Whether a relative name is taken. */
  includes(name: string): boolean;
  /** Whether anything below a folder of this relative name may be taken; where not, it need not be looked into. */
  mayEnter(folder: string): boolean;
  /**
   * What becomes of names that no rule speaks of, where {@linkcode createFilter}
   * made the filter. `not said`: rules say what to take, and none matches
   * everything, or there are no rules at all; then the rest is taken, too.
   * Nothing is deleted by such a filter, for it was hardly meant so.
   */
  readonly rest?: "taken" | "left out" | "not said";
}

/**
 * Takes everything, as mt-aws-glacier's commands do without `--filter`
 * (mt-aws-glacier's README).
 *
 * @example The filter that a run has where none is given
 * ```ts
 * import { EVERYTHING, Vault } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(EVERYTHING.includes("2024/Lake Baikal.jpg"), true);
 * const vault = new Vault({ name: "photos" });
 * const { failed } = await vault.sync({
 *   dir: "photos",
 *   journal: "photos.log",
 *   filter: EVERYTHING,
 * });
 * assertEquals(failed, 0);
 * ```
 */
export const EVERYTHING: NameFilter = {
  includes: () => true,
  mayEnter: () => true,
};

/**
 * Reads rules such as `+*.jpg -/tmp/ -`: a sign, then the pattern, a blank
 * between them or none; an empty pattern matches everything. (`--filter` in
 * mt-aws-glacier's README)
 *
 * @throws {UsageError} where a pattern has no sign, or there is none at all.
 *
 * @example Rules as on the command line
 * ```ts
 * import { type FilterRule, parseFilterRules } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const rules: FilterRule[] = parseFilterRules("+*.jpg -");
 * assertEquals(rules, [
 *   { include: true, pattern: "*.jpg" },
 *   { include: false, pattern: "" },
 * ]);
 * ```
 */
export function parseFilterRules(text: string): FilterRule[] {
  const words = text.split(/ +/).filter((word) => word !== "");
  const rules: FilterRule[] = [];
  // A sign that stood alone, and waits for its pattern.
  let waiting: FilterRule | undefined;
  for (const word of words) {
    if (/^[+-]/.test(word)) {
      const rule = { include: word[0] === "+", pattern: word.slice(1) };
      waiting = rule.pattern === "" ? rule : undefined;
      rules.push(rule);
    } else if (waiting) {
      waiting.pattern = word;
      waiting = undefined;
    } else {
      throw new UsageError(
        `Cannot understand the filter "${printable(text)}": the pattern ${
          printable(word)
        } has neither + nor - before it (a pattern with blanks can be given by --include or --exclude)`,
      );
    }
  }
  if (rules.length === 0) {
    throw new UsageError("Cannot understand the filter: it has no rules");
  }
  return rules;
}

/**
 * A filter of rules in their order; the first that matches decides, and a name
 * that none matches is taken. ("File selection options" in mt-aws-glacier's
 * README) So **rules that include something alone take everything**: the last
 * one has to leave out the rest, `{ include: false, pattern: "" }`.
 *
 * @example Pictures, and nothing below a folder
 * ```ts
 * import { createFilter, parseFilterRules } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * // The first rule that matches decides, as in mt-aws-glacier.
 * const filter = createFilter(parseFilterRules("-/drafts/ +*.jpg -"));
 * assertEquals(filter.includes("2024/Lake Baikal.jpg"), true);
 * assertEquals(filter.includes("drafts/Lake Baikal.jpg"), false);
 * assertEquals(filter.includes("notes.txt"), false);
 * assertEquals(filter.mayEnter("drafts"), false);
 * ```
 *
 * @example Some names, and what becomes of the rest
 * ```ts
 * import { createFilter, UsageError, Vault } from "@moraine/moraine";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const some = { include: true, pattern: "*.tmp" };
 * const alone = createFilter([some]);
 * assertEquals(alone.includes("notes.txt"), true);
 * const only = createFilter([some, { include: false, pattern: "" }]);
 * assertEquals(only.includes("notes.txt"), false);
 *
 * // Nothing is deleted by the first one.
 * const vault = new Vault({ name: "photos" });
 * const options = { journal: "photos.log", dryRun: true };
 * await assertRejects(
 *   () => vault.purge({ ...options, filter: alone }),
 *   UsageError,
 * );
 * await vault.purge({ ...options, filter: only });
 * ```
 */
export function createFilter(rules: readonly FilterRule[]): NameFilter {
  const matchers = rules.map(({ include, pattern }) => ({
    include,
    ...toMatcher(pattern),
  }));
  return {
    rest: restOf(rules),
    includes(name) {
      const first = matchers.find(({ matches }) => matches(name));
      return first?.include ?? true;
    },
    mayEnter(folder) {
      for (const { include, matches, covers } of matchers) {
        // It may include something below that a later rule leaves out.
        if (include) return true;
        if (covers && matches(`${folder}/`)) return false;
      }
      return true;
    },
  };
}

/** Patterns that match every name. */
const ALL: ReadonlySet<string> = new Set(["", "*", "**", "/**"]);

function restOf(rules: readonly FilterRule[]): NameFilter["rest"] {
  if (rules.length === 0) return "not said";
  const last = rules.find(({ pattern }) => ALL.has(pattern));
  if (last !== undefined) return last.include ? "taken" : "left out";
  return rules.some(({ include }) => include) ? "not said" : "taken";
}

/** What a pattern does. */
interface Matcher {
  matches(name: string): boolean;
  /** Whether it matches, together with a folder, everything below that. */
  covers: boolean;
}

/**
 * - A leading `!` turns the pattern into its opposite.
 * - A `/` within it ties it to the root, and so does a leading one; otherwise it
 *   is for one component, wherever that is.
 * - A `/` at its end makes it match a folder, which is all that is below it.
 * - `*` is any characters of a component, `?` one of them, `**` any characters;
 *   the two slashes of `/**` + `/` may be one and the same.
 */
function toMatcher(pattern: string): Matcher {
  const inverted = pattern.startsWith("!");
  const plain = inverted ? pattern.slice(1) : pattern;
  const regex = toRegex(plain);
  return {
    matches: (name) => regex.test(`/${name}`) !== inverted,
    covers: !inverted && /^$|\/$|\*\*$/.test(plain),
  };
}

function toRegex(pattern: string): RegExp {
  if (pattern === "") return /^/;
  const path = /\/./.test(pattern);
  // Both begin with a slash, so that the two of a leading `**/` can be one.
  const rooted = pattern.startsWith("/") || !path ? pattern : `/${pattern}`;
  // Of a folder's name the slash is there, and anything may follow it.
  const end = pattern.endsWith("/") ? "" : "$";
  return new RegExp((path ? "^" : "/") + translate(rooted) + end, "su");
}

const WILDCARDS: Record<string, string> = {
  "/**/": "(?:/|/.*/)",
  "**": ".*",
  "*": "[^/]*",
  "?": "[^/]",
};

function translate(glob: string): string {
  return glob.replace(
    /\/\*\*\/|\*\*|[\^$\\.*+?()[\]{}|/]/gu,
    (part) => WILDCARDS[part] ?? `\\${part}`,
  );
}
