/**
 * A server in a process of its own, to be killed: begins jobs without end that
 * complete at once and are told to a topic, and prints the ID of each once it
 * is acknowledged.
 *
 * @module
 */

import { createHost } from "../../src/platform/host.ts";
import { openGlacierServer } from "../../src/server/server.ts";
import { topic } from "./queue_testing.ts";
import { KEY, sign } from "./testing.ts";

const [dataDirectory, time] = Deno.args;
const server = await openGlacierServer({
  platform: { ...createHost(), clock: { now: () => Number(time) } },
  dataDirectory,
  accessKeys: [KEY],
});

async function beginForEver(): Promise<void> {
  const body = JSON.stringify({
    Type: "inventory-retrieval",
    SNSTopic: topic("done"),
  });
  const call = { method: "POST", path: "/-/vaults/v/jobs", body };
  for (;;) {
    const { headers } = await server.fetch(await sign(call, Number(time)));
    console.log(headers.get("x-amz-job-id"));
  }
}

await Promise.all([1, 2, 3].map(beginForEver));
