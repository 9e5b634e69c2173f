import { assertEquals, assertRejects } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { build } from "../../scripts/build.ts";
import { smoke } from "../../scripts/smoke.ts";
import { temporaryFolder } from "../testing.ts";

// Not in a test: esbuild keeps a process for the next build.
const folder = await temporaryFolder();
await build(folder.at("moraine.js"));
const good = await Deno.readTextFile(folder.at("moraine.js"));

Deno.test.afterAll(async () => await folder[Symbol.asyncDispose]());

async function smokeOf(code: string): Promise<string> {
  const file = folder.at(`${crypto.randomUUID()}.js`);
  await Deno.writeTextFile(file, code);
  return await smoke([Deno.execPath(), "run", "--quiet", "-A", file]);
}

Deno.test("the round trip goes well with a bundle that is whole", async () => {
  assertEquals(
    await smokeOf(good),
    `moraine ${denoJson.version} (deno ${Deno.version.deno})`,
  );
});

/** What is broken in the bundle, and what the round trip says then. */
const broken: [what: string, code: string, instead: string, said: RegExp][] = [
  [
    "another version",
    `"${denoJson.version}"`,
    '"9.9.9"',
    /^moraine version: expected version /,
  ],
  [
    "threads that can't start",
    "if (isHashWorker()) ",
    'if (isHashWorker()) throw new Error("no thread"); else if (false) ',
    /^moraine sync .*: expected exit status 0/,
  ],
  [
    "a check that finds everything good",
    'same ? "ok" : "treeHashMismatch"',
    '"ok"',
    /^moraine check-local-hash .*: expected exit status 1, got exit status 0/,
  ],
  [
    "downloads that nobody verifies",
    "if (same && size === entry2.size) return;",
    "return;",
    /^moraine restore-completed .*: expected exit status 1, got exit status 0/,
  ],
  [
    "times that aren't restored",
    "return fs3.utimes(path, time, time);",
    "return;",
    /^What was restored differs:\n.*another modification time/,
  ],
  [
    "a purge that deletes nothing",
    "await store.deleteArchive(archiveId, {",
    "await (() => {})(archiveId, {",
    /^The vault still has:/,
  ],
];

for (const [what, code, instead, said] of broken) {
  Deno.test(`the round trip finds ${what}`, async () => {
    // Where the code is written in another way by now, this has to be, too.
    assertEquals(good.split(code).length > 1, true, code);
    const { message } = await assertRejects(
      () => smokeOf(good.replaceAll(code, instead)),
      Error,
    );
    assertEquals(said.test(message), true, message);
  });
}
