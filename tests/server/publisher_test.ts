import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { createHost } from "../../src/platform/host.ts";
import {
  assertRefused,
  beginJob,
  clientOf,
  HOUR,
  MIB,
  testVault,
  uploadArchive,
  vectorPayload,
} from "./testing.ts";
import {
  beginInventoryJob,
  beginToldJob,
  configure,
  drain,
  drainDescriptions,
  receive,
  topic,
} from "./queue_testing.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

Deno.test("A job's topic is told when it completes, as Describe Job tells it", async () => {
  await using test = await testVault({ jobDelay: 3600 });
  const id = await uploadArchive(test, vectorPayload(2 * MIB + 1));
  const job = await beginToldJob(test, id, "done");
  test.time += HOUR - 1;
  assertEquals(await receive(test, "done"), []);
  test.time += 1;
  const [message, ...more] = await receive(test, "done");
  assertEquals(more, []);
  const envelope = JSON.parse(message.Body);
  assertMatch(envelope.MessageId, UUID);
  assertNotEquals(envelope.MessageId, message.MessageId);
  const { Message, Signature, ...others } = envelope;
  const subscription = `${topic("done")}:6d6f7261-696e-4e65-8000-000000000002`;
  assertEquals(others, {
    Type: "Notification",
    MessageId: envelope.MessageId,
    TopicArn: topic("done"),
    Timestamp: "2026-11-22T13:00:00.000Z",
    SignatureVersion: "1",
    SigningCertURL: "https://sns.invalid/no-certificate.pem",
    UnsubscribeURL:
      `https://sns.invalid/?Action=Unsubscribe&SubscriptionArn=${subscription}`,
  });
  assertEquals(atob(Signature), "This message is not signed.");
  const described = await test.call({ path: job });
  assertEquals(Message, await described.text());
  assertEquals(JSON.parse(Message).StatusCode, "Succeeded");
});

Deno.test("A vault's topic is told of the events that are listed when a job completes", async () => {
  await using test = await testVault({ jobDelay: 3600 });
  const id = await uploadArchive(test, vectorPayload(10));
  const begin = async (Description: string) => {
    await beginJob(test, id, { Description });
    await beginInventoryJob(test, { Description: `${Description}, inventory` });
    test.time += HOUR;
  };
  await begin("told nobody");
  await configure(test, "first");
  await begin("told both");
  await configure(test, "second", ["ArchiveRetrievalCompleted"]);
  await begin("told archives");
  await configure(test, "second", ["InventoryRetrievalCompleted"]);
  await begin("told inventories");
  await test.call({
    method: "DELETE",
    path: "/-/vaults/v/notification-configuration",
  });
  await begin("told nobody any more");
  assertEquals(await drainDescriptions(test, "first"), [
    "told both",
    "told both, inventory",
  ]);
  assertEquals(await drainDescriptions(test, "second"), [
    "told archives",
    "told inventories, inventory",
  ]);
});

Deno.test("The topics of a job and of its vault are both told, and twice where they are the same", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(10));
  await configure(test, "vault");
  await beginToldJob(test, id, "own", "two topics");
  await beginToldJob(test, id, "vault", "one topic");
  await beginJob(test, id, { Description: "the vault's topic" });
  assertEquals(await drainDescriptions(test, "own"), ["two topics"]);
  const messages = await receive(test, "vault");
  const envelopes = messages.map(({ Body }) => JSON.parse(Body));
  assertEquals(new Set(envelopes.map((each) => each.MessageId)).size, 4);
  const jobs = envelopes.map(({ Message }) => JSON.parse(Message));
  assertEquals(
    jobs.map((job) => [job.JobDescription, job.SNSTopic]).sort(),
    [
      ["one topic", topic("vault")],
      ["one topic", topic("vault")],
      ["the vault's topic", null],
      ["two topics", topic("own")],
    ],
  );
});

