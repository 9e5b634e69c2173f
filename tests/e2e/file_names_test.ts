/**
 * Names of local files that are no text, under each runtime: what they tell of
 * such names differs.
 *
 * @module
 */

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { serveHttp } from "../../src/platform/serve_http.ts";
import {
  FROM_SOURCE,
  type Program,
  runProcess,
  workplace,
  writeConfig,
} from "../program.ts";
import { bundled } from "../serve_process.ts";
import { makeRawNames, nodePath } from "../testing.ts";

const bundle = await bundled();

Deno.test.afterAll(async () => await bundle[Symbol.asyncDispose]());

const programs: [title: string, program: Program][] = [
  ["Deno", FROM_SOURCE],
  ["Node 22", { command: await nodePath(22), args: [bundle.file] }],
];

for (const [title, program] of programs) {
  Deno.test(`${title}: a name that is not UTF-8 is told, and the others are uploaded under their own`, async () => {
    await using place = await workplace();
    const { tree, config } = place;
    await using http = await serveHttp(place.server.fetch, {
      hostname: "127.0.0.1",
      port: 0,
    });
    await writeConfig(config, http.url, place.journal);
    await place.client.createVault("photos");
    await makeRawNames(tree, [
      "bad\\377",
      "bad\\357\\277\\275",
      "dir\\376/",
      "dir\\376/below",
      "good",
    ]);
    const { status, err, lines } = await runProcess(
      ["sync", "--config", config, "--dir", tree, "--quiet"],
      { program },
    );
    assertEquals(status, 1);
    const [first, second, last, ...more] = err.trimEnd().split("\n");
    for (const line of [first, second]) {
      assertMatch(line, /^ERROR: .*\/tree\/(bad|dir)\ufffd cannot be archived/);
      assertMatch(line, /its name is not valid UTF-8$/);
    }
    assertNotEquals(first, second);
    assertMatch(last, /^ERROR: 2 files failed/);
    assertEquals(more, []);
    assertEquals(lines.length, 2);
    const journal = await place.readJournal();
    assertEquals(
      journal.trimEnd().split("\n").map((line) => line.split("\t")[7]).sort(),
      ["bad\ufffd", "good"],
    );
    assertEquals(await place.countArchives(), 2);
  });
}
