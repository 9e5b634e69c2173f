import { assertEquals, assertThrows } from "@std/assert";
import { npmBlocks } from "../../scripts/docs_npm.ts";

/** A page, with `'''` for the marks of a block of code. */
const page = (text: string) => text.replaceAll("'''", "```");

const MARK = "<!-- run by: deno task check-npm -->";

Deno.test("the blocks that are marked for check-npm are run, and no others", () => {
  const text = `'''sh\na\n'''\n\n${MARK}\n\n'''sh\nb\nc\n'''\n\nWords\n\n` +
    `<!-- run by: deno task smoke -->\n'''sh\nd\n'''\n${MARK}\n'''sh\ne\n'''\n`;
  assertEquals(npmBlocks(page(text)), ["b\nc\n", "e\n"]);
});

Deno.test("a page without a block for check-npm is refused", () => {
  assertThrows(
    () => npmBlocks(page("'''sh\na\n'''\n")),
    Error,
    "No block is run by: deno task check-npm",
  );
});
