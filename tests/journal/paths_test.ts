import { assertEquals } from "@std/assert";
import {
  asUnfinishedPath,
  folderOf,
  isOfJournal,
  tornPath,
  unfinishedPath,
} from "../../src/journal/paths.ts";

Deno.test("the folder of a file is found on every system", () => {
  const cases: Record<string, string> = {
    "journal": ".",
    "a/journal": "a",
    "./journal": ".",
    "/journal": "/",
    "/a/b/journal": "/a/b",
    "/a/b\\c": "/a",
    "C:\\data\\journal": "C:\\data",
    "C:\\journal": "C:\\",
    "C:\\data/journal": "C:\\data",
    "data\\journal": "data",
    "\\\\server\\share\\journal": "\\\\server\\share",
  };
  for (const [path, folder] of Object.entries(cases)) {
    assertEquals(folderOf(path), folder, path);
  }
});

Deno.test("a torn line is set aside under the time in UTC", () => {
  const time = Date.UTC(2026, 1, 3, 4, 5, 6, 789);
  assertEquals(tornPath("/j", time, 0), "/j.torn-20260203T040506Z");
  assertEquals(tornPath("/j", time, 2), "/j.torn-20260203T040506Z-2");
});

Deno.test("a journal that is being made is told from other files, and found again", () => {
  for (const journal of ["/a/b.log", "b.log", "C:\\a\\b.log"]) {
    const path = unfinishedPath(journal);
    assertEquals(isOfJournal(path, journal), true);
    const name = path.slice(path.lastIndexOf("b.log"));
    assertEquals(asUnfinishedPath(name, journal), path);
    for (const other of ["b.log", "b.log.new-1", `x${name}`, `${name}x`]) {
      assertEquals(asUnfinishedPath(other, journal), undefined);
    }
  }
});
