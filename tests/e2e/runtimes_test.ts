/**
 * The same program and the same worker, in every way it can be run: from
 * source, as one bundled file, from a URL, and under Node.
 *
 * @module
 */

import { assertEquals, assertLess, assertMatch } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { differences, writeSampleTree } from "../../scripts/sample_tree.ts";
import { createHost } from "../../src/platform/host.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import {
  FROM_SOURCE,
  type Program,
  runProcess,
  spawnProgram,
  workplace,
  writeConfig,
} from "../program.ts";
import { bundled } from "../serve_process.ts";
import { type Call, hashHeaders, sign } from "../server/testing.ts";
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

for (const version of ["20.20.2", "22.12.0"]) {
  Deno.test(`Node ${version} is told in one sentence that it is too old`, async () => {
    const older = `data:text/javascript,${
      encodeURIComponent(
        `Object.defineProperty(process, "versions", { value: { node: "${version}" } })`,
      )
    }`;
    const args = ["--import", older, bundlePath];
    const program = { command: await nodePath(22), args };
    const run = await runProcess(["version"], { program });
    assertEquals([run.status, run.out, run.err], [
      2,
      "",
      `ERROR: moraine needs Node 22.13 or later, and this is Node ${version}\n`,
    ]);
  });
}

Deno.test("a permission that was not given is told in one sentence, with the flag", async () => {
  const args = ["run", "--quiet", "--no-prompt", bundlePath];
  const program = { command: Deno.execPath(), args };
  const run = await runProcess(["list-vaults"], { program });
  assertEquals([run.status, run.out], [1, ""]);
  assertMatch(
    run.err,
    /^ERROR: A permission is missing: Requires env access to "\w+", run again with the --allow-env flag\n$/,
  );
});

Deno.test("version and help need no permission", async () => {
  const args = ["run", "--quiet", "--no-prompt", bundlePath];
  const program = { command: Deno.execPath(), args };
  for (const words of [["version"], ["help"], ["help", "sync"]]) {
    const run = await runProcess(words, { program });
    assertEquals([run.status, run.err], [0, ""]);
  }
});

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

  Deno.test(`${title}: serve tells a queue and an address of a job, and ends without keeping anybody`, async () => {
    const told = Promise.withResolvers<string>();
    await using receiver = await serveHttp(async (request) => {
      const { search } = new URL(request.url);
      told.resolve(`${search} ${JSON.parse(await request.text()).TopicArn}`);
      return new Response();
    }, { hostname: "127.0.0.1", port: 0 });
    const notify = ["--notify-url", `${receiver.url}/hook/?a=b`];
    const args = ["serve", "--port", "0", "--job-delay", "1", ...notify];
    const child = spawnProgram(args, { program });
    const err = new Response(child.stderr).text();
    const out = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const [, url] = /^Listening on (.*)\n/.exec((await out.read()).value!)!;
    const key = { accessKeyId: "moraine", secretAccessKey: "moraine" };
    const SNSTopic = "arn:aws:sns:us-east-1:000000000000:done";
    const signed = (path: string, service: string, call: Partial<Call>) =>
      sign({ method: "POST", path, ...call }, Date.now(), {
        ...key,
        service,
        url: url + path,
      });
    const call = async (path: string, service: string, call: Partial<Call>) =>
      await fetch(await signed(path, service, call));
    const receiving = () =>
      signed("/", "sqs", {
        headers: { "x-amz-target": "AmazonSQS.ReceiveMessage" },
        body: JSON.stringify({
          QueueUrl: `${url}/000000000000/done`,
          WaitTimeSeconds: 20,
        }),
      });
    const receive = async (request: Request) =>
      await (await fetch(request)).json();
    await (await call("/-/vaults/v", "glacier", { method: "PUT" })).text();
    const payload = vectorPayload(10);
    const upload = await call("/-/vaults/v/archives", "glacier", {
      headers: await hashHeaders(payload),
      body: payload,
    });
    const ArchiveId = upload.headers.get("x-amz-archive-id");
    await upload.body?.cancel();
    const job = await call("/-/vaults/v/jobs", "glacier", {
      body: JSON.stringify({ Type: "archive-retrieval", ArchiveId, SNSTopic }),
    });
    assertEquals(job.status, 202, await job.text());
    const { Messages: [message] } = await receive(await receiving());
    assertEquals(JSON.parse(message.Body).TopicArn, SNSTopic);
    assertEquals(await told.promise, `?a=b ${SNSTopic}`);

    // Sent before the one below, whose answer so tells that it is there.
    const last = await receiving();
    const look = await signed("/-/vaults/v", "glacier", { method: "GET" });
    const waiting = receive(last);
    await (await fetch(look)).text();
    const start = performance.now();
    child.kill("SIGINT");
    assertEquals(await waiting, {});
    assertEquals((await child.status).code, 0);
    assertLess(performance.now() - start, 2500);
    await out.cancel();
    assertEquals((await err).split("\n"), [
      'Access key "moraine", secret key "moraine"',
      "",
      "Ending as soon as nothing is half done (once more to end at once)",
      "",
    ]);
  });
}
