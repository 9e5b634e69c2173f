import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
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

/** Rules and names of few letters, so that they meet. */
const letters = fc.constantFrom("a", "b", "*", "?", "/", "**", "!", ".");
const pattern = fc.array(letters, { maxLength: 6 }).map((parts) =>
  parts.join("")
);
const rule = fc.record({ include: fc.boolean(), pattern });
const component = fc.constantFrom("a", "b", "ab", ".a", "ba");
const path = fc.array(component, { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join("/"));

Deno.test("what is below a folder that is not looked into would not have been taken", () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 4 }), path, path, (rules, a, b) => {
      const filter = createFilter(rules);
      if (!filter.mayEnter(a)) {
        assertEquals(filter.includes(`${a}/${b}`), false);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("rules that are written down are read again", () => {
  const word = pattern.filter((text) => !/^[+-]/.test(text));
  const rules = fc.array(
    fc.record({ include: fc.boolean(), pattern: word }),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(fc.property(rules, (rules) => {
    const text = rules.map(({ include, pattern }) =>
      (include ? "+" : "-") + pattern
    ).join(" ");
    assertEquals(parseFilterRules(text), rules);
  }));
});

Deno.test("whatever is given for rules is a filter or a usage error", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), path, (text, name) => {
    try {
      const filter = createFilter(parseFilterRules(text));
      assertEquals(typeof filter.includes(name), "boolean");
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }));
});
