/**
 * The whole round trip (`smoke.ts`) with moraine from source and as one file,
 * in each way in which these can be started. The npm package and the packages
 * for Debian and RPM systems have checks of their own, which do the same.
 *
 * @module
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { build, OLDEST_NODE } from "./build.ts";
import { stepsFor } from "./docs/story.ts";
import { FROM_SOURCE } from "./from_source.ts";
import {
  type MoraineCommand,
  runMoraine,
  serveMoraine,
} from "./moraine_command.ts";
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

/**
 * Runs the blocks of docs/running.md that need a web server, as they stand there
 * but for addresses and folders.
 */
async function runDocs(bundle: string, url: string): Promise<void> {
  const page = await Deno.readTextFile(
    new URL("../docs/running.md", import.meta.url),
  );
  const blocks = stepsFor("deno task smoke", page).map(({ text }) => text);
  if (blocks.length !== 2) throw new Error("docs/running.md has other blocks");
  const dir = await Deno.makeTempDir({ prefix: "moraine-docs-" });
  try {
    const deno = Deno.execPath();
    await using server = await serveMoraine(
      [deno, ...FROM_SOURCE],
      join(dir, "server"),
      { cwd: dir },
    );
    await prepare(dir, server.endpoint, bundle);
    const path = [
      dirname(deno),
      dirname(await nodePath(24)),
      Deno.env.get("PATH"),
    ].join(delimiter);
    for (const block of blocks) {
      const script = block.replaceAll("https://example.org/moraine.js", url)
        .replaceAll(
          "glacier.eu-west-1.amazonaws.com",
          new URL(server.endpoint).host,
        )
        .replaceAll("/data/", `${dir}/`);
      const { success, stderr } = await new Deno.Command("bash", {
        args: ["-e", "-c", script],
        cwd: dir,
        env: { PATH: path, NO_COLOR: "1" },
      }).output();
      if (success) continue;
      throw new Error(`${script}\n${new TextDecoder().decode(stderr)}`);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** What the blocks take for given. */
async function prepare(
  dir: string,
  endpoint: string,
  bundle: string,
): Promise<void> {
  await Deno.copyFile(bundle, join(dir, "moraine.js"));
  await Deno.mkdir(join(dir, "photos"));
  // More than is hashed without starting a thread.
  const bytes = new Uint8Array(24 * 1024 * 1024);
  await Deno.writeFile(join(dir, "photos", "film.mov"), bytes);
  await Deno.mkdir(join(dir, "glacier"));
  await Deno.writeTextFile(
    join(dir, "glacier", "glacier.cfg"),
    `key=moraine\nsecret=moraine\nregion=us-east-1\nvault=photos\njournal=${dir}/glacier/photos.log\nendpoint=${endpoint}\n`,
    { mode: 0o600 },
  );
  const config = join(dir, "glacier", "glacier.cfg");
  const made = await runMoraine(
    [Deno.execPath(), ...FROM_SOURCE],
    ["create-vault", "photos", "--config", config],
    { cwd: dir },
  );
  if (made.status !== 0) throw new Error(made.err);
}

/** Does one of the checks, and tells how it went; resolves to whether it went well. */
async function told(
  title: string,
  check: () => Promise<string | void>,
): Promise<boolean> {
  const started = performance.now();
  try {
    const what = await check() ?? "as it stands there";
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`ok ${title}: ${what}, ${seconds} s`);
    return true;
  } catch (error) {
    console.error(`FAILED ${title}: ${(error as Error).message}`);
    return false;
  }
}

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
    ["one file, the oldest Node", [
      await nodePath(`${OLDEST_NODE}.0`),
      bundle,
    ]],
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
      if (!await told(title, () => smoke(command))) failed++;
    }
    if (!await told("docs/running.md", () => runDocs(bundle, web.url))) {
      failed++;
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
  if (failed > 0) Deno.exit(1);
}
