import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  DescribeVaultCommand,
  type GlacierClient,
  InitiateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  paginateListMultipartUploads,
  paginateListParts,
  ResourceNotFoundException,
  UploadMultipartPartCommand,
} from "@aws-sdk/client-glacier";
import {
  MIB,
  testVault,
  treeHashHex,
  vectorPayload,
} from "../../server/testing.ts";
import { retrieve } from "./archives.ts";
import { ARN, assertSdkRefused, fieldsOf, openSdk, V } from "./client.ts";

const PREFIX = "/000000000000/vaults/v";
const INVALID = "InvalidParameterValueException";
const NOT_FOUND = "ResourceNotFoundException";

async function begin(
  client: GlacierClient,
  partSize = MIB,
  archiveDescription?: string,
): Promise<string> {
  const { uploadId } = await client.send(
    new InitiateMultipartUploadCommand({
      ...V,
      partSize: String(partSize),
      archiveDescription,
    }),
  );
  return uploadId!;
}

/** Sends the stretch of an archive that begins at `start`. */
function sendPart(
  client: GlacierClient,
  uploadId: string,
  archive: Uint8Array<ArrayBuffer>,
  start: number,
  options: { size?: number; checksum?: string } = {},
) {
  const { size = MIB, checksum } = options;
  const body = archive.slice(start, start + size);
  const range = `bytes ${start}-${start + body.length - 1}/*`;
  return client.send(
    new UploadMultipartPartCommand({ ...V, uploadId, range, checksum, body }),
  );
}

async function complete(
  client: GlacierClient,
  uploadId: string,
  archive: Uint8Array<ArrayBuffer>,
) {
  return await client.send(
    new CompleteMultipartUploadCommand({
      ...V,
      uploadId,
      archiveSize: String(archive.length),
      checksum: await treeHashHex(archive),
    }),
  );
}

Deno.test("SDK: an archive is uploaded in parts and retrieved", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const size = 2 * MIB;
  const archive = vectorPayload(3 * MIB + 1);
  const begun = await fieldsOf(
    client.send(
      new InitiateMultipartUploadCommand({
        ...V,
        partSize: String(size),
        archiveDescription: "in parts",
      }),
    ),
  );
  const uploadId = begun.uploadId!;
  assertMatch(uploadId, /^[\w-]{92}$/);
  assertEquals(begun, {
    location: `${PREFIX}/multipart-uploads/${uploadId}`,
    uploadId,
  });

  const parts = [];
  for (const start of [0, size]) {
    const body = archive.slice(start, start + size);
    const checksum = await treeHashHex(body);
    const options = { size, checksum };
    const sent = sendPart(client, uploadId, archive, start, options);
    assertEquals(await fieldsOf(sent), { checksum });
    parts.push({
      RangeInBytes: `${start}-${start + body.length - 1}`,
      SHA256TreeHash: checksum,
    });
  }
  const described = {
    ArchiveDescription: "in parts",
    CreationDate: new Date(test.time).toISOString(),
    MultipartUploadId: uploadId,
    PartSizeInBytes: size,
    VaultARN: ARN,
  };
  const listed = client.send(new ListPartsCommand({ ...V, uploadId }));
  assertEquals(await fieldsOf(listed), { ...described, Parts: parts });
  const list = () => fieldsOf(client.send(new ListMultipartUploadsCommand(V)));
  assertEquals(await list(), { UploadsList: [described] });

  const completed = await fieldsOf(complete(client, uploadId, archive));
  const { archiveId } = completed;
  assertEquals(completed, {
    archiveId,
    checksum: await treeHashHex(archive),
    location: `${PREFIX}/archives/${archiveId}`,
  });
  assertEquals(await fieldsOf(complete(client, uploadId, archive)), completed);
  assertEquals(await list(), { UploadsList: [] });
  const output = await retrieve(client, archiveId);
  assertEquals(output.archiveDescription, "in parts");
  assertEquals(await output.body?.transformToByteArray(), archive);
  const part = await retrieve(client, archiveId, `bytes=0-${size - 1}`);
  assertEquals([part.status, part.checksum], [206, parts[0].SHA256TreeHash]);
  assertEquals(
    await part.body?.transformToByteArray(),
    archive.slice(0, size),
  );
  const { SizeInBytes } = await client.send(new DescribeVaultCommand(V));
  assertEquals(SizeInBytes, archive.length);
  assertEquals(test.failures, []);
});

