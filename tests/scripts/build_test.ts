import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { build, bundle } from "../../scripts/build.ts";
import { packagesOf } from "../../scripts/sbom.ts";
import { temporaryFolder } from "../testing.ts";

// Not in a test: esbuild keeps a process for the next build.
const bundled = await bundle("src/cli/main.ts");
const root = new URL("../../", import.meta.url).href;

/** A module in what `deno info --json` prints. */
interface Module {
  specifier: string;
  dependencies?: {
    code?: { specifier: string };
    isDynamic?: boolean;
  }[];
}

async function modules(entry: string): Promise<Map<string, Module>> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: fileURLToPath(root),
  }).output();
  const graph: { modules: Module[] } = JSON.parse(
    new TextDecoder().decode(stdout),
  );
  return new Map(graph.modules.map((module) => [module.specifier, module]));
}

/** What is loaded when a module is, relative to the project. */
function loadedWith(entry: string, graph: Map<string, Module>): string[] {
  const loaded = new Set([root + entry]);
  for (const specifier of loaded) {
    for (
      const { code, isDynamic } of graph.get(specifier)?.dependencies ?? []
    ) {
      if (code && !isDynamic) loaded.add(code.specifier);
    }
  }
  return [...loaded].map((specifier) => specifier.replace(root, "")).sort();
}

Deno.test("version and help load the tables of options, and nothing that works", async () => {
  const loaded = loadedWith(
    "src/cli/main.ts",
    await modules("src/cli/main.ts"),
  );
  assert(loaded.includes("src/cli/help.ts"));
  const others = loaded.filter((name) =>
    !/^(?:src\/cli\/|src\/[a-z_]+\.ts$|npm:deno-std@)/.test(name)
  );
  assertEquals(others, [
    "node:process",
    "src/platform/worker_thread.ts",
    "src/transfer/sizing.ts",
  ]);
});

Deno.test("the bundle loads the runtime's modules no sooner than they are needed", () => {
  const imports = bundled.matchAll(
    /^import .* from "([^"]+)";$/gm,
  );
  assertEquals(
    [...new Set([...imports].map(([, module]) => module))].sort(),
    ["node:module", "node:process"],
  );
});

Deno.test("the bundle says whose works are in it, each with its licence in full", async () => {
  await using folder = await temporaryFolder();
  const packages = packagesOf(await build(folder.at("moraine.js")));
  const text = await Deno.readTextFile(folder.at("moraine.js"));
  assert(packages.length > 20);
  for (const { name, version } of packages) {
    assert(text.includes(`\n${name} ${version}, in this file: Copyright `));
  }
  for (const words of ["Apache License", "MIT License"]) {
    assert(text.includes(words), words);
  }
  // Of no licence there is a pointer only.
  assert(!text.includes("On Debian systems"));
});
