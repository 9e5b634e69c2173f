/**
 * Installs the packages in a Debian of its own where systemd runs, does there
 * what docs/packages.md and docs/running.md say, block by block, and looks at
 * what careful users would: what the service may read and write, what becomes of
 * a run that is stopped, what is left when the package is removed. Prints a line
 * for each check, and ends with 1 at the first that fails.
 *
 * Usage: `deno task systemd [--executable FILE]`, as root on Debian or Ubuntu,
 * with mmdebstrap, systemd-container and rpm. The machine is in a temporary
 * folder; nothing of it is left.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { buildDeb } from "./build_deb.ts";
import { buildRpm } from "./build_rpm.ts";
import { allPages } from "./check_docs.ts";
import { type Ingredients, ingredients, ROOT, run } from "./package_tree.ts";
import { check } from "./packages/check.ts";
import type { Architecture } from "./packages/metadata.ts";
import { blocksOf } from "./systemd/blocks.ts";
import {
  checkDropIns,
  checkExecutable,
  checkFirstDay,
  checkRuns,
} from "./systemd/daily.ts";
import { boot, makeRoot } from "./systemd/machine.ts";
import {
  checkRemoval,
  checkRpm,
  checkUpgrade,
  LATER,
  providerSpec,
} from "./systemd/removal.ts";
import { furnish, moveIn, PACKAGES } from "./systemd/setup.ts";

/** The packages that are tried, by their paths. */
interface Packages {
  deb: string;
  /** The same, of a later version. */
  later: string;
  rpm: string;
  /** What the other one needs, by its names. */
  provider: string;
}

async function checkAll(
  work: string,
  executable: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const root = join(work, "machine");
  const made = await check(
    "the program is built",
    () => ingredients({ executable, out: work }),
  );
  const blocks = blocksOf(pages(made.architecture));
  // Either takes its time, also where the other fails.
  const [packages] = await bothOf(
    check("the packages are built", () => buildPackages(made, work)),
    check("a Debian is made", () => makeRoot(root, PACKAGES, signal)),
  );
  await furnish(root, made);
  for (const path of Object.values(packages)) await bringIn(path, root);
  const machine = await check("systemd runs in it", () => boot(root, signal));
  try {
    await moveIn(machine);
    await checkExecutable(machine, blocks, executable);
    await checkFirstDay(machine, blocks, inside(packages.deb));
    await checkRuns(machine);
    await checkDropIns(machine, blocks);
    await checkUpgrade(machine, inside(packages.later));
    await checkRemoval(machine, blocks, inside(packages.later));
    await checkRpm(machine, blocks, {
      rpm: inside(packages.rpm),
      provider: inside(packages.provider),
    });
  } finally {
    await machine.end();
  }
  assertEquals(blocks.left(), []);
}

/** What two things come to, once both are over: either may still be writing when the other has failed. */
async function bothOf<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return [await a, await b];
}

/** README.md and docs/, by their paths, with packages and executables of this machine's kind. */
function pages({ deb, rpm }: Architecture): Map<string, string> {
  return new Map(
    allPages().map((path) => [
      path,
      Deno.readTextFileSync(join(ROOT, path))
        .replaceAll("_amd64.deb", `_${deb}.deb`)
        .replaceAll("x86_64", rpm),
    ]),
  );
}

async function buildPackages(
  made: Ingredients,
  out: string,
): Promise<Packages> {
  const quick = { quick: true };
  const deb = await buildDeb(made, out, quick);
  return {
    deb,
    later: await laterThan(deb, out),
    rpm: await buildRpm(made, out, quick),
    provider: await buildProvider(out),
  };
}

/** The same package with a later version, and another word in the unit. */
async function laterThan(deb: string, out: string): Promise<string> {
  const root = join(out, LATER);
  await run("dpkg-deb", ["--raw-extract", deb, root]);
  const edit = async (path: string, from: RegExp, to: string) => {
    const text = await Deno.readTextFile(join(root, path));
    await Deno.writeTextFile(join(root, path), text.replace(from, to));
  };
  await edit("DEBIAN/control", /^Version: .*$/m, `$&+${LATER}`);
  const unit = "usr/lib/systemd/system/moraine-sync@.service";
  await edit(unit, /^Description=.*$/m, `$& ${LATER}`);
  const path = join(out, `${LATER}.deb`);
  await run(
    "dpkg-deb",
    ["--root-owner-group", "-Zgzip", "-z1", "--build", root, path],
  );
  return path;
}

/** A package that tells `dnf` of what is there without it. */
async function buildProvider(out: string): Promise<string> {
  const spec = join(out, "provider.spec");
  const name = "provider.rpm";
  await Deno.writeTextFile(spec, providerSpec());
  await run("rpmbuild", [
    "-bb",
    "--define",
    `_topdir ${join(out, "rpmbuild")}`,
    "--define",
    `_rpmdir ${out}`,
    "--define",
    `_rpmfilename ${name}`,
    spec,
  ]);
  return join(out, name);
}

/** Where packages are in the machine. */
const inside = (path: string) => `/opt/packages/${basename(path)}`;

async function bringIn(path: string, root: string): Promise<void> {
  await Deno.mkdir(join(root, "/opt/packages"), { recursive: true });
  await Deno.copyFile(path, join(root, inside(path)));
}

if (import.meta.main) {
  const { values: { executable } } = parseArgs({
    args: Deno.args,
    options: { executable: { type: "string" } },
  });
  if (Deno.uid() !== 0) throw new Error("Only root can boot a machine");
  const start = performance.now();
  // By Ctrl-C, too, what is under way fails, and all is cleaned up.
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    Deno.addSignalListener(signal, () => interrupt.abort());
  }
  const work = await Deno.makeTempDir({ prefix: "moraine-systemd-" });
  await Deno.chmod(work, 0o755);
  try {
    await checkAll(work, executable, interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    console.error("Interrupted");
    Deno.exitCode = 130;
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  if (!interrupt.signal.aborted) {
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`All is well, after ${seconds} s`);
  }
  // The listeners for signals would keep it running.
  Deno.exit();
}
