/**
 * Stands in for the programs that publish: looks at what they are given, and
 * publishes nothing.
 *
 * Usage: `deno run -A publishing.ts gh|npm ARGUMENTS…`, in a job's environment.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename } from "node:path";
import { parseArgs } from "node:util";

/** What is wrong: one sentence. */
class Wrong extends Error {}

function insist(isSo: boolean, otherwise: string): asserts isSo {
  if (!isSo) throw new Wrong(otherwise);
}

/** `gh release create`, of the files that SHA256SUMS has, and that file. */
async function gh(args: string[]): Promise<string> {
  const string = { type: "string" } as const;
  const boolean = { type: "boolean" } as const;
  const { values, positionals: [release, create, tag, ...files] } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      repo: string,
      title: string,
      "verify-tag": boolean,
      "generate-notes": boolean,
    },
  });
  insist(`${release} ${create}` === "release create", "not release create");
  insist(tag === Deno.env.get("GITHUB_REF_NAME"), `another tag: ${tag}`);
  insist(tag === `v${values.title?.split(" ")[1]}`, `title: ${values.title}`);
  insist(
    values.repo === Deno.env.get("GITHUB_REPOSITORY"),
    `another repository: ${values.repo}`,
  );
  insist((Deno.env.get("GH_TOKEN") ?? "") !== "", "there is no GH_TOKEN");
  await checkFiles(files);
  return `gh would release ${tag} with ${files.length} files, all of SHA256SUMS`;
}

async function checkFiles(files: readonly string[]): Promise<void> {
  const sumsFile = files.find((path) => basename(path) === "SHA256SUMS");
  insist(sumsFile !== undefined, "SHA256SUMS is not released");
  const sums = await readSums(sumsFile);
  for (const path of files) {
    const name = basename(path);
    // GitHub would give the file another name.
    insist(/^[\w-][\w.-]*[\w-]$/.test(name), `not kept as a name: ${name}`);
    if (path === sumsFile) continue;
    const sum = createHash("sha256").update(await Deno.readFile(path));
    insist(sums.get(name) === sum.digest("hex"), `not in SHA256SUMS: ${name}`);
    sums.delete(name);
    if (!/-(linux|macos)-[^.]*$/.test(name)) continue;
    insist(((await Deno.stat(path)).mode! & 0o111) !== 0, `can't run: ${name}`);
  }
  insist(sums.size === 0, `not released: ${[...sums.keys()].join(", ")}`);
}

async function readSums(path: string): Promise<Map<string, string>> {
  const lines = (await Deno.readTextFile(path)).trim().split("\n");
  return new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
}

/** `npm publish --provenance`: npm's own dry run, which can't have provenance. */
async function npm(args: string[]): Promise<string> {
  const { values, positionals: [publish, file] } = parseArgs({
    args,
    allowPositionals: true,
    options: { provenance: { type: "boolean" }, access: { type: "string" } },
  });
  insist(publish === "publish" && file !== undefined, "no file to publish");
  insist(values.provenance === true, "published without provenance");
  insist(values.access === "public", "published for some only");
  const manifest = await output("tar", ["-xzOf", file, "package/package.json"]);
  const { url } = JSON.parse(manifest).repository ?? {};
  insist(
    url === `git+https://github.com/${Deno.env.get("GITHUB_REPOSITORY")}.git`,
    `the package names another repository: ${url}`,
  );
  const rest = args.filter((word) => word !== "--provenance");
  const said = await output("npm", [...rest, "--dry-run"]);
  return `npm would publish ${said.trim()}; its dry run was without provenance`;
}

/** What a program prints; what it tells besides goes where ours goes. */
async function output(program: string, args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(program, {
    args,
    stderr: "inherit",
  }).output();
  insist(success, `${program} failed`);
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  const [program, ...args] = Deno.args;
  try {
    const said = await (program === "gh" ? gh(args) : npm(args));
    console.log(`stand-in: ${said}`);
  } catch (error) {
    console.log(`stand-in: ${program}: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
