import { assert, assertEquals } from "@std/assert";
import { PROMISES } from "../guarantees/promises.ts";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

/** The text as it is where lines may break anywhere. */
const plain = (text: string) => text.replace(/\s+/g, " ");

Deno.test("docs/guarantees.md has every promise, how it is kept, and the test", async () => {
  const sections = new Map(
    (await read("docs/guarantees.md")).split(/^## /m).slice(1).map((text) => [
      text.slice(0, text.indexOf("\n")),
      plain(text),
    ]),
  );
  assertEquals([...sections.keys()], PROMISES.map(({ title }) => title));
  for (const { title, mechanisms } of PROMISES) {
    const section = sections.get(title)!;
    assert(section.includes("Not promised: "), title);
    for (const { title: how, test: [file, name] } of mechanisms) {
      const row = `${how[0].toUpperCase()}${how.slice(1)} | ${name} ([`;
      assert(section.replace(/ +\|/g, " |").includes(row), row);
      assert(section.includes(`](../tests/${file})`), file);
    }
  }
});

Deno.test("what keeps a promise is in the code once, and can be switched off", async () => {
  for (const { file, code } of PROMISES.flatMap((each) => each.mechanisms)) {
    assertEquals((await read(file)).split(code).length, 2, `${file}: ${code}`);
  }
});
