/**
 * The files that a package of the program holds, whichever kind it is of: the
 * program, man pages, completions, licences, documents and systemd units.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { completionScript } from "../src/cli/completions.ts";
import { VERSION } from "../src/version.ts";
import { build } from "./build.ts";
import { manPages, pageDate } from "./man_pages.ts";
import { thirdPartyLicences, type Work } from "./licences/texts.ts";
import { bundledWorks, runtimeWorks } from "./licences/works.ts";
import { debianCopyright } from "./packages/debian_copyright.ts";
import { launcher, LIBRARY } from "./packages/launcher.ts";
import { type Architecture, architectureOf } from "./packages/metadata.ts";
import {
  exampleConfiguration,
  serviceUnit,
  timerUnit,
} from "./packages/units.ts";

/** The project's folder. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

/** Which system a package is for. */
export type Kind = "deb" | "rpm";

/** A file or folder of a package. */
export interface Entry {
  /** Absolute, as it is when installed. */
  path: string;
  mode: number;
  /** Text, bytes, or the file to copy; a folder has none. */
  content?: string | Uint8Array | { copy: string };
  /** What it is, where a package manager asks. */
  role?: "licence" | "document";
}

/** What a package is made of. */
export interface Ingredients {
  /** Moraine's own version. */
  version: string;
  /** The compiled program; or the runtime and the bundle. */
  program: { executable: string } | { runtime: string; bundle: string };
  architecture: Architecture;
  /** Texts of the project by their path in it, such as `LICENSE`. */
  texts: ReadonlyMap<string, string>;
  works: readonly Work[];
  /** Seconds since 1970: the time of all files. */
  time: number;
}

const DOC = "/usr/share/doc/moraine";

/** Where zsh looks for completions of packages. */
const ZSH: Record<Kind, string> = {
  deb: "/usr/share/zsh/vendor-completions",
  rpm: "/usr/share/zsh/site-functions",
};

/** Where systemd looks for units of packages. */
const UNITS = "/usr/lib/systemd/system";

/** All files of a package, and the folders that are its own, sorted. */
export function packageTree(kind: Kind, made: Ingredients): Entry[] {
  const text = (path: string) => {
    const found = made.texts.get(path);
    if (found === undefined) throw new Error(`There is no ${path}`);
    return found;
  };
  const licences: Entry[] = kind === "deb"
    ? [file(
      `${DOC}/copyright`,
      debianCopyright({ own: text("LICENSE"), works: made.works }),
    )]
    : [
      folder("/usr/share/licenses/moraine", 0o755),
      file("/usr/share/licenses/moraine/LICENSE", text("LICENSE"), "licence"),
      file(
        "/usr/share/licenses/moraine/THIRD-PARTY",
        thirdPartyLicences(made.works, text("LICENSE")),
        "licence",
      ),
    ];
  return [
    ...programEntries(made.program),
    ...manEntries(made),
    ...completionEntries(kind),
    ...licences,
    folder(DOC, 0o755),
    folder(`${DOC}/docs`, 0o755),
    folder(`${DOC}/examples`, 0o755),
    file(`${DOC}/changelog.gz`, gzip(text("CHANGELOG.md")), "document"),
    ...[...made.texts].filter(([path]) =>
      !["LICENSE", "CHANGELOG.md"].includes(path)
    )
      .map(([path, content]) => file(`${DOC}/${path}`, content, "document")),
    file(`${DOC}/examples/photos.cfg`, exampleConfiguration(), "document"),
    file(`${UNITS}/moraine-sync@.service`, serviceUnit()),
    file(`${UNITS}/moraine-sync@.timer`, timerUnit()),
    // Configurations may hold secrets.
    folder("/etc/moraine", 0o750),
    // Journals: package managers remove it only where it is empty.
    folder("/var/lib/moraine", 0o700),
  ].sort((a, b) => a.path < b.path ? -1 : 1);
}

function programEntries(program: Ingredients["program"]): Entry[] {
  if ("executable" in program) {
    return [{
      path: "/usr/bin/moraine",
      mode: 0o755,
      content: { copy: program.executable },
    }];
  }
  return [
    { path: "/usr/bin/moraine", mode: 0o755, content: launcher() },
    folder(LIBRARY, 0o755),
    {
      path: `${LIBRARY}/deno`,
      mode: 0o755,
      content: { copy: program.runtime },
    },
    // It is no program by itself here: its first line names Node.
    file(
      `${LIBRARY}/moraine.js`,
      program.bundle.replace(/^#!.*\n/, ""),
    ),
  ];
}

function manEntries({ time, texts }: Ingredients): Entry[] {
  const date = pageDate(`${time}`, texts.get("CHANGELOG.md") ?? "");
  return [...manPages(date)].map(([name, page]) =>
    file(
      `/usr/share/man/man${name.split(".").at(-1)}/${name}.gz`,
      gzip(page),
      "document",
    )
  );
}

/** Where the completions of each shell are that packages have a place for. */
export function completionPlaces(kind: Kind): Map<string, string> {
  return new Map([
    ["bash", "/usr/share/bash-completion/completions/moraine"],
    ["zsh", `${ZSH[kind]}/_moraine`],
    ["fish", "/usr/share/fish/vendor_completions.d/moraine.fish"],
  ]);
}

function completionEntries(kind: Kind): Entry[] {
  return [...completionPlaces(kind)].map(([shell, path]) =>
    file(path, completionScript(shell))
  );
}

function file(
  path: string,
  content: string | Uint8Array,
  role?: Entry["role"],
): Entry {
  return { path, mode: 0o644, content, role };
}

function folder(path: string, mode: number): Entry {
  return { path, mode };
}

/** Compressed without a name and time, as well as can be, which Debian's policy wants. */
export function gzip(text: string): Uint8Array {
  return gzipSync(text, { level: 9 });
}

/**
 * Writes the entries below `root`, all with the same time, and returns how many
 * bytes they have in all.
 */
export async function stage(
  entries: readonly Entry[],
  root: string,
  time: number,
): Promise<number> {
  let bytes = 0;
  for (const { path, mode, content } of entries) {
    const target = join(root, path);
    if (content === undefined) await makeFolder(target);
    else {
      await makeFolder(dirname(target));
      if (typeof content === "string") {
        await Deno.writeTextFile(target, content);
      } else if (content instanceof Uint8Array) {
        await Deno.writeFile(target, content);
      } else await Deno.copyFile(content.copy, target);
      bytes += (await Deno.stat(target)).size;
    }
    await Deno.chmod(target, mode);
  }
  await setTimes(root, time);
  return bytes;
}

/** Makes a folder and those that lead to it, open to all whatever the mask is; what is there stays. */
async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await makeFolder(dirname(path));
    await Deno.mkdir(path);
  }
  await Deno.chmod(path, 0o755);
}

