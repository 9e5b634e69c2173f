import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  DeleteArchiveCommand,
  DescribeVaultCommand,
  GetJobOutputCommand,
  type GlacierClient,
  InitiateJobCommand,
  InvalidParameterValueException,
  MissingParameterValueException,
  UploadArchiveCommand,
} from "@aws-sdk/client-glacier";
import {
  MIB,
  testVault,
  treeHashHex,
  vectorPayload,
} from "../../server/testing.ts";
import { assertSdkRefused, fieldsOf, openSdk, V } from "./client.ts";

const PREFIX = "/000000000000/vaults/v/archives/";
const WRONG = "0".repeat(64);
const NOT_FOUND = "ResourceNotFoundException";

/** Asks for an archive and fetches it, or a range of it. */
export async function retrieve(
  client: GlacierClient,
  ArchiveId?: string,
  range?: string,
) {
  const jobParameters = { Type: "archive-retrieval", ArchiveId };
  const { jobId } = await client.send(
    new InitiateJobCommand({ ...V, jobParameters }),
  );
  return await client.send(new GetJobOutputCommand({ ...V, jobId, range }));
}

Deno.test("SDK: an archive is uploaded, retrieved and deleted", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const body = vectorPayload(2 * MIB + 3);
  const checksum = await treeHashHex(body);
  const uploaded = await fieldsOf(
    client.send(
      new UploadArchiveCommand({
        ...V,
        body,
        checksum,
        archiveDescription: "a  b",
      }),
    ),
  );
  const { archiveId } = uploaded;
  assertMatch(archiveId ?? "", /^[\w-]{138}$/);
  assertEquals(uploaded, {
    archiveId,
    checksum,
    location: `${PREFIX}${archiveId}`,
  });
  const { SizeInBytes } = await client.send(new DescribeVaultCommand(V));
  assertEquals(SizeInBytes, body.length);

  const { body: stream, ...output } = await fieldsOf(
    retrieve(client, archiveId),
  );
  assertEquals(output, {
    acceptRanges: "bytes",
    archiveDescription: "a  b",
    checksum,
    contentType: "application/octet-stream",
    status: 200,
  });
  assertEquals(await stream?.transformToByteArray(), body);

  for (let i = 0; i < 2; i++) {
    const deleted = client.send(new DeleteArchiveCommand({ ...V, archiveId }));
    assertEquals(await fieldsOf(deleted), {});
  }
  await assertSdkRefused(retrieve(client, archiveId), 404, NOT_FOUND);
  assertEquals(test.failures, []);
});

Deno.test("SDK: the checksum of an upload may be left to the SDK, and a wrong one is refused", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const body = vectorPayload(5 * MIB + 1);
  const right = await treeHashHex(body);
  const { checksum } = await client.send(
    new UploadArchiveCommand({ ...V, body }),
  );
  assertEquals(checksum, right);
  const wrong = client.send(
    new UploadArchiveCommand({ ...V, body, checksum: WRONG }),
  );
  await assertRejects(() => wrong, InvalidParameterValueException);
  await assertSdkRefused(
    wrong,
    400,
    "InvalidParameterValueException",
    `Checksum mismatch: expected ${WRONG} but calculated ${right}`,
  );
});

Deno.test("SDK: an upload to no vault, of nothing, or with too long a description is refused", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const body = vectorPayload(10);
  const absent = { ...V, vaultName: "absent" };
  const nowhere = client.send(new UploadArchiveCommand({ ...absent, body }));
  await assertSdkRefused(nowhere, 404, NOT_FOUND, "Vault not found for ARN");
  const nothing = client.send(new UploadArchiveCommand(V));
  await assertRejects(() => nothing, MissingParameterValueException);
  await assertSdkRefused(nothing, 400, "MissingParameterValueException");
  const described = client.send(
    new UploadArchiveCommand({
      ...V,
      body,
      archiveDescription: "x".repeat(1025),
    }),
  );
  await assertSdkRefused(
    described,
    400,
    "InvalidParameterValueException",
    "at most 1024 characters",
  );
});

Deno.test("SDK: deleting what no archive is called is refused", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  await assertSdkRefused(
    sdk.client.send(new DeleteArchiveCommand({ ...V, archiveId: "x" })),
    400,
    "InvalidParameterValueException",
    "Invalid archive ID: x",
  );
});
