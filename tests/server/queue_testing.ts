/**
 * What the tests of notifications share: calls of the queue service, and jobs
 * that topics are told of.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { SQSClient } from "@aws-sdk/client-sqs";
import { AwsV4Signer } from "aws4fetch";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { beginJob, KEY, type TestServer } from "./testing.ts";

const ACCOUNT = "000000000000";

/** The topic of that name. */
export function topic(name: string): string {
  return `arn:aws:sns:us-east-1:${ACCOUNT}:${name}`;
}

/** The queue of that name, by any name of the server. */
export function queueUrl(name: string): string {
  return `http://localhost/${ACCOUNT}/${name}`;
}

/** A message as the queue service tells it. */
export interface Received {
  MessageId: string;
  ReceiptHandle: string;
  MD5OfBody: string;
  Body: string;
  Attributes?: Record<string, string>;
}

/** A request to the queue service, signed as of `time`. */
export async function signQueueRequest(
  operation: string,
  fields: unknown,
  time: number,
  options: Partial<ConstructorParameters<typeof AwsV4Signer>[0]> = {},
): Promise<Request> {
  const signer = new AwsV4Signer({
    ...KEY,
    service: "sqs",
    region: "us-east-1",
    method: "POST",
    url: "http://localhost/",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `AmazonSQS.${operation}`,
    },
    body: typeof fields === "string" ? fields : JSON.stringify(fields),
    datetime: new Date(time).toISOString().replace(/[-:]|\.\d+/g, ""),
    ...options,
  });
  const { url, headers, body } = await signer.sign();
  return new Request(url, { method: "POST", headers, body });
}

/** Calls an operation of the queue service. */
export async function callQueue(
  test: TestServer,
  operation: string,
  fields: unknown,
): Promise<Response> {
  const request = await signQueueRequest(operation, fields, test.time);
  return await test.server.fetch(request);
}

/** What an operation answers, which must succeed. */
export async function queueAnswer(
  test: TestServer,
  operation: string,
  fields: unknown,
) {
  const response = await callQueue(test, operation, fields);
  const text = await response.text();
  assertEquals(response.status, 200, text);
  return text === "" ? undefined : JSON.parse(text);
}

/** Receives from a queue, up to 10 messages where nothing else is said. */
export async function receive(
  test: TestServer,
  queue: string,
  fields: Record<string, unknown> = {},
): Promise<Received[]> {
  const { Messages = [] } = await queueAnswer(test, "ReceiveMessage", {
    QueueUrl: queueUrl(queue),
    MaxNumberOfMessages: 10,
    ...fields,
  });
  return Messages;
}

/** Receives and deletes everything in a queue; returns the jobs that the messages tell of. */
export async function drain(test: TestServer, queue: string) {
  const jobs: Record<string, unknown>[] = [];
  for (;;) {
    const messages = await receive(test, queue);
    if (messages.length === 0) return jobs;
    for (const { Body, ReceiptHandle } of messages) {
      jobs.push(JSON.parse(JSON.parse(Body).Message));
      await queueAnswer(test, "DeleteMessage", {
        QueueUrl: queueUrl(queue),
        ReceiptHandle,
      });
    }
  }
}

/** The descriptions of the jobs that the messages of a queue tell of, in their order. */
export async function drainDescriptions(test: TestServer, queue: string) {
  const jobs = await drain(test, queue);
  return jobs.map((job) => job.JobDescription).sort();
}

/** Lets the vault `v` tell a topic of events: of all where none are named. */
export async function configure(
  test: TestServer,
  name: string,
  events = ["ArchiveRetrievalCompleted", "InventoryRetrievalCompleted"],
): Promise<void> {
  const response = await test.call({
    method: "PUT",
    path: "/-/vaults/v/notification-configuration",
    body: JSON.stringify({ SNSTopic: topic(name), Events: events }),
  });
  assertEquals(response.status, 204, await response.text());
}

/** Asks for the inventory of the vault `v`; resolves to the path of the job. */
export async function beginInventoryJob(
  test: TestServer,
  parameters: Record<string, unknown> = {},
): Promise<string> {
  const response = await test.call({
    method: "POST",
    path: "/-/vaults/v/jobs",
    body: JSON.stringify({ Type: "inventory-retrieval", ...parameters }),
  });
  assertEquals(response.status, 202, await response.text());
  return `/-/vaults/v/jobs/${response.headers.get("x-amz-job-id")}`;
}

/** Begins a job whose end a topic is told of. */
export async function beginToldJob(
  test: TestServer,
  archiveId: string,
  name: string,
  Description = "a job",
): Promise<string> {
  return await beginJob(test, archiveId, {
    Description,
    SNSTopic: topic(name),
  });
}

/** The official SDK's client of the queues over a real socket; its clock is the machine's. */
export async function queueSdkOf(
  test: TestServer,
  credentials = KEY,
): Promise<AsyncDisposable & { client: SQSClient; url: string }> {
  test.time = Date.now();
  const http = await serveHttp(
    (request) => test.server.fetch(request),
    { hostname: "127.0.0.1", port: 0 },
  );
  const client = new SQSClient({
    endpoint: http.url,
    region: "us-east-1",
    credentials,
    maxAttempts: 1,
  });
  return {
    client,
    url: http.url,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await http[Symbol.asyncDispose]();
    },
  };
}
