import { assertEquals, assertNotEquals } from "@std/assert";
import {
  DescribeVaultCommand,
  type DescribeVaultCommandInput,
  GetJobOutputCommand,
  type GlacierClient,
  InitiateJobCommand,
  ListVaultsCommand,
} from "@aws-sdk/client-glacier";
import {
  assertRefused,
  HOUR,
  KEY,
  testServer,
  testVault,
  uploadArchive,
  vectorPayload,
} from "../../server/testing.ts";
import { assertSdkRefused, openSdk, V } from "./client.ts";

const SIGNATURE = "InvalidSignatureException";
const TEMPORARY = { ...KEY, sessionToken: "token/+=" };

function listVaults(client: GlacierClient) {
  return client.send(new ListVaultsCommand({ accountId: "-" }));
}

Deno.test("SDK: the account is that of the key, whether left out, `-` or by its number", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const describe = (account: { accountId?: string }) =>
    sdk.client.send(
      new DescribeVaultCommand(
        { vaultName: "v", ...account } as DescribeVaultCommandInput,
      ),
    );
  for (
    const account of [{}, { accountId: "-" }, { accountId: "000000000000" }]
  ) {
    assertEquals((await describe(account)).VaultName, "v");
  }
  await assertSdkRefused(
    describe({ accountId: "111122223333" }),
    403,
    "AccessDeniedException",
    "The account ID in the path does not match the credentials: 111122223333",
  );
});

Deno.test("SDK: a wrong key, secret, token or region is refused", async () => {
  await using test = await testServer();
  const unknown = { ...KEY, accessKeyId: "AKIDUNKNOWN" };
  const wrong = { ...KEY, secretAccessKey: "wrong" };
  const cases: [Parameters<typeof openSdk>[1], number, string, string][] = [
    [
      { credentials: unknown },
      400,
      "UnrecognizedClientException",
      "The security token included in the request is invalid",
    ],
    [
      { credentials: TEMPORARY },
      400,
      "UnrecognizedClientException",
      "The security token included in the request is invalid",
    ],
    [{ credentials: wrong }, 403, SIGNATURE, "does not match the signature"],
    [
      { region: "eu-west-1" },
      403,
      SIGNATURE,
      "not 'eu-west-1'; this is 'us-east-1'",
    ],
  ];
  for (const [config, status, code, message] of cases) {
    await using sdk = await openSdk(test, config);
    await assertSdkRefused(listVaults(sdk.client), status, code, message);
  }
});

Deno.test("SDK: temporary credentials serve until they expire", async () => {
  const expires = Date.now() + HOUR;
  await using test = await testServer({
    accessKeys: [{ ...TEMPORARY, expires }],
  });
  await using sdk = await openSdk(test, { credentials: TEMPORARY });
  await listVaults(sdk.client);
  test.time = expires - 1;
  await listVaults(sdk.client);
  test.time = expires;
  await assertSdkRefused(
    listVaults(sdk.client),
    403,
    "ExpiredTokenException",
    "The security token included in the request is expired",
  );
});

Deno.test("SDK: a client whose clock is wrong sets it by the server's answers", async () => {
  await using test = await testServer();
  await using sdk = await openSdk(test);
  test.time += 5 * HOUR;
  const { $metadata } = await listVaults(sdk.client);
  assertNotEquals($metadata.attempts, 1);
  assertEquals((await listVaults(sdk.client)).$metadata.attempts, 1);
});

/** The signer of a client, as far as it is needed here. */
interface Presigner {
  presign(
    request: unknown,
    options: { expiresIn: number; unhoistableHeaders: Set<string> },
  ): Promise<{
    protocol: string;
    hostname: string;
    port: number;
    path: string;
    query: Record<string, string>;
    headers: Record<string, string>;
  }>;
}

/** Has the SDK presign a command instead of sending it. */
async function presign(
  client: GlacierClient,
  command: GetJobOutputCommand,
  expiresIn: number,
): Promise<Request> {
  const signer = await client.config.signer() as unknown as Presigner;
  const presigned = Promise.withResolvers<Request>();
  command.middlewareStack.add(
    () => async ({ request }) => {
      const signed = await signer.presign(request, {
        expiresIn,
        unhoistableHeaders: new Set(["x-amz-glacier-version"]),
      });
      const { protocol, hostname, port, path, query, headers } = signed;
      const search = new URLSearchParams(query);
      presigned.resolve(
        new Request(`${protocol}//${hostname}:${port}${path}?${search}`, {
          headers,
        }),
      );
      // The answer that the SDK gets is one to nothing.
      return { response: {}, output: { $metadata: {} } };
    },
    { step: "finalizeRequest", priority: "high", name: "presign" },
  );
  // Of no effect once it is presigned.
  client.send(command).catch(presigned.reject);
  return await presigned.promise;
}

Deno.test("SDK: what it presigns can be fetched by anybody, while it is valid", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const archive = vectorPayload(1000);
  const ArchiveId = await uploadArchive(test, archive);
  const jobParameters = { Type: "archive-retrieval", ArchiveId };
  const { jobId } = await client.send(
    new InitiateJobCommand({ ...V, jobParameters }),
  );
  const command = new GetJobOutputCommand({ ...V, jobId });
  const request = await presign(client, command, 3600);
  const fetched = await fetch(request.clone());
  assertEquals(fetched.status, 200);
  assertEquals(new Uint8Array(await fetched.arrayBuffer()), archive);
  test.time += HOUR + 1000;
  await assertRefused(
    await fetch(request),
    403,
    SIGNATURE,
    "Signature expired",
  );
});
