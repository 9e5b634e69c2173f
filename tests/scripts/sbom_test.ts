import { assert, assertEquals, assertNotEquals } from "@std/assert";
// The validator looks for these by itself.
import "ajv";
import "ajv-formats";
import "ajv-formats-draft2019";
import { Version } from "@cyclonedx/cyclonedx-library/Spec";
import { JsonStrictValidator } from "@cyclonedx/cyclonedx-library/Validation";
import { fileURLToPath } from "node:url";
import { bundleOf } from "../../scripts/build.ts";
import {
  type Bill,
  type Component,
  componentOf,
  cycloneDx,
  type NpmPackage,
  packagesOf,
  purlOf,
  readComponents,
  readLock,
} from "../../scripts/sbom.ts";
import { temporaryFolder } from "../testing.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

// Not in a test: esbuild keeps a process for the next build.
const { modules } = await bundleOf("src/cli/main.ts");
const components = await readComponents(modules, await readLock());

const idOf = ({ name, version }: NpmPackage) => `${name}@${version}`;

const CACHE = "/home/me/.cache/deno/npm/registry.npmjs.org";

Deno.test("packages are told by where Deno keeps their files", () => {
  const cases: [file: string, found?: string][] = [
    [`${CACHE}/hono/4.13.19/dist/hono.js`, "hono@4.13.19"],
    [`${CACHE}/@smithy/core/3.41.0/dist-cjs/index.js`, "@smithy/core@3.41.0"],
    [`${CACHE}/a/1.0.0-rc.1/a.js`, "a@1.0.0-rc.1"],
    // For other peers.
    [`${CACHE}/a/1.0.0_1/a.js`, "a@1.0.0"],
    [String.raw`C:\deno\npm\registry.npmjs.org\a\1.0.0\a.js`, "a@1.0.0"],
    [`${root}src/cli/main.ts`],
    ["/home/me/npm/moraine/src/cli/main.ts"],
  ];
  for (const [file, found] of cases) {
    const ids = packagesOf([file]).map(idOf);
    assertEquals(ids, found === undefined ? [] : [found], file);
  }
});

Deno.test("a package is there once, with its folder, in the order of names", () => {
  assertEquals(
    packagesOf([
      `${CACHE}/b/1.0.0/b.js`,
      `${CACHE}/a/2.0.0/x/a.js`,
      `${CACHE}/b/1.0.0/c.js`,
    ]),
    [
      { name: "a", version: "2.0.0", folder: `${CACHE}/a/2.0.0` },
      { name: "b", version: "1.0.0", folder: `${CACHE}/b/1.0.0` },
    ],
  );
});

Deno.test("a component has what lock and package.json say", () => {
  const lock = {
    specifiers: { "npm:a@1.0.0": "1.0.0_b@2.0.0" },
    npm: {
      "a@1.0.0_b@2.0.0": {
        integrity: "sha512-q80=",
        dependencies: ["b", "@c/d@3.0.0", "e@1.0.0_b@2.0.0"],
      },
    },
  };
  const manifest = { license: "MIT", description: "An a" };
  assertEquals(componentOf({ name: "a", version: "1.0.0" }, manifest, lock), {
    name: "a",
    version: "1.0.0",
    licence: "MIT",
    description: "An a",
    sha512: "abcd",
    direct: true,
    needs: ["b", "@c/d", "e"],
  });
  // An old form of package.json, and nothing in the lock.
  assertEquals(
    componentOf({ name: "b", version: "2.0.0" }, { license: {} }, lock),
    {
      name: "b",
      version: "2.0.0",
      licence: undefined,
      description: undefined,
      sha512: undefined,
      direct: false,
      needs: [],
    },
  );
});

Deno.test("a package's URL", () => {
  assertEquals(purlOf({ name: "a", version: "1.0.0" }), "pkg:npm/a@1.0.0");
  assertEquals(
    purlOf({ name: "@smithy/core", version: "1.0.0+x" }),
    "pkg:npm/%40smithy/core@1.0.0%2Bx",
  );
});

function component(name: string, more: Partial<Component> = {}): Component {
  return { name, version: "1.0.0", direct: false, needs: [], ...more };
}

const BILL: Bill = {
  version: "0.1.0",
  licence: "MIT",
  denoVersion: "2.9.6",
  components: [
    component("a", { direct: true, needs: ["b", "left out"] }),
    component("b", { direct: true, licence: "(MIT OR Apache-2.0)" }),
    component("c", { licence: "SEE LICENSE IN a file" }),
  ],
  epoch: 1_700_000_000,
};

/** What the official schema says against it; `null` where nothing. */
async function objections(bill: Bill): Promise<unknown> {
  const validator = new JsonStrictValidator(Version.v1dot6);
  return await validator.validate(JSON.stringify(cycloneDx(bill)));
}

Deno.test("the same content makes the same bill, other content another serial number", () => {
  assertEquals(cycloneDx(BILL), cycloneDx(structuredClone(BILL)));
  for (
    const change of [
      { version: "0.1.1" },
      { denoVersion: "2.9.7" },
      { components: BILL.components.slice(1) },
    ]
  ) {
    assertNotEquals(
      cycloneDx({ ...BILL, ...change }).serialNumber,
      cycloneDx(BILL).serialNumber,
    );
  }
});

Deno.test("the bill says who needs whom", () => {
  const deno = "pkg:github/denoland/deno@v2.9.6";
  const [a, b, c] = ["a", "b", "c"].map((name) => `pkg:npm/${name}@1.0.0`);
  assertEquals(cycloneDx(BILL).dependencies, [
    // c is in the bundle, and whoever needs it isn't.
    { ref: "moraine@0.1.0", dependsOn: [deno, a, b, c] },
    { ref: deno, dependsOn: [] },
    { ref: a, dependsOn: [b] },
    { ref: b, dependsOn: [] },
    { ref: c, dependsOn: [] },
  ]);
});

Deno.test("the bill is as CycloneDX's schema wants it", async () => {
  assertEquals(await objections(BILL), null);
  assertEquals(
    await objections({ ...BILL, components, epoch: undefined }),
    null,
  );
  // The schema knows the licences.
  const odd = component("a", { licence: "No-Such-Licence" });
  assertNotEquals(await objections({ ...BILL, components: [odd] }), null);
});

Deno.test("the bill lists exactly what there is code of in the bundle", async () => {
  await using folder = await temporaryFolder();
  // The bundle's source map tells the same by another way.
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform=deno",
      "--sourcemap=external",
      `--output=${folder.at("bundle.js")}`,
      "src/cli/main.ts",
    ],
    cwd: root,
  }).output();
  assert(success);
  const map: { sources: string[] } = JSON.parse(
    await Deno.readTextFile(folder.at("bundle.js.map")),
  );
  assertEquals(components.map(idOf), packagesOf(map.sources).map(idOf));
  const names = components.map(({ name }) => name);
  for (const name of ["deno-std", "hono", "aws4fetch"]) {
    assert(names.includes(name), name);
  }
  for (const name of ["esbuild", "fast-check", "@babel/parser", "ajv"]) {
    assert(!names.includes(name), name);
  }
  for (const { name, licence, sha512 } of components) {
    assert(licence !== undefined, name);
    assertEquals(sha512?.length, 128, name);
  }
});