Deno.test("Topics are told of inventories with their size, in either format", async () => {
  await using test = await testVault({ jobDelay: 3600 });
  await uploadArchive(test, vectorPayload(10));
  for (const Format of ["JSON", "CSV"]) {
    const job = await beginInventoryJob(test, {
      Format,
      SNSTopic: topic("done"),
      InventoryRetrievalParameters: { Limit: "5" },
    });
    test.time += HOUR;
    const [told] = await drain(test, "done");
    const output = await test.call({ path: `${job}/output` });
    const { byteLength } = await output.arrayBuffer();
    assertEquals(told.Action, "InventoryRetrieval");
    assertEquals(told.InventorySizeInBytes, byteLength);
    assertEquals(told.InventoryRetrievalParameters, {
      EndDate: null,
      Format,
      Limit: "5",
      Marker: null,
      StartDate: null,
    });
  }
});

Deno.test("A job that fails because its archive was deleted completes then, and topics are told", async () => {
  await using test = await testVault({ jobDelay: 3600 });
  const id = await uploadArchive(test, vectorPayload(10));
  await configure(test, "vault", ["ArchiveRetrievalCompleted"]);
  await beginToldJob(test, id, "own");
  test.time += 1000;
  await test.call({ method: "DELETE", path: `/-/vaults/v/archives/${id}` });
  for (const queue of ["own", "vault"]) {
    const [told, ...more] = await drain(test, queue);
    assertEquals(more, []);
    assertEquals(
      [told.Completed, told.StatusCode, told.StatusMessage],
      [true, "Failed", `The archive was deleted: ${id}`],
    );
    assertEquals(told.CompletionDate, "2026-11-22T12:00:01.000Z");
  }
  test.time += HOUR;
  assertEquals(await drain(test, "own"), []);
});

Deno.test("A vault that is deleted has told of its jobs before", async () => {
  await using test = await testVault({ jobDelay: 3600 });
  const client = clientOf(test);
  await client.deleteArchive("v", await uploadArchive(test, vectorPayload(10)));
  await beginInventoryJob(test, {
    Description: "inventory",
    SNSTopic: topic("done"),
  });
  test.time += HOUR;
  await client.deleteVault("v");
  assertEquals(await drainDescriptions(test, "done"), ["inventory"]);
});

Deno.test("Jobs that complete while no server runs are published by the next one, however late", async () => {
  await using test = await testVault({ jobDelay: 3600 });
  const id = await uploadArchive(test, vectorPayload(10));
  await configure(test, "vault");
  for (const late of [HOUR, 7 * 24 * HOUR]) {
    await beginToldJob(test, id, "own", "an archive");
    await beginInventoryJob(test, { Description: "an inventory" });
    await test.server[Symbol.asyncDispose]();
    test.time += HOUR + late;
    await test.restart();
    assertEquals(await drainDescriptions(test, "own"), ["an archive"]);
    await test.restart();
    assertEquals(await drainDescriptions(test, "own"), []);
    assertEquals(await drainDescriptions(test, "vault"), [
      "an archive",
      "an inventory",
    ]);
  }
});

Deno.test("Many jobs that complete at once are all published, each once", async () => {
  await using test = await testVault({ jobDelay: 3600 });
  const id = await uploadArchive(test, vectorPayload(10));
  const expected: string[] = [];
  for (let i = 0; i < 250; i++) {
    const Description = `job ${i}`;
    if (i % 50 === 0) {
      await beginInventoryJob(test, { Description, SNSTopic: topic("done") });
    } else if (i % 3 > 0) await beginToldJob(test, id, "done", Description);
    else await beginJob(test, id, { Description });
    if (i % 50 === 0 || i % 3 > 0) expected.push(Description);
  }
  test.time += HOUR;
  // Together, as clients come.
  await Promise.all([receive(test, "other"), receive(test, "another")]);
  assertEquals(await drainDescriptions(test, "done"), expected.sort());
});

Deno.test("A topic of another account, or with a name that no queue can have, has no queue", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(10));
  const long = "x".repeat(81);
  for (
    const SNSTopic of [
      "arn:aws:sns:us-east-1:111122223333:done",
      topic(long),
    ]
  ) {
    await beginJob(test, id, { SNSTopic });
  }
  await beginJob(test, id, {
    Description: "another region's",
    SNSTopic: "arn:aws-cn:sns:cn-north-1:000000000000:done",
  });
  assertEquals(await drainDescriptions(test, "done"), ["another region's"]);
  assertEquals(test.failures, []);
});

