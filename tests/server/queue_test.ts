import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertNotEquals,
} from "@std/assert";
import {
  beginToldJob,
  callQueue,
  queueAnswer,
  queueUrl,
  receive,
  signQueueRequest,
  topic,
} from "./queue_testing.ts";
import {
  assertRefused,
  beginJob,
  HOUR,
  KEY,
  sign,
  type TestServer,
  testServer,
  testVault,
  uploadArchive,
  vectorPayload,
} from "./testing.ts";

const QUEUE = { QueueUrl: queueUrl("done") };
const OWN = "com.amazonaws.sqs#";
const COMMON = "com.amazon.coral.service#";

/** A server whose queue `done` has so many messages. */
async function testQueue(messages: number): Promise<TestServer> {
  const test = await testVault();
  const id = await uploadArchive(test, vectorPayload(10));
  for (let i = 0; i < messages; i++) {
    await beginToldJob(test, id, "done", `job ${i}`);
  }
  return test;
}

/** The description of the job that a message tells of. */
function jobOf({ Body }: { Body: string }): string {
  return JSON.parse(JSON.parse(Body).Message).JobDescription;
}

/** Asserts that a request is refused so: with this code, and that in the older protocol. */
async function assertQueueRefused(
  response: Response,
  status: number,
  type: string,
  queryCode: string,
  message = "",
): Promise<void> {
  const body = await response.json();
  assertEquals(
    [response.status, body.__type, response.headers.get("x-amzn-query-error")],
    [status, type, `${queryCode};Sender`],
    body.message,
  );
  assert(body.message.includes(message), body.message);
  assertMatch(response.headers.get("x-amzn-requestid")!, /^[0-9a-f-]{36}$/);
  assertEquals(
    response.headers.get("content-type"),
    "application/x-amz-json-1.0",
  );
}

Deno.test("A received message is out of sight until its timeout is over", async () => {
  await using test = await testQueue(3);
  const names = (messages: { Body: string }[]) => messages.map(jobOf).sort();
  const one = await receive(test, "done", {
    MaxNumberOfMessages: 1,
    VisibilityTimeout: 60,
  });
  assertEquals(names(one), ["job 0"]);
  const others = await receive(test, "done");
  assertEquals(names(others), ["job 1", "job 2"]);
  assertEquals(await receive(test, "done"), []);
  test.time += 30_000 - 1;
  assertEquals(await receive(test, "done"), []);
  test.time += 1;
  assertEquals(names(await receive(test, "done")), ["job 1", "job 2"]);
  test.time += 30_000;
  await test.restart();
  const [first, ...more] = await receive(test, "done");
  assertEquals(names([first, ...more]), ["job 0", "job 1", "job 2"]);
  const again = [first, ...more].find(({ MessageId }) =>
    MessageId === one[0].MessageId
  )!;
  assertNotEquals(again.ReceiptHandle, one[0].ReceiptHandle);
  assertEquals([again.Body, again.MD5OfBody], [one[0].Body, one[0].MD5OfBody]);
});

Deno.test("A message tells of itself what is asked for", async () => {
  await using test = await testQueue(1);
  const sent = test.time;
  test.time += 1000;
  const look = async (fields: Record<string, unknown>) => {
    const [message] = await receive(test, "done", {
      VisibilityTimeout: 0,
      ...fields,
    });
    return message.Attributes;
  };
  assertEquals(await look({}), undefined);
  assertEquals(await look({ AttributeNames: ["SentTimestamp"] }), {
    SentTimestamp: String(sent),
  });
  test.time += 1000;
  const { SenderId, ...others } = (await look({
    MessageSystemAttributeNames: ["All"],
  }))!;
  assertEquals(others, {
    ApproximateFirstReceiveTimestamp: String(sent + 1000),
    ApproximateReceiveCount: "3",
    SentTimestamp: String(sent),
  });
  assertMatch(SenderId, /^AIDA[A-Z0-9]{17}$/);
});

Deno.test("A message is deleted by its latest receipt alone", async () => {
  await using test = await testQueue(1);
  const take = async () => {
    const [message] = await receive(test, "done", { VisibilityTimeout: 0 });
    return message?.ReceiptHandle;
  };
  const remove = (ReceiptHandle: string) =>
    queueAnswer(test, "DeleteMessage", { ...QUEUE, ReceiptHandle });
  const old = await take();
  const latest = await take();
  assertEquals(await remove(old), undefined);
  const newest = await take();
  assertNotEquals(newest, latest);
  // Also after it has come back into sight.
  test.time += HOUR;
  await remove(newest);
  assertEquals(await take(), undefined);
  await remove(newest);
  await test.restart();
  assertEquals(await take(), undefined);
});

