/**
 * The program's server as a process of its own, on each runtime.
 *
 * @module
 */

import { build } from "../scripts/build.ts";
import { FROM_SOURCE, type Program, spawnProgram } from "./program.ts";
import { type TemporaryFolder, temporaryFolder } from "./testing.ts";

/** The key that the server has where it is given none. */
export const DEFAULT_KEY = {
  accessKeyId: "moraine",
  secretAccessKey: "moraine",
};

/** A running server. Disposing of it ends it. */
export interface ServeProcess extends AsyncDisposable {
  url: string;
  pid: number;
  /** What it has written to standard error so far. */
  err(): string;
  /** Asks the control endpoint; resolves to its answer. */
  control(method: string, path: string, body?: unknown): Promise<unknown>;
  /** Sends a signal and waits for the end. */
  end(signal?: Deno.Signal): Promise<Deno.CommandStatus>;
}

/** Reads what a process says until it listens; resolves to the address. */
async function addressOf(
  lines: ReadableStreamDefaultReader<string>,
  err: () => string,
): Promise<string> {
  let text = "";
  for (;;) {
    const [, url] = /^Listening on (\S+)$/m.exec(text) ?? [];
    if (url !== undefined) return url;
    const { done, value } = await lines.read();
    if (done) throw new Error(`The server ended: ${text}${err()}`);
    text += value;
  }
}

/** Starts `moraine serve`, on a free port where none is given. */
export async function startServe(
  args: readonly string[],
  program: Program = FROM_SOURCE,
  port = "0",
): Promise<ServeProcess> {
  const words = ["serve", "--port", port, ...args];
  const child = spawnProgram(words, { program });
  let errors = "";
  const readErrors = (async () => {
    const decoded = child.stderr.pipeThrough(new TextDecoderStream());
    for await (const text of decoded) errors += text;
  })();
  const out = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const url = await addressOf(out, () => errors);
  let ended: Promise<Deno.CommandStatus> | undefined;
  const end = (signal: Deno.Signal = "SIGTERM") =>
    ended ??= (async () => {
      child.kill(signal);
      await out.cancel();
      await readErrors;
      return await child.status;
    })();
  return {
    url,
    pid: child.pid,
    err: () => errors,
    async control(method, path, body) {
      const response = await fetch(`${url}/_control/${path}`, {
        method,
        headers: { "content-type": "application/json" },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const answer = await response.json();
      if (response.ok) return answer;
      throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
    },
    end,
    async [Symbol.asyncDispose]() {
      await end();
    },
  };
}

/** The program as one bundled file, in a folder that is the caller's to dispose of. */
export async function bundled(): Promise<TemporaryFolder & { file: string }> {
  const folder = await temporaryFolder();
  const file = folder.at("moraine.js");
  await build(file);
  return { ...folder, file };
}
