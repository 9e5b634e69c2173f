/**
 * The whole round trip with moraine as it was shipped: serve, create-vault,
 * sync, verify, restore, compare, purge.
 *
 * Usage: `deno run -A scripts/smoke.ts -- COMMAND…`, where COMMAND is whatever
 * starts moraine: `moraine`, `node dist/moraine.js`, …
 *
 * @module
 */

import { delimiter, isAbsolute, join, resolve } from "node:path";
import denoJson from "../deno.json" with { type: "json" };
import {
  type MoraineCommand,
  type MoraineRun,
  runMoraine,
  serveMoraine,
} from "./moraine_command.ts";
import { differences, SAMPLE_FILES, writeSampleTree } from "./sample_tree.ts";

const MiB = 1024 * 1024;

/** Besides the sample files: more than is hashed without starting a thread. */
const LARGE = { name: "large enough for a thread.bin", size: 24 * MiB };

const FILES = SAMPLE_FILES.length + 1;

/** In seconds; none of the commands has much to do. */
const LIMIT = 120;

/** Nothing of the machine's own AWS settings is to show. */
function strangersEnv(nowhere: string): Record<string, string> {
  const ours = Object.keys(Deno.env.toObject());
  const aws = ours.filter((name) => name.startsWith("AWS_"));
  return {
    ...Object.fromEntries(aws.map((name) => [name, ""])),
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
    NO_COLOR: "1",
  };
}

/**
 * Goes through the whole round trip; resolves to the version that the command
 * says it is.
 *
 * @throws {Error} which says what was run, what was expected, and what came.
 */
