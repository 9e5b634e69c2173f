/**
 * The lines of docs/running.md that take the npm package from a registry, run
 * as they stand there.
 *
 * @module
 */

import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stepsFor } from "./docs/story.ts";
import type { NpmRegistry } from "./npm_registry.ts";

const PAGE = fileURLToPath(new URL("../docs/running.md", import.meta.url));

/** What the page says of such a block. */
const MARK = "deno task check-npm";

/**
 * The blocks that a page leaves to `deno task check-npm`.
 *
 * @throws {Error} where it leaves none.
 */
export function npmBlocks(page: string): string[] {
  const blocks = stepsFor(MARK, page).map(({ text }) => text);
  if (blocks.length === 0) throw new Error(`No block is run by: ${MARK}`);
  return blocks;
}

/** With what the page is run. */
export interface NpmReader {
  /** The executable of Node. */
  node: string;
  registry: NpmRegistry;
  /** What `moraine version` prints. */
  version: string;
}

/**
 * Runs each block of the page in a place of its own, which at first has neither
 * the package nor anything else of npm's.
 */
export async function runNpmDocs(reader: NpmReader): Promise<number> {
  const blocks = npmBlocks(await Deno.readTextFile(PAGE));
  for (const block of blocks) {
    const dir = await Deno.makeTempDir({ prefix: "moraine npm docs " });
    try {
      await runBlock(block, dir, reader);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  }
  return blocks.length;
}

async function runBlock(
  block: string,
  dir: string,
  { node, registry, version }: NpmReader,
): Promise<void> {
  const cwd = join(dir, "work");
  await Deno.mkdir(cwd);
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-e", "-c", block],
    cwd,
    env: await environment(dir, node, registry.url),
    clearEnv: true,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const out = text(stdout);
  const expected = [version];
  // The head of the page, which names its section.
  if (/^man /m.test(block)) expected.push("MORAINE(1)");
  const missing = expected.filter((part) => !out.includes(part));
  if (success && missing.length === 0) return;
  const why = success ? `did not print ${missing.join(", ")}` : "failed";
  throw new Error(`${PAGE}:\n${block}${why}:\n${out}${text(stderr)}`);
}

/** As one has it who installs with npm, but for the registry and where things go. */
async function environment(
  dir: string,
  node: string,
  registry: string,
): Promise<Record<string, string>> {
  const prefix = join(dir, "prefix");
  const ours: Record<string, string> = {
    HOME: join(dir, "home"),
    // How this machine reaches a registry stands there.
    npm_config_userconfig: await npmSetting("userconfig"),
    npm_config_registry: registry,
    npm_config_prefix: prefix,
    npm_config_cache: join(dir, "cache"),
    // The answer to npx's question.
    npm_config_yes: "true",
    LC_ALL: "C.UTF-8",
  };
  const names = ["manpath", ...Object.keys(ours)].map((name) =>
    name.toLowerCase()
  );
  const others = Object.entries(Deno.env.toObject())
    .filter(([name]) => !names.includes(name.toLowerCase()));
  // Manuals are looked for beside the folders of the PATH.
  const path = [join(prefix, "bin"), dirname(node), Deno.env.get("PATH")];
  return {
    ...Object.fromEntries(others),
    ...ours,
    PATH: path.join(delimiter),
  };
}

/** A setting of the npm on the PATH. */
export async function npmSetting(name: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("npm", {
    args: ["config", "get", name],
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (!success) throw new Error(`npm config get ${name}: ${text(stderr)}`);
  return text(stdout);
}
