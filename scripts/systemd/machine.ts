/**
 * A Debian of its own, in a folder, in which systemd runs: made by `mmdebstrap`
 * and booted by `systemd-nspawn`, without a network.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { run } from "../package_tree.ts";

/** Longer than a boot and a shutdown take on a slow machine, in seconds. */
const BOOT_SECONDS = 60;

/** Longer than any command takes in there, in seconds. */
const COMMAND_SECONDS = 120;

/** Who a command is run as: the users of the machine that are not there by themselves are `setup.ts`'s. */
export interface As {
  user?: string;
}

/** What came of a command. */
export interface Ran {
  status: number;
  /** Standard output and standard error, one after the other. */
  said: string;
}

/** A machine that runs. */
export interface Machine {
  /** The folder that is its `/`. Its `/run` and `/tmp` are not in there. */
  root: string;
  /** Runs a command there, whatever its status. */
  tries(words: readonly string[], as?: As): Promise<Ran>;
  /** Runs a command there, and fails with what it printed. */
  does(words: readonly string[], as?: As): Promise<string>;
  /** Shuts it down in good order and starts it again. */
  reboot(): Promise<void>;
  /** Ends it at once. */
  end(): Promise<void>;
}

/** Makes the folder of such a machine, with these packages of Debian besides. */
export async function makeRoot(
  root: string,
  packages: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const all = ["systemd", "systemd-sysv", "dbus", ...packages];
  await run("mmdebstrap", [
    "--quiet",
    "--variant=minbase",
    `--include=${all.join(",")}`,
    '--aptopt=Acquire::Retries "3"',
    // Nothing in there has to outlive a power failure.
    "--dpkgopt=force-unsafe-io",
    "bookworm",
    root,
  ], { signal });
}

/** Starts a machine; where the signal is given, it ends at once. */
export async function boot(
  root: string,
  signal: AbortSignal,
): Promise<Machine> {
  let running = await start(root, signal);
  const end = () => running.end();
  // What runs in there fails then, and so does who waits for it.
  signal.addEventListener("abort", end);
  const tries = (words: readonly string[], { user = "root" }: As = {}) => {
    signal.throwIfAborted();
    return output([...entering(running.leader), ...asUser(user), ...words]);
  };
  return {
    root,
    tries,
    async does(words, as) {
      const { status, said } = await tries(words, as);
      if (status === 0) return said;
      throw new Error(`${words.join(" ")}: exit status ${status}\n${said}`);
    },
    async reboot() {
      await tries(["systemctl", "poweroff"]);
      await until("the machine is down", () => running.isOver(), BOOT_SECONDS);
      await running.end();
      running = await start(root, signal);
    },
    async end() {
      signal.removeEventListener("abort", end);
      await end();
    },
  };
}

/** One run of a machine. */
interface Running {
  /** Its first process, as this system counts. */
  leader: number;
  isOver(): boolean;
  end(): Promise<void>;
}

async function start(root: string, signal: AbortSignal): Promise<Running> {
  signal.throwIfAborted();
  const name = `moraine-${Deno.pid}`;
  const groups = await ownGroups(name);
  const child = new Deno.Command("sh", {
    args: ["-c", STARTER, "sh", `${root}.console`, ...groups, "--", ...[
      "systemd-nspawn",
      "--quiet",
      "--boot",
      `--directory=${root}`,
      `--machine=${name}`,
      "--private-network",
      "--register=no",
      "--resolv-conf=off",
      "--timezone=off",
      "--console=pipe",
      // Where systemd runs it makes a group for the machine.
      ...groups.length > 0 ? ["--keep-unit"] : [],
    ]],
    stdin: "null",
  }).spawn();
  let over = false;
  const ended = child.status.then(() => over = true);
  const end = async () => {
    const leader = await leaderOf(child.pid);
    if (!over) kill(leader ?? child.pid);
    await ended;
    await removeGroups(groups);
  };
  try {
    const leader = await until(
      "the machine is up",
      async () => {
        if (over) throw new Error("The machine ended");
        const found = await leaderOf(child.pid);
        return found !== undefined && await isUp(found) ? found : undefined;
      },
      BOOT_SECONDS,
    );
    return { leader, isOver: () => over, end };
  } catch (cause) {
    await end();
    const console = await Deno.readTextFile(`${root}.console`);
    throw new Error(`No machine came up:\n${console}`, { cause });
  }
}

