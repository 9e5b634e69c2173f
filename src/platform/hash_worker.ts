/**
 * What a hash worker's thread runs: answers hash requests for as long as it
 * lives.
 *
 * @module
 */

import { answerHashRequests, type WorkerRequest } from "../treehash/worker.ts";
import { hashWorkerHost } from "./hash_worker_host.ts";
import { starter } from "./worker_thread.ts";

const { listen, post } = starter();
listen(async (requests) => {
  const answers = await answerHashRequests(
    requests as WorkerRequest[],
    hashWorkerHost,
  );
  const transfer = answers.flatMap((answer) =>
    "bytes" in answer && answer.bytes ? [answer.bytes.buffer] : []
  );
  post(answers, transfer);
});