Deno.test("A batch deletes what it can, and tells the rest", async () => {
  await using test = await testQueue(3);
  const messages = await receive(test, "done");
  const [a, b] = messages.map(({ ReceiptHandle }) => ReceiptHandle);
  const answer = await queueAnswer(test, "DeleteMessageBatch", {
    ...QUEUE,
    Entries: [
      { Id: "a", ReceiptHandle: a },
      { Id: "wrong", ReceiptHandle: "nothing" },
      { Id: "b", ReceiptHandle: b },
      { Id: "none" },
    ],
  });
  assertEquals(answer.Successful, [{ Id: "a" }, { Id: "b" }]);
  assertEquals(
    answer.Failed.map((entry: Record<string, unknown>) => [
      entry.Id,
      entry.SenderFault,
      entry.Code,
    ]),
    [
      ["wrong", true, "ReceiptHandleIsInvalid"],
      ["none", true, "MissingParameter"],
    ],
  );
  test.time += HOUR;
  assertEquals((await receive(test, "done")).map(jobOf), ["job 2"]);
});

Deno.test("A message's timeout is changed, up to 12 hours in all", async () => {
  await using test = await testQueue(1);
  const [{ ReceiptHandle }] = await receive(test, "done");
  const change = (VisibilityTimeout: number, handle = ReceiptHandle) =>
    callQueue(test, "ChangeMessageVisibility", {
      ...QUEUE,
      ReceiptHandle: handle,
      VisibilityTimeout,
    });
  const INVALID = [
    400,
    `${COMMON}InvalidParameterValueException`,
    "InvalidParameterValue",
  ] as const;
  test.time += 10_000;
  assertEquals((await change(3600)).status, 200);
  test.time += HOUR - 1;
  assertEquals(await receive(test, "done"), []);
  await assertQueueRefused(
    await change(12 * 3600),
    ...INVALID,
    "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]",
  );
  assertEquals((await change(0)).status, 200);
  const [again] = await receive(test, "done");
  assertNotEquals(again.ReceiptHandle, ReceiptHandle);
  await assertQueueRefused(
    await change(1),
    ...INVALID,
    "Message does not exist or is not available for visibility timeout change.",
  );
  assertEquals((await change(43_200, again.ReceiptHandle)).status, 200);
  test.time += 12 * HOUR - 1;
  assertEquals(await receive(test, "done"), []);
  test.time += 1;
  assertEquals((await receive(test, "done")).length, 1);
});

Deno.test("A queue tells its address and its attributes", async () => {
  await using test = await testQueue(3);
  await receive(test, "done", { MaxNumberOfMessages: 1 });
  assertEquals(
    await queueAnswer(test, "GetQueueUrl", { QueueName: "done" }),
    QUEUE,
  );
  const read = (AttributeNames?: string[]) =>
    queueAnswer(test, "GetQueueAttributes", { ...QUEUE, AttributeNames });
  assertEquals(await read(), {});
  assertEquals(await read(["Policy"]), {});
  assertEquals(await read(["ApproximateNumberOfMessages", "QueueArn"]), {
    Attributes: {
      ApproximateNumberOfMessages: "2",
      QueueArn: "arn:aws:sqs:us-east-1:000000000000:done",
    },
  });
  const { Attributes } = await read(["All"]);
  assertEquals(
    [
      Attributes.ApproximateNumberOfMessagesNotVisible,
      Attributes.MessageRetentionPeriod,
      Attributes.VisibilityTimeout,
    ],
    ["1", "345600", "30"],
  );
  await assertQueueRefused(
    await callQueue(test, "GetQueueAttributes", {
      ...QUEUE,
      AttributeNames: ["QueueArn", "Length"],
    }),
    400,
    `${OWN}InvalidAttributeName`,
    "InvalidAttributeName",
    "Length",
  );
});

