import { assertEquals, assertGreater } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);

/** The messages that docs/troubleshooting.md explains, as its headings have them. */
function explained(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("### "))
    .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map(([, code]) => code))
    .filter((code) => code !== "…");
}

/** The program's texts where they are broken up in its source, put together. */
function withoutSeams(source: string): string {
  return source.replace(/[`"] \+\s*[`"]/g, "").replace(/\s+/g, " ");
}

/** Whether a file has all that a message says for certain, in its order. */
function says(source: string, message: string): boolean {
  let from = 0;
  for (const part of message.split("…").map((text) => text.trim())) {
    const at = source.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}

function* filesBelow(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesBelow(new URL(`${name}/`, folder));
    else yield new URL(name, folder);
  }
}

Deno.test("each message that docs/troubleshooting.md explains is one of the program's", async () => {
  const sources = [...filesBelow(new URL("src/", ROOT))]
    .filter(({ pathname }) => !pathname.includes("/src/server/"))
    .map((url) => withoutSeams(Deno.readTextFileSync(url)));
  const messages = explained(
    await Deno.readTextFile(new URL("docs/troubleshooting.md", ROOT)),
  );
  const unknown = messages.filter((message) =>
    !sources.some((source) => says(source, message))
  );
  assertEquals(unknown, []);
  assertGreater(messages.length, 35);
});
