/**
 * The command line's entry: joins it with the process.
 *
 * @module
 */

import process from "node:process";
import { messageOf } from "../errors.ts";
import { isHashWorker } from "../platform/worker_thread.ts";
import type { CliHost, Terminal } from "./host.ts";
import { EXIT } from "./exit_codes.ts";
import { runCli } from "./run.ts";

/** Runs the program with the process's own arguments, and ends the process. */
export async function main(): Promise<void> {
  const out = new Outlet(process.stdout);
  const err = new Outlet(process.stderr);
  const interrupt = new AbortController();
  const onSignal = () => {
    // The second time nothing is waited for: whatever is on disk by now is
    // enough for the next run to go on.
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    err.write(
      "\nEnding as soon as nothing is half done (once more to end at once)\n",
    );
    interrupt.abort(new DOMException("Interrupted", "AbortError"));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  const terminal: Terminal = {
    out: (text) => out.write(text),
    err: (text) => err.write(text),
    columns: () => process.stderr.columns || process.stdout.columns || 80,
    runtime: runtimeName(),
  };
  const status = await runCli(
    process.argv.slice(2),
    terminal,
    () => loadHost(terminal, interrupt.signal),
  );
  await out.drained();
  if (out.failure !== undefined) {
    err.write(`ERROR: Cannot write to standard output: ${out.failure}\n`);
  }
  await err.drained();
  process.exit(
    status === EXIT.done && out.failure !== undefined ? EXIT.failed : status,
  );
}

/**
 * A standard stream. That nobody can take what is written to it must not end an
 * upload, and a reader that went away (`moraine … | head`) is not even an
 * error.
 */
class Outlet {
  readonly #stream: NodeJS.WriteStream;
  #gone = false;
  /** Why not everything could be written. */
  failure: string | undefined;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    stream.on("error", (error) => this.#failed(error));
  }

  write(text: string): void {
    if (this.#gone) return;
    try {
      this.#stream.write(text);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Resolves when everything written has left the process, or can't. */
  async drained(): Promise<void> {
    if (this.#gone) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stream.on("error", () => resolve());
    try {
      this.#stream.write("", () => resolve());
    } catch (error) {
      this.#failed(error);
      resolve();
    }
    await promise;
  }

  #failed(error: unknown): void {
    this.#gone = true;
    const { code } = error as { code?: unknown };
    if (code !== "EPIPE") this.failure ??= messageOf(error);
  }
}

async function loadHost(
  terminal: Terminal,
  signal: AbortSignal,
): Promise<CliHost> {
  const { createHost, workerUrl } = await import("../platform/host.ts");
  const { environmentVariable } = await import("../platform/environment.ts");
  return {
    ...terminal,
    platform: createHost({ workerUrl: workerUrl(import.meta.url) }),
    input: () => process.stdin,
    errIsTerminal: process.stderr.isTTY === true &&
      process.env.TERM !== "dumb",
    env: environmentVariable,
    signal,
    async listen(handler, where) {
      const { serveHttp } = await import("../platform/serve_http.ts");
      return await serveHttp(handler, where);
    },
  };
}

function runtimeName(): string {
  const { deno } = process.versions as Record<string, string | undefined>;
  return deno ? `deno ${deno}` : `node ${process.versions.node}`;
}

if (isHashWorker()) await import("../platform/hash_worker.ts");
else if (import.meta.main) await main();
