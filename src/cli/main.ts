/**
 * The command line's entry: joins it with the process.
 *
 * @module
 */

import process from "node:process";
import { createHost, type HostOptions } from "../platform/host.ts";
import { serveHttp } from "../platform/serve_http.ts";
import { isHashWorker, serveHashWorker } from "../platform/worker_scope.ts";
import type { CliHost } from "./host.ts";
import { EXIT } from "./exit_codes.ts";
import { runCli } from "./run.ts";

/** Runs the program with the process's own arguments, and ends the process. */
export async function main(options: HostOptions = {}): Promise<void> {
  // A reader that went away (`moraine … | head`) must not end an upload.
  process.stdout.on("error", () => {});
  process.stderr.on("error", () => {});
  const interrupt = new AbortController();
  const onSignal = () => {
    // The second time nothing is waited for: whatever is on disk by now is
    // enough for the next run to go on.
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write("\nEnding… (once more to end at once)\n");
    interrupt.abort(new DOMException("Interrupted", "AbortError"));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  const status = await runCli(
    process.argv.slice(2),
    processHost(options, interrupt.signal),
  );
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  process.exit(status);
}

function processHost(options: HostOptions, signal: AbortSignal): CliHost {
  return {
    platform: createHost(options),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    errIsTerminal: process.stderr.isTTY === true &&
      process.env.TERM !== "dumb",
    columns: () => process.stderr.columns || process.stdout.columns || 80,
    env: (name) => process.env[name] || undefined,
    runtime: runtimeName(),
    signal,
    listen: serveHttp,
  };
}

function runtimeName(): string {
  const { deno } = process.versions as Record<string, string | undefined>;
  return deno ? `deno ${deno}` : `node ${process.versions.node}`;
}

/** Resolves when everything written has left the process. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}

/**
 * From source a worker loads no more than it needs. Bundled into one file, the
 * program is its own worker.
 */
const workerUrl = import.meta.url.endsWith("/src/cli/main.ts")
  ? undefined
  : import.meta.url;

if (await isHashWorker()) serveHashWorker();
else if (import.meta.main) await main({ workerUrl });
