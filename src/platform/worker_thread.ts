/**
 * Worker threads: how to tell that this is one, and how to start one.
 *
 * @module
 */

import type { WorkerEvent, WorkerHandle } from "../platform.ts";

/** Tells a thread that was started here from one of somebody else's. */
const WORKER_NAME = "moraine tree hash";

/**
 * Whether this thread was started by {@linkcode startWorker}. Under Node it is
 * made to look like a Web Worker first.
 */
export async function isHashWorker(): Promise<boolean> {
  if (typeof Worker !== "function") {
    const { isMainThread, workerData } = await import("node:worker_threads");
    if (isMainThread || workerData?.name !== WORKER_NAME) return false;
    // Loading this in a worker thread turns its global scope into a Web Worker's.
    await import("web-worker");
  }
  const scope = globalThis as { name?: unknown };
  return scope.name === WORKER_NAME;
}

/** Starts a thread that runs the module at `url`. */
export async function startWorker(url: string): Promise<WorkerHandle> {
  const native = typeof Worker === "function";
  const WorkerClass = native ? Worker : (await import("web-worker")).default;
  const worker = new WorkerClass(url, { type: "module", name: WORKER_NAME });
  const gone = Promise.withResolvers<void>();
  // One that can't start may say so before anybody has got its handle; Deno
  // ends the program for an error that nobody listens for.
  const early: WorkerEvent[] = [];
  let tell = (event: WorkerEvent): void => void early.push(event);
  worker.addEventListener("message", (event: MessageEvent) => {
    tell({ message: event.data });
  });
  worker.addEventListener("error", (event: Event) => {
    event.preventDefault?.();
    tell({ error: toError(event) });
  });
  worker.addEventListener("messageerror", () => {
    tell({ error: new Error("Its answer could not be read") });
  });
  // Node tells when a thread has ended, for lack of memory say.
  worker.addEventListener("close", () => {
    gone.resolve();
    tell({ error: new Error("It ended by itself") });
  });
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    listen(listener) {
      tell = listener;
      for (const event of early.splice(0)) listener(event);
    },
    terminate() {
      worker.terminate();
      // A native worker ends at once and tells nobody.
      return native ? Promise.resolve() : gone.promise;
    },
  };
}

/** The error in an error event; `web-worker` hands over the error itself. */
function toError(event: unknown): Error {
  if (event instanceof Error) return event;
  const { error, message } = event as ErrorEvent;
  return error instanceof Error ? error : new Error(message);
}
