/**
 * Faults without sockets; `e2e/faults_test.ts` has them on the wire.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { delay } from "../../src/async/delay.ts";
import { ConnectionDropped } from "../../src/errors.ts";
import { createFaultPlan } from "../../src/server/fault_plan.ts";
import { parseFaultRule } from "../../src/server/fault_rule.ts";
import {
  assertRefused,
  hashHeaders,
  MIB,
  type TestServer,
  testVault,
  vectorPayload,
} from "./testing.ts";

/** A server with a vault `v`, and faults from then on. */
async function faultyServer(...rules: string[]): Promise<TestServer> {
  const faults = createFaultPlan();
  const test = await testVault({ faults });
  faults.replace(rules.map(parseFaultRule), 1);
  return test;
}

Deno.test("Without a socket a dropped connection is an error", async () => {
  await using test = await faultyServer(
    "CreateVault,drop,at=after",
    "DeleteVault,drop",
  );
  const send = (method: string) => test.call({ method, path: "/-/vaults/w" });
  await assertRejects(() => send("PUT"), ConnectionDropped);
  await assertRejects(() => send("DELETE"), ConnectionDropped);
  assertEquals((await send("GET")).status, 200);
});

Deno.test("Closing a server ends what its faults hold up", async () => {
  const test = await faultyServer(
    "UploadArchive,stall,of=payload,byte=1000",
    "ListVaults,slow,rate=1",
    "DescribeVault,stall",
  );
  const body = vectorPayload(MIB);
  const upload = test.call({
    method: "POST",
    path: "/-/vaults/v/archives",
    headers: await hashHeaders(body),
    body,
  });
  const slow = (await test.call({ path: "/-/vaults" })).text();
  const stalled = (await test.call({ path: "/-/vaults/v" })).text();
  for (const read of [slow, stalled]) read.catch(() => {});
  // It has come so far that the fault holds it up.
  while (test.filesIn("incoming").length === 0) await delay(1);
  await test.server[Symbol.asyncDispose]();
  await assertRefused(await upload, 408, "RequestTimeoutException");
  for (const read of [slow, stalled]) await assertRejects(() => read);
  assertEquals(test.filesIn("incoming"), []);
  await test[Symbol.asyncDispose]();
});