Deno.test("A queue is purged once a minute", async () => {
  await using test = await testQueue(2);
  await receive(test, "done", { MaxNumberOfMessages: 1 });
  await queueAnswer(test, "PurgeQueue", QUEUE);
  test.time += HOUR / 60 - 1;
  assertEquals(await receive(test, "done"), []);
  await test.restart();
  const again = () => callQueue(test, "PurgeQueue", QUEUE);
  await assertQueueRefused(
    await again(),
    403,
    `${OWN}PurgeQueueInProgress`,
    "AWS.SimpleQueueService.PurgeQueueInProgress",
  );
  await queueAnswer(test, "PurgeQueue", { QueueUrl: queueUrl("other") });
  test.time += 2;
  assertEquals((await again()).status, 200);
});

Deno.test("What is no queue of this account isn't there", async () => {
  await using test = await testQueue(1);
  for (
    const QueueUrl of [
      undefined,
      "",
      "done",
      "http://localhost/done",
      "http://localhost/111122223333/done",
      "http://localhost/000000000000/",
      "http://localhost/000000000000/done/more",
      "http://localhost/000000000000/done.fifo",
      `http://localhost/000000000000/${"x".repeat(81)}`,
    ]
  ) {
    for (const operation of ["ReceiveMessage", "PurgeQueue"]) {
      await assertQueueRefused(
        await callQueue(test, operation, { QueueUrl }),
        400,
        `${OWN}QueueDoesNotExist`,
        "AWS.SimpleQueueService.NonExistentQueue",
      );
    }
  }
  const elsewhere = "https://queues.example:8443/000000000000/done";
  const { Messages } = await queueAnswer(test, "ReceiveMessage", {
    QueueUrl: elsewhere,
  });
  assertEquals(Messages.length, 1);
});

Deno.test("What makes no sense to a queue is refused in the service's form", async () => {
  await using test = await testQueue(1);
  const [{ ReceiptHandle }] = await receive(test, "done");
  const value = [
    `${COMMON}InvalidParameterValueException`,
    "InvalidParameterValue",
  ];
  const missing = [
    `${COMMON}MissingRequiredParameterException`,
    "MissingParameter",
  ];
  const malformed = [`${COMMON}SerializationException`, "MalformedInput"];
  const own = (name: string) => [
    OWN + name,
    `AWS.SimpleQueueService.${name}`,
  ];
  const attribute = [`${OWN}InvalidAttributeName`, "InvalidAttributeName"];
  const handle = [`${OWN}ReceiptHandleIsInvalid`, "ReceiptHandleIsInvalid"];
  const unknown = [`${COMMON}UnknownOperationException`, "InvalidAction"];
  const entry = (Id?: string) => ({ Id, ReceiptHandle });
  const eleven = Array.from({ length: 11 }, (_, i) => entry(`e${i}`));
  const cases: [operation: string, fields: unknown, error: string[]][] = [
    ["ReceiveMessage", { MaxNumberOfMessages: 0 }, value],
    ["ReceiveMessage", { MaxNumberOfMessages: 11 }, value],
    ["ReceiveMessage", { WaitTimeSeconds: -1 }, value],
    ["ReceiveMessage", { WaitTimeSeconds: 21 }, value],
    ["ReceiveMessage", { VisibilityTimeout: 43_201 }, value],
    ["ReceiveMessage", { VisibilityTimeout: 1.5 }, malformed],
    ["ReceiveMessage", { VisibilityTimeout: "1" }, malformed],
    ["ReceiveMessage", { AttributeNames: ["Colour"] }, attribute],
    ["ReceiveMessage", { MessageSystemAttributeNames: "All" }, malformed],
    ["DeleteMessage", {}, missing],
    ["DeleteMessage", { ReceiptHandle: "" }, handle],
    ["DeleteMessage", { ReceiptHandle: ReceiptHandle.slice(1) }, handle],
    ["DeleteMessage", { QueueUrl: queueUrl("other"), ReceiptHandle }, handle],
    ["DeleteMessageBatch", {}, own("EmptyBatchRequest")],
    ["DeleteMessageBatch", { Entries: [] }, own("EmptyBatchRequest")],
    ["DeleteMessageBatch", { Entries: {} }, malformed],
    ["DeleteMessageBatch", { Entries: ["a"] }, malformed],
    ["DeleteMessageBatch", { Entries: [entry()] }, missing],
    [
      "DeleteMessageBatch",
      { Entries: [entry("a.b")] },
      own("InvalidBatchEntryId"),
    ],
    [
      "DeleteMessageBatch",
      { Entries: [entry("a"), entry("a")] },
      own("BatchEntryIdsNotDistinct"),
    ],
    [
      "DeleteMessageBatch",
      { Entries: eleven },
      own("TooManyEntriesInBatchRequest"),
    ],
    ["ChangeMessageVisibility", { VisibilityTimeout: 1 }, missing],
    ["ChangeMessageVisibility", { ReceiptHandle }, missing],
    [
      "ChangeMessageVisibility",
      { ReceiptHandle, VisibilityTimeout: -1 },
      value,
    ],
    ["GetQueueUrl", {}, value],
    ["GetQueueUrl", { QueueName: "a b" }, value],
    ["GetQueueUrl", { QueueName: "done.fifo" }, [
      `${OWN}QueueDoesNotExist`,
      "AWS.SimpleQueueService.NonExistentQueue",
    ]],
    ["GetQueueUrl", {
      QueueName: "done",
      QueueOwnerAWSAccountId: "111122223333",
    }, [
      `${OWN}QueueDoesNotExist`,
      "AWS.SimpleQueueService.NonExistentQueue",
    ]],
    ["SendMessage", { MessageBody: "text" }, unknown],
    ["toString", {}, unknown],
    ["", {}, unknown],
  ];
  for (const [operation, fields, [type, queryCode]] of cases) {
    const status = type === handle[0] ? 404 : 400;
    const response = await callQueue(test, operation, {
      ...QUEUE,
      ...fields as object,
    });
    await assertQueueRefused(response, status, type, queryCode);
  }
  for (const body of ["", "{", "[]", "null"]) {
    const request = await signQueueRequest("ReceiveMessage", body, test.time);
    const response = await test.server.fetch(request);
    await assertQueueRefused(response, 400, malformed[0], malformed[1]);
  }
  test.time += HOUR;
  assertEquals((await receive(test, "done")).length, 1);
  assertEquals(test.failures, []);
});

