/**
 * What a hash worker's thread runs: answers hash requests for as long as it
 * lives.
 *
 * @module
 */

import { answerHashRequests, type WorkerRequest } from "../treehash/worker.ts";
import { hashWorkerHost } from "./hash_worker_host.ts";

/** The part of a worker's global scope that is used here. */
interface WorkerScope {
  onmessage: ((event: { data: WorkerRequest[] }) => void) | null;
  postMessage(message: unknown, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
scope.onmessage = async ({ data }) => {
  const answers = await answerHashRequests(data, hashWorkerHost);
  const transfer = answers.flatMap((answer) =>
    "bytes" in answer && answer.bytes ? [answer.bytes.buffer] : []
  );
  scope.postMessage(answers, transfer);
};