Deno.test("A job whose topic cannot be one is refused", async () => {
  await using test = await testVault();
  const ArchiveId = await uploadArchive(test, vectorPayload(10));
  for (const SNSTopic of ["", "done", "arn:aws:sqs:us-east-1:000000000000:q"]) {
    const response = await test.call({
      method: "POST",
      path: "/-/vaults/v/jobs",
      body: JSON.stringify({ Type: "archive-retrieval", ArchiveId, SNSTopic }),
    });
    await assertRefused(
      response,
      400,
      "InvalidParameterValueException",
      "Invalid SNS topic",
    );
  }
});

Deno.test("A folder of the version without notifications goes on: only what completes from then on is published", async () => {
  await using test = await testVault();
  await test.server[Symbol.asyncDispose]();
  const path = `${test.folder}/metadata.sqlite`;
  await Deno.remove(path);
  const sql = new URL("./version_4.sql", import.meta.url);
  using database = createHost().openDatabase(path);
  database.exec(await Deno.readTextFile(sql));
  database.close();
  test.time = Date.UTC(2026, 10, 22, 13, 30);
  await test.restart();
  const { items } = await clientOf(test).listJobs("v");
  assertEquals(
    items.map(({ description, completed }) => [description, completed]),
    [
      ["completed", true],
      ["pending", false],
      ["to no topic", false],
      ["inventory", false],
    ],
  );
  assertEquals(await drain(test, "own"), []);
  test.time += HOUR;
  assertEquals(await drainDescriptions(test, "own"), ["pending"]);
  assertEquals(await drainDescriptions(test, "done"), [
    "inventory",
    "pending",
    "to no topic",
  ]);
  assertEquals(test.failures, []);
});

Deno.test("A message waits for four days and no longer, whether anybody asks for it or not", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(10));
  const DAY = 24 * HOUR;
  await beginToldJob(test, id, "done", "first");
  test.time += DAY;
  await beginToldJob(test, id, "done", "second");
  test.time += 3 * DAY - 1;
  assertEquals(
    (await receive(test, "done", { VisibilityTimeout: 0 })).length,
    2,
  );
  test.time += 1;
  const [kept, ...more] = await receive(test, "done", { VisibilityTimeout: 0 });
  assertEquals(more, []);
  assertEquals(
    JSON.parse(JSON.parse(kept.Body).Message).JobDescription,
    "second",
  );
  test.time += DAY;
  await test.restart();
  await test.server[Symbol.asyncDispose]();
  using database = createHost().openDatabase(`${test.folder}/metadata.sqlite`);
  const count = (table: string) =>
    database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n;
  assertEquals([count("messages"), count("deliveries")], [0, 0]);
  database.close();
  await test.restart();
});

/** Jobs by how often messages tell of them. */
async function timesTold(
  test: Awaited<ReturnType<typeof testVault>>,
  queue: string,
): Promise<Map<unknown, number>> {
  const times = new Map<unknown, number>();
  for (const { JobId } of await drain(test, queue)) {
    times.set(JobId, (times.get(JobId) ?? 0) + 1);
  }
  return times;
}

Deno.test("A kill -9 amid jobs that complete leaves each published exactly once", async () => {
  await using test = await testVault();
  await uploadArchive(test, vectorPayload(10));
  for (const count of [3, 30]) {
    await test.server[Symbol.asyncDispose]();
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        new URL("./kill_publisher.ts", import.meta.url).href,
        test.folder,
        String(test.time),
      ],
      stdout: "piped",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream());
    let printed = "";
    for await (const chunk of lines) {
      printed += chunk;
      if (printed.split("\n").length > count) child.kill("SIGKILL");
    }
    await child.status;
    await test.restart();
    const acknowledged = printed.split("\n").slice(0, -1);
    const told = await timesTold(test, "done");
    for (const id of acknowledged) assertEquals(told.get(id), 1, id);
    assertEquals([...told.values()].filter((times) => times !== 1), []);
    await test.restart();
    assertEquals(await drain(test, "done"), []);
  }
});

Deno.test("A server that is closed leaves no timer behind, and what was pending is published later", async () => {
  // The sanitizers of this run look for the timer.
  const test = await testVault({ jobDelay: 3600 });
  const id = await uploadArchive(test, vectorPayload(10));
  await beginToldJob(test, id, "done");
  await test.restart();
  test.time += HOUR;
  await test.restart();
  assertEquals((await drain(test, "done")).length, 1);
  await test[Symbol.asyncDispose]();
});
