/**
 * Switches off each mechanism that keeps a promise, one after the other in a
 * copy of the project, and looks whether its test fails.
 *
 * Usage: `deno task prove [words…]`: only mechanisms whose title, file or test
 * has all of the words.
 *
 * @module
 */

import type { Mechanism } from "../tests/guarantees/mechanism.ts";
import { PROMISES } from "../tests/guarantees/promises.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** What a test needs of the project. */
const PARTS = [
  "deno.json",
  "deno.lock",
  "mod.ts",
  "src",
  "tests",
  "scripts",
  "types",
  "docs",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "ARCHITECTURE.md",
];

async function copy(from: string, to: string): Promise<void> {
  const { code } = await new Deno.Command("cp", {
    args: ["-R", ...PARTS.map((part) => ROOT + part), to],
    cwd: from,
  }).output();
  if (code !== 0) throw new Error(`Cannot copy the project to ${to}`);
}

/** What came of a test in a copy of the project. */
async function outcomeOf(
  folder: string,
  [file, name]: Mechanism["test"],
): Promise<"passed" | "failed" | "hangs"> {
  const pattern = name.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const timeout = AbortSignal.timeout(60_000);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "-A", "--no-check", `--filter=/^${pattern}$/`],
      `tests/${file}`,
    ],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stderr: "piped",
    signal: timeout,
  }).output();
  if (timeout.aborted) return "hangs";
  const text = new TextDecoder().decode(stdout);
  if (/\| 1 passed .*\| 0 failed/.test(text)) return "passed";
  if (/\| 1 failed/.test(text) && !text.includes("(uncaught error)")) {
    return "failed";
  }
  throw new Error(`Cannot run the test in tests/${file}: ${name}\n${text}`);
}

async function proven(folder: string, mechanism: Mechanism): Promise<string> {
  const { file, code, off, test } = mechanism;
  const path = `${folder}/${file}`;
  const text = await Deno.readTextFile(path);
  if (text.split(code).length !== 2) return `NOT ONCE in ${file}: ${code}`;
  const before = await outcomeOf(folder, test);
  if (before !== "passed") return `${before} without any change`;
  await Deno.writeTextFile(path, text.replace(code, () => off));
  try {
    const after = await outcomeOf(folder, test);
    if (after === "passed") return "SURVIVED";
    return after === "failed" ? "proven" : "proven, for it hangs";
  } finally {
    await Deno.writeTextFile(path, text);
  }
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir({ prefix: "moraine-prove-" });
  let bad = 0;
  try {
    await copy(ROOT, folder);
    for (const { title, mechanisms } of PROMISES) {
      console.log(`\n${title}`);
      for (const mechanism of mechanisms) {
        const words = JSON.stringify(mechanism);
        if (!Deno.args.every((word) => words.includes(word))) continue;
        const outcome = await proven(folder, mechanism);
        if (!outcome.startsWith("proven")) bad++;
        console.log(`  ${outcome}: ${mechanism.title}`);
        console.log(`    off: ${mechanism.file}: ${mechanism.code}`);
        console.log(`    test: tests/${mechanism.test.join(": ")}`);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  console.log(bad === 0 ? "\nAll proven" : `\n${bad} NOT proven`);
  Deno.exit(bad === 0 ? 0 : 1);
}
