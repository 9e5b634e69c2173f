import { assertEquals, assertMatch } from "@std/assert";
import {
  DescribeJobCommand,
  GetJobOutputCommand,
  type GlacierClient,
  InitiateJobCommand,
  type InventoryRetrievalJobInput,
  type JobParameters,
  UploadArchiveCommand,
} from "@aws-sdk/client-glacier";
import { testVault, treeHashHex, vectorPayload } from "../../server/testing.ts";
import { ARN, assertSdkRefused, fieldsOf, openSdk, V } from "./client.ts";

/** Asks for an inventory; resolves to the ID of the job. */
async function initiate(
  client: GlacierClient,
  parameters: JobParameters = {},
): Promise<string> {
  const jobParameters = { Type: "inventory-retrieval", ...parameters };
  const { jobId } = await client.send(
    new InitiateJobCommand({ ...V, jobParameters }),
  );
  return jobId!;
}

async function outputOf(client: GlacierClient, jobId: string) {
  const { body, ...output } = await fieldsOf(
    client.send(new GetJobOutputCommand({ ...V, jobId })),
  );
  return { ...output, text: await body!.transformToString() };
}

/** Uploads an archive a second, of 1 byte, 2 bytes and so on; resolves to what inventories show of them. */
async function uploadAll(
  test: { time: number },
  client: GlacierClient,
  descriptions: (string | undefined)[],
) {
  const archives = [];
  for (const [i, archiveDescription] of descriptions.entries()) {
    const body = vectorPayload(i + 1);
    const { archiveId } = await client.send(
      new UploadArchiveCommand({ ...V, body, archiveDescription }),
    );
    archives.push({
      ArchiveId: archiveId,
      ArchiveDescription: archiveDescription ?? "",
      CreationDate: seconds(test.time),
      Size: i + 1,
      SHA256TreeHash: await treeHashHex(body),
    });
    test.time += 1000;
  }
  return archives;
}

/** Time without fractions of seconds. */
function seconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+/, "");
}

Deno.test("SDK: an inventory comes as JSON or as CSV", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  const texts = [undefined, 'he said "hi", and left', "plain"];
  const archives = await uploadAll(test, client, texts);
  const json = await initiate(client, { Description: "all" });
  const { text, ...output } = await outputOf(client, json);
  assertEquals(output, {
    acceptRanges: "bytes",
    contentType: "application/json",
    status: 200,
  });
  assertEquals(JSON.parse(text), {
    VaultARN: ARN,
    InventoryDate: archives[2].CreationDate,
    ArchiveList: archives,
  });
  const now = new Date(test.time).toISOString();
  assertEquals(
    await fieldsOf(client.send(new DescribeJobCommand({ ...V, jobId: json }))),
    {
      Action: "InventoryRetrieval",
      Completed: true,
      CompletionDate: now,
      CreationDate: now,
      InventoryRetrievalParameters: { Format: "JSON" },
      InventorySizeInBytes: text.length,
      JobDescription: "all",
      JobId: json,
      StatusCode: "Succeeded",
      StatusMessage: "Succeeded",
      VaultARN: ARN,
    },
  );

  const csv = await initiate(client, {
    Format: "CSV",
    InventoryRetrievalParameters: { Limit: "10" },
  });
  const table = await outputOf(client, csv);
  assertEquals(table.contentType, "text/csv");
  const id = archives[1].ArchiveId!;
  assertMatch(table.text, new RegExp(`\n${id},`));
  const shown = ["", String.raw`"he said \"hi\", and left"`, "plain"];
  assertEquals(table.text.split("\n"), [
    "ArchiveId,ArchiveDescription,CreationDate,Size,SHA256TreeHash",
    ...archives.map((archive, i) =>
      Object.values({ ...archive, ArchiveDescription: shown[i] }).join(",")
    ),
    "",
  ]);

  const range = "bytes=10-19";
  const { body, ...part } = await fieldsOf(
    client.send(new GetJobOutputCommand({ ...V, jobId: json, range })),
  );
  assertEquals(await body?.transformToString(), text.slice(10, 20));
  assertEquals(part, {
    acceptRanges: "bytes",
    contentRange: `bytes 10-19/${text.length}`,
    contentType: "application/json",
    status: 206,
  });
  assertEquals(test.failures, []);
});

Deno.test("SDK: an inventory is limited by date, and led through by Limit and Marker", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  const { client } = sdk;
  test.time -= test.time % 1000;
  const archives = await uploadAll(test, client, Array(5).fill("x"));
  const ids = archives.map(({ ArchiveId }) => ArchiveId);
  const date = (i: number) => archives[i].CreationDate;
  const idsOf = async (parameters: InventoryRetrievalJobInput) => {
    const jobId = await initiate(client, {
      InventoryRetrievalParameters: parameters,
    });
    const { text } = await outputOf(client, jobId);
    const { InventoryRetrievalParameters: described } = await client.send(
      new DescribeJobCommand({ ...V, jobId }),
    );
    const { ArchiveList } = JSON.parse(text) as {
      ArchiveList: { ArchiveId: string }[];
    };
    return { described, ids: ArchiveList.map(({ ArchiveId }) => ArchiveId) };
  };
  const dated: [InventoryRetrievalJobInput, (string | undefined)[]][] = [
    [{ StartDate: date(3) }, ids.slice(3)],
    [{ EndDate: date(3) }, ids.slice(0, 3)],
    [{ StartDate: date(1), EndDate: date(3) }, ids.slice(1, 3)],
    [{ StartDate: date(3), EndDate: date(1) }, []],
  ];
  for (const [parameters, expected] of dated) {
    const { described, ids } = await idsOf(parameters);
    assertEquals(ids, expected);
    assertEquals(described, { Format: "JSON", ...parameters });
  }

  const found: string[] = [];
  let Marker: string | undefined;
  for (const count of [2, 2, 1]) {
    const StartDate = date(0);
    const page = await idsOf({ StartDate, Limit: "2", Marker });
    assertEquals(page.ids.length, count);
    found.push(...page.ids);
    Marker = page.described?.Marker;
    assertEquals(page.described?.Limit, "2");
  }
  assertEquals(Marker, undefined);
  assertEquals(found, ids);
  for (
    const parameters of [
      { Limit: "0" },
      { StartDate: "yesterday" },
      { Marker: "here" },
    ]
  ) {
    await assertSdkRefused(
      idsOf(parameters),
      400,
      "InvalidParameterValueException",
      "Invalid ",
    );
  }
});

Deno.test("SDK: a vault that nothing was written to has no inventory", async () => {
  await using test = await testVault();
  await using sdk = await openSdk(test);
  await assertSdkRefused(
    initiate(sdk.client),
    404,
    "ResourceNotFoundException",
    "The vault has no inventory yet",
  );
});
