/**
 * The official SDK against the embedded server, over real sockets: all
 * operations, paginators and waiters. The tests stand in `sdk/`, a file for
 * each subject; all of them run in one process, so that the last test can tell
 * whether an operation is missing.
 *
 * @module
 */

import "./sdk/vaults.ts";
import "./sdk/archives.ts";
import "./sdk/bodies.ts";
import "./sdk/uploads.ts";
import "./sdk/jobs.ts";
import "./sdk/inventories.ts";
import "./sdk/settings.ts";
import "./sdk/account.ts";
import "./sdk/credentials.ts";
import { assertEquals } from "@std/assert";
import { answered, STATUSES } from "./sdk/client.ts";

Deno.test("SDK: all operations of the service were answered", () => {
  assertEquals([...answered].sort(), [...STATUSES.keys()].sort());
  assertEquals(answered.size, 33);
});
