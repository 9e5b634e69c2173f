import { assertEquals } from "@std/assert";
import {
  compare,
  compareInAnyOrder,
  shortened,
  showsFailure,
} from "../../../scripts/docs/compare.ts";

const HASH = `d28d97${"0".repeat(54)}421e`;
const ARCHIVE = `RvM5xB${"_".repeat(128)}IYJQ`;
const OTHER_ARCHIVE = `Zvn3xB${"-".repeat(128)}84Yg`;
const JOB = `m0B0wg${"x".repeat(82)}CdX_`;

/** Lines are separated by `|`. */
const CASES: [shown: string, real: string, same: boolean][] = [
  ["OK DONE", "OK DONE", true],
  ["", "", true],
  ["OK DONE", "OK DONE.", false],
  ["OK DONE", "ok done", false],
  ["a.txt", "aXtxt", false],
  ["2 files (19.1 MiB)", "3 files (19.1 MiB)", false],
  ["2 files (19.1 MiB)", "2 files (19.2 MiB)", false],
  ["Will UPLOAD photos/a.txt", "Will UPLOAD photos/b.txt", false],
  ["1", "2", false],
  // Lines.
  ["a|b", "a|b", true],
  ["a|b", "b|a", false],
  ["a|b", "a", false],
  ["a", "a|b", false],
  ["", "a", false],
  ["a", "", false],
  ["a|", "a", false],
  ["a|…|d", "a|b|c|d", true],
  ["a|…|d", "a|d", true],
  ["…", "", true],
  ["…|d", "a|d|d", true],
  ["a|…|c|…|e", "a|b|c|c|d|e", true],
  ["a|…|d", "a|b|c", false],
  ["a|…|c", "a|c|d", false],
  ["a …", "a b", false],
  // Hashes are the same in each run.
  ["hash [d28d97…421e]", `hash [${HASH}]`, true],
  ["hash [d28d98…421e]", `hash [${HASH}]`, false],
  ["hash [d28d97…421f]", `hash [${HASH}]`, false],
  ["hash [d28d97…421e]", `hash [${HASH}0]`, false],
  ["hash [d28d97…421e]", `hash [${ARCHIVE}]`, false],
  ["hash [d28d97…421e]", "hash [d28d97…421e]", false],
  // IDs are not.
  ["[AbCdEf…wxyz]", `[${ARCHIVE}]`, true],
  ["[AbCdEf…wxyz]", `[${JOB}]`, true],
  ["[AbCdEf…wxyz]", `[${ARCHIVE}x]`, false],
  ["[AbCdEf…wxyz]", `[${ARCHIVE.slice(1)}]`, false],
  ["[AbCdEf…wxyz]", `[${HASH}]`, false],
  ["[AbCdEf…wxyz]", `[${ARCHIVE.replace("_", ".")}]`, false],
  // But the same ID is.
  ["[AbCdEf…wxyz]|[AbCdEf…wxyz]", `[${JOB}]|[${JOB}]`, true],
  ["[AbCdEf…wxyz]|[AbCdEf…wxyz]", `[${ARCHIVE}]|[${OTHER_ARCHIVE}]`, false],
  ["AbCdEf…wxyz AbCdEf…wxyz", `${ARCHIVE} ${OTHER_ARCHIVE}`, false],
  ["[AbCdEf…wxyz]|[GhIjKl…wxyz]", `[${ARCHIVE}]|[${OTHER_ARCHIVE}]`, true],
  ["[AbCdEf…wxyz]|[GhIjKl…wxyz]", `[${ARCHIVE}]|[${ARCHIVE}]`, false],
  ["…|[AbCdEf…wxyz]|OK", `[${JOB}]|[${ARCHIVE}]|OK`, true],
  // Times.
  ["begun 2026-01-02T03:04:05Z, 3", "begun 2031-12-24T18:00:01Z, 3", true],
  ["begun 2026-01-02T03:04:05Z, 3", "begun 2031-12-24T18:00:01Z, 4", false],
  ["begun 2026-01-02T03:04:05Z", "begun 2031-12-24", false],
  ["begun 2026-01-02T03:04:05Z", "begun", false],
];

const lines = (text: string) => text === "" ? [] : text.split("|");

for (const [shown, real, same] of CASES) {
  const name = `${shown || "nothing"} ${same ? "shows" : "does not show"} ${
    shortened(real) || "nothing"
  } (${real.length})`;
  Deno.test(name, () => {
    assertEquals(compare(lines(shown), lines(real)).same, same);
  });
}

const ANY_ORDER: typeof CASES = [
  ["a|b", "a|b", true],
  ["a|b", "b|a", true],
  ["a|b", "b|b", false],
  ["a|b", "a", false],
  ["a|b", "b|c|a", false],
  ["a|b|…", "b|c|a", true],
  ["a|b|…", "b|c|d", false],
  ["a AbCdEf…wxyz|b AbCdEf…wxyz", `b ${JOB}|a ${JOB}`, true],
  ["a AbCdEf…wxyz|b AbCdEf…wxyz", `b ${JOB}|a ${ARCHIVE}`, false],
];

for (const [shown, real, same] of ANY_ORDER) {
  Deno.test(`in any order, ${shown} ${same ? "shows" : "does not show"} ${shortened(real)}`, () => {
    assertEquals(compareInAnyOrder(lines(shown), lines(real)).same, same);
  });
}

Deno.test("an ID is the one that it was earlier on the page", () => {
  const first = compare(["[AbCdEf…wxyz]"], [`[${ARCHIVE}]`]);
  const ids = first.same ? first.ids : undefined;
  assertEquals(ids, new Map([["AbCdEf…wxyz", ARCHIVE]]));
  const again = (id: string) => compare(["AbCdEf…wxyz"], [id], ids).same;
  assertEquals([ARCHIVE, OTHER_ARCHIVE].map(again), [true, false]);
});

Deno.test("what differs is told by the lines that were the same before", () => {
  assertEquals(compare(["a", "b", "c"], ["a", "b", "x"]), {
    same: false,
    after: 2,
    why: "there was something else",
  });
  assertEquals(compare(["a", "b"], ["a"]), {
    same: false,
    after: 1,
    why: "there was no more",
  });
  assertEquals(compare(["a"], ["a", "b"]), {
    same: false,
    after: 1,
    why: "there was more",
  });
});

Deno.test("output as it is written to a page is the same as the output", () => {
  const real = [`Finished a hash [${HASH}] archive_id [${ARCHIVE}]`, JOB];
  assertEquals(real.map((line) => shortened(line)), [
    "Finished a hash [d28d97…421e] archive_id [RvM5xB…IYJQ]",
    "m0B0wg…CdX_",
  ]);
  assertEquals(compare(real.map((line) => shortened(line)), real).same, true);
  const ids = new Map([["AbCdEf…wxyz", ARCHIVE]]);
  assertEquals(shortened(`id ${ARCHIVE}`, ids), "id AbCdEf…wxyz");
});

Deno.test("a failure is expected where an error is shown", () => {
  assertEquals(showsFailure(["a", "ERROR: b"]), true);
  assertEquals(showsFailure(["a", "0 ERRORS", "no ERROR: b"]), false);
});
