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

/** The most signs that a gap between two parts of a message is in the source. */
const GAP = 160;

/** Whether a file has all that a message says for certain, in its order, in one place. */
function says(source: string, message: string): boolean {
  const [first, ...parts] = message.split("…").map((text) => text.trim());
  for (
    let at = source.indexOf(first);
    at >= 0;
    at = source.indexOf(first, at + 1)
  ) {
    let end = at + first.length;
    const follows = parts.every((part) => {
      const next = source.indexOf(part, end);
      if (next < 0 || next - end > GAP) return false;
      end = next + part.length;
      return true;
    });
    if (follows) return true;
    // It begins with a gap.
    if (first === "") break;
  }
  return first === "" && saysAfter(source, parts);
}

/** The same of a message that begins with something else each time. */
function saysAfter(source: string, parts: string[]): boolean {
  return parts.length > 0 && says(source, parts.join("…"));
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
