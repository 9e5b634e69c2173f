import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { lstatSync, statSync } from "node:fs";
import {
  lstatHere,
  nodeFiles,
  statHere,
  toFileInfo,
} from "../../src/platform/node_files.ts";
import { temporaryFolder } from "../testing.ts";

Deno.test("a look on the spot tells just what node:fs tells", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(folder.at("file"), "text");
  // A time with a fraction of a millisecond, and one before 1970.
  await Deno.utime(folder.at("file"), 1.5, 1_700_000_000.1234567);
  await Deno.writeTextFile(folder.at("old"), "");
  await Deno.utime(folder.at("old"), -5, -5.25);
  await Deno.symlink("file", folder.at("link"));
  for (const name of ["", "file", "old", "link"]) {
    const path = folder.at(name);
    assertEquals(lstatHere(path), toFileInfo(lstatSync(path)), name);
    assertEquals(statHere(path), toFileInfo(statSync(path)), name);
    assertEquals(await nodeFiles.lstat(path), lstatHere(path), name);
    assertEquals(await nodeFiles.stat(path), statHere(path), name);
  }
});

Deno.test("what isn't there is nothing, and what can't be looked at is an error", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(folder.at("file"), "text");
  await Deno.symlink("nowhere", folder.at("dead"));
  for (const look of [nodeFiles.stat, nodeFiles.lstat]) {
    assertEquals(await look(folder.at("nothing")), undefined);
    assertEquals(await look(folder.at("file", "below")), undefined);
    const error = await assertRejects(() => look(folder.at("x".repeat(300))));
    assertMatch((error as Error).message, /^ENAMETOOLONG: /);
  }
  assertEquals(await nodeFiles.stat(folder.at("dead")), undefined);
  assertEquals((await nodeFiles.lstat(folder.at("dead")))?.kind, "symlink");
});
