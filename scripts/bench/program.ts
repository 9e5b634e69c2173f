/**
 * Runs the program as a process, and measures it from outside.
 *
 * @module
 */

/** What a run came to. */
export interface MeasuredRun {
  /** From start to end, in seconds. */
  wall: number;
  /** Of all its threads, user and system, in seconds. Linux alone tells; 0 elsewhere. */
  cpu: number;
  /** The most memory that it held at a time (resident set), in MiB. Linux alone tells; 0 elsewhere. */
  peak: number;
  out: string;
}

/** The command that runs the program; its own arguments follow. */
export interface Program {
  command: string;
  args: string[];
}

/** A bundle under Deno, with all permissions: without, Deno keeps it out of `/dev/shm`. */
export function underDeno(bundle: string): Program {
  return {
    command: Deno.execPath(),
    args: ["run", "--quiet", "--allow-all", bundle],
  };
}

/** How often a process is asked for its memory, in milliseconds. */
const POLL = 50;

/** Ticks of a second in /proc; what `getconf CLK_TCK` says on every Linux. */
const TICKS = 100;

/** Nothing of the machine's own settings for AWS, and no key that is worth anything. */
const ENV = {
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/nonexistent/config",
  AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
  AWS_ACCESS_KEY_ID: "AKIDBENCH",
  AWS_SECRET_ACCESS_KEY: "bench",
};

/**
 * Runs the program to its end.
 *
 * @throws where it fails.
 */
export async function run(
  program: Program,
  args: readonly string[],
): Promise<MeasuredRun> {
  const before = childrenCpu();
  const started = performance.now();
  const child = new Deno.Command(program.command, {
    args: [...program.args, ...args],
    env: ENV,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let peak = 0;
  const look = () => peak = Math.max(peak, peakOf(child.pid));
  const timer = setInterval(look, POLL);
  const { success, stdout, stderr } = await child.output();
  const wall = (performance.now() - started) / 1000;
  clearInterval(timer);
  if (!success) {
    throw new Error(
      `${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`,
    );
  }
  const cpu = childrenCpu() - before;
  return { wall, cpu, peak, out: new TextDecoder().decode(stdout) };
}

/** The CPU seconds of the processes that this one has started and that have ended. */
function childrenCpu(): number {
  if (Deno.build.os !== "linux") return 0;
  const stat = Deno.readTextFileSync("/proc/self/stat");
  // The name, in brackets, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system] = fields.slice(13, 15).map(Number);
  return (user + system) / TICKS;
}

function peakOf(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
