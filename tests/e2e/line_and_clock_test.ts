/**
 * Over real connections, as a process on each runtime: a line that goes dead,
 * clocks that differ, and credentials that end while the program runs.
 *
 * @module
 */

import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { createHost } from "../../src/platform/host.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { type AccessKey, openGlacierServer } from "../../src/server/server.ts";
import {
  FROM_SOURCE,
  operationOf,
  type Program,
  type Run,
  runProcess,
} from "../program.ts";
import { bundled } from "../serve_process.ts";
import { nodePath, temporaryFolder, vectorPayload } from "../testing.ts";

const MIB = 1024 * 1024;
const HOUR = 3600_000;

const bundle = await bundled();

Deno.test.afterAll(async () => await bundle[Symbol.asyncDispose]());

// A credential_process is a program to run.
const FROM_SOURCE_RUNNING: Program = {
  command: FROM_SOURCE.command,
  args: [
    ...FROM_SOURCE.args.slice(0, -1),
    "--allow-run",
    ...FROM_SOURCE.args.slice(-1),
  ],
};

const programs: [title: string, program: Program][] = [
  ["deno", FROM_SOURCE_RUNNING],
  ["Node 22", { command: await nodePath(22), args: [bundle.file] }],
];

/** A server on a port, with a vault, whose clock can be moved, and a folder to sync with a file in it. */
interface Place extends AsyncDisposable {
  url: string;
  folder: string;
  tree: string;
  /** How far the server's clock is ahead, in milliseconds. */
  ahead: number;
  /** The operations that were asked for. */
  asked: string[];
  /** Called before each of them is answered. */
  onRequest: (operation: string) => void;
  /** Runs the program with the server's key, unless told not to. */
  run(program: Program, words: string[], options?: RunOptions): Promise<Run>;
}

interface RunOptions {
  env?: Record<string, string>;
  /** Where the server is, if not straight ahead. */
  endpoint?: string;
}

const KEY = { accessKeyId: "key", secretAccessKey: "secret" };
const KEY_IN_ENV = {
  AWS_ACCESS_KEY_ID: "key",
  AWS_SECRET_ACCESS_KEY: "secret",
};

async function makePlace(
  size: number,
  accessKeys: AccessKey[] = [KEY],
): Promise<Place> {
  const folder = await temporaryFolder();
  const host = createHost();
  const moved = {
    ahead: 0,
    asked: [] as string[],
    onRequest: (_operation: string) => {},
  };
  const server = await openGlacierServer({
    platform: { ...host, clock: { now: () => Date.now() + moved.ahead } },
    dataDirectory: folder.at("glacier"),
    accessKeys,
  });
  const http = await serveHttp((request) => {
    const operation = operationOf(request);
    moved.asked.push(operation);
    moved.onRequest(operation);
    return server.fetch(request);
  }, { hostname: "127.0.0.1", port: 0 });
  const tree = folder.at("tree");
  await Deno.mkdir(tree);
  await Deno.writeFile(`${tree}/file`, vectorPayload(size));
  return Object.assign(moved, {
    url: http.url,
    folder: folder.path,
    tree,
    run: (
      program: Program,
      words: string[],
      { env = KEY_IN_ENV, endpoint = http.url }: RunOptions = {},
    ) =>
      runProcess([
        ...words,
        ...["--region", "us-east-1", "--endpoint", endpoint, "--verbose"],
      ], { program, env }),
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  });
}

const SYNC_OF_PARTS = [
  "DescribeVault",
  "InitiateMultipartUpload",
  ...new Array(4).fill("UploadMultipartPart"),
  "CompleteMultipartUpload",
];

/** The command line that syncs the file in parts of so many MiB, one request after the other. */
function sync({ tree, folder }: Place, partSize = 1): string[] {
  return [
    "sync",
    ...["--dir", tree, "--vault", "photos", "--partsize", `${partSize}`],
    ...["--journal", `${folder}/journal.log`, "--concurrency", "1"],
  ];
}

async function createVault(
  place: Place,
  program: Program,
  options?: RunOptions,
): Promise<Run> {
  const run = await place.run(program, ["create-vault", "photos"], options);
  assertEquals(run.status, 0, run.err);
  return run;
}

/** Lines that tell of a request that is sent again. */
function repeated({ err }: Run): string[] {
  return err.split("\n").filter((line) => line.startsWith("Trying "));
}

