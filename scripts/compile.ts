/**
 * Makes executables, which need no runtime on the machine: the bundle and
 * Deno's base runtime in one file, for each target. Beside them it writes
 * `SHA256SUMS` and a bill of materials.
 *
 * Usage: `deno task compile [--target T]… [--out DIR]`; all targets and `dist`
 * where nothing is said.
 *
 * The base runtime (`denort`) comes from Deno's download host, or is the file
 * that the environment variable `DENORT_BIN` names.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import denoJson from "../deno.json" with { type: "json" };
import { build } from "./build.ts";
import { PERMISSIONS } from "./permissions.ts";
import { cycloneDx, readComponents, readLock } from "./sbom.ts";

/** What executables are made for, and how that is said in their names. */
export const TARGETS = {
  "x86_64-unknown-linux-gnu": "linux-x86_64",
  "aarch64-unknown-linux-gnu": "linux-aarch64",
  "x86_64-apple-darwin": "macos-x86_64",
  "aarch64-apple-darwin": "macos-aarch64",
  "x86_64-pc-windows-msvc": "windows-x86_64.exe",
} as const;

/** One of {@linkcode TARGETS}. */
export type Target = keyof typeof TARGETS;

/** The file name of a target's executable. */
export function executableName(version: string, target: Target): string {
  return `moraine-${version}-${TARGETS[target]}`;
}

/** The exit statuses of this script. */
export const STATUS = {
  done: 0,
  /** An executable isn't what it should be, or can't be made. */
  failed: 1,
  usage: 2,
  /** The base runtime can't be had: `EX_UNAVAILABLE` of sysexits.h. */
  unavailable: 69,
} as const;

/** Why there are no executables: one sentence for the user. */
export class CompileError extends Error {
  override name = "CompileError";
  constructor(
    message: string,
    readonly status: typeof STATUS[keyof typeof STATUS],
  ) {
    super(message);
  }
}

/** What is to be made. */
export interface Wish {
  targets: Target[];
  out: string;
}

/**
 * Understands the words of the command line.
 *
 * @throws {CompileError} where they can't be understood.
 */
export function parseWish(
  args: readonly string[],
  denortBin: string | undefined,
): Wish {
  const { target: words = [], out } = wordsOf(args);
  const targets = words.length === 0 ? KNOWN : words.map(knownTarget);
  // Deno would put it into all of them, whatever it is made for.
  if (denortBin !== undefined && new Set(targets).size > 1) {
    throw new CompileError(
      "DENORT_BIN is for one target: say which by --target",
      STATUS.usage,
    );
  }
  return { targets: [...new Set(targets)], out };
}

function wordsOf(args: readonly string[]): { target?: string[]; out: string } {
  try {
    return parseArgs({
      args: [...args],
      options: {
        target: { type: "string", multiple: true },
        out: { type: "string", default: DIST },
      },
    }).values;
  } catch (error) {
    throw new CompileError((error as Error).message, STATUS.usage);
  }
}

function knownTarget(word: string): Target {
  const target = KNOWN.find((each) => each === word);
  if (target !== undefined) return target;
  throw new CompileError(
    `Unknown target ${word} (there are ${KNOWN.join(", ")})`,
    STATUS.usage,
  );
}

const KNOWN = Object.keys(TARGETS) as Target[];

const DIST = fileURLToPath(new URL("../dist", import.meta.url));

/** Arguments for Deno to make an executable of `entry`, which is its own worker. */
export function compileArgs(
  target: Target,
  entry: string,
  output: string,
): string[] {
  return [
    "compile",
    "--quiet",
    // Whatever lies around where this runs has no part in it.
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    "--no-check",
    // It would be kept under a name that anybody can know, in a folder for
    // temporary files that may be everybody's, and believed: code to be run
    // with the user's keys.
    "--no-code-cache",
    // Otherwise the output's name, which has the version in it.
    "--app-name=moraine",
    `--target=${target}`,
    `--output=${output}`,
    // A worker's module is embedded only where it is named.
    `--include=${entry}`,
    ...PERMISSIONS,
    // Unlike the other kinds, this one has hosts where nothing is said.
    "--deny-import",
    entry,
  ];
}

/** The environment for `deno compile`: nothing that would be kept in the executable. */
export function compileEnvironment(
  environment: Readonly<Record<string, string>>,
): Record<string, string> {
  const kept = ["DENO_DIR", "DENO_CERT", "DENO_TLS_CA_STORE"];
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) =>
      value !== "" &&
      (kept.includes(name) || !/^(?:DENO|OTEL|NODE)_/.test(name))
    ),
  );
}

/** What Deno writes before everything that it embeds. */
const MAGIC = "d3n0l4nd";

/** How an executable is to be run, as Deno writes it down there. */
export interface Metadata {
  entrypoint_key: string;
  code_cache_key: unknown;
  /** `allow_net` and so on: an empty list for all, `null` for none. */
  permissions: Record<string, unknown>;
  [other: string]: unknown;
}

/** What Deno wrote down in an executable: the magic word, the length, and JSON. */
export function embeddedMetadata(
  executable: Uint8Array,
): Metadata | undefined {
  const bytes = bufferOf(executable);
  // The base runtime has the word, too, without that behind it.
  for (
    let at = bytes.indexOf(MAGIC);
    at >= 0;
    at = bytes.indexOf(MAGIC, at + 1)
  ) {
    const start = at + MAGIC.length + 8;
    if (start > bytes.length) return undefined;
    const end = start + Number(bytes.readBigUInt64LE(start - 8));
    if (end > bytes.length || bytes[start] !== 0x7b) continue;
    try {
      return JSON.parse(bytes.toString("utf8", start, end));
    } catch {
      continue;
    }
  }
}

