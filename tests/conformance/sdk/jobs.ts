import { assertEquals, assertMatch } from "@std/assert";
import {
  DeleteArchiveCommand,
  DescribeJobCommand,
  GetJobOutputCommand,
  type GlacierClient,
  type GlacierJobDescription,
  InitiateJobCommand,
  type JobParameters,
  ListJobsCommand,
  type ListJobsCommandInput,
  paginateListJobs,
  UploadArchiveCommand,
} from "@aws-sdk/client-glacier";
import {
  MIB,
  testVault,
  treeHashHex,
  vectorPayload,
} from "../../server/testing.ts";
import { ARN, assertSdkRefused, fieldsOf, openSdk, V } from "./client.ts";

const INVALID = "InvalidParameterValueException";
const NOT_FOUND = "ResourceNotFoundException";
const TOPIC = "arn:aws:sns:us-east-1:000000000000:done";

async function upload(client: GlacierClient, body: Uint8Array<ArrayBuffer>) {
  const { archiveId } = await client.send(
    new UploadArchiveCommand({ ...V, body }),
  );
  return archiveId!;
}

/** Asks for an archive. */
function initiate(
  client: GlacierClient,
  ArchiveId: string,
  parameters: JobParameters = {},
) {
  const jobParameters = {
    Type: "archive-retrieval",
    ArchiveId,
    ...parameters,
  };
  return client.send(new InitiateJobCommand({ ...V, jobParameters }));
}

Deno.test("SDK: a job is in progress, and then delivers", async () => {
  await using test = await testVault({ jobDelay: 60 });
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const archive = vectorPayload(10);
  const archiveId = await upload(client, archive);
  const begun = await fieldsOf(
    initiate(client, archiveId, {
      Description: "why not",
      SNSTopic: TOPIC,
      Tier: "Bulk",
    }),
  );
  const { jobId } = begun;
  assertMatch(jobId ?? "", /^[\w-]{92}$/);
  assertEquals(begun, {
    jobId,
    location: `/000000000000/vaults/v/jobs/${jobId}`,
  });

  const job = { ...V, jobId };
  const describe = () => fieldsOf(client.send(new DescribeJobCommand(job)));
  const list = () => fieldsOf(client.send(new ListJobsCommand(V)));
  const treeHash = await treeHashHex(archive);
  const inProgress = {
    Action: "ArchiveRetrieval",
    ArchiveId: archiveId,
    ArchiveSHA256TreeHash: treeHash,
    ArchiveSizeInBytes: 10,
    Completed: false,
    CreationDate: new Date(test.time).toISOString(),
    JobDescription: "why not",
    JobId: jobId,
    RetrievalByteRange: "0-9",
    SNSTopic: TOPIC,
    StatusCode: "InProgress",
    Tier: "Bulk",
    VaultARN: ARN,
  } satisfies GlacierJobDescription;
  assertEquals(await describe(), inProgress);
  assertEquals(await list(), { JobList: [inProgress] });
  await assertSdkRefused(
    client.send(new GetJobOutputCommand(job)),
    400,
    INVALID,
    "The job is not currently available for download",
  );

  test.time += 60_000;
  const succeeded = {
    ...inProgress,
    Completed: true,
    CompletionDate: new Date(test.time).toISOString(),
    SHA256TreeHash: treeHash,
    StatusCode: "Succeeded",
    StatusMessage: "Succeeded",
  } satisfies GlacierJobDescription;
  assertEquals(await describe(), succeeded);
  assertEquals(await list(), { JobList: [succeeded] });
  const { body } = await client.send(new GetJobOutputCommand(job));
  assertEquals(await body?.transformToByteArray(), archive);
  assertEquals(test.failures, []);
});