/** Puts itself into groups, and becomes the program after `--`; what that prints goes into a file. */
const STARTER = `exec > "$1" 2>&1; shift
while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done
shift; exec "$@"
`;

/**
 * Control groups for a machine. Where no systemd is running here that would make
 * them, machines would take one another's processes for their own.
 */
async function ownGroups(name: string): Promise<string[]> {
  if (await exists("/run/systemd/system")) return [];
  const groups: string[] = [];
  for (const place of ["", "/systemd", "/unified"]) {
    const parent = `/sys/fs/cgroup${place}`;
    if (!await exists(`${parent}/cgroup.procs`)) continue;
    await Deno.mkdir(`${parent}/${name}`, { recursive: true });
    groups.push(`${parent}/${name}`);
  }
  return groups;
}

async function removeGroups(groups: readonly string[]): Promise<void> {
  for (const group of groups) {
    await until("the machine's processes are gone", async () => {
      const rmdir = ["-depth", "-type", "d", "-exec", "rmdir", "{}", "+"];
      await output(["find", group, ...rmdir]);
      return !await exists(group);
    });
  }
}

/** The first process of a machine: the one that the program which boots it has started. */
async function leaderOf(pid: number): Promise<number | undefined> {
  try {
    const children = `/proc/${pid}/task/${pid}/children`;
    const child = (await Deno.readTextFile(children)).trim();
    const name = await Deno.readTextFile(`/proc/${child}/comm`);
    return name.trim() === "systemd" ? Number(child) : undefined;
  } catch {
    // There is none yet, or no more.
    return undefined;
  }
}

/** Whether all has been started; something that the machine has no need of may have failed. */
async function isUp(leader: number): Promise<boolean> {
  const { said } = await output(
    [...entering(leader), "systemctl", "is-system-running", "--wait"],
  );
  return ["running", "degraded"].includes(said.trim());
}

/** Enters a machine; nothing there is to see this one's environment. */
function entering(leader: number): string[] {
  return [
    "nsenter",
    `--target=${leader}`,
    "--all",
    "env",
    "-i",
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG=C.UTF-8",
    "TERM=dumb",
    "timeout",
    `${COMMAND_SECONDS}`,
  ];
}

/** In a user's own folder. */
function asUser(user: string): string[] {
  const home = user === "root" ? "/root" : `/home/${user}`;
  return [
    "setpriv",
    `--reuid=${user}`,
    `--regid=${user}`,
    "--init-groups",
    "env",
    `--chdir=${home}`,
    `HOME=${home}`,
  ];
}

async function output([command, ...args]: readonly string[]): Promise<Ran> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    status: code,
    said: decoder.decode(stdout) + decoder.decode(stderr),
  };
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Looks again and again until something is there, which it returns. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  seconds: number = COMMAND_SECONDS,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) {
      throw new Error(`Not within ${seconds} s: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Writes a file of the machine, with the folders that lead to it. */
export async function put(
  { root }: Pick<Machine, "root">,
  path: string,
  content: string | Uint8Array,
  { mode = 0o644, owner = 0 }: { mode?: number; owner?: number } = {},
): Promise<void> {
  const target = join(root, path);
  await Deno.mkdir(dirname(target), { recursive: true });
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  await Deno.writeFile(target, bytes);
  await Deno.chmod(target, mode);
  await Deno.chown(target, owner, owner);
}

/** The text of a file of the machine; empty where there is none. */
export async function textOf(
  { root }: Pick<Machine, "root">,
  path: string,
): Promise<string> {
  try {
    return await Deno.readTextFile(join(root, path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** Whether something is there. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
