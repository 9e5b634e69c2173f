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

/** Bundles into `output`. */
export async function build(output: string): Promise<void> {
  await Deno.mkdir(dirname(output), { recursive: true });
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=deno", "src/cli/main.ts"],
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
  await Deno.writeTextFile(output, `#!/usr/bin/env node\n${code}`);
}

if (import.meta.main) {
  const output = Deno.args[0] ?? `${root}dist/moraine.js`;
  await build(output);
  const { size } = await Deno.stat(output);
  console.log(`${output}: ${(size / 1024).toFixed(0)} KiB`);
}
