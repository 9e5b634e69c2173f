/**
 * A server in a process of its own, to be killed: uploads archives to itself
 * without end, and prints the ID of each one once it is acknowledged.
 *
 * @module
 */

import { createHost } from "../../src/platform/host.ts";
import { openGlacierServer } from "../../src/server/server.ts";
import { hashHeaders, KEY, MIB, sign, vectorPayload } from "./testing.ts";

const [dataDirectory, time] = Deno.args;
const server = await openGlacierServer({
  platform: { ...createHost(), clock: { now: () => Number(time) } },
  dataDirectory,
  accessKeys: [KEY],
});
const put = { method: "PUT", path: "/-/vaults/v" };
await server.fetch(await sign(put, Number(time)));

async function uploadForEver(size: number): Promise<void> {
  const body = vectorPayload(size);
  const upload = {
    method: "POST",
    path: "/-/vaults/v/archives",
    headers: await hashHeaders(body),
    body,
  };
  for (;;) {
    const request = await sign(upload, Number(time));
    const { headers } = await server.fetch(request);
    console.log(`${headers.get("x-amz-archive-id")} ${size}`);
  }
}

await Promise.all([1, MIB + 1, 3 * MIB].map(uploadForEver));
