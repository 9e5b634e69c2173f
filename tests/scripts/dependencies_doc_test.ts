import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  askedFor,
  dependenciesDoc,
  reasonsIn,
} from "../../scripts/dependencies_doc.ts";
import type { Component } from "../../scripts/sbom.ts";

Deno.test("packages that are asked for are told by name and version, each once", () => {
  assertEquals(
    askedFor({
      "@std/a": "npm:deno-std@1.4.0/a.js",
      "@std/b": "npm:deno-std@1.4.0/b.js",
      "@scope/c": "npm:@scope/c@2.0.0",
      "@scope/d/part": "npm:@scope/d@3.0.0/part",
      own: "./own.ts",
    }),
    new Map([
      ["deno-std", "1.4.0"],
      ["@scope/c", "2.0.0"],
      ["@scope/d", "3.0.0"],
    ]),
  );
});

Deno.test("reasons are read from ARCHITECTURE.md's table, also where packages share one", () => {
  const text = [
    "# A",
    "",
    "| `no` | not in this section |",
    "",
    "## Dependencies",
    "",
    "| package | for |",
    "| ------- | --- |",
    "| `one` as `@std/*` | the one reason |",
    "| `@a/b`, `c`       | both           |",
  ].join("\n");
  assertEquals(
    reasonsIn(text),
    new Map([["one", "the one reason"], ["@a/b", "both"], ["c", "both"]]),
  );
});

Deno.test("the page tells what is asked for from what that brings along", () => {
  const component = (name: string, needs: string[] = []): Component => ({
    name,
    version: "1.0.0",
    licence: "MIT",
    direct: false,
    needs,
  });
  const page = dependenciesDoc({
    bundled: [component("asked", ["brought"]), component("brought")],
    development: [component("tool")],
    reasons: new Map([["asked", "a reason"], ["tool", "tests"]]),
    locked: 3,
  });
  assertStringIncludes(page, "| `asked` | 1.0.0 | MIT | a reason |");
  assertStringIncludes(page, "| `brought` | 1.0.0 | MIT | `asked` |");
  assertStringIncludes(page, "| `tool` | 1.0.0 | MIT | tests |");
});
