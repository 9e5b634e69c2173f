import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  declarationOf,
  type DenoConfig,
  inlinedLicenses,
  mapped,
  notices,
  npmTarget,
  packageJson,
  packageOf,
  withJavaScriptSpecifiers,
} from "../../scripts/build_npm.ts";

const CONFIG: DenoConfig = {
  name: "@a/b",
  version: "1.2.3",
  license: "MIT",
  imports: {
    "@std/assert": "npm:deno-std@1.4.0/assert/mod.js",
    "@scope/one": "npm:@scope/one@3.0.0-rc.1",
    "two/deep": "npm:two@2.0.0/deep/file.js",
    "unused": "npm:unused@9.9.9",
  },
};

Deno.test("the right side of an import map is read", () => {
  const cases: [target: string, name: string, version: string, sub: string][] =
    [
      ["npm:hono@4.13.19", "hono", "4.13.19", ""],
      ["npm:@a/b@0.1.0-rc.1", "@a/b", "0.1.0-rc.1", ""],
      ["npm:two@2.0.0/deep/file.js", "two", "2.0.0", "/deep/file.js"],
      ["npm:@a/b@1.0.0/c", "@a/b", "1.0.0", "/c"],
    ];
  for (const [target, name, version, subpath] of cases) {
    assertEquals(npmTarget(target), { name, version, subpath });
  }
  for (
    const target of ["npm:hono", "npm:@a/b", "jsr:@a/b@1.0.0", "hono@1.0.0"]
  ) assertThrows(() => npmTarget(target), Error, target);
});

Deno.test("what is not in the import map is refused, as are properties of objects", () => {
  assertEquals(mapped("two/deep", CONFIG.imports).subpath, "/deep/file.js");
  for (const specifier of ["three", "two", "constructor"]) {
    assertThrows(() => mapped(specifier, CONFIG.imports), Error, specifier);
  }
});

Deno.test("a specifier's package", () => {
  const cases = {
    "hono": "hono",
    "hono/cors": "hono",
    "@a/b": "@a/b",
    "@a/b/c/d.js": "@a/b",
  };
  for (const [specifier, name] of Object.entries(cases)) {
    assertEquals(packageOf(specifier), name);
  }
});

Deno.test("package.json has deno.json's version and pins just what is imported, in order", () => {
  const json = packageJson(CONFIG, ["two", "@scope/one"], ["a.1"]);
  const { name, version, license, type, dependencies, man } = json;
  assertEquals(
    { name, version, license, type, man },
    {
      name: "@a/b",
      version: "1.2.3",
      license: "MIT",
      type: "module",
      man: ["./man/a.1"],
    },
  );
  assertEquals(Object.entries(dependencies as object), [
    ["@scope/one", "3.0.0-rc.1"],
    ["two", "2.0.0"],
  ]);
  assertThrows(() => packageJson(CONFIG, ["three"], []), Error, "three");
});

Deno.test("TypeScript finds the types before the code", () => {
  const { exports } = packageJson(CONFIG, [], []);
  assertEquals(
    Object.keys((exports as Record<string, object>)["."]),
    ["types", "default"],
  );
});

Deno.test("relative specifiers end in .js, wherever they are; text stays", () => {
  const before = `/** See "./a.ts" and import("./a.ts"). */
import type { A } from "./a.ts";
import { type B } from '../b.ts';
export * from "./c.ts";
export declare const d: import("./d.ts").D;
export declare const e: typeof import("./e.ts");
export declare const text = "./a.ts";
export type { F } from "other/f.ts";
export declare function g(): typeof import("node:sqlite");
`;
  const { text, specifiers } = withJavaScriptSpecifiers(before);
  assertEquals(
    text,
    before
      .replace(`from "./a.ts"`, `from "./a.js"`)
      .replace(`'../b.ts'`, `'../b.js'`)
      .replace(`"./c.ts"`, `"./c.js"`)
      .replace(`const d: import("./d.ts")`, `const d: import("./d.js")`)
      .replace(`typeof import("./e.ts")`, `typeof import("./e.js")`),
  );
  assertEquals(specifiers, [
    "./a.ts",
    "../b.ts",
    "./c.ts",
    "./d.ts",
    "./e.ts",
    "other/f.ts",
    "node:sqlite",
  ]);
});

Deno.test("a declaration has what the types need, and nothing of the code", () => {
  const { text, specifiers } = declarationOf(
    "a.ts",
    `import { used } from "./used.ts";
import type { Type } from "./type.ts";
/** Told to users. */
export function f(a: Type): number { return used(a); }
`,
  );
  assertEquals(specifiers, ["./type.ts"]);
  assert(text.includes("/** Told to users. */"));
  assert(text.includes("export declare function f(a: Type): number;"));
});

Deno.test("a type that is not explicit is refused, with its place", () => {
  assertThrows(
    () => declarationOf("src/a.ts", "export const a = 1;\nexport let b = f();"),
    Error,
    "src/a.ts(2,12)",
  );
  assertThrows(
    () => declarationOf("src/a.ts", "export function f( {"),
    Error,
    "src/a.ts(1,",
  );
});

Deno.test("notices of others are kept, and another licence than theirs is refused", () => {
  const source = `// Copyright 2009 The Go Authors. All rights reserved.
// https://go.dev
// Copyright 2018-2026 the Deno authors. MIT license.
// This module has functions.

// Ported from x, Copyright (c) 2015 The Rust Project. MIT license.
const a = "Copyright";
`;
  const found = [
    "Copyright 2009 The Go Authors. All rights reserved.",
    "Copyright 2018-2026 the Deno authors. MIT license.",
    "Ported from x, Copyright (c) 2015 The Rust Project. MIT license.",
  ];
  assertEquals(notices(source), found);

  const mit = "MIT\n\nCopyright ours\n\nPermission is hereby granted, …\n";
  const text = inlinedLicenses(new Map([["std/a.js", source]]), mit);
  for (const line of found) assert(text.includes(`  ${line}\n`), line);
  assert(text.includes("\nPermission is hereby granted, …\n"));
  assert(text.includes("Redistributions in binary form"));
  assert(!text.includes("Copyright ours"));

  for (const head of ["", "// Copyright 2020 Somebody. GPL.\n"]) {
    const others = new Map([["std/b.js", `${head}f();\n`]]);
    assertThrows(() => inlinedLicenses(others, mit), Error, "std/b.js");
  }
});
