import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  appearances,
  type TerminalLine,
  terminalSvg,
} from "../../scripts/terminal_svg.ts";

const lines: TerminalLine[] = [
  { kind: "command", text: 'echo "a < b" && true' },
  { kind: "output", text: "a < b" },
  { kind: "output", text: "x".repeat(200) },
  { kind: "command", text: "exit" },
];

Deno.test("the picture has each line, with XML's own signs written as it wants them", () => {
  const svg = terminalSvg("A title & more", lines);
  assertStringIncludes(svg, ">echo &quot;a &lt; b&quot; &amp;&amp; true<");
  assertStringIncludes(svg, ">a &lt; b<");
  assertStringIncludes(svg, "<title>A title &amp; more</title>");
  assertEquals(svg.match(/<text /g)?.length, lines.length);
});

Deno.test("a line that is too long for the terminal is cut, and says so", () => {
  assertMatch(terminalSvg("", lines), />x{83}…</);
});

Deno.test("lines appear one after the other, and a command takes its time", () => {
  assertEquals(appearances(lines), [0, 0.5, 0.62, 1.82]);
});

Deno.test("README's picture shows a folder that was synced, restored and checked", async () => {
  const svg = await Deno.readTextFile(
    new URL("../../docs/recording.svg", import.meta.url),
  );
  for (
    const text of [
      "moraine sync --dir photos",
      "rm -r photos",
      "Downloaded archive photos/notes.txt",
      "3 OK",
      "OK DONE",
    ]
  ) assertStringIncludes(svg, text);
});