Deno.test("A request is answered by the one service that it is signed for", async () => {
  await using test = await testQueue(1);
  const answer = async (options: Parameters<typeof signQueueRequest>[3]) =>
    await test.server.fetch(
      await signQueueRequest("ReceiveMessage", QUEUE, test.time, options),
    );
  const SIGNATURE = [
    403,
    `${COMMON}InvalidSignatureException`,
    "SignatureDoesNotMatch",
  ] as const;
  for (const signQuery of [false, true]) {
    await assertQueueRefused(
      await answer({ service: "glacier", signQuery }),
      ...SIGNATURE,
      "scoped to correct service: 'sqs'",
    );
    await assertQueueRefused(
      await answer({ secretAccessKey: "wrong", signQuery }),
      ...SIGNATURE,
    );
    await assertQueueRefused(
      await answer({ accessKeyId: "unknown", signQuery }),
      403,
      `${COMMON}UnrecognizedClientException`,
      "InvalidClientTokenId",
    );
    const glacier = await sign({ path: "/-/vaults" }, test.time, {
      service: "sqs",
      signQuery,
    });
    await assertRefused(
      await test.server.fetch(glacier),
      403,
      "InvalidSignatureException",
      "scoped to correct service: 'glacier'",
    );
  }
  const unsigned = await signQueueRequest("ReceiveMessage", QUEUE, test.time);
  const headers = new Headers(unsigned.headers);
  headers.delete("authorization");
  const { url, method } = unsigned;
  const body = JSON.stringify(QUEUE);
  await assertQueueRefused(
    await test.server.fetch(new Request(url, { method, headers, body })),
    403,
    `${COMMON}AccessDeniedException`,
    "AccessDenied",
  );
  // The payload is signed with the rest.
  const other = JSON.stringify({ QueueUrl: queueUrl("other") });
  await assertQueueRefused(
    await test.server.fetch(
      new Request(url, { method, headers: unsigned.headers, body: other }),
    ),
    ...SIGNATURE,
  );
  const presigned = await answer({ signQuery: true });
  assertEquals((await presigned.json()).Messages.length, 1);
});

