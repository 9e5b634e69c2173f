/**
 * One attempt at a command: a client that is struck, or is left in peace.
 *
 * @module
 */

import { delay } from "../../src/async/delay.ts";
import type { Program } from "../program.ts";
import { Client, type Command, type End } from "./client.ts";
import type { Service } from "./service.ts";
import {
  type AttemptPlan,
  REQUEST_KINDS,
  type Strike,
  type Trigger,
} from "./strike.ts";
import type { Exchange, Watch } from "./wire.ts";

/** What an attempt works with. */
export interface AttemptContext {
  program: Program;
  service: Service;
  /** Folders whose changes count for triggers; each exists. */
  folders: string[];
  /** Makes the attempt's change of a file. */
  change(): Promise<void>;
}

/** What came of an attempt. */
export interface Attempt {
  /** How the client ended, and the second one where there was one. */
  ends: End[];
  /** Whether its strike came in time to strike. */
  struck: boolean;
  /** The requests that it made. */
  exchanges: Exchange[];
}

/** Longest time for which one client's request is held, in milliseconds. */
const LONGEST_HOLD = 3000;

/** Makes an attempt. When it is over, the server runs and produces no faults. */
export async function attempt(
  command: Command,
  plan: AttemptPlan,
  context: AttemptContext,
): Promise<Attempt> {
  const { service } = context;
  await service.setFaults(plan.faults, plan.faultSeed);
  service.wire.exchanges = [];
  const run = new Run(command, plan.strike, context);
  const ends = await run.ended();
  await service.restart();
  await service.setFaults([]);
  const { exchanges } = service.wire;
  return { ends, struck: run.struck, exchanges };
}

class Run {
  readonly #command: Command;
  readonly #strike: Strike | undefined;
  readonly #context: AttemptContext;
  readonly #client: Client;
  #second: Client | undefined;
  #seen = 0;
  #lines = 0;
  #changes = 0;
  #striking: Promise<void> | undefined;
  #restarting: Promise<void> | undefined;
  #watcher: Deno.FsWatcher | undefined;
  #over = false;

  constructor(
    command: Command,
    strike: Strike | undefined,
    context: AttemptContext,
  ) {
    this.#command = command;
    this.#strike = strike;
    this.#context = context;
    context.service.wire.watch = this.#watch;
    if (strike?.trigger.on === "change") this.#watchFolders();
    this.#client = new Client(context.program, command, () => this.#onLine());
    if (strike?.trigger.on === "time") this.#wait(strike.trigger.ms);
  }

  get struck(): boolean {
    return this.#striking !== undefined;
  }

  /** Waits for all that was begun. */
  async ended(): Promise<End[]> {
    const end = await this.#client.ended;
    this.#over = true;
    await this.#striking;
    const second = await this.#second?.ended;
    await this.#restarting;
    this.#watcher?.close();
    this.#context.service.wire.watch = () => Promise.resolve(true);
    return second ? [end, second] : [end];
  }

  async #watchFolders(): Promise<void> {
    const watcher = Deno.watchFs(this.#context.folders);
    this.#watcher = watcher;
    for await (const { kind } of watcher) {
      if (kind !== "access") this.#onChange();
    }
  }

  async #wait(ms: number): Promise<void> {
    await delay(ms);
    await this.#fire();
  }

  #onChange(): void {
    const { trigger } = this.#strike!;
    if (trigger.on === "change" && ++this.#changes === trigger.n) this.#fire();
  }

  #onLine(): void {
    const trigger = this.#strike?.trigger;
    if (trigger?.on === "line" && ++this.#lines === trigger.n) this.#fire();
  }

  readonly #watch: Watch = async (exchange, moment) => {
    const strike = this.#strike;
    const trigger = strike?.trigger;
    if (trigger?.on !== "request" || moment !== trigger.moment) return true;
    if (!counts(exchange, trigger) || ++this.#seen !== trigger.n) return true;
    await this.#fire();
    return strike!.kind === "second" || strike!.kind === "change";
  };

  async #fire(): Promise<void> {
    if (this.#over || this.#striking) return;
    this.#striking = this.#hit(this.#strike!);
    await this.#striking;
  }

  async #hit(strike: Strike): Promise<void> {
    const { service } = this.#context;
    switch (strike.kind) {
      case "killClient":
        return await this.#client.kill();
      case "killBoth":
        await Promise.all([this.#client.kill(), service.kill()]);
        return;
      case "change":
        return await this.#context.change();
      case "killServer":
        await service.kill();
        if (typeof strike.down === "number") {
          this.#restarting = this.#restart(strike.down);
        }
        return;
      case "second": {
        const { program } = this.#context;
        this.#second = new Client(program, this.#command, () => {});
        if (strike.held) await within(LONGEST_HOLD, this.#second.ended);
        return;
      }
    }
  }

  async #restart(ms: number): Promise<void> {
    await delay(ms);
    await this.#context.service.restart();
  }
}

/** Waits for something, but no longer than so many milliseconds. */
async function within(ms: number, ended: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([
    ended,
    delay(ms, { signal: timer.signal }).catch(() => {}),
  ]);
  timer.abort();
}

/** Whether a request is of the kind that a trigger counts. */
function counts(
  { operation }: Exchange,
  { of }: Extract<Trigger, { on: "request" }>,
): boolean {
  const kinds: readonly string[] | null = REQUEST_KINDS[of];
  return kinds === null || kinds.includes(operation);
}
