import { assertEquals } from "@std/assert";
import {
  assertRefused,
  hashHeaders,
  HOUR,
  type TestServer,
  testVault,
  uploadArchive,
  vaultPolicy,
  vectorPayload,
} from "./testing.ts";

const DENIED = "AccessDeniedException";

async function deleteArchive(test: TestServer, id: string): Promise<Response> {
  const path = `/-/vaults/v/archives/${id}`;
  return await test.call({ method: "DELETE", path });
}

async function initiateLock(test: TestServer): Promise<string> {
  const response = await test.call({
    method: "POST",
    path: "/-/vaults/v/lock-policy",
    body: JSON.stringify({ Policy: vaultPolicy("Deny") }),
  });
  assertEquals(response.status, 201);
  return response.headers.get("x-amz-lock-id")!;
}

Deno.test("A lock keeps archives for as long as its policy says, from when it is initiated", async () => {
  await using test = await testVault();
  const first = await uploadArchive(test, vectorPayload(1));
  const lock = await initiateLock(test);
  await assertRefused(
    await deleteArchive(test, first),
    403,
    DENIED,
    "glacier:DeleteArchive on resource: arn:aws:glacier:us-east-1:000000000000:vaults/v with an explicit deny",
  );
  const path = "/-/vaults/v/lock-policy";
  await test.call({ method: "DELETE", path });
  assertEquals((await deleteArchive(test, first)).status, 204);

  const second = await uploadArchive(test, vectorPayload(1));
  await assertRefused(
    await test.call({ method: "POST", path: `${path}/${lock}` }),
    404,
    "ResourceNotFoundException",
  );
  const again = await initiateLock(test);
  await test.call({ method: "POST", path: `${path}/${again}` });
  test.time += 365 * 24 * HOUR - 1;
  await assertRefused(await deleteArchive(test, second), 403, DENIED);
  test.time += 1;
  assertEquals((await deleteArchive(test, second)).status, 204);
});

Deno.test("A lock that was not completed in time forbids nothing any more", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(1));
  await initiateLock(test);
  test.time += 24 * HOUR - 1;
  await assertRefused(await deleteArchive(test, id), 403, DENIED);
  test.time += 1;
  assertEquals((await deleteArchive(test, id)).status, 204);
});

Deno.test("An access policy forbids what it denies, until it is taken back", async () => {
  await using test = await testVault();
  await test.call({ method: "PUT", path: "/-/vaults/w" });
  const Policy = JSON.stringify({
    Version: "2012-10-17",
    Statement: {
      Effect: "Deny",
      Principal: "*",
      Action: "glacier:*",
      Resource: "arn:aws:glacier:us-east-1:000000000000:vaults/v",
      Condition: { StringLike: { "glacier:ResourceTag/hold": "*" } },
    },
  });
  const access = "/-/vaults/v/access-policy";
  const send = (method: string, path: string, body?: object) =>
    test.call({ method, path, body: body && JSON.stringify(body) });
  await send("PUT", access, { Policy });
  const vault = "/-/vaults/v";
  assertEquals((await send("GET", vault)).status, 200);
  const Tags = { hold: "yes" };
  await send("POST", `${vault}/tags?operation=add`, { Tags });
  const denied: [method: string, path: string][] = [
    ["GET", vault],
    ["PUT", vault],
    ["DELETE", vault],
    ["GET", `${vault}/jobs`],
    ["GET", `${vault}/tags`],
    ["PUT", "/000000000000/vaults/v"],
  ];
  for (const [method, path] of denied) {
    await assertRefused(await send(method, path), 403, DENIED);
  }
  const body = vectorPayload(1);
  const upload = await test.call({
    method: "POST",
    path: `${vault}/archives`,
    headers: await hashHeaders(body),
    body,
  });
  await assertRefused(upload, 403, DENIED);
  // Other vaults, and the account, are not concerned.
  for (const path of ["/-/vaults", "/-/vaults/w"]) {
    assertEquals((await send("GET", path)).status, 200);
  }
  // Whoever administers the policy can take it back.
  assertEquals((await send("GET", access)).status, 200);
  assertEquals((await send("DELETE", access)).status, 204);
  assertEquals((await send("GET", vault)).status, 200);
});
