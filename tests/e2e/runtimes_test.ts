/**
 * The same program and the same worker, in every way it can be run: from
 * source, as one bundled file, from a URL, and under Node.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { differences, writeSampleTree } from "../../scripts/sample_tree.ts";
import { createHost } from "../../src/platform/host.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import {
  FROM_SOURCE,
  type Program,
  runProcess,
  workplace,
  writeConfig,
} from "../program.ts";
import { bundled } from "../serve_process.ts";
import { nodePath, temporaryFolder, vectorPayload } from "../testing.ts";

const bundle = await bundled();
const bundlePath = bundle.file;

// A web server with nothing but that file.
const web = await serveHttp(
  async (request) =>
    new URL(request.url).pathname === "/moraine.js"
      ? new Response(await Deno.readFile(bundlePath), {
        headers: { "content-type": "text/javascript" },
      })
      : new Response(null, { status: 404 }),
  { hostname: "127.0.0.1", port: 0 },
);

Deno.test.afterAll(async () => {
  await web[Symbol.asyncDispose]();
  await bundle[Symbol.asyncDispose]();
});

const PERMISSIONS = FROM_SOURCE.args.slice(0, -1);

const programs: [title: string, program: Program][] = [
  ["deno run from source", FROM_SOURCE],
  ["deno run of one bundled file", {
    command: Deno.execPath(),
    args: [...PERMISSIONS, bundlePath],
  }],
  ["deno run from a URL", {
    command: Deno.execPath(),
    args: [
      ...PERMISSIONS,
      `--allow-import=${new URL(web.url).host}`,
      `${web.url}/moraine.js`,
    ],
  }],
  ["Node 22", { command: await nodePath(22), args: [bundlePath] }],
];

for (const [title, program] of programs) {
  Deno.test(`${title}: workers hash files as the main thread does`, async () => {
    await using folder = await temporaryFolder();
    // More than one thread's share.
    const payload = vectorPayload(20 * 1024 * 1024 + 1);
    await Deno.mkdir(folder.at("tree"));
    await Deno.writeFile(folder.at("tree/file"), payload);
    const hash = encodeHex(await treeHash(payload));
    const archiveId = "a".repeat(138);
    await Deno.writeTextFile(
      folder.at("journal.log"),
      `B\t1\tCREATED\t${archiveId}\t${payload.length}\tNONE\t${hash}\tfile\n`,
    );
    const run = await runProcess([
      "check-local-hash",
      "--dir",
      "tree",
      "--journal",
      "journal.log",
    ], { program, cwd: folder.path });
    assertEquals(run.status, 0, run.err);
    assertEquals(run.lines[0], `OK file ${payload.length} ${hash}`);
  });

  Deno.test(`${title}: a folder is synced, lost and restored`, async () => {
    await using place = await workplace();
    const { tree, config, folder } = place;
    await using http = await serveHttp(place.server.fetch, {
      hostname: "127.0.0.1",
      port: 0,
    });
    await writeConfig(config, http.url, place.journal);
    await writeSampleTree(tree);
    const run = async (...args: string[]) => {
      const { status, err } = await runProcess(
        [...args, "--config", config, "--quiet"],
        { program },
      );
      assertEquals([status, err], [0, ""]);
    };
    await run("create-vault", "photos");
    await run("sync", "--dir", tree, "--partsize", "1");
    await Deno.rename(tree, folder.at("lost"));
    await run("restore", "--dir", tree);
    await run("restore-completed", "--dir", tree);
    assertEquals(await differences(folder.at("lost"), tree), []);
  });

  Deno.test(`${title}: a journal that another process has is left alone`, async () => {
    await using place = await workplace();
    await using _lock = await createHost().lock(`${place.journal}.lock`);
    await Deno.writeTextFile(`${place.tree}/a`, "x");
    const run = await runProcess(
      ["sync", "--config", place.config, "--dir", place.tree],
      { program },
    );
    assertEquals(run.status, 1);
    assertMatch(
      run.err,
      /^ERROR: .*journal\.log is in use by another process/m,
    );
  });
}
