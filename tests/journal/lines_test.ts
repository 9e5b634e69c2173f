import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { JournalError } from "../../src/errors.ts";
import { decodeText, scanLines } from "../../src/journal/lines.ts";
import { temporaryFolder } from "../testing.ts";
import { host } from "./fixtures.ts";

Deno.test("lines are the same however the reads cut them", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("f");
  const text = fc.array(
    fc.constantFrom("a", "\n", "\r\n", "\r", "é", "😀", "\ufeff", "\0"),
  ).map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (
      text,
      chunkSize,
    ) => {
      await Deno.writeTextFile(path, text);
      await using file = await host.files.open(path, "read");
      const lines: [number, string | undefined][] = [];
      const tail = await scanLines(
        path,
        file,
        (line, number) => lines.push([number, line]),
        { chunkSize },
      );
      const expected = text.split("\n");
      const rest = expected.pop()!;
      assertEquals(
        lines,
        expected.map((line, n) => [n + 1, line.replace(/\r$/, "")]),
      );
      assertEquals(tail && decodeText(tail.bytes), rest || undefined);
      const size = new TextEncoder().encode(text).length;
      if (tail) assertEquals(tail.offset + tail.bytes.length, size);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a line that is not UTF-8 is told as such, those around it are not", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("f");
  await Deno.writeFile(
    path,
    new Uint8Array([97, 10, 0xff, 10, 98, 13, 10, 10]),
  );
  await using file = await host.files.open(path, "read");
  const lines: (string | undefined)[] = [];
  await scanLines(path, file, (line) => lines.push(line));
  assertEquals(lines, ["a", undefined, "b", ""]);
});

Deno.test("what is no text is given up instead of being taken into memory", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("f");
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, 1024 ** 4);
  await using file = await host.files.open(path, "read");
  await assertRejects(
    () => scanLines(path, file, () => {}),
    JournalError,
    path,
  );
});