Deno.test("SDK: parts and completions that don't fit are refused, and the upload stays", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const archive = vectorPayload(MIB + 10);
  const wrong = "0".repeat(64);
  await assertSdkRefused(begin(client, 1_000_000), 400, INVALID, "part size");
  const none = client.send(new InitiateMultipartUploadCommand(V));
  await assertSdkRefused(none, 400, "MissingParameterValueException");
  const id = await begin(client);
  await assertSdkRefused(
    sendPart(client, id, archive, 0, { checksum: wrong }),
    400,
    INVALID,
    `Checksum mismatch: expected ${wrong}`,
  );
  await assertSdkRefused(
    sendPart(client, id, archive, 5),
    400,
    INVALID,
    "does not align",
  );
  await sendPart(client, id, archive, 0);
  await assertSdkRefused(complete(client, id, archive), 400, INVALID, "size");
  await sendPart(client, id, archive, MIB);
  const other = archive.slice().reverse();
  await assertSdkRefused(complete(client, id, other), 400, INVALID, "Checksum");
  await complete(client, id, archive);
  await assertSdkRefused(
    complete(client, id, archive.slice(1)),
    400,
    INVALID,
    "completed with another size",
  );
});

Deno.test("SDK: an upload is aborted, and nobody knows it any more", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const archive = vectorPayload(10);
  const uploadId = await begin(client);
  await sendPart(client, uploadId, archive, 0);
  for (let i = 0; i < 2; i++) {
    const aborted = client.send(
      new AbortMultipartUploadCommand({ ...V, uploadId }),
    );
    assertEquals(await fieldsOf(aborted), {});
  }
  const gone = [
    () => sendPart(client, uploadId, archive, 0),
    () => client.send(new ListPartsCommand({ ...V, uploadId })),
    () => complete(client, uploadId, archive),
  ];
  for (const send of gone) {
    const sent = send();
    await assertRejects(() => sent, ResourceNotFoundException);
    await assertSdkRefused(sent, 404, NOT_FOUND, uploadId);
  }
});

Deno.test("SDK: the paginators of uploads and of parts go through all of them", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const archive = vectorPayload(5 * MIB);
  const ids: string[] = [];
  for (let i = 0; i < 53; i++) ids.push(await begin(client));
  for (const start of [4, 1, 0, 3, 2]) {
    await sendPart(client, ids[0], archive, start * MIB);
  }
  for (const [pageSize, pages] of [[undefined, 2], [50, 2], [20, 3], [1, 53]]) {
    const found: (string | undefined)[][] = [];
    const config = { client, pageSize };
    const paginator = paginateListMultipartUploads(config, { ...V });
    for await (const { UploadsList = [] } of paginator) {
      found.push(UploadsList.map((upload) => upload.MultipartUploadId));
    }
    assertEquals(found.length, pages);
    assertEquals(found.flat(), ids);
  }
  const upload = { ...V, uploadId: ids[0] };
  const whole = await client.send(new ListPartsCommand(upload));
  assertEquals(whole.Parts?.length, 5);
  for (const [pageSize, pages] of [[5, 1], [2, 3], [1, 5]]) {
    const found = [];
    const config = { client, pageSize };
    for await (const page of paginateListParts(config, { ...upload })) {
      assertEquals(page.MultipartUploadId, ids[0]);
      found.push(page.Parts ?? []);
    }
    assertEquals(found.length, pages);
    assertEquals(found.flat(), whole.Parts);
  }
});
