/**
 * Builds both packages and tries them on this machine: installs the Debian one,
 * runs it, removes it, and looks at what is left; unpacks the other one and
 * compares. Prints a line for each check, and ends with 1 at the first that
 * fails.
 *
 * Usage: `deno task packages [--executable FILE] [--out DIR]
 * [--keep-installed]`, as root on a Debian system without moraine, and with
 * lintian and rpm. The machine is left as it was; with `--keep-installed`
 * the Debian package is installed at the end.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parseArgs } from "node:util";
import { buildDeb } from "./build_deb.ts";
import { buildRpm } from "./build_rpm.ts";
import { check } from "./packages/check.ts";
import { NAME } from "./packages/metadata.ts";
import { smoke } from "./smoke.ts";
import {
  completionPlaces,
  type Entry,
  type Ingredients,
  ingredients,
  packageTree,
  run,
} from "./package_tree.ts";

/** Nobody's environment: no HOME to write to, and nothing that helps. */
const AS_NOBODY = [
  "--reuid=nobody",
  "--regid=nogroup",
  "--clear-groups",
  "env",
  "-i",
];

const CONFIGURATION = "/etc/moraine/check.cfg";
const JOURNAL = "/var/lib/moraine/check.log";

/** Where root's compiled code is kept. */
const ROOTS_CACHE = "/var/cache/moraine";

/** Carries out a check where there is a program that does it; else says that it was not done. */
async function checkWith(
  program: string,
  what: string,
  body: () => Promise<void>,
): Promise<void> {
  if (exists(`/usr/bin/${program}`)) await check(what, body);
  else console.log(`-- not run, there is no ${program} here: ${what}`);
}

/** Whether something is there, be it a link to nothing. */
function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What in the system's folders has the name of the program in its path, and which of the package's paths there are. */
async function traces(paths: readonly string[]): Promise<string[]> {
  const found = await run("find", [
    ..."/etc /usr /lib /var /run /opt /srv".split(" ").filter(exists),
    "-xdev",
    "-path",
    "*moraine*",
  ]);
  return [
    ...new Set([
      ...found.split("\n").filter((path) => path !== ""),
      ...paths.filter(exists),
    ]),
  ].sort();
}

/** All files below a folder, by their path from there. */
async function contents(root: string): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  const walk = async (path: string) => {
    for await (const { name, isDirectory } of Deno.readDir(join(root, path))) {
      const below = `${path}/${name}`;
      if (isDirectory) await walk(below);
      else found.set(below, await Deno.readFile(join(root, below)));
    }
  };
  await walk("");
  return found;
}

async function checkDeb(
  deb: string,
  made: Ingredients,
  work: string,
  keepInstalled: boolean,
): Promise<void> {
  await check("lintian finds no error and no warning", async () => {
    const said = await run("lintian", [
      "--allow-root",
      "--fail-on",
      "error,warning",
      deb,
    ]);
    assertEquals(said, "");
  });
  await check("no file is a conffile", async () => {
    const members = await run("dpkg-deb", ["--ctrl-tarfile", deb]);
    assert(!members.includes("conffiles"));
  });
  const paths = (await run("dpkg-deb", ["--contents", deb])).split("\n")
    .map((line) => line.split(" ./")[1]?.replace(/\/$/, ""))
    .filter((path) => path).map((path) => `/${path}`);
  const before = await traces(paths);
  try {
    await check("dpkg -i installs", () => run("dpkg", ["-i", deb]));
    await checkInstalled(made, work);
    await Deno.writeTextFile(CONFIGURATION, "region=us-east-1\n");
    await Deno.writeTextFile(JOURNAL, "");
    const kept = [...before, ...keptByUser()].sort();
    await check("dpkg -i over itself keeps what the user made", async () => {
      await run("dpkg", ["-i", deb]);
      assert(exists(CONFIGURATION) && exists(JOURNAL));
    });
    await check("dpkg -r leaves what the user made", async () => {
      await run("dpkg", ["-r", NAME]);
      assertEquals(
        await traces(paths),
        [...kept, ...await scriptsLeft()].sort(),
      );
    });
    await check("dpkg -P leaves what the user made, and no more", async () => {
      await run("dpkg", ["-P", NAME]);
      assertEquals(await traces(paths), kept);
    });
    await removeOfUser();
    await check(
      "dpkg -P leaves nothing where the user made nothing",
      async () => {
        await run("dpkg", ["-i", deb]);
        await run("dpkg", ["-P", NAME]);
        assertEquals(await traces(paths), before);
      },
    );
  } finally {
    await new Deno.Command("dpkg", { args: ["-P", NAME] }).output();
    await removeOfUser();
  }
  if (keepInstalled) {
    await check("installed, and kept so", () => run("dpkg", ["-i", deb]));
  }
}

