/**
 * The whole round trip (`smoke.ts`) with moraine from source and as one file,
 * in each way in which these can be started. The npm package and the packages
 * for Debian and RPM systems have checks of their own, which do the same.
 *
 * @module
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "./build.ts";
import { FROM_SOURCE } from "./from_source.ts";
import type { MoraineCommand } from "./moraine_command.ts";
import { nodePath } from "./node_path.ts";
import { PERMISSIONS } from "./permissions.ts";
import { smoke } from "./smoke.ts";

/** A plain web server that has one file and nothing beside it. */
interface OneFileServer extends AsyncDisposable {
  url: string;
}

async function serveFile(path: string): Promise<OneFileServer> {
  const bytes = await Deno.readFile(path);
  const server = createServer(({ url }, response) => {
    if (url !== "/moraine.js") return response.writeHead(404).end();
    response.writeHead(200, { "content-type": "text/javascript" }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/moraine.js`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * The narrowest permissions that docs/running.md recommends, for a run whose
 * files are all below the current folder, and whose service is on this machine.
 */
export const NARROW: readonly string[] = [
  "--no-prompt",
  "--allow-net=127.0.0.1",
  "--allow-read=.",
  "--allow-write=.",
  "--allow-env=AWS_*,HOME,TERM",
  "--allow-sys",
];

async function ways(
  bundle: string,
  url: string,
): Promise<[title: string, command: MoraineCommand][]> {
  const deno = Deno.execPath();
  const { host } = new URL(url);
  const run = (...words: string[]) => [deno, "run", "--quiet", ...words];
  return [
    ["source", [deno, ...FROM_SOURCE]],
    ["one file, Deno", run(...PERMISSIONS, bundle)],
    ["one file, Node 22", [await nodePath(22), bundle]],
    ["one file, Node 24", [await nodePath(24), bundle]],
    ["a URL, all permissions", run("-A", url)],
    [
      "a URL, narrow permissions",
      run(
        ...NARROW,
        `--allow-import=${host}`,
        url,
      ),
    ],
  ];
}

if (import.meta.main) {
  const dir = await Deno.makeTempDir();
  let failed = 0;
  try {
    const bundle = `${dir}/moraine.js`;
    await build(bundle);
    await using web = await serveFile(bundle);
    for (const [title, command] of await ways(bundle, web.url)) {
      const started = performance.now();
      try {
        const version = await smoke(command);
        const seconds = ((performance.now() - started) / 1000).toFixed(1);
        console.log(`ok ${title}: ${version}, ${seconds} s`);
      } catch (error) {
        failed++;
        console.error(`FAILED ${title}: ${(error as Error).message}`);
      }
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
  if (failed > 0) Deno.exit(1);
}