/** Begins to receive from the queue `done`, waiting for as long as that is possible. */
async function beginReceiving(
  test: TestServer,
  signal?: AbortSignal,
): Promise<{ answer: Promise<Response>; seconds: () => number }> {
  const request = await signQueueRequest(
    "ReceiveMessage",
    { ...QUEUE, WaitTimeSeconds: 20 },
    test.time,
  );
  const start = performance.now();
  const answer = test.server.fetch(new Request(request, { signal }));
  await settle(test);
  return { answer, seconds: () => (performance.now() - start) / 1000 };
}

/** The jobs that the messages of an answer tell of. */
async function jobsIn(answer: Promise<Response>): Promise<string[]> {
  return (await (await answer).json()).Messages.map(jobOf);
}

/** Resolves when requests that came before have been looked at: this one comes after them. */
async function settle(test: TestServer): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await queueAnswer(test, "GetQueueUrl", { QueueName: "done" });
  }
}

Deno.test("A receive that waits gets a message as soon as there is one", async () => {
  await using test = await testVault({ jobDelay: 600 });
  const id = await uploadArchive(test, vectorPayload(10));
  await beginToldJob(test, id, "done", "completes");
  const first = await beginReceiving(test);
  const other = receive(test, "other", { WaitTimeSeconds: 1 });
  // No request tells the server that the clock was moved.
  test.time += 600_000;
  assertEquals(await jobsIn(first.answer), ["completes"]);
  assertLess(first.seconds(), 10);

  const back = await beginReceiving(test);
  test.time += 30_000;
  const { Messages: [message] } = await (await back.answer).json();
  assertLess(back.seconds(), 10);

  const given = await beginReceiving(test);
  await queueAnswer(test, "ChangeMessageVisibility", {
    ...QUEUE,
    ReceiptHandle: message.ReceiptHandle,
    VisibilityTimeout: 0,
  });
  assertEquals(await jobsIn(given.answer), ["completes"]);
  assertEquals(await other, []);
});

Deno.test("Of those who wait, one gets a message", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(10));
  const waiting = [await beginReceiving(test), await beginReceiving(test)]
    .map(({ answer }) => jobsIn(answer));
  await beginToldJob(test, id, "done", "first");
  assertEquals(await Promise.race(waiting), ["first"]);
  await beginJob(test, id, { Description: "second", SNSTopic: topic("done") });
  const all = (await Promise.all(waiting)).flat();
  assertEquals(all.sort(), ["first", "second"]);
});

Deno.test("Waiting ends when whoever waits is gone, and takes no message with it", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(10));
  const gone = new AbortController();
  const { answer, seconds } = await beginReceiving(test, gone.signal);
  gone.abort();
  assertEquals(await (await answer).json(), {});
  assertLess(seconds(), 10);
  await beginToldJob(test, id, "done");
  assertEquals((await receive(test, "done")).length, 1);
});

Deno.test("Waiting ends when the server is about to close", async () => {
  const stop = new AbortController();
  await using test = await testServer({ stop: stop.signal });
  const before = await beginReceiving(test);
  stop.abort();
  const after = await beginReceiving(test);
  for (const { answer, seconds } of [before, after]) {
    assertEquals(await (await answer).json(), {});
    assertLess(seconds(), 10);
  }
});

Deno.test("Waiting ends when the server closes", async () => {
  const test = await testServer();
  const { answer, seconds } = await beginReceiving(test);
  await test.server[Symbol.asyncDispose]();
  assertEquals(await (await answer).json(), {});
  assertLess(seconds(), 10);
  const closed = await callQueue(test, "ReceiveMessage", QUEUE);
  assertEquals(
    [closed.status, (await closed.json()).__type],
    [500, `${COMMON}InternalFailure`],
  );
  await test[Symbol.asyncDispose]();
});

Deno.test("Temporary keys work for queues too", async () => {
  const key = { ...KEY, sessionToken: "token", expires: Date.UTC(2027, 0) };
  await using test = await testServer({ accessKeys: [key] });
  const answer = async (sessionToken?: string) =>
    await test.server.fetch(
      await signQueueRequest("ReceiveMessage", QUEUE, test.time, {
        sessionToken,
      }),
    );
  assertEquals((await answer("token")).status, 200);
  await assertQueueRefused(
    await answer(),
    403,
    `${COMMON}UnrecognizedClientException`,
    "InvalidClientTokenId",
  );
  test.time = key.expires;
  await assertQueueRefused(
    await answer("token"),
    403,
    `${COMMON}ExpiredTokenException`,
    "ExpiredToken",
  );
});