/** What this check makes in the user's place, with the folders that it keeps. */
function keptByUser(): string[] {
  return ["/etc/moraine", CONFIGURATION, "/var/lib/moraine", JOURNAL];
}

/** What dpkg itself keeps of a package that was removed and not purged. */
async function scriptsLeft(): Promise<string[]> {
  return (await run("find", ["/var/lib/dpkg/info", "-name", `${NAME}.*`]))
    .split("\n").filter((path) => path !== "");
}

async function removeOfUser(): Promise<void> {
  for (const folder of ["/etc/moraine", "/var/lib/moraine"]) {
    if (exists(folder)) await Deno.remove(folder, { recursive: true });
  }
}

/** Checks of what is installed on this machine. */
async function checkInstalled(made: Ingredients, work: string): Promise<void> {
  const version = new RegExp(
    `^moraine ${made.version.replaceAll(".", "\\.")} \\(deno `,
  );
  await check("moraine version", async () => {
    assert(version.test(await run("moraine", ["version"])));
  });
  await check("nobody can run it, without any environment", async () => {
    const said = await run("setpriv", [
      ...AS_NOBODY,
      "/usr/bin/moraine",
      "version",
    ], { cwd: "/" });
    assert(version.test(said), said);
  });
  if ("runtime" in made.program) {
    await check(
      "compiled code is kept in one's own folders only",
      () => checkCache(work),
    );
  }
  await check("files that lie about in folders don't matter", async () => {
    const folder = join(work, "traps");
    await Deno.mkdir(folder);
    for (const name of ["deno.json", "package.json", ".npmrc", "deno.lock"]) {
      await Deno.writeTextFile(
        join(folder, name),
        "= not [ what } it should be",
      );
    }
    const said = await run(
      "env",
      ["-i", `HOME=${folder}`, "/usr/bin/moraine", "version"],
      { cwd: folder },
    );
    assert(version.test(said), said);
  });
  for (const [shell, path] of completionPlaces("deb")) {
    await check(
      `moraine completions ${shell} is what is installed`,
      async () => {
        assertEquals(
          await Deno.readTextFile(path),
          await run("moraine", ["completions", shell]),
        );
      },
    );
  }
  await checkWith("man", "man finds and shows each page", async () => {
    const pages = packageTree("deb", made).map(({ path }) => path)
      .filter((path) => path.startsWith("/usr/share/man/"));
    assert(pages.length > 1);
    for (const path of pages) {
      gunzipSync(await Deno.readFile(path));
      const [, section, name] = /\/man(\d)\/(.*)\.\d\.gz$/.exec(path)!;
      assertEquals((await run("man", ["-w", section, name])).trim(), path);
    }
  });
  await checkWith("systemd-analyze", "systemd takes the units", async () => {
    const units = join(work, "units");
    await Deno.mkdir(units);
    for (const kind of ["service", "timer"]) {
      await Deno.copyFile(
        `/usr/lib/systemd/system/moraine-sync@.${kind}`,
        join(units, `moraine-sync@check.${kind}`),
      );
    }
    const files = ["service", "timer"].map((kind) =>
      join(units, `moraine-sync@check.${kind}`)
    );
    const verify = ["verify", "--man=no", "--recursive-errors=no"];
    await run("systemd-analyze", [...verify, ...files]);
  });
  await check("the whole round trip", async () => {
    await smoke(["moraine"]);
  });
  await check("nobody can sync with it, threads and all", async () => {
    await checkSync(join(work, "nobody"));
  });
}

