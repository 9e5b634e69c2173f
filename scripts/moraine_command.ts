/**
 * Running moraine as a command, however it is started: what demonstrations and
 * checks of the whole program have in common.
 *
 * @module
 */

/** How moraine is started: a program, and its arguments before moraine's own. */
export type MoraineCommand = readonly string[];

/** What a run came to. */
export interface MoraineRun {
  status: number;
  /** What went to standard output and to standard error. */
  out: string;
  err: string;
}

/** Where and with what a command is run. */
export interface RunWhere {
  cwd: string;
  /** Besides what this process has; an empty value takes one away. */
  env?: Record<string, string>;
  /** How long a run may take, in seconds; as long as it likes where absent. */
  limit?: number;
}

/**
 * Runs moraine to its end, whatever becomes of it.
 *
 * @throws {Error} where it takes longer than it may.
 */
export async function runMoraine(
  [program, ...before]: MoraineCommand,
  args: readonly string[],
  { cwd, env, limit }: RunWhere,
): Promise<MoraineRun> {
  const child = new Deno.Command(program, {
    args: [...before, ...args],
    cwd,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // To be ended together with what it starts.
    detached: limit !== undefined,
  }).spawn();
  let late = false;
  const timer = limit === undefined ? undefined : setTimeout(() => {
    late = true;
    endGroup(child, "SIGKILL");
  }, limit * 1000);
  try {
    const { code, stdout, stderr } = await child.output();
    if (late) {
      throw new Error(`moraine ${args.join(" ")}: no end after ${limit} s`);
    }
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { status: code, out: text(stdout), err: text(stderr) };
  } finally {
    clearTimeout(timer);
  }
}

/** A server that runs until it is disposed of. */
export interface MoraineServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:9901`. */
  endpoint: string;
}

/**
 * Starts `moraine serve` on a free port, with its data in `data` and more
 * options where there are; resolves once it accepts requests.
 */
export async function serveMoraine(
  [program, ...before]: MoraineCommand,
  data: string,
  { cwd, env, options = [] }: RunWhere & { options?: readonly string[] },
): Promise<MoraineServer> {
  const child = new Deno.Command(program, {
    args: [...before, "serve", "--port", "0", "--data", data, ...options],
    cwd,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // What starts it may be a program that starts another: all are one group,
    // which is ended together.
    detached: true,
  }).spawn();
  // A group of its own does not get the terminal's Ctrl-C.
  const onInterrupt = () => {
    endGroup(child);
    Deno.exit(130);
  };
  Deno.addSignalListener("SIGINT", onInterrupt);
  const err = new Response(child.stderr).text();
  const out = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  let endpoint: string | undefined;
  while (endpoint === undefined) {
    const { value, done } = await out.read();
    if (done) {
      const { code } = await child.status;
      throw new Error(
        `The server ended with status ${code}: ${said}${await err}`,
      );
    }
    said += value;
    [, endpoint] = /^Listening on (\S+)$/m.exec(said) ?? [];
  }
  return {
    endpoint,
    async [Symbol.asyncDispose]() {
      Deno.removeSignalListener("SIGINT", onInterrupt);
      endGroup(child);
      await out.cancel();
      await Promise.all([child.status, err]);
    },
  };
}

/** Ends a process that was started as a group of its own, and those that it started. */
function endGroup(
  child: Deno.ChildProcess,
  signal: Deno.Signal = "SIGTERM",
): void {
  if (Deno.build.os === "windows") child.kill();
  else Deno.kill(-child.pid, signal);
}