Deno.test("SDK: a range comes with its checksum where both ranges are aligned, and else without", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const archive = vectorPayload(5 * MIB + 7);
  const archiveId = await upload(client, archive);
  const end = archive.length;
  const cases: [
    retrieved: [start: number, end: number] | undefined,
    ranges: [start: number, end: number, aligned: boolean][],
  ][] = [
    [undefined, [
      [0, MIB, true],
      [0, 2 * MIB, true],
      [MIB, 2 * MIB, true],
      [4 * MIB, end, true],
      [0, end, true],
      [MIB, 3 * MIB, false],
      [0, MIB - 1, false],
      [7, 8, false],
    ]],
    [[0, 4 * MIB], [[2 * MIB, 4 * MIB, true], [0, 3 * MIB, false]]],
    [[4 * MIB, end], [[0, MIB, true], [0, MIB + 7, true], [1, 2, false]]],
    [[MIB, 3 * MIB], [[0, 2 * MIB, false], [0, MIB, false]]],
  ];
  for (const [retrieved, ranges] of cases) {
    const [from, to] = retrieved ?? [0, end];
    const RetrievalByteRange = retrieved && `${from}-${to - 1}`;
    const { jobId } = await initiate(client, archiveId, { RetrievalByteRange });
    const part = archive.slice(from, to);
    const described = await client.send(
      new DescribeJobCommand({ ...V, jobId }),
    );
    assertEquals(described.RetrievalByteRange, `${from}-${to - 1}`);
    const hash = from === MIB ? undefined : await treeHashHex(part);
    assertEquals(described.SHA256TreeHash, hash);
    for (const [start, stop, aligned] of ranges) {
      const range = `bytes=${start}-${stop - 1}`;
      const { body, ...output } = await fieldsOf(
        client.send(new GetJobOutputCommand({ ...V, jobId, range })),
      );
      const bytes = part.slice(start, stop);
      assertEquals(await body?.transformToByteArray(), bytes);
      assertEquals(output, {
        acceptRanges: "bytes",
        ...aligned ? { checksum: await treeHashHex(bytes) } : {},
        contentRange: `bytes ${start}-${stop - 1}/${part.length}`,
        contentType: "application/octet-stream",
        status: 206,
      });
    }
  }
});

Deno.test("SDK: jobs that cannot be done are refused", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const archiveId = await upload(client, vectorPayload(2 * MIB));
  const cases: [JobParameters, number, string, string][] = [
    [{ Type: "select" }, 400, INVALID, "Invalid job type: select"],
    [{ Tier: "Slow" }, 400, INVALID, "Invalid tier: Slow"],
    [{ RetrievalByteRange: "1-2" }, 400, INVALID, "not megabyte aligned"],
    [{ ArchiveId: "x" }, 404, NOT_FOUND, "The archive ID was not found: x"],
    [
      { ArchiveId: undefined },
      400,
      "MissingParameterValueException",
      "Archive ID",
    ],
  ];
  for (const [parameters, status, code, message] of cases) {
    const sent = initiate(client, archiveId, parameters);
    await assertSdkRefused(sent, status, code, message);
  }
  const job = { ...V, jobId: "x" };
  for (const Command of [DescribeJobCommand, GetJobOutputCommand]) {
    const sent = client.send(new Command(job) as DescribeJobCommand);
    await assertSdkRefused(sent, 404, NOT_FOUND, "The job ID was not found: x");
  }
});

Deno.test("SDK: jobs are listed by what has become of them, and by the paginator", async () => {
  await using test = await testVault({ jobDelay: 60 });
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const [kept, deleted] = [
    await upload(client, vectorPayload(1)),
    await upload(client, vectorPayload(2)),
  ];
  const ids = async (input: Partial<ListJobsCommandInput>) => {
    const list = new ListJobsCommand({ ...V, ...input });
    return (await client.send(list)).JobList?.map(({ JobId }) => JobId);
  };
  const failed = await initiate(client, deleted);
  await client.send(new DeleteArchiveCommand({ ...V, archiveId: deleted }));
  const succeeded = await initiate(client, kept);
  test.time += 60_000;
  const pending = await initiate(client, kept);
  const [f, s, p] = [failed.jobId, succeeded.jobId, pending.jobId];
  assertEquals(await ids({}), [f, s, p]);
  assertEquals(await ids({ completed: "true" }), [f, s]);
  assertEquals(await ids({ completed: "false" }), [p]);
  assertEquals(await ids({ statuscode: "Failed" }), [f]);
  assertEquals(await ids({ statuscode: "Succeeded" }), [s]);
  assertEquals(await ids({ statuscode: "InProgress" }), [p]);
  assertEquals(await ids({ statuscode: "Failed", completed: "false" }), []);
  await assertSdkRefused(ids({ statuscode: "Lost" }), 400, INVALID);
  const described = await client.send(
    new DescribeJobCommand({ ...V, jobId: f }),
  );
  assertEquals(described.StatusCode, "Failed");
  assertEquals(described.StatusMessage, `The archive was deleted: ${deleted}`);

  for (let i = 0; i < 50; i++) await initiate(client, kept);
  for (const [pageSize, pages] of [[undefined, 2], [50, 2], [20, 3], [1, 53]]) {
    const config = { client, pageSize };
    const found: (string | undefined)[][] = [];
    for await (const { JobList = [] } of paginateListJobs(config, { ...V })) {
      found.push(JobList.map(({ JobId }) => JobId));
    }
    assertEquals(found.length, pages);
    assertEquals(new Set(found.flat()).size, 53);
    assertEquals(found.flat().slice(0, 3), [f, s, p]);
  }
  const config = { client, pageSize: 1 };
  const completed = { ...V, completed: "true" };
  const found = [];
  for await (const page of paginateListJobs(config, completed)) {
    found.push(...page.JobList ?? []);
  }
  assertEquals(found.map(({ JobId }) => JobId), [f, s]);
});
