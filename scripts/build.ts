/**
 * Bundles the command line into one file, `dist/moraine.js` or the path given,
 * which needs nothing beside it and serves as its own worker, under Deno and
 * Node.
 *
 * @module
 */

import { transform } from "esbuild";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Bundles a file of this project with all that it imports, for Deno and Node. */
export async function bundle(entry: string): Promise<string> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=deno", entry],
    cwd: root,
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("deno bundle failed");
  const { code } = await transform(new TextDecoder().decode(stdout), {
    format: "esm",
    platform: "node",
    // The oldest runtime that is supported; it doesn't know `using`.
    target: "node22",
  });
  return code;
}

/** Bundles the command line into `output`. */
export async function build(output: string): Promise<void> {
  await Deno.mkdir(dirname(output), { recursive: true });
  const code = worksFromUrl(await bundle("src/cli/main.ts"));
  await Deno.writeTextFile(
    output,
    `#!/usr/bin/env node\n${REFUSES_OLD_NODE}${code}`,
  );
}

/** An older Node would end with the trace of some function that it doesn't have. */
const REFUSES_OLD_NODE =
  `if (typeof Deno === "undefined" && parseInt(process.versions.node) < 22) {
  console.error("ERROR: moraine needs Node 22 or later, and this is Node " + process.versions.node);
  process.exit(2);
}
`;

/**
 * The bundle loads the runtime's own modules through a `require` made for the
 * place where it lies, which can't be done for a place on the web. For such
 * modules any place will do; this one is absolute on Windows too.
 */
function worksFromUrl(bundle: string): string {
  const made = "createRequire(import.meta.url)";
  const [before, after, ...more] = bundle.split(made);
  if (after === undefined || more.length > 0) {
    throw new Error(`Expected ${made} once in the bundle`);
  }
  return `${before}createRequire("file:///C:/")${after}`;
}

if (import.meta.main) {
  const output = Deno.args[0] ?? `${root}dist/moraine.js`;
  await build(output);
  const { size } = await Deno.stat(output);
  console.log(`${output}: ${(size / 1024).toFixed(0)} KiB`);
}
