import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Fetch } from "../../src/aws/http.ts";
import { MoraineError } from "../../src/errors.ts";
import { type HttpServer, serveHttp } from "../../src/platform/serve_http.ts";
import { parseNotifyUrl, waitAfter } from "../../src/server/deliverer.ts";
import { beginToldJob, receive, topic } from "./queue_testing.ts";
import {
  HOUR,
  type TestServer,
  testVault,
  uploadArchive,
  vectorPayload,
} from "./testing.ts";

/** A request that a receiver got. */
interface Notification {
  path: string;
  headers: Headers;
  envelope: Record<string, string>;
  job: Record<string, unknown>;
}

/** A real receiver of notifications, which answers as it is told. */
interface Receiver extends AsyncDisposable {
  url: string;
  /** The next one that comes, or that nobody has looked at. */
  next(): Promise<Notification>;
  /** How many have come that nobody has looked at. */
  waiting(): number;
}

async function startReceiver(
  answer: (count: number) => Response | Promise<Response>,
): Promise<Receiver> {
  let controller!: ReadableStreamDefaultController<Notification>;
  const received = new ReadableStream<Notification>({
    start: (given) => void (controller = given),
  }).getReader();
  let count = 0;
  let read = 0;
  const http: HttpServer = await serveHttp(async (request) => {
    assertEquals(request.method, "POST");
    const { pathname, search } = new URL(request.url);
    const envelope = await request.json();
    controller.enqueue({
      path: pathname + search,
      headers: request.headers,
      envelope,
      job: JSON.parse(envelope.Message),
    });
    return await answer(++count);
  }, { hostname: "127.0.0.1", port: 0 });
  return {
    url: http.url,
    async next() {
      read++;
      return (await received.read()).value!;
    },
    waiting: () => count - read,
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  };
}

function ok(): Response {
  return new Response("thanks");
}

/** A vault with an archive, in a server that notifies a URL. */
async function notifyingVault(
  notifyUrl: string,
  options: Parameters<typeof testVault>[0] = {},
): Promise<{ test: TestServer; id: string }> {
  const test = await testVault({ notifyUrl, ...options });
  return { test, id: await uploadArchive(test, vectorPayload(10)) };
}

/**
 * The next notification, which waits for its time: that comes as the clock is
 * moved on, and any request lets the server look.
 */
async function nextInTime(
  test: TestServer,
  receiver: Receiver,
): Promise<Notification> {
  const next = receiver.next();
  let arrived = false;
  next.finally(() => arrived = true);
  while (!arrived) {
    test.time += 10_000;
    await receive(test, "other");
  }
  return await next;
}

