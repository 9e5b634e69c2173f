/**
 * The queue service and the official client of it, over real sockets.
 *
 * @module
 */

import { assertEquals, assertLess, assertRejects } from "@std/assert";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  type SQSServiceException,
} from "@aws-sdk/client-sqs";
import { InitiateJobCommand } from "@aws-sdk/client-glacier";
import { beginToldJob, queueSdkOf, topic } from "./queue_testing.ts";
import {
  KEY,
  sdkOf,
  testVault,
  uploadArchive,
  vectorPayload,
} from "./testing.ts";

/** What a call was refused for: its name, and the code of the older protocol. */
async function refusalOf(call: Promise<unknown>) {
  const error = await assertRejects(() => call, Error) as
    & SQSServiceException
    & { Code?: string };
  return [error.name, error.Code, error.$metadata.httpStatusCode];
}

Deno.test("Amazon's own client receives, hides and deletes messages", async () => {
  await using test = await testVault();
  await using sdk = await queueSdkOf(test);
  const { client } = sdk;
  const { QueueUrl } = await client.send(
    new GetQueueUrlCommand({ QueueName: "done" }),
  );
  assertEquals(QueueUrl, `${sdk.url}/000000000000/done`);
  const id = await uploadArchive(test, vectorPayload(10));
  for (let i = 0; i < 4; i++) await beginToldJob(test, id, "done", `job ${i}`);
  // The client checks the MD5 of each body.
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ["ApproximateReceiveCount"],
    }),
  );
  assertEquals(
    Messages.map(({ Body }) =>
      JSON.parse(JSON.parse(Body!).Message).JobDescription
    ),
    ["job 0", "job 1", "job 2", "job 3"],
  );
  assertEquals(Messages[0].Attributes, { ApproximateReceiveCount: "1" });
  const [one, two, three, four] = Messages.map((message) =>
    message.ReceiptHandle
  );
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: one }));
  const batch = await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: "two", ReceiptHandle: two },
        { Id: "wrong", ReceiptHandle: "wrong" },
      ],
    }),
  );
  assertEquals(batch.Successful, [{ Id: "two" }]);
  assertEquals(batch.Failed?.map(({ Code }) => Code), [
    "ReceiptHandleIsInvalid",
  ]);
  await client.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl,
      ReceiptHandle: three,
      VisibilityTimeout: 0,
    }),
  );
  const again = await client.send(new ReceiveMessageCommand({ QueueUrl }));
  assertEquals(again.Messages?.[0].MessageId, Messages[2].MessageId);
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  assertEquals(Attributes?.ApproximateNumberOfMessagesNotVisible, "2");
  await client.send(new PurgeQueueCommand({ QueueUrl }));
  await client.send(
    new DeleteMessageCommand({ QueueUrl, ReceiptHandle: four }),
  );
  const empty = await client.send(new ReceiveMessageCommand({ QueueUrl }));
  assertEquals(empty.Messages, undefined);
  assertEquals(test.failures, []);
});

Deno.test("Amazon's own client waits for a job that it began", async () => {
  await using test = await testVault({ jobDelay: 1 });
  await using glacier = await sdkOf(test);
  await using sdk = await queueSdkOf(test);
  const archiveId = await uploadArchive(test, vectorPayload(10));
  const { jobId } = await glacier.client.send(
    new InitiateJobCommand({
      accountId: "-",
      vaultName: "v",
      jobParameters: {
        Type: "archive-retrieval",
        ArchiveId: archiveId,
        SNSTopic: topic("done"),
      },
    }),
  );
  const waiting = sdk.client.send(
    new ReceiveMessageCommand({
      QueueUrl: `${sdk.url}/000000000000/done`,
      WaitTimeSeconds: 20,
    }),
  );
  test.time += 1000;
  const { Messages: [message] = [] } = await waiting;
  assertEquals(JSON.parse(JSON.parse(message.Body!).Message).JobId, jobId);
});

Deno.test("Amazon's own client is told of a wrong queue and a wrong key by their names", async () => {
  await using test = await testVault();
  await using sdk = await queueSdkOf(test);
  const receive = (client: typeof sdk.client, path: string) =>
    refusalOf(
      client.send(new ReceiveMessageCommand({ QueueUrl: sdk.url + path })),
    );
  assertEquals(await receive(sdk.client, "/111122223333/done"), [
    "QueueDoesNotExist",
    "AWS.SimpleQueueService.NonExistentQueue",
    400,
  ]);
  const wrong = async (key: typeof KEY) => {
    await using sdk = await queueSdkOf(test, key);
    return await receive(sdk.client, "/000000000000/done");
  };
  assertEquals((await wrong({ ...KEY, secretAccessKey: "x" })).slice(1), [
    "SignatureDoesNotMatch",
    403,
  ]);
  assertEquals((await wrong({ ...KEY, accessKeyId: "x" })).slice(1), [
    "InvalidClientTokenId",
    403,
  ]);
});

Deno.test("A client that goes away while it waits leaves nothing waiting, and takes no message with it", async () => {
  await using test = await testVault();
  const ended = Promise.withResolvers<void>();
  const { fetch } = test.server;
  const began = Promise.withResolvers<void>();
  test.server.fetch = async (request) => {
    const target = request.headers.get("x-amz-target");
    if (target !== "AmazonSQS.ReceiveMessage") return await fetch(request);
    const response = fetch(request);
    began.resolve();
    await response;
    ended.resolve();
    return await response;
  };
  await using sdk = await queueSdkOf(test);
  const gone = new AbortController();
  const QueueUrl = `${sdk.url}/000000000000/done`;
  const waiting = sdk.client.send(
    new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }),
    { abortSignal: gone.signal },
  );
  await began.promise;
  const start = performance.now();
  gone.abort();
  await assertRejects(() => waiting, Error);
  await ended.promise;
  assertLess(performance.now() - start, 10_000);
  test.server.fetch = fetch;
  const id = await uploadArchive(test, vectorPayload(10));
  await beginToldJob(test, id, "done");
  const { Messages } = await sdk.client.send(
    new ReceiveMessageCommand({ QueueUrl }),
  );
  assertEquals(Messages?.length, 1);
});
