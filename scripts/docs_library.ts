/**
 * The two programs of docs/library.md, as they stand there.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const page = fileURLToPath(new URL("../docs/library.md", import.meta.url));

/** The program for Deno, and how the page says that it is started. */
export interface DenoProgram {
  code: string;
  /** Flags such as `--allow-read=.`. */
  permissions: string[];
}

/** The program for Deno. Its permission for the network is that for AWS. */
export async function denoProgram(): Promise<DenoProgram> {
  const text = await Deno.readTextFile(page);
  const command = /^deno run (.+) keep\.ts$/m.exec(
    text.replaceAll(/ \\\n +/g, " "),
  );
  if (command === null) throw new Error(`No "deno run … keep.ts" in ${page}`);
  return {
    code: codeBlock(text, "ts", "keep.ts"),
    permissions: command[1].split(" ").map((flag) => flag.replaceAll('"', "")),
  };
}

/**
 * The program for Node, an ES module. It is run where `@moraine/moraine` can be
 * imported; it needs a folder `photos` in its working directory, and the vault
 * `photos` of the service that the environment names.
 */
export async function nodeProgram(): Promise<string> {
  return codeBlock(await Deno.readTextFile(page), "js", "keep.mjs");
}

/** The block whose first line is a comment with a file's name. */
function codeBlock(text: string, language: string, name: string): string {
  const start = `\`\`\`${language}\n// ${name}\n`;
  const from = text.indexOf(start);
  const to = text.indexOf("\n```", from);
  if (from < 0 || to < 0) throw new Error(`No block ${name} in ${page}`);
  return text.slice(from + start.indexOf("\n") + 1, to + 1);
}