export async function smoke(command: MoraineCommand): Promise<string> {
  const dir = await Deno.makeTempDir({ prefix: "moraine smoke " });
  try {
    return await roundTrip(found(command), dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** A command that is found from another folder, too. */
function found([program, ...args]: MoraineCommand): MoraineCommand {
  const isPath = program.includes("/") || program.includes("\\");
  return [isPath ? resolve(program) : onPath(program), ...args.map(absolute)];
}

/** Where a program is. On Windows, what is a script by its ending is no program by itself. */
function onPath(name: string): string {
  const endings = Deno.build.os === "windows" ? ["", ".exe"] : [""];
  for (const folder of (Deno.env.get("PATH") ?? "").split(delimiter)) {
    for (const ending of endings) {
      const path = join(folder, name + ending);
      if (isAbsolute(path) && isFile(path)) return path;
    }
  }
  throw new Error(`There is no ${name} on the PATH`);
}

/** An argument that names a file here names it from anywhere. */
function absolute(word: string): string {
  return isFile(word) ? resolve(word) : word;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function roundTrip(
  command: MoraineCommand,
  dir: string,
): Promise<string> {
  const at = (name: string) => join(dir, name);
  const env = strangersEnv(at("no such file"));
  const where = { cwd: dir, env, limit: LIMIT };
  const run = async (status: number, ...args: string[]) => {
    const result = await runMoraine(command, args, where);
    if (result.status === status) return result;
    throw surprise(args, `exit status ${status}`, result);
  };
  const expect = async (
    args: string[],
    what: string,
    isSo: (run: MoraineRun) => boolean,
    status = 0,
  ) => {
    const result = await run(status, ...args);
    if (!isSo(result)) throw surprise(args, what, result);
    return result;
  };

  const { version } = denoJson;
  const { out } = await expect(
    ["version"],
    `version ${version}`,
    ({ out, err }) => out.startsWith(`moraine ${version} (`) && err === "",
  );
  await expect(
    ["synk"],
    "a suggestion",
    ({ err }) => err.includes("sync"),
    2,
  );
  await expect(
    ["completions", "bash"],
    "a script",
    ({ out }) => out.includes("--delete-removed"),
  );

  await using server = await serveMoraine(command, at("glacier"), {
    ...where,
    // Of the first file that is downloaded a bit is another.
    options: ["--fault", "GetJobOutput,corrupt,times=1"],
  });
  await Deno.writeTextFile(
    at("glacier.cfg"),
    `key=moraine\nsecret=moraine\nregion=us-east-1\nvault=photos\njournal=photos.log\nendpoint=${server.endpoint}\n`,
    { mode: 0o600 },
  );
  const config = ["--config", "glacier.cfg"];
  const withTree = [...config, "--dir", "tree"];
  await run(0, "create-vault", "photos", ...config);
  await expect(
    ["list-vaults", ...config],
    "the vault",
    ({ out }) => out.includes("photos"),
  );

  await writeSampleTree(at("tree"));
  await Deno.writeFile(
    join(at("tree"), LARGE.name),
    new Uint8Array(LARGE.size).map((_, i) => i % 251),
  );
  const sync = ["sync", ...withTree, "--partsize", "4"];
  await expect(sync, `${FILES} files`, counts(/^Finished /gm, FILES));
  await expect(sync, "nothing to do", counts(/^Finished /gm, 0));

  const check = ["check-local-hash", ...withTree];
  await expect(check, `${FILES} good files`, counts(/^OK .* \d+ /gm, FILES));
  await run(0, "journal", "verify", ...config);
  await Deno.rename(at("tree"), at("lost"));
  await Deno.mkdir(at("tree"));
  await expect(check, `${FILES} missing files`, says(`${FILES} MISSED`), 1);

  await expect(
    ["restore", ...withTree, "--max-number-of-files", "100"],
    `${FILES} retrievals`,
    counts(/^Retrieved Archive /gm, FILES),
  );
  const download = ["restore-completed", ...withTree];
  await expect(
    download,
    "one file that came spoilt and was not restored",
    ({ out, err }) =>
      counts(/^Downloaded archive /gm, FILES - 1)({ out }) &&
      err.includes("the file was not restored"),
    1,
  );
  await expect(
    download,
    "that file",
    counts(/^Downloaded archive /gm, 1),
  );
  const different = await differences(at("lost"), at("tree"));
  if (different.length > 0) {
    throw new Error(`What was restored differs:\n${different.join("\n")}`);
  }

  const spoilt = join(at("tree"), "leaves/1 MiB.bin");
  const { mtime } = await Deno.stat(spoilt);
  await Deno.writeFile(spoilt, new Uint8Array(MiB));
  await Deno.utime(spoilt, mtime!, mtime!);
  await expect(check, "one file that differs", says("1 TREEHASH MISSMATCH"), 1);
  // One that exists is not overwritten, whatever is in it.
  await run(0, "restore-completed", ...withTree);
  if ((await Deno.readFile(spoilt)).some((byte) => byte !== 0)) {
    throw new Error("A file that existed was overwritten");
  }

  await expect(
    ["purge-vault", ...config],
    `${FILES} deletions`,
    counts(/^Deleted /gm, FILES),
  );
  await run(0, "retrieve-inventory", ...config);
  await run(0, "download-inventory", ...config, "--new-journal", "left.log");
  const left = await Deno.readTextFile(at("left.log"));
  if (left !== "") throw new Error(`The vault still has:\n${left}`);
  await run(0, "delete-vault", "photos", ...config);
  return out.trim();
}

/** Whether standard output has so many lines of a kind. */
function counts(line: RegExp, wanted: number) {
  return ({ out }: Pick<MoraineRun, "out">) =>
    (out.match(line) ?? []).length === wanted;
}

/** Whether standard output has a line. */
function says(line: string) {
  return ({ out }: MoraineRun) => out.split("\n").includes(line);
}

function surprise(args: string[], expected: string, run: MoraineRun): Error {
  return new Error(
    `moraine ${args.join(" ")}: expected ${expected}, got exit status ` +
      `${run.status} and\n${run.out}${run.err}`,
  );
}

/** The command of the command line: all words, or those after `--`. */
function commandOf(args: readonly string[]): MoraineCommand {
  return args[0] === "--" ? args.slice(1) : args;
}

if (import.meta.main) {
  const command = commandOf(Deno.args);
  if (command.length === 0) {
    console.error("Usage: deno run -A scripts/smoke.ts -- COMMAND…");
    Deno.exit(2);
  }
  const started = performance.now();
  try {
    const version = await smoke(command);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`ok ${command.join(" ")}: ${version}, ${seconds} s`);
  } catch (error) {
    console.error(`FAILED ${command.join(" ")}: ${(error as Error).message}`);
    Deno.exit(1);
  }
}