/** Gives everything at and below a path one time. */
async function setTimes(path: string, time: number): Promise<void> {
  if ((await Deno.stat(path)).isDirectory) {
    for await (const { name } of Deno.readDir(path)) {
      await setTimes(join(path, name), time);
    }
  }
  await Deno.utime(path, time, time);
}

/** What the command line of `build_deb.ts` and `build_rpm.ts` says. */
export interface PackageOptions {
  /** The folder for the package. */
  out: string;
  /** A compiled program to put in; without it, the runtime and the bundle. */
  executable?: string;
  /** The runtime to put in; without it, the one that runs this. */
  runtime?: string;
  /** What the program has to be for, where that is to be made sure of. */
  arch?: string;
}

/**
 * Reads `--out DIR`, `--executable FILE`, `--deno FILE` and `--arch NAME`.
 *
 * @throws {Error} naming an argument that is none of these.
 */
export function packageOptions(args: readonly string[]): PackageOptions {
  const string = { type: "string" } as const;
  const { values: { out, executable, deno, arch } } = parseArgs({
    args: [...args],
    options: { out: string, executable: string, deno: string, arch: string },
  });
  return { out: out ?? join(ROOT, "dist"), executable, runtime: deno, arch };
}

/** Builds and collects what a package is made of. */
export async function ingredients(
  { executable, runtime = Deno.execPath(), arch }: PackageOptions,
): Promise<Ingredients> {
  const binary = await Deno.realPath(executable ?? runtime);
  const architecture = architectureOf(await headOf(binary), binary);
  if (
    arch !== undefined && ![architecture.deb, architecture.rpm].includes(arch)
  ) {
    throw new Error(`${binary} is for ${architecture.deb}, not for ${arch}`);
  }
  const [bundleFile, runtimeFile] = executable
    ? ["/usr/bin/moraine", "/usr/bin/moraine"]
    : [`${LIBRARY}/moraine.js`, `${LIBRARY}/deno`];
  const { text: bundle, modules } = await bundleText();
  return {
    version: VERSION,
    architecture,
    program: executable ? { executable: binary } : { runtime: binary, bundle },
    texts: projectTexts(),
    works: [
      ...bundledWorks(modules, bundleFile),
      ...runtimeWorks(runtimeFile, Deno.version),
    ],
    time: await sourceTime(),
  };
}

/** Licence, changelog, and documents with their pictures. */
function projectTexts(): Map<string, string> {
  const documents = [...Deno.readDirSync(join(ROOT, "docs"))]
    .map(({ name }) => `docs/${name}`)
    .filter((path) => /\.(md|svg)$/.test(path));
  return new Map(
    [
      "LICENSE",
      "CHANGELOG.md",
      "README.md",
      "ARCHITECTURE.md",
      "CONTRIBUTING.md",
      ...documents,
    ].map((path) => [path, Deno.readTextFileSync(join(ROOT, path))] as const),
  );
}

/** How long the head of an ELF file is. */
const HEAD = 64;

async function headOf(path: string): Promise<Uint8Array> {
  using opened = await Deno.open(path);
  const head = new Uint8Array(HEAD);
  await opened.read(head);
  return head;
}

async function bundleText(): Promise<{ text: string; modules: string[] }> {
  const made = await Deno.makeTempDir();
  try {
    const modules = await build(join(made, "moraine.js"));
    const text = await Deno.readTextFile(join(made, "moraine.js"));
    return { text, modules };
  } finally {
    await Deno.remove(made, { recursive: true });
  }
}

/**
 * The time of the sources, so that packages of the same sources are the same:
 * SOURCE_DATE_EPOCH, else the last commit's, else the changelog's.
 */
async function sourceTime(): Promise<number> {
  const given = Deno.env.get("SOURCE_DATE_EPOCH");
  if (given) return Number(given);
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["log", "-1", "--format=%ct"],
      cwd: ROOT,
      stderr: "null",
    }).output();
    if (success) return Number(new TextDecoder().decode(stdout));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const { mtime } = await Deno.stat(join(ROOT, "CHANGELOG.md"));
  return Math.floor((mtime?.getTime() ?? 0) / 1000);
}

/** Runs a program of the system, and fails with what it printed. */
export async function run(
  command: string,
  args: readonly string[],
  options: {
    env?: Record<string, string>;
    cwd?: string;
    signal?: AbortSignal;
  } = {},
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    ...options,
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (success) return text;
  throw new Error(
    `${command} ${args.join(" ")} failed:\n${text}${
      new TextDecoder().decode(stderr)
    }`,
  );
}
