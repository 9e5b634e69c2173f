import { assertEquals, assertRejects } from "@std/assert";
import { bodyChecksumGenerator } from "@aws-sdk/body-checksum-browser";
import {
  type GlacierClient,
  type GlacierClientConfig,
  UploadArchiveCommand,
  type UploadArchiveCommandInput,
} from "@aws-sdk/client-glacier";
import { FetchHttpHandler } from "@smithy/fetch-http-handler";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import {
  MIB,
  sha256Hex,
  testVault,
  treeHashHex,
  vectorPayload,
} from "../../server/testing.ts";
import { temporaryFolder } from "../../testing.ts";
import { retrieve } from "./archives.ts";
import { assertSdkRefused, openSdk, V } from "./client.ts";

type Logger = NonNullable<GlacierClientConfig["logger"]>;
type Body = UploadArchiveCommandInput["body"];

const PAYLOAD = vectorPayload(2 * MIB + 5);

/** Takes the SDK's remark that it cannot send a stream again. */
const SILENT: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};

/** Uploads a body, which must come back as `expected`. */
async function assertRoundTrip(
  client: GlacierClient,
  body: Body,
  expected: Uint8Array<ArrayBuffer>,
  reader = client,
): Promise<void> {
  const { archiveId, checksum } = await client.send(
    new UploadArchiveCommand({ ...V, body }),
  );
  assertEquals(checksum, await treeHashHex(expected));
  const output = await retrieve(reader, archiveId);
  assertEquals(await output.body?.transformToByteArray(), expected);
}

/** The payload as a stream that has no name and tells no size. */
function unknownStream(): Readable {
  const chunks = [PAYLOAD.subarray(0, 10), PAYLOAD.subarray(10)];
  return Readable.from(chunks, { objectMode: false });
}

/** A client that takes every body for the payload: it knows the hashes, and the size where that is given. */
async function knownBefore(
  bodyLengthChecker?: () => number,
): Promise<GlacierClientConfig> {
  const hashes: [string, string] = [
    await sha256Hex(PAYLOAD),
    await treeHashHex(PAYLOAD),
  ];
  return {
    bodyChecksumGenerator: () => Promise.resolve(hashes),
    ...bodyLengthChecker === undefined ? {} : { bodyLengthChecker },
  };
}

Deno.test("SDK: text, bytes and files are bodies of uploads", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  await using folder = await temporaryFolder();
  const path = folder.at("payload");
  await Deno.writeFile(path, PAYLOAD);
  const { buffer } = PAYLOAD;
  const cases: [body: unknown, expected: Uint8Array<ArrayBuffer>][] = [
    ["aé", new TextEncoder().encode("aé")],
    [PAYLOAD, PAYLOAD],
    [PAYLOAD.subarray(1, MIB), PAYLOAD.slice(1, MIB)],
    [new DataView(buffer, 3, 4), PAYLOAD.slice(3, 7)],
    [createReadStream(path), PAYLOAD],
    [createReadStream(path, { start: 5, end: 9 }), PAYLOAD.slice(5, 10)],
  ];
  for (const [body, expected] of cases) {
    await assertRoundTrip(sdk.client, body as Body, expected);
  }
});

Deno.test("SDK: a stream is the body of an upload where hashes and size are known before", async () => {
  await using test = await testVault();
  const config = await knownBefore(() => PAYLOAD.length);
  await using sdk = await openSdk(test, config);
  await using reader = await openSdk(test);
  const body = unknownStream() as Body;
  await assertRoundTrip(sdk.client, body, PAYLOAD, reader.client);
});

Deno.test("SDK: a stream of unknown size is refused", async () => {
  await using test = await testVault();
  await using plain = await openSdk(test);
  const upload = (client: GlacierClient) =>
    client.send(
      new UploadArchiveCommand({ ...V, body: unknownStream() as Body }),
    );
  // The SDK itself needs to read a body twice.
  await assertRejects(() => upload(plain.client), Error, "non-file streams");
  await using chunked = await openSdk(test, {
    ...await knownBefore(),
    logger: SILENT,
  });
  await assertSdkRefused(
    upload(chunked.client),
    400,
    "MissingParameterValueException",
    "Required parameter missing: Content-Length",
  );
  assertEquals(test.filesIn("incoming"), []);
  assertEquals(test.filesIn("blobs"), []);
});

Deno.test("SDK: as in a browser, blobs are bodies of uploads", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test, {
    bodyChecksumGenerator,
    requestHandler: new FetchHttpHandler(),
  });
  await using reader = await openSdk(test);
  const body = new Blob([PAYLOAD]) as Body;
  await assertRoundTrip(sdk.client, body, PAYLOAD, reader.client);
});

Deno.test("SDK: an output can be read as bytes, text or a stream, or given up", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const { archiveId } = await client.send(
    new UploadArchiveCommand({ ...V, body: PAYLOAD }),
  );
  const open = async () => (await retrieve(client, archiveId)).body!;
  assertEquals(await (await open()).transformToByteArray(), PAYLOAD);
  const text = await (await open()).transformToString("latin1");
  assertEquals(text.length, PAYLOAD.length);
  const stream = (await open()).transformToWebStream();
  assertEquals(
    new Uint8Array(await new Response(stream).arrayBuffer()),
    PAYLOAD,
  );
  const reader = (await open()).transformToWebStream().getReader();
  assertEquals((await reader.read()).done, false);
  await reader.cancel();
  assertEquals(test.failures, []);
});
