/**
 * A stream that fits into no memory: what its upload needs.
 *
 * @module
 */

import { assertEquals, assertLess } from "@std/assert";
import { serveHttp } from "../../src/platform/serve_http.ts";
import {
  FROM_SOURCE,
  interfered,
  type Program,
  workplace,
  writeConfig,
} from "../program.ts";
import { bundled } from "../serve_process.ts";
import { nodePath } from "../testing.ts";

const MIB = 1024 * 1024;
const SIZE = Number(Deno.env.get("STREAM_GIB") ?? 1) * 1024 * MIB;

/**
 * What the program may need for four parts of 4 MiB under way and one that is
 * read, with the runtime's copies of what it sends, in MiB.
 */
const LIMIT = 350;

const bundle = await bundled();

Deno.test.afterAll(async () => await bundle[Symbol.asyncDispose]());

const programs: [title: string, program: Program][] = [
  ["deno", FROM_SOURCE],
  ["Node 22", { command: await nodePath(22), args: [bundle.file] }],
];

/** The most memory that a process has had so far, in MiB. Linux only. */
function peakOf(pid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)![1]) / 1024;
}

async function writeAll(
  stdin: WritableStream<Uint8Array>,
  piece: Uint8Array,
): Promise<void> {
  const writer = stdin.getWriter();
  for (let left = SIZE; left > 0; left -= piece.length) {
    await writer.write(piece);
  }
  await writer.close();
}

for (const [title, { command, args }] of programs) {
  Deno.test({
    name: `${title}: a stream of ${SIZE / MIB} MiB needs little memory`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      await using place = await workplace();
      await place.client.createVault("photos");
      const peak = Promise.withResolvers<number>();
      const handler = interfered(place.server, (operation, pass) => {
        if (operation === "CompleteMultipartUpload") {
          peak.resolve(peakOf(child.pid));
        }
        return pass();
      });
      await using http = await serveHttp(handler, {
        hostname: "127.0.0.1",
        port: 0,
      });
      await writeConfig(place.config, http.url, place.journal);
      const begin = performance.now();
      const child = new Deno.Command(command, {
        args: [
          ...[...args, "upload-file", "--config", place.config],
          ...["--stdin", "--set-rel-filename", "stream"],
          ...["--partsize", "4", "--concurrency", "4"],
        ],
        stdin: "piped",
        stdout: "null",
        stderr: "inherit",
      }).spawn();
      await writeAll(
        child.stdin,
        crypto.getRandomValues(new Uint8Array(65_536)),
      );
      assertEquals((await child.status).code, 0);
      const seconds = (performance.now() - begin) / 1000;
      const most = await peak.promise;
      console.log(`${seconds.toFixed(1)} s, memory in MiB: ${most.toFixed()}`);
      assertLess(most, LIMIT);
      const size = (await place.readJournal()).split("\t")[4];
      assertEquals(size, String(SIZE));
    },
  });
}