/** Resolves once the server has reported something. */
async function reported(test: TestServer): Promise<string> {
  while (test.failures.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert(test.failures[0] instanceof MoraineError);
  return test.failures[0].message;
}

Deno.test("A URL gets what a topic is told, as SNS would send it", async () => {
  await using receiver = await startReceiver(ok);
  const { test, id } = await notifyingVault(
    `${receiver.url}/hook/?token=a%20b`,
  );
  await using _ = test;
  await beginToldJob(test, id, "done");
  const { path, headers, envelope, job } = await receiver.next();
  assertEquals(path, "/hook/?token=a%20b");
  assertEquals(job.JobDescription, "a job");
  const subscription = `${topic("done")}:6d6f7261-696e-4e65-8000-000000000001`;
  const expected: Record<string, string> = {
    "content-type": "text/plain; charset=UTF-8",
    "user-agent": "Amazon Simple Notification Service Agent",
    "x-amz-sns-message-id": envelope.MessageId,
    "x-amz-sns-message-type": "Notification",
    "x-amz-sns-subscription-arn": subscription,
    "x-amz-sns-topic-arn": topic("done"),
  };
  for (const [name, value] of Object.entries(expected)) {
    assertEquals(headers.get(name), value, name);
  }
  const [{ Body }] = await receive(test, "done");
  const { UnsubscribeURL, ...queued } = JSON.parse(Body);
  assertEquals(envelope, {
    ...queued,
    UnsubscribeURL: UnsubscribeURL.replace(/1?[0-9]$/, "1"),
  });
  assert(envelope.UnsubscribeURL.endsWith(subscription));
});

Deno.test("A URL is told of topics that have no queue here", async () => {
  await using receiver = await startReceiver(ok);
  const { test, id } = await notifyingVault(receiver.url);
  await using _ = test;
  const SNSTopic = "arn:aws:sns:us-east-1:111122223333:elsewhere";
  await test.call({
    method: "PUT",
    path: "/-/vaults/v/notification-configuration",
    body: JSON.stringify({
      SNSTopic,
      Events: ["ArchiveRetrievalCompleted"],
    }),
  });
  await beginToldJob(test, id, "done");
  const topics = [await receiver.next(), await receiver.next()]
    .map(({ envelope }) => envelope.TopicArn);
  assertEquals(topics.sort(), [topic("done"), SNSTopic].sort());
});

Deno.test("A notification is tried again after answers that tell of passing trouble", async () => {
  const statuses = [500, 429, 200];
  await using receiver = await startReceiver((count) =>
    new Response("trouble", { status: statuses[count - 1] ?? 200 })
  );
  const { test, id } = await notifyingVault(receiver.url);
  await using _ = test;
  await beginToldJob(test, id, "done");
  const ids: string[] = [];
  for (const _ of statuses) {
    const { envelope } = await nextInTime(test, receiver);
    ids.push(envelope.MessageId);
  }
  assertEquals(new Set(ids).size, 1);
  // It is not sent again, while others are.
  await beginToldJob(test, id, "done", "later");
  const { job } = await nextInTime(test, receiver);
  assertEquals(job.JobDescription, "later");
  assertEquals(test.failures, []);
});

Deno.test("A notification that nobody takes is given up after ten attempts, and told", async () => {
  await using receiver = await startReceiver(() =>
    new Response(null, { status: 503 })
  );
  const { test, id } = await notifyingVault(receiver.url);
  await using _ = test;
  await beginToldJob(test, id, "done");
  const { envelope } = await receiver.next();
  for (let attempt = 2; attempt <= 6; attempt++) {
    await nextInTime(test, receiver);
  }
  // A restart forgets neither the notification nor the attempts, but for one
  // whose answer comes too late.
  await test.restart();
  const before = receiver.waiting();
  while (test.failures.length === 0) {
    test.time += 10_000;
    await receive(test, "other");
  }
  assertEquals(
    await reported(test),
    `The notification ${envelope.MessageId} could not be delivered to ${
      new URL(receiver.url).host
    } after 10 attempts: the answer has HTTP status 503`,
  );
  const after = receiver.waiting() - before;
  assert(after === 4 || after === 5, `${after} attempts after the restart`);
  await test.restart();
  assertEquals(receiver.waiting() - before, after);
  assertEquals((await receive(test, "done")).length, 1);
});

Deno.test("A redirect is not followed, and like other refusals final", async () => {
  await using target = await startReceiver(ok);
  const answers = [
    Response.redirect(target.url, 307),
    Response.redirect(target.url, 303),
    new Response("no", { status: 400 }),
    new Response("no", { status: 410 }),
  ];
  for (const answer of answers) {
    await using receiver = await startReceiver(() => answer);
    const { test, id } = await notifyingVault(receiver.url);
    await using _ = test;
    await beginToldJob(test, id, "done");
    await receiver.next();
    const message = await reported(test);
    assert(message.endsWith(`: the answer has HTTP status ${answer.status}`));
    test.time += HOUR;
    await test.restart();
    assertEquals([receiver.waiting(), target.waiting()], [0, 0]);
    assertEquals(test.failures.length, 1);
  }
});

Deno.test("A receiver that hangs holds up neither requests nor queues nor the end, and gets the rest later", async () => {
  const released = Promise.withResolvers<void>();
  let hang = true;
  await using receiver = await startReceiver(() =>
    hang ? released.promise.then(ok) : ok()
  );
  const { test, id } = await notifyingVault(receiver.url);
  await using _ = test;
  for (let i = 0; i < 6; i++) await beginToldJob(test, id, "done", `job ${i}`);
  const told: unknown[] = [];
  for (let i = 0; i < 4; i++) told.push((await receiver.next()).job.JobId);
  assertEquals((await receive(test, "done")).length, 6);
  // No more than four at a time.
  assertEquals(receiver.waiting(), 0);
  hang = false;
  await test.restart();
  // What was under way counts as not delivered.
  const again: unknown[] = [];
  for (let i = 0; i < 6; i++) again.push((await receiver.next()).job.JobId);
  assertEquals(new Set(again).size, 6);
  assertEquals(told.filter((job) => !again.includes(job)), []);
  assertEquals(test.failures, []);
  released.resolve();
});

Deno.test("A notification waits for a receiver that isn't there, across a restart", async () => {
  const first = await startReceiver(ok);
  const { port } = new URL(first.url);
  await first[Symbol.asyncDispose]();
  const { test, id } = await notifyingVault(first.url);
  await using _ = test;
  await beginToldJob(test, id, "done");
  await test.restart();
  let topicTold: string | undefined;
  await using _http = await serveHttp(async (request) => {
    topicTold = (await request.json()).TopicArn;
    return ok();
  }, { hostname: "127.0.0.1", port: Number(port) });
  while (topicTold === undefined) {
    test.time += 10_000;
    await receive(test, "other");
  }
  assertEquals(topicTold, topic("done"));
  assertEquals(test.failures, []);
});

Deno.test("A job that completes unasked is told to the URL, by the timer or at the start", async () => {
  await using receiver = await startReceiver(ok);
  const { test, id } = await notifyingVault(receiver.url, { jobDelay: 3600 });
  await using _ = test;
  await beginToldJob(test, id, "done", "by the timer");
  test.time += HOUR;
  const first = await receiver.next();
  assertEquals(first.job.JobDescription, "by the timer");
  await beginToldJob(test, id, "done", "at the start");
  await test.server[Symbol.asyncDispose]();
  test.time += HOUR;
  await test.restart();
  // The server may have closed before it saw the first answer: then the same
  // message comes again.
  let second = await receiver.next();
  while (second.envelope.MessageId === first.envelope.MessageId) {
    second = await receiver.next();
  }
  assertEquals(second.job.JobDescription, "at the start");
});

Deno.test("A receiver that says nothing is left alone in time, and asked again", async () => {
  const released = Promise.withResolvers<void>();
  await using receiver = await startReceiver((count) =>
    count === 1 ? released.promise.then(ok) : ok()
  );
  const { test, id } = await notifyingVault(receiver.url, {
    notifyTimeout: 0.05,
  });
  await using _ = test;
  await beginToldJob(test, id, "done");
  const { envelope } = await receiver.next();
  const again = await nextInTime(test, receiver);
  assertEquals(again.envelope.MessageId, envelope.MessageId);
  assertEquals(test.failures, []);
  released.resolve();
});

Deno.test("The body of an answer is released, be it without end", async () => {
  const cancelled = Promise.withResolvers<void>();
  const fetch: Fetch = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1)),
        cancel: () => cancelled.resolve(),
      }),
    );
  const { test, id } = await notifyingVault("http://receiver.example/", {
    fetch,
  });
  await using _ = test;
  await beginToldJob(test, id, "done");
  await cancelled.promise;
  assertEquals(test.failures, []);
});

Deno.test("parseNotifyUrl() takes http and https addresses without user", () => {
  assertEquals(parseNotifyUrl("https://h/p/?q=1").href, "https://h/p/?q=1");
  for (const text of ["", "h/p", "ftp://h/", "http://user@h/", "http://"]) {
    assertThrows(() => parseNotifyUrl(text), MoraineError, "http");
  }
});

Deno.test("waitAfter() doubles from a second to twenty, at least half of it certain", () => {
  const bounds = [1, 2, 3, 4, 5, 6, 9].map((attempts) => [
    waitAfter(attempts, () => 0),
    waitAfter(attempts, () => 1),
  ]);
  assertEquals(bounds, [
    [500, 1000],
    [1000, 2000],
    [2000, 4000],
    [4000, 8000],
    [8000, 16_000],
    [10_000, 20_000],
    [10_000, 20_000],
  ]);
});
