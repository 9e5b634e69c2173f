import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import {
  assertRefused,
  HOUR,
  jsonOf,
  type TestServer,
  testVault,
  vaultPolicy,
} from "./testing.ts";

const DENIED = "AccessDeniedException";
const INVALID = "InvalidParameterValueException";
const ABSENT = "ResourceNotFoundException";

const PATH = "/-/vaults/v/lock-policy";
const POLICY = vaultPolicy("Deny");

const initiate = (test: TestServer, Policy: unknown = POLICY) =>
  test.call({ method: "POST", path: PATH, body: JSON.stringify({ Policy }) });
const get = (test: TestServer) => test.call({ path: PATH });
const abort = (test: TestServer) => test.call({ method: "DELETE", path: PATH });
const complete = (test: TestServer, id: string) =>
  test.call({ method: "POST", path: `${PATH}/${id}` });

/** Initiates a lock; resolves to its ID. */
async function begin(test: TestServer): Promise<string> {
  const response = await initiate(test);
  assertEquals(response.status, 201, await response.text());
  return response.headers.get("x-amz-lock-id")!;
}

/** Asserts that a vault has no lock: none to get, none to complete. */
async function assertUnlocked(test: TestServer, id: string): Promise<void> {
  await assertRefused(await get(test), 404, ABSENT, "No vault lock policy");
  await assertRefused(await complete(test, id), 404, ABSENT);
  assertEquals((await abort(test)).status, 204);
}

Deno.test("A lock is in progress until it is completed, and then for good", async () => {
  await using test = await testVault();
  await assertUnlocked(test, "x");
  const id = await begin(test);
  assertMatch(id, /^[\w-]{24}$/);
  assertEquals(await jsonOf(await get(test)), {
    status: 200,
    CreationDate: "2026-11-22T12:00:00.000Z",
    ExpirationDate: "2026-11-23T12:00:00.000Z",
    Policy: POLICY,
    State: "InProgress",
  });
  await assertRefused(await initiate(test), 403, DENIED);
  await assertRefused(await complete(test, "x"), 400, INVALID);
  test.time += 24 * HOUR - 1;
  assertEquals((await complete(test, id)).status, 204);

  test.time += 1000 * HOUR;
  assertEquals((await complete(test, id)).status, 204);
  await assertRefused(await complete(test, "x"), 403, DENIED);
  await assertRefused(await initiate(test), 403, DENIED);
  await assertRefused(await abort(test), 403, DENIED);
  assertEquals(await jsonOf(await get(test)), {
    status: 200,
    CreationDate: "2026-11-22T12:00:00.000Z",
    ExpirationDate: null,
    Policy: POLICY,
    State: "Locked",
  });
});

Deno.test("A lock that is not completed within 24 hours is gone, and leaves room for another", async () => {
  await using test = await testVault();
  const first = await begin(test);
  test.time += 24 * HOUR;
  await assertUnlocked(test, first);
  const second = await begin(test);
  assertNotEquals(second, first);
  test.time += 24 * HOUR;
  const third = await begin(test);
  await assertRefused(await complete(test, second), 400, INVALID);
  assertEquals((await complete(test, third)).status, 204);
});

Deno.test("A lock in progress is aborted as often as one likes", async () => {
  await using test = await testVault();
  const id = await begin(test);
  assertEquals((await abort(test)).status, 204);
  await assertUnlocked(test, id);
  const second = await begin(test);
  await assertRefused(await complete(test, id), 400, INVALID);
  assertEquals((await complete(test, second)).status, 204);
});

Deno.test("A lock needs a policy", async () => {
  await using test = await testVault();
  for (
    const [policy, code, message] of [
      [null, "MissingParameterValueException", "Policy"],
      [1, "SerializationException", "Policy"],
      ["{}", INVALID, "The specified vault lock policy is invalid"],
    ] as const
  ) {
    await assertRefused(await initiate(test, policy), 400, code, message);
  }
  await assertUnlocked(test, "x");
});
