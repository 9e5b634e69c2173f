import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../src/errors.ts";
import {
  createFilter,
  EVERYTHING,
  type FilterRule,
  parseFilterRules,
} from "../../src/files/filter.ts";
import { readVectors } from "../testing.ts";

interface Vectors {
  rules: {
    options: ["filter" | "include" | "exclude", string][];
    included: Record<string, boolean>;
    prunedDirectories: Record<string, boolean>;
  }[];
  syntax: { filter: string; valid: boolean }[];
}

const { rules, syntax } = await readVectors<Vectors>("mt_filter");

for (const { options, included, prunedDirectories } of rules) {
  const shown = options.map(([name, text]) => `--${name} '${text}'`).join(" ");
  Deno.test(`${shown} takes the names that mt-aws-glacier takes`, () => {
    const filter = createFilter(
      options.flatMap(([option, text]) =>
        option === "filter"
          ? parseFilterRules(text)
          : [{ include: option === "include", pattern: text }]
      ),
    );
    for (const [name, expected] of Object.entries(included)) {
      assertEquals(filter.includes(name), expected, name);
    }
    for (const [folder, pruned] of Object.entries(prunedDirectories)) {
      assertEquals(filter.mayEnter(folder.slice(0, -1)), !pruned, folder);
    }
  });
}

for (const { filter, valid } of syntax) {
  Deno.test(`the rules "${filter}" are ${valid ? "" : "not "}valid`, () => {
    if (valid) parseFilterRules(filter);
    else assertThrows(() => parseFilterRules(filter), UsageError);
  });
}

const PARSED: [text: string, rules: FilterRule[]][] = [
  ["+*.jpg -", [
    { include: true, pattern: "*.jpg" },
    { include: false, pattern: "" },
  ]],
  [" + a  -  b ", [
    { include: true, pattern: "a" },
    { include: false, pattern: "b" },
  ]],
  ["++", [{ include: true, pattern: "+" }]],
  ["- -x", [
    { include: false, pattern: "" },
    { include: false, pattern: "x" },
  ]],
];

for (const [text, expected] of PARSED) {
  Deno.test(`"${text}" is read as ${expected.length} rules`, () => {
    assertEquals(parseFilterRules(text), expected);
  });
}

/** Cases beyond those of the vectors. */
const CASES: [pattern: string, name: string, matches: boolean][] = [
  ["a?c", "a/c", false],
  ["a?c", "aяc", true],
  ["a?c", "a😀c", true],
  ["/a**c", "a/b/c", true],
  ["[ab]", "a", false],
  ["[ab]", "x/[ab]", true],
  ["a/b", "x/a/b", false],
  ["**/b", "b", true],
  ["b", "x/b", true],
  ["a/b/", "x/a/b/c", false],
  ["a/b/", "a/b/c", true],
  ["b/", "a/b/c", true],
  ["/", "a", false],
  ["a/b", "xa/b", false],
  ["/a/b", "x/a/b", false],
  ["a\\*", "a\\b", true],
  ["a b/", "a b/c", true],
  ["a b/", "a b", false],
  ["!*.gz", "a.gz", false],
  ["!*.gz", "a.txt", true],
];

for (const [pattern, name, expected] of CASES) {
  Deno.test(`the pattern ${pattern} ${expected ? "matches" : "does not match"} ${name}`, () => {
    const filter = createFilter([{ include: false, pattern }]);
    assertEquals(!filter.includes(name), expected);
  });
}

Deno.test("a folder is looked into where an include rule comes before what leaves it out", () => {
  const filter = createFilter(parseFilterRules("+/a/b/c -/a/"));
  assertEquals(filter.mayEnter("a"), true);
  assertEquals(filter.includes("a/b/c"), true);
  assertEquals(filter.includes("a/b/d"), false);
});

Deno.test("without rules everything is taken", () => {
  assertEquals(createFilter([]).includes("a"), true);
  assertEquals(EVERYTHING.includes("a"), true);
  assertEquals(EVERYTHING.mayEnter("a"), true);
});
