/**
 * What the command line needs of the process that it runs in.
 *
 * @module
 */

import type { Fetch } from "../aws/http.ts";
import type { Platform } from "../platform.ts";

/** A running HTTP server. */
export interface Listener extends AsyncDisposable {
  /** Such as `http://127.0.0.1:9901`. */
  url: string;
}

/** What all commands need of the process, also those that only print. */
export interface Terminal {
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  err(text: string): void;
  /** Width of the terminal in characters. */
  columns(): number;
  /** Such as `deno 2.9.6`. */
  runtime: string;
}

/** The process, seen from the commands that have work to do. */
export interface CliHost extends Terminal {
  platform: Platform;
  /** Opens standard input. */
  input(): AsyncIterable<Uint8Array>;
  /** Whether standard error is a terminal, which takes a progress bar. */
  errIsTerminal: boolean;
  /** An environment variable; an empty one counts as none. */
  env(name: string): string | undefined;
  /** Aborted when the user interrupts. */
  signal: AbortSignal;
  /** Listens for HTTP requests. */
  listen(
    handler: (request: Request) => Promise<Response>,
    options: { hostname: string; port: number; droppable?: boolean },
  ): Promise<Listener>;
  /** Sends requests; the runtime's own `fetch` where absent. */
  fetch?: Fetch;
}
