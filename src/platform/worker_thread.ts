/**
 * Worker threads: how to tell that this is one, and how to start one.
 *
 * @module
 */

import process from "node:process";
import type { WorkerEvent, WorkerHandle } from "../platform.ts";

/** Tells a thread that was started here from one of somebody else's. */
const WORKER_NAME = "moraine tree hash";

/**
 * Node has threads of its own kind, whatever a program makes of its globals
 * there; all others have Web Workers.
 */
const isWeb = "deno" in process.versions || "bun" in process.versions ||
  process.release.name !== "node";

function nodeThreads(): typeof import("node:worker_threads") {
  return process.getBuiltinModule("node:worker_threads");
}

/** Whether this thread was started by {@linkcode startWorker}. */
export function isHashWorker(): boolean {
  if (isWeb) return (globalThis as { name?: unknown }).name === WORKER_NAME;
  const { isMainThread, workerData } = nodeThreads();
  return !isMainThread && workerData?.name === WORKER_NAME;
}

/** Starts a thread that runs the module at `url`. */
// deno-lint-ignore require-await -- a refusal must reject, not throw
export async function startWorker(url: string): Promise<WorkerHandle> {
  return isWeb ? startWebWorker(url) : startNodeThread(url);
}

/**
 * A worker that can't start may say so before anybody has got its handle, and
 * both runtimes end the program for an error that nobody listens for.
 */
function mailbox() {
  const early: WorkerEvent[] = [];
  let tell = (event: WorkerEvent): void => void early.push(event);
  return {
    tell: (event: WorkerEvent) => tell(event),
    listen(listener: (event: WorkerEvent) => void) {
      tell = listener;
      for (const event of early.splice(0)) listener(event);
    },
  };
}

const UNREADABLE = "Its answer could not be read";

function startWebWorker(url: string): WorkerHandle {
  const worker = new Worker(url, { type: "module", name: WORKER_NAME });
  const { tell, listen } = mailbox();
  worker.addEventListener("message", ({ data }) => tell({ message: data }));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    const { error, message } = event;
    tell({ error: error instanceof Error ? error : new Error(message) });
  });
  worker.addEventListener("messageerror", () => {
    tell({ error: new Error(UNREADABLE) });
  });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen,
    // It ends at once and tells nobody.
    terminate() {
      worker.terminate();
      return Promise.resolve();
    },
  };
}

function startNodeThread(url: string): WorkerHandle {
  const { Worker } = nodeThreads();
  const worker = new Worker(new URL(url), {
    workerData: { name: WORKER_NAME },
    // Of a program that was given on the command line it would be the same text.
    execArgv: [],
  });
  const { tell, listen } = mailbox();
  const gone = Promise.withResolvers<void>();
  worker.on("message", (message) => tell({ message }));
  worker.on("error", (error) => {
    tell({ error: error instanceof Error ? error : new Error(String(error)) });
  });
  worker.on("messageerror", () => tell({ error: new Error(UNREADABLE) }));
  // Node tells when a thread has ended, for lack of memory say.
  worker.on("exit", () => {
    gone.resolve();
    tell({ error: new Error("It ended by itself") });
  });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen,
    async terminate() {
      await worker.terminate();
      await gone.promise;
    },
  };
}

/** What a worker's thread has of its starter. */
export interface Starter {
  listen(listener: (message: unknown) => void): void;
  post(message: unknown, transfer: ArrayBuffer[]): void;
}

/** The thread that started this one. */
export function starter(): Starter {
  if (!isWeb) {
    const port = nodeThreads().parentPort!;
    return {
      listen: (listener) => void port.on("message", listener),
      post: (message, transfer) => port.postMessage(message, transfer),
    };
  }
  const scope = globalThis as unknown as {
    onmessage: ((event: { data: unknown }) => void) | null;
    postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  };
  return {
    listen(listener) {
      scope.onmessage = ({ data }) => listener(data);
    },
    post: (message, transfer) => scope.postMessage(message, transfer),
  };
}
