/**
 * The program as a process that may be killed.
 *
 * @module
 */

import { type Program, spawnProgram } from "../program.ts";

/** A command line, and what comes on its standard input. */
export interface Command {
  args: string[];
  input?: Uint8Array;
}

/** How a client ended. */
export interface End {
  /** Its exit status. */
  status: number | "killed" | "hung";
  out: string;
  err: string;
}

/** How long a client may take, in milliseconds; longer means that it hangs. */
const PATIENCE = 90_000;

/** A running client. */
export class Client {
  readonly #child: Deno.ChildProcess;
  readonly #onLine: () => void;
  #out = "";
  #err = "";
  #killed: "killed" | "hung" | undefined;
  /** Resolves when it has ended, in whatever way. */
  readonly ended: Promise<End>;

  constructor(program: Program, command: Command, onLine: () => void) {
    this.#onLine = onLine;
    const { args, input } = command;
    this.#child = spawnProgram(args, { program, input });
    this.ended = this.#end(input);
  }

  /** Ends it without warning; resolves when it has ended. */
  async kill(why: "killed" | "hung" = "killed"): Promise<void> {
    this.#killed = why;
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself in this moment.
    }
    await this.ended;
  }

  async #end(input: Uint8Array | undefined): Promise<End> {
    const patience = setTimeout(() => this.kill("hung"), PATIENCE);
    const [status] = await Promise.all([
      this.#child.status,
      this.#readLines(),
      this.#readErrors(),
      input && this.#feed(input),
    ]);
    clearTimeout(patience);
    const killed = status.signal === "SIGKILL" ? this.#killed : undefined;
    return {
      status: killed ?? status.code,
      out: this.#out,
      err: this.#err,
    };
  }

  async #readLines(): Promise<void> {
    const text = this.#child.stdout.pipeThrough(new TextDecoderStream());
    for await (const piece of text) {
      this.#out += piece;
      for (const character of piece) if (character === "\n") this.#onLine();
    }
  }

  async #readErrors(): Promise<void> {
    const text = this.#child.stderr.pipeThrough(new TextDecoderStream());
    for await (const piece of text) this.#err += piece;
  }

  async #feed(input: Uint8Array): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    try {
      await writer.write(input);
      await writer.close();
    } catch {
      // It ended before it had read all.
    }
  }
}