/** As root and as nobody, with folders that others can write to where code would be kept. */
async function checkCache(work: string): Promise<void> {
  // Everybody may write there, and it is neither root's nor nobody's.
  const others = join(work, "others");
  await Deno.mkdir(others);
  await Deno.chown(others, 1, 1);
  await Deno.chmod(others, 0o777);
  const environment = [`HOME=${others}`, `XDG_CACHE_HOME=${others}`];
  const words = ["/usr/bin/moraine", "version"];
  await run("env", ["-i", ...environment, ...words]);
  await run("setpriv", [...AS_NOBODY, ...environment, ...words]);
  assertEquals([...Deno.readDirSync(others)], []);
  if (exists(ROOTS_CACHE)) {
    await Deno.remove(ROOTS_CACHE, { recursive: true });
  }
  await Deno.mkdir(ROOTS_CACHE);
  await Deno.chown(ROOTS_CACHE, 1, 1);
  await run("/usr/bin/moraine", ["version"]);
  assertEquals([...Deno.readDirSync(ROOTS_CACHE)], []);
  await Deno.remove(ROOTS_CACHE);
}

/** As nobody, with an empty environment: a server, and a folder that goes there. */
async function checkSync(folder: string): Promise<void> {
  await Deno.mkdir(join(folder, "files"), { recursive: true });
  for (const n of [1, 2, 3]) {
    const name = join(folder, "files", `${n}`);
    await Deno.writeFile(name, new Uint8Array(20_000_000).fill(n));
  }
  await run("chown", ["-R", "nobody:nogroup", folder]);
  const server = new Deno.Command("setpriv", {
    args: [...AS_NOBODY, "/usr/bin/moraine", "serve", "--port", "0"],
    cwd: "/",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    const configuration = join(folder, "check.cfg");
    await Deno.writeTextFile(
      configuration,
      `key=moraine
secret=moraine
region=us-east-1
vault=check
dir=${folder}/files
journal=${folder}/check.log
endpoint=${await addressOf(server.stdout)}
`,
    );
    const moraine = (...args: string[]) =>
      run("setpriv", [
        ...AS_NOBODY,
        "/usr/bin/moraine",
        ...args,
        "--config",
        configuration,
      ], { cwd: "/" });
    await moraine("create-vault", "check");
    await moraine("sync");
    const said = await moraine("check-local-hash");
    assert(said.includes("3 OK"), said);
  } finally {
    server.kill("SIGINT");
    await server.status;
  }
}

/** The address that a server prints. */
async function addressOf(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const reader = stdout.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`the server ended: ${text}`);
    text += value;
    const found = /Listening on (\S+)\n/.exec(text);
    if (!found) continue;
    // What it says at the end must go somewhere.
    void reader.cancel();
    return found[1];
  }
}

