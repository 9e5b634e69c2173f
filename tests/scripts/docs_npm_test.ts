import { assertEquals, assertThrows } from "@std/assert";
import { npmBlocks } from "../../scripts/docs_npm.ts";

/** A page, with `'''` for the marks of a block of code. */
const page = (text: string) => text.replaceAll("'''", "```");

const MARKER = "<!-- not run: deno task check-npm runs it, with a registry -->";

Deno.test("the blocks that are marked for check-npm are run, and no others", () => {
  const text = `'''sh\na\n'''\n\n${MARKER}\n\n'''sh\nb\nc\n'''\n\nWords\n\n` +
    `<!-- not run: needs root -->\n'''sh\nd\n'''\n${MARKER}\n'''sh\ne\n'''\n`;
  assertEquals(npmBlocks(page(text)), ["b\nc\n", "e\n"]);
});

const REFUSED: [what: string, page: string][] = [
  ["no block is marked", "'''sh\na\n'''\n"],
  ["what is marked is not one of sh", `${MARKER}\n'''console\n$ a\n'''\n`],
  [
    "there are words between mark and block",
    `${MARKER}\n'''sh\na\n'''\n${MARKER}\nwords\n'''sh\nb\n'''\n`,
  ],
];

for (const [what, text] of REFUSED) {
  Deno.test(`check-npm refuses a page on which ${what}`, () => {
    assertThrows(() => npmBlocks(page(text)), Error, "marked for check-npm");
  });
}
