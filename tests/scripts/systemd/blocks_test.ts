import { assert, assertEquals, assertThrows } from "@std/assert";
import { allPages } from "../../../scripts/check_docs.ts";
import { blocksOf } from "../../../scripts/systemd/blocks.ts";

const root = new URL("../../../", import.meta.url);

/** README.md and docs/ as they are. */
const pages = () =>
  new Map(
    allPages().map((path) => [
      path,
      Deno.readTextFileSync(new URL(path, root)),
    ]),
  );

const MARK = "<!-- run by: deno task systemd -->";

/** A page with one block more that is marked. */
const withBlock = (text: string) =>
  pages().set("docs/more.md", `${MARK}\n\n\`\`\`sh\n${text}\n\`\`\`\n`);

Deno.test("each block that the pages mark for it is known, and each is there", () => {
  const blocks = blocksOf(pages());
  const names = blocks.left();
  assert(names.length > 5);
  assertEquals(
    blocks.take("removeDeb").split("\n")[0],
    "sudo apt remove moraine",
  );
  assertEquals(blocks.left(), names.filter((name) => name !== "removeDeb"));
});

Deno.test("a marked block that nobody knows is refused", () => {
  assertThrows(() => blocksOf(withBlock("true")), Error, "docs/more.md:3");
});

Deno.test("two blocks that are known by the same words are refused", () => {
  const again = "sudo apt remove moraine";
  assertThrows(() => blocksOf(withBlock(again)), Error, "docs/more.md:3");
});

Deno.test("a block that isn't marked any more is missed", () => {
  const page = pages().get("docs/packages.md")!;
  const unmarked = page.replaceAll(MARK, "<!-- not run: for a test -->");
  assertThrows(
    () => blocksOf(pages().set("docs/packages.md", unmarked)),
    Error,
    "No block with `sudo apt install`",
  );
});