async function checkRpm(
  rpm: string,
  deb: string,
  made: Ingredients,
  work: string,
): Promise<void> {
  const entries = packageTree("rpm", made);
  const query = async (...args: string[]) =>
    (await run("rpm", ["-qp", ...args, rpm])).split("\n").filter((line) =>
      line !== ""
    );
  await check("rpm -K", async () => {
    assert((await run("rpm", ["-K", rpm])).includes("digests OK"));
  });
  await check("rpm -qpl has all files, and no other", async () => {
    assertEquals(await query("-l"), entries.map(({ path }) => path));
  });
  await check("owner and permissions are as they should be", async () => {
    assertEquals(
      await query(
        "--qf",
        "[%{FILENAMES} %{FILEMODES:octal} %{FILEUSERNAME}\n]",
      ),
      entries.map((entry) => `${entry.path} ${octalMode(entry)} root`),
    );
  });
  await check("licences are marked, and nothing is %config", async () => {
    assertEquals(await query("--licensefiles"), [
      "/usr/share/licenses/moraine/LICENSE",
      "/usr/share/licenses/moraine/THIRD-PARTY",
    ]);
    assertEquals(
      (await query("--configfiles")).filter((line) => line.startsWith("/")),
      [],
    );
  });
  await check("it needs a shell and the system's libraries only", async () => {
    for (const name of await query("--requires")) {
      assert(
        /^(\/bin\/sh|rpmlib\(.*|lib[a-z_]+\.so\.\d\(.*)$/.test(name),
        name,
      );
    }
  });
  await check("scripts never touch configurations and journals", async () => {
    const scripts = (await query("--scripts")).filter((line) =>
      !line.trimStart().startsWith("#")
    ).join("\n");
    assert(scripts.includes("daemon-reload"));
    assert(!/\/etc\/moraine|\/var\/lib\/moraine/.test(scripts), scripts);
  });
  await check("what is unpacked is what the .deb has", async () => {
    const unpacked = { deb: join(work, "deb"), rpm: join(work, "rpm") };
    for (const folder of Object.values(unpacked)) await Deno.mkdir(folder);
    await run("dpkg-deb", ["-x", deb, unpacked.deb]);
    await run("sh", [
      "-c",
      'rpm2archive --nocompression - < "$1" | tar -x',
      "sh",
      rpm,
    ], { cwd: unpacked.rpm });
    const ofDeb = await contents(unpacked.deb);
    let same = 0;
    for (const [path, bytes] of await contents(unpacked.rpm)) {
      if (path.startsWith("/usr/share/licenses/")) continue;
      const there = ofDeb.get(
        path.replace("/site-functions/", "/vendor-completions/"),
      );
      assert(there !== undefined && sameBytes(bytes, there), path);
      same++;
    }
    assert(same > 10);
  });
  await check(
    "rpm installs and removes it, in a folder of its own",
    async () => {
      const root = join(work, "rpm root");
      await Deno.mkdir(root);
      const inRoot = (...args: string[]) =>
        run("rpm", ["--root", root, "--dbpath", "/var/lib/rpm", ...args]);
      await inRoot("--initdb");
      // The system in that folder is empty: no libraries and no shell.
      await inRoot("-i", "--nodeps", "--noscripts", rpm);
      assertEquals(await inRoot("-V", "--nodeps", "--noscripts", NAME), "");
      await Deno.writeTextFile(join(root, CONFIGURATION), "");
      await Deno.writeTextFile(join(root, JOURNAL), "");
      await inRoot("-e", "--nodeps", "--noscripts", NAME);
      assertEquals(
        [...(await contents(root)).keys()].filter((path) =>
          !path.startsWith("/var/lib/rpm/")
        ).sort(),
        [CONFIGURATION, JOURNAL],
      );
      assert(!exists(join(root, "/usr/share/doc/moraine")));
      assert(!exists(join(root, "/usr/lib/moraine")));
    },
  );
}

/** With the bits that say whether it is a file or a folder. */
function octalMode({ mode, content }: Entry): string {
  const kind = content === undefined ? 0o040000 : 0o100000;
  return (kind | mode).toString(8);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      executable: { type: "string" },
      out: { type: "string" },
      "keep-installed": { type: "boolean", default: false },
    },
  });
  if (Deno.uid() !== 0) throw new Error("Only root can install packages");
  for (
    const path of ["/usr/bin/moraine", "/etc/moraine", "/var/lib/moraine"]
  ) {
    if (exists(path)) {
      throw new Error(`There is ${path}: this machine has moraine already`);
    }
  }
  const start = performance.now();
  // Others than root must get at what is made below it.
  const work = await Deno.makeTempDir();
  await Deno.chmod(work, 0o755);
  try {
    const out = values.out ?? join(work, "out");
    const made = await check(
      "the program is built",
      () => ingredients({ executable: values.executable, out }),
    );
    const deb = await check("the .deb is built", () => buildDeb(made, out));
    const rpm = await check("the .rpm is built", () => buildRpm(made, out));
    for (const path of [deb, rpm]) {
      const { size } = await Deno.stat(path);
      console.log(`   ${path}: ${(size / 1024 / 1024).toFixed(1)} MiB`);
    }
    await checkRpm(rpm, deb, made, work);
    await checkDeb(deb, made, work, values["keep-installed"]);
  } finally {
    await Deno.remove(work, { recursive: true });
  }
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`All is well, after ${seconds} s`);
}
