import { assertEquals, assertThrows } from "@std/assert";
import {
  firstShownLine,
  type Step,
  StoryError,
  storyOf,
} from "../../../scripts/docs/story.ts";

/** A page, with `'''` for the marks of a block of code. */
const page = (text: string) => text.replaceAll("'''", "```");

const PAGES: [what: string, page: string, steps: Step[]][] = [
  [
    "commands have the lines below them as their output",
    "Words\n\n'''console\n$ ls\na\nb\n\n$ pwd\n$ true\n'''\n",
    [
      { kind: "command", line: 4, text: "ls\n", shown: ["a", "b"] },
      { kind: "command", line: 8, text: "pwd\n", shown: [] },
      { kind: "command", line: 9, text: "true\n", shown: [] },
    ],
  ],
  [
    "a command goes on after a backslash",
    "'''console\n$ echo a \\\n  b\na b\n'''",
    [{
      kind: "command",
      line: 2,
      text: "echo a \\\n  b\n",
      shown: ["a b"],
    }],
  ],
  [
    "a command has its here-document",
    "'''console\n$ cat <<'END'\n$ a\nEND\n$ a\n'''",
    [
      { kind: "command", line: 2, text: "cat <<'END'\n$ a\nEND\n", shown: [] },
      { kind: "command", line: 5, text: "a\n", shown: [] },
    ],
  ],
  [
    "a block of sh is one program, also when it is indented",
    "- x\n\n  '''sh\n  if true; then\n    ls\n  fi\n  '''",
    [{
      kind: "script",
      line: 3,
      language: "sh",
      text: "if true; then\n  ls\nfi\n",
    }],
  ],
  [
    "setup is a program, other comments are nothing",
    "<!-- setup:\nmkdir a\ncd a\n-->\n<!-- a table -->\n",
    [{ kind: "script", line: 1, language: "sh", text: "mkdir a\ncd a\n" }],
  ],
  [
    "a block is not run, and the next is",
    "<!-- not run: needs root -->\n\n'''sh\napt-get x\n'''\n\n'''sh\nls\n'''",
    [
      { kind: "skipped", line: 3, reason: "needs root" },
      { kind: "script", line: 7, language: "sh", text: "ls\n" },
    ],
  ],
  [
    "a block is run by another task, whatever it is written in",
    "<!-- run by: deno task x -->\n\n'''ini\n[A]\nb=c\n'''\n\n'''sh\nls\n'''",
    [
      { kind: "elsewhere", line: 3, by: "deno task x", text: "[A]\nb=c\n" },
      { kind: "script", line: 8, language: "sh", text: "ls\n" },
    ],
  ],
  [
    "a block is run on a condition",
    "<!-- run if: command -v aws -->\n'''console\n$ aws\n'''",
    [{
      kind: "command",
      line: 3,
      text: "aws\n",
      shown: [],
      condition: "command -v aws",
    }],
  ],
  [
    "output comes in any order",
    "<!-- any order: two at a time -->\n'''console\n$ a\nb\n'''",
    [{ kind: "command", line: 3, text: "a\n", shown: ["b"], anyOrder: true }],
  ],
  ["data is nothing to run", "'''json\n{}\n'''\n\n'''\nB TIME\n'''", []],
];

for (const [what, text, steps] of PAGES) {
  Deno.test(`a page as a story: ${what}`, () => {
    assertEquals(storyOf(page(text)), steps);
  });
}

const REFUSED: [what: string, page: string, line: number][] = [
  ["commands in a block of no language", "\n'''\n$ ls\n'''", 2],
  ["output without a command", "'''console\nls\n'''", 2],
  ["a language that is not run, without a reason", "'''java\nx\n'''", 1],
  ["a block without an end", "a\n'''sh\nls\n", 2],
  ["a comment without an end", "<!-- setup: ls\n", 1],
  ["a reason above no block", "<!-- not run: why -->\nwords\n'''sh\n'''", 1],
  ["a task above no block", "<!-- run by: deno task x -->\nwords\n", 1],
  ["a task that is indented", "- a\n  <!-- run by: deno task x -->", 2],
  ["a condition above data", "<!-- run if: true -->\n'''json\n{}\n'''", 1],
  ["a reason at the end", "words\n<!-- not run: why -->\n", 2],
  ["a command in a block of no language", "'''\nmoraine x\n'''", 1],
  ["a block in a quotation", "> '''sh\n> ls\n> '''", 1],
  ["a block behind a tab", "- a\n\n\t'''sh\n\tls\n\t'''", 3],
  ["a comment that is indented", "- a\n  <!-- setup: ls -->", 2],
];

for (const [what, text, line] of REFUSED) {
  Deno.test(`no story: ${what}`, () => {
    const error = assertThrows(() => storyOf(page(text)), StoryError);
    assertEquals(error.line, line);
  });
}

Deno.test("the output of a command begins below its last line", () => {
  const [step] = storyOf(page("'''console\n$ echo \\\n  a\na\n'''"));
  assertEquals(step.kind === "command" && firstShownLine(step), 4);
});
