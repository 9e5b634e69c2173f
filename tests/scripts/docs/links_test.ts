import { assertEquals } from "@std/assert";
import { anchorsOf, linksOf } from "../../../scripts/docs/links.ts";

Deno.test("links of a page are those to other files and places", () => {
  const page = `[a](docs/a.md) and [\`b\`](#b), [c
d](d.md#e "title") [web](https://example.com/) [mail](mailto:a@example.com)
![picture](p.svg)
\`[code](no.md)\`

<!-- [comment](no.md) -->

\`\`\`sh
[block](no.md)
\`\`\`

[f]: f.md
`;
  assertEquals(
    linksOf(page).map(({ line, target }) => `${line} ${target}`),
    ["1 docs/a.md", "1 #b", "2 d.md#e", "3 p.svg", "12 f.md"],
  );
});

Deno.test("headings have the anchors that GitHub gives them", () => {
  const page = "# A b, c!\n## `--dir`\n### Using it from …\n## What's a_b?\n" +
    "## Файлы\n## [Link](x.md)\n## A b, c\n\n```sh\n# comment\n```\n";
  assertEquals([...anchorsOf(page)], [
    "a-b-c",
    "--dir",
    "using-it-from-",
    "whats-a_b",
    "файлы",
    "link",
    "a-b-c-1",
  ]);
});