/** The same bytes, which can be searched. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The kinds of permission that there are, each `--allow-…` by its name. */
const KINDS = ["net", "read", "write", "env", "sys", "run", "ffi"];

/** What is wrong with an executable of the bundle: nothing, as a rule. */
export function faultsOf(
  executable: Uint8Array,
  bundle: Uint8Array,
): string[] {
  const metadata = embeddedMetadata(executable);
  if (metadata === undefined) return ["nothing is embedded in it"];
  const faults: string[] = [];
  const { permissions } = metadata;
  for (const kind of KINDS) {
    const wanted = PERMISSIONS.includes(`--allow-${kind}`) ? "[]" : "null";
    const is = JSON.stringify(permissions[`allow_${kind}`]);
    if (is !== wanted) faults.push(`allow_${kind} is ${is}, not ${wanted}`);
  }
  if (JSON.stringify(permissions.deny_import) !== "[]") {
    faults.push("it imports from other hosts");
  }
  if (permissions.prompt !== false) faults.push("it asks for permissions");
  if (metadata.code_cache_key !== null) faults.push("it keeps a code cache");
  if (metadata.entrypoint_key !== ENTRY) {
    faults.push(`it starts with ${metadata.entrypoint_key}`);
  }
  if (!bufferOf(executable).includes(bufferOf(bundle))) {
    faults.push("the bundle is not in it");
  }
  return faults;
}

/** What the bundle is called in the executable. */
const ENTRY = "moraine.js";

/**
 * Makes an executable, and looks whether it has in it what it should.
 *
 * @throws {CompileError}
 */
async function compile(
  target: Target,
  entry: string,
  output: string,
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: compileArgs(target, entry, output),
    clearEnv: true,
    env: { ...compileEnvironment(Deno.env.toObject()), NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  if (!success) throw whyNot(said, target);
  const faults = faultsOf(
    await Deno.readFile(output),
    await Deno.readFile(entry),
  );
  if (faults.length === 0) return;
  await Deno.remove(output);
  throw new CompileError(
    `The executable for ${target} is not as it should be: ${faults.join("; ")}`,
    STATUS.failed,
  );
}

/** What Deno says when it has no base runtime. */
function whyNot(said: string, target: Target): CompileError {
  const [, url, why] =
    /error sending request for url \((\S+)\): (.*)/.exec(said) ?? [];
  if (url !== undefined) {
    return new CompileError(
      `Deno's base runtime for ${target} cannot be fetched from ${url} (${why}): run this where that can be reached, or set DENORT_BIN to the file, denort of Deno ${Deno.version.deno}`,
      STATUS.unavailable,
    );
  }
  const [what] = said.split("Stack backtrace");
  return new CompileError(
    `Deno cannot make the executable for ${target}: ${
      what.trim().replaceAll(/\s+/g, " ")
    }`,
    STATUS.failed,
  );
}

/** Lines for `sha256sum --check`. */
export function sha256Sums(files: readonly [string, Uint8Array][]): string {
  return files.map(([name, bytes]) =>
    `${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`
  ).join("");
}

/** The instant that all is said to be from, so that the same source gives the same bytes. */
function sourceDate(): number | undefined {
  const text = Deno.env.get("SOURCE_DATE_EPOCH");
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,11}$/.test(text)) return Number(text);
  throw new CompileError(
    `SOURCE_DATE_EPOCH is not a number of seconds: ${text}`,
    STATUS.usage,
  );
}

/** Makes all of it; tells of each file by `tell`. */
async function compileAll(
  { targets, out }: Wish,
  tell: (path: string) => void,
): Promise<void> {
  const { version, license } = denoJson;
  const epoch = sourceDate();
  const place = await Deno.makeTempDir({ prefix: "moraine-compile-" });
  try {
    const entry = join(place, ENTRY);
    const modules = await build(entry);
    // Its time is embedded, too.
    await Deno.utime(entry, epoch ?? 0, epoch ?? 0);
    await Deno.mkdir(out, { recursive: true });
    const names: string[] = [];
    for (const target of targets) {
      const name = executableName(version, target);
      await compile(target, entry, join(out, name));
      names.push(name);
      tell(join(out, name));
    }
    const bill = cycloneDx({
      version,
      licence: license,
      denoVersion: Deno.version.deno,
      components: await readComponents(modules, await readLock()),
      epoch,
    });
    const billName = `moraine-${version}.cdx.json`;
    await Deno.writeTextFile(
      join(out, billName),
      JSON.stringify(bill, null, 2) + "\n",
    );
    tell(join(out, billName));
    const files: [string, Uint8Array][] = [];
    for (const name of [...names, billName]) {
      files.push([name, await Deno.readFile(join(out, name))]);
    }
    await Deno.writeTextFile(join(out, "SHA256SUMS"), sha256Sums(files));
    tell(join(out, "SHA256SUMS"));
  } finally {
    await Deno.remove(place, { recursive: true });
  }
}

if (import.meta.main) {
  try {
    const wish = parseWish(Deno.args, Deno.env.get("DENORT_BIN") || undefined);
    await compileAll(wish, (path) => console.log(path));
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
    console.error(`ERROR: ${error.message}`);
    Deno.exit(error.status);
  }
}
