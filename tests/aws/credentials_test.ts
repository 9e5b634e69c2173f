import { assertEquals, assertRejects } from "@std/assert";
import { cachedCredentials } from "../../src/aws/credentials.ts";

const MINUTE = 60_000;

/** A provider of credentials that are good for an hour, and a clock. */
function setUp() {
  const state = { now: 0, calls: 0, forced: 0, failing: false };
  const credentials = cachedCredentials(({ forceRefresh } = {}) => {
    state.calls++;
    if (forceRefresh) state.forced++;
    if (state.failing) return Promise.reject(new Error("no credentials"));
    return Promise.resolve({
      accessKeyId: `key ${state.calls}`,
      secretAccessKey: "secret",
      expiration: new Date(state.now + 60 * MINUTE),
    });
  }, { clock: { now: () => state.now } });
  const key = async () => (await credentials()).accessKeyId;
  return { state, credentials, key };
}

Deno.test("credentials are asked for once, also by calls at the same time", async () => {
  const { key } = setUp();
  const keys = await Promise.all([key(), key(), key()]);
  assertEquals([...keys, await key()], Array(4).fill("key 1"));
});

Deno.test("credentials are renewed five minutes before they end", async () => {
  const { state, key } = setUp();
  await key();
  state.now = 54 * MINUTE;
  assertEquals(await key(), "key 1");
  state.now = 55 * MINUTE;
  assertEquals(await Promise.all([key(), key()]), ["key 2", "key 2"]);
  assertEquals(state.forced, 1);
});

Deno.test("old credentials serve until they end when renewing fails", async () => {
  const { state, key } = setUp();
  await key();
  state.failing = true;
  state.now = 56 * MINUTE;
  assertEquals([await key(), await key()], ["key 1", "key 1"]);
  assertEquals(state.calls, 2);
  state.now = 57 * MINUTE;
  assertEquals(await key(), "key 1");
  assertEquals(state.calls, 3);
  state.now = 60 * MINUTE;
  await assertRejects(key, Error, "no credentials");
  state.failing = false;
  assertEquals(await key(), "key 5");
});

Deno.test("credentials that the service calls expired are renewed at once", async () => {
  const { state, credentials } = setUp();
  await credentials();
  const renewed = await credentials({ forceRefresh: true });
  assertEquals([renewed.accessKeyId, state.forced], ["key 2", 1]);
  state.failing = true;
  await assertRejects(() => credentials({ forceRefresh: true }), Error);
});

Deno.test("credentials without an end are never renewed by themselves", async () => {
  let calls = 0;
  const credentials = cachedCredentials(() => {
    calls++;
    return Promise.resolve({ accessKeyId: "k", secretAccessKey: "s" });
  });
  await credentials();
  await credentials();
  assertEquals(calls, 1);
});
