import { assertEquals } from "@std/assert";
import {
  assertRefused,
  jsonOf,
  type TestServer,
  testVault,
  vaultPolicy,
} from "./testing.ts";

function call(test: TestServer, method: string, body?: unknown) {
  const path = "/-/vaults/v/access-policy";
  return test.call({ method, path, body: JSON.stringify(body) });
}

Deno.test("An access policy is set, replaced and deleted", async () => {
  await using test = await testVault();
  const absent = async () =>
    await assertRefused(
      await call(test, "GET"),
      404,
      "ResourceNotFoundException",
      "No vault access policy is set for: arn:",
    );
  await absent();
  for (const Policy of [vaultPolicy("Allow"), vaultPolicy("Deny")]) {
    assertEquals((await call(test, "PUT", { Policy })).status, 204);
    assertEquals(await jsonOf(await call(test, "GET")), {
      status: 200,
      Policy,
    });
  }
  assertEquals((await call(test, "DELETE")).status, 204);
  assertEquals((await call(test, "DELETE")).status, 204);
  await absent();
});

Deno.test("What is no access policy is refused, and changes nothing", async () => {
  await using test = await testVault();
  const Policy = vaultPolicy("Allow");
  await call(test, "PUT", { Policy });
  await assertRefused(
    await call(test, "PUT", { Policy: "{}" }),
    400,
    "InvalidParameterValueException",
    "The specified vault access policy is invalid",
  );
  await assertRefused(
    await call(test, "PUT", {}),
    400,
    "MissingParameterValueException",
  );
  assertEquals((await jsonOf(await call(test, "GET"))).Policy, Policy);
});