for (const [title, program] of programs) {
  for (const hours of [3, -26]) {
    Deno.test(`${title}: a clock ${hours} hours off costs one request more`, async () => {
      await using place = await makePlace(4 * MIB);
      place.ahead = hours * HOUR;
      const begin = await createVault(place, program);
      assertEquals(place.asked.length, 2);
      assertMatch(
        repeated(begin)[0],
        /^Trying CreateVault again in 0\.0 s \(attempt 1\): This machine's clock is \d+ minutes (behind|ahead of) the service's, which is made up for$/,
      );
      place.asked = [];
      const run = await place.run(program, sync(place));
      assertEquals(run.status, 0, run.err);
      assertEquals(place.asked, [SYNC_OF_PARTS[0], ...SYNC_OF_PARTS]);
      // It counts as one.
      assertMatch(run.err, /, 8 requests$/m);
    });
  }

  Deno.test(`${title}: a clock that is set in mid-run costs one part more`, async () => {
    await using place = await makePlace(4 * MIB);
    await createVault(place, program);
    place.asked = [];
    let parts = 0;
    place.onRequest = (operation) => {
      if (operation === "UploadMultipartPart" && ++parts === 2) {
        place.ahead = -5 * HOUR;
      }
    };
    const run = await place.run(program, sync(place));
    assertEquals(run.status, 0, run.err);
    assertEquals(place.asked.length, SYNC_OF_PARTS.length + 1);
    assertMatch(
      repeated(run).join("\n"),
      /^Trying UploadMultipartPart of file \(bytes 1048576-2097151\) again in 0\.0 s \(attempt 1\): This machine's clock is 300 minutes ahead of .*$/,
    );
  });

  Deno.test(`${title}: credentials that end in mid-run are renewed`, async () => {
    const temporary = (n: number): AccessKey => ({
      accessKeyId: `key${n}`,
      secretAccessKey: `secret${n}`,
      sessionToken: `token${n}`,
      expires: Date.now() + (n === 1 ? 120_000 : HOUR),
    });
    await using place = await makePlace(4 * MIB, [temporary(1), temporary(2)]);
    // What is asked for the first time gives other keys than later.
    const script = `${place.folder}/keys.sh`;
    await Deno.writeTextFile(
      script,
      `n=1; [ -e "$0.asked" ] && n=2; [ -e "$0.mid-run" ] && touch "$0.asked"
printf '{"Version":1,"AccessKeyId":"key%s","SecretAccessKey":"secret%s","SessionToken":"token%s"}' $n $n $n`,
    );
    const config = `${place.folder}/config`;
    await Deno.writeTextFile(
      config,
      `[default]\ncredential_process = /bin/sh ${script}\n`,
    );
    const env = { AWS_CONFIG_FILE: config };
    await createVault(place, program, { env });
    await Deno.writeTextFile(`${script}.mid-run`, "");
    place.asked = [];
    let parts = 0;
    place.onRequest = (operation) => {
      if (operation === "UploadMultipartPart" && ++parts === 2) {
        // Past the end, and not so far that the clock is wrong.
        place.ahead = 150_000;
      }
    };
    const run = await place.run(program, sync(place), { env });
    assertEquals(run.status, 0, run.err);
    const told = repeated(run);
    assertEquals(told.length, 1, run.err);
    assertMatch(
      told[0],
      /^Trying UploadMultipartPart of file \(bytes 1048576-2097151\) again in 0\.0 s \(attempt 1\): The temporary credentials had expired, and are renewed$/,
    );
    assertEquals(place.asked.length, SYNC_OF_PARTS.length + 1);
    assert(!/secret\d|token\d/.test(run.out + run.err));
  });

  Deno.test(`${title}: a part on a dead line is noticed soon, and only that is sent again`, async () => {
    await using place = await makePlace(32 * MIB);
    await createVault(place, program);
    await using line = brittleLine(new URL(place.url), "bytes 16777216-");
    const begin = performance.now();
    const run = await place.run(program, [
      ...sync(place, 8),
      ...["--timeout", "2"],
    ], { endpoint: line.url });
    const seconds = (performance.now() - begin) / 1000;
    assertEquals(run.status, 0, run.err);
    assertEquals(line.dead, 1);
    const [told, ...more] = repeated(run);
    assertEquals(more, []);
    const [, limit] =
      /^Trying UploadMultipartPart of file \(bytes 16777216-25165823\) again in .*: Nothing was heard from \S+ for (\d+) seconds \(see --timeout\)$/
        .exec(told) ?? [];
    // At 16 KiB a second it would be more than 500.
    assert(limit !== undefined, told);
    assertLess(Number(limit), 60);
    assertLess(seconds, 120);
    // The part that did not arrive came to the server once.
    assertEquals(
      place.asked.filter((operation) => operation === "UploadMultipartPart")
        .length,
      4,
    );
  });
}

/** A way to a server on which the first connection that carries `sign` goes dead: it stays, and nothing is read from it any more. */
function brittleLine({ hostname, port }: URL, sign: string) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const line = {
    url: `http://127.0.0.1:${listener.addr.port}`,
    dead: 0,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) close(connection);
      await Promise.all(running);
    },
  };
  const close = (connection: Deno.TcpConn) => {
    try {
      connection.close();
    } catch {
      // Closed already.
    }
  };
  async function pass(from: Deno.TcpConn, to: Deno.TcpConn, brittle: boolean) {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const size = await from.read(buffer);
        if (size === null) break;
        const bytes = buffer.subarray(0, size);
        if (
          brittle && line.dead === 0 &&
          new TextDecoder().decode(bytes).includes(sign)
        ) {
          line.dead++;
          return;
        }
        for (let done = 0; done < size;) {
          done += await to.write(bytes.subarray(done));
        }
      }
    } catch {
      // One side is gone, and then the other goes too.
    }
    close(to);
  }
  const serve = async (client: Deno.TcpConn) => {
    const server = await Deno.connect({ hostname, port: Number(port) });
    open.add(client).add(server);
    await Promise.all([
      pass(client, server, true),
      pass(server, client, false),
    ]);
  };
  const accept = async () => {
    const serving: Promise<void>[] = [];
    try {
      for await (const client of listener) serving.push(serve(client));
    } catch {
      // Closed.
    }
    await Promise.all(serving);
  };
  const running = [accept()];
  return line;
}
