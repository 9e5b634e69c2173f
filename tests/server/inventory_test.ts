import { assertEquals, assertRejects } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { GlacierClient } from "../../src/glacier/client.ts";
import { createHost } from "../../src/platform/host.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import {
  assertRefused,
  beginJob,
  HOUR,
  jsonOf,
  KEY,
  type TestServer,
  testVault,
  uploadArchive,
  vectorPayload,
} from "./testing.ts";

const ARN = "arn:aws:glacier:us-east-1:000000000000:vaults/v";
const JOBS = "/-/vaults/v/jobs";
const INVALID = "InvalidParameterValueException";
const NOT_FOUND = "ResourceNotFoundException";
const HEADER = "ArchiveId,ArchiveDescription,CreationDate,Size,SHA256TreeHash";

function post(test: TestServer, fields: object): Promise<Response> {
  const body = JSON.stringify({ Type: "inventory-retrieval", ...fields });
  return test.call({ method: "POST", path: JOBS, body });
}

/** Asks for an inventory; resolves to the path of the job. */
async function beginInventory(
  test: TestServer,
  parameters: Record<string, string> = {},
  fields: Record<string, string> = {},
): Promise<string> {
  const response = await post(test, {
    InventoryRetrievalParameters: parameters,
    ...fields,
  });
  assertEquals(response.status, 202, await response.text());
  return `${JOBS}/${response.headers.get("x-amz-job-id")}`;
}

async function outputOf(test: TestServer, job: string): Promise<string> {
  const response = await test.call({ path: `${job}/output` });
  assertEquals(response.status, 200);
  const text = await response.text();
  const described = await jsonOf(await test.call({ path: job }));
  assertEquals(described.InventorySizeInBytes, text.length);
  assertEquals(response.headers.get("content-length"), String(text.length));
  return text;
}

/** The IDs of the archives that a job delivers. */
async function idsOf(test: TestServer, job: string): Promise<string[]> {
  const { ArchiveList } = JSON.parse(await outputOf(test, job));
  return ArchiveList.map(({ ArchiveId }: { ArchiveId: string }) => ArchiveId);
}

async function remove(test: TestServer, id: string): Promise<void> {
  const path = `/-/vaults/v/archives/${id}`;
  assertEquals((await test.call({ method: "DELETE", path })).status, 204);
}

/** Puts many archives into the database, as uploads would take too long. */
async function insertMany(test: TestServer, count: number): Promise<void> {
  await test.server[Symbol.asyncDispose]();
  using database = createHost().openDatabase(`${test.folder}/metadata.sqlite`);
  database.exec(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})
     INSERT INTO archives (id, vault, description, size, tree_hash, created)
       SELECT 'id' || i, 'v', 'a,"b" ' || i, i, '${"0".repeat(64)}', i FROM n;
     UPDATE vaults SET archives = ${count}, changed = ${count}, pending = ${count};`,
  );
  database.close();
  await test.restart();
}

Deno.test("An inventory lists what the vault holds, as JSON or CSV", async () => {
  await using test = await testVault();
  const descriptions = ["", 'he said "hi", and left', "a\\b", "plain text"];
  const archives = [];
  for (const [i, description] of descriptions.entries()) {
    const payload = vectorPayload(i + 1);
    archives.push({
      ArchiveId: await uploadArchive(test, payload, {
        "x-amz-archive-description": description,
      }),
      ArchiveDescription: description,
      CreationDate: `2026-11-22T12:00:0${i}Z`,
      Size: i + 1,
      SHA256TreeHash: encodeHex(await treeHash(payload)),
    });
    test.time += 1000;
  }
  const json = await beginInventory(test, {}, { Description: "all of it" });
  const response = await test.call({ path: `${json}/output` });
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(response.headers.get("x-amz-sha256-tree-hash"), null);
  const text = await response.text();
  assertEquals(JSON.parse(text), {
    VaultARN: ARN,
    InventoryDate: "2026-11-22T12:00:03Z",
    ArchiveList: archives,
  });
  assertEquals(await jsonOf(await test.call({ path: json })), {
    status: 200,
    Action: "InventoryRetrieval",
    ArchiveId: null,
    ArchiveSHA256TreeHash: null,
    ArchiveSizeInBytes: null,
    Completed: true,
    CompletionDate: "2026-11-22T12:00:04.000Z",
    CreationDate: "2026-11-22T12:00:04.000Z",
    InventoryRetrievalParameters: {
      EndDate: null,
      Format: "JSON",
      Limit: null,
      Marker: null,
      StartDate: null,
    },
    InventorySizeInBytes: text.length,
    JobDescription: "all of it",
    JobId: json.split("/").at(-1),
    RetrievalByteRange: null,
    SHA256TreeHash: null,
    SNSTopic: null,
    StatusCode: "Succeeded",
    StatusMessage: "Succeeded",
    Tier: null,
    VaultARN: ARN,
  });

  const csv = await beginInventory(test, {}, { Format: "CSV" });
  const table = await test.call({ path: `${csv}/output` });
  assertEquals(table.headers.get("content-type"), "text/csv");
  const fields = ["", String.raw`"he said \"hi\", and left"`, "a\\b"];
  const lines = archives.map((archive, i) =>
    [
      archive.ArchiveId,
      fields[i] ?? archive.ArchiveDescription,
      archive.CreationDate,
      archive.Size,
      archive.SHA256TreeHash,
    ].join(",")
  );
  assertEquals(await table.text(), [HEADER, ...lines, ""].join("\n"));
});

Deno.test("A request for an inventory that makes no sense is refused", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(1));
  const SERIALIZATION = "SerializationException";
  const filter = (fields: object) => ({ InventoryRetrievalParameters: fields });
  const cases: [fields: object, code: string][] = [
    [{ Format: "json" }, INVALID],
    [{ Format: "XML" }, INVALID],
    [{ Tier: "fast" }, INVALID],
    [{ ArchiveId: id }, INVALID],
    [{ RetrievalByteRange: "0-0" }, INVALID],
    [{ Description: "\n" }, INVALID],
    [{ InventoryRetrievalParameters: "all" }, SERIALIZATION],
    [{ InventoryRetrievalParameters: [] }, SERIALIZATION],
    [filter({ Limit: 1 }), SERIALIZATION],
    [filter({ Limit: "0" }), INVALID],
    [filter({ Limit: "-1" }), INVALID],
    [filter({ Limit: "1.5" }), INVALID],
    [filter({ Limit: "" }), INVALID],
    [filter({ Marker: "here" }), INVALID],
    [filter({ StartDate: "yesterday" }), INVALID],
    [filter({ StartDate: "2026-11-22" }), INVALID],
    [filter({ StartDate: "2026-11-22T12:00:00" }), INVALID],
    [filter({ StartDate: "2026-02-30T12:00:00Z" }), INVALID],
    [filter({ EndDate: "2026-11-22T25:00:00Z" }), INVALID],
    [filter({ EndDate: "2026-13-22T12:00:00Z" }), INVALID],
  ];
  for (const [fields, code] of cases) {
    await assertRefused(await post(test, fields), 400, code);
  }
  assertEquals((await jsonOf(await test.call({ path: JOBS }))).JobList, []);
});

Deno.test("A vault that nothing was written to has no inventory", async () => {
  await using test = await testVault();
  const none = () => post(test, {});
  await assertRefused(await none(), 404, NOT_FOUND, "no inventory yet");
  const id = await uploadArchive(test, vectorPayload(1));
  await remove(test, id);
  const job = await beginInventory(test);
  assertEquals(await idsOf(test, job), []);
  const csv = await beginInventory(test, {}, { Format: "CSV" });
  assertEquals(await outputOf(test, csv), `${HEADER}\n`);
});

Deno.test("An inventory can be limited by date", async () => {
  await using test = await testVault();
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    ids.push(await uploadArchive(test, vectorPayload(i + 1)));
    test.time += HOUR;
  }
  const cases: [parameters: Record<string, string>, ids: string[]][] = [
    [{ StartDate: "2026-11-22T13:00:00Z" }, ids.slice(1)],
    [{ StartDate: "2026-11-22T15:00:01+02:00" }, ids.slice(2)],
    [{ EndDate: "2026-11-22T13:00:00Z" }, ids.slice(0, 1)],
    [{
      StartDate: "2026-11-22T13:00:00Z",
      EndDate: "2026-11-22T14:00:00.000Z",
    }, ids.slice(1, 2)],
    [{
      StartDate: "2026-11-22T14:00:00Z",
      EndDate: "2026-11-22T13:00:00Z",
    }, []],
  ];
  for (const [parameters, expected] of cases) {
    const job = await beginInventory(test, parameters);
    assertEquals(await idsOf(test, job), expected, JSON.stringify(parameters));
    const described = await jsonOf(await test.call({ path: job }));
    const { StartDate, EndDate } = described.InventoryRetrievalParameters;
    assertEquals(StartDate, parameters.StartDate ?? null);
    assertEquals(EndDate, parameters.EndDate ?? null);
  }
});

Deno.test("Limit and Marker lead through an inventory job by job", async () => {
  await using test = await testVault();
  await insertMany(test, 10_001);
  for (const limit of [4000, 5000, 5001, 10_001, 20_000]) {
    const found: string[] = [];
    let pages = 0;
    let marker: string | null = null;
    do {
      const parameters: Record<string, string> = { Limit: String(limit) };
      if (marker !== null) parameters.Marker = marker;
      const job = await beginInventory(test, parameters);
      found.push(...await idsOf(test, job));
      const described = await jsonOf(await test.call({ path: job }));
      assertEquals(
        described.InventoryRetrievalParameters.Limit,
        String(limit),
      );
      marker = described.InventoryRetrievalParameters.Marker;
      pages++;
    } while (marker !== null);
    assertEquals(found.length, 10_001);
    assertEquals(new Set(found).size, 10_001);
    assertEquals(pages, Math.ceil(10_001 / limit));
  }
});

Deno.test("Any range of an inventory is that of the whole", async () => {
  await using test = await testVault();
  await insertMany(test, 12_000);
  for (const Format of ["JSON", "CSV"]) {
    const job = await beginInventory(test, {}, { Format });
    const whole = await outputOf(test, job);
    assertEquals(whole.match(/\bid\d+/g)?.length, 12_000);
    const end = whole.length;
    const middle = whole.indexOf("id5001") - 2;
    const cases = [
      [0, 1],
      [0, end],
      [10, 200],
      [middle - 5, middle + 5],
      [middle, middle + 1],
      [middle - 1_000, end - 1],
      [end - 1, end],
    ];
    for (const [from, to] of cases) {
      const response = await test.call({
        path: `${job}/output`,
        headers: { range: `bytes=${from}-${to - 1}` },
      });
      assertEquals(response.status, 206);
      assertEquals(
        response.headers.get("content-range"),
        `bytes ${from}-${to - 1}/${end}`,
      );
      assertEquals(await response.text() === whole.slice(from, to), true);
    }
    const beyond = await test.call({
      path: `${job}/output`,
      headers: { range: `bytes=${end}-` },
    });
    await assertRefused(beyond, 400, INVALID, "Invalid range");
  }
});

Deno.test("An inventory stays as it was when it was asked for", async () => {
  await using test = await testVault({ jobDelay: 60 });
  const kept = await uploadArchive(test, vectorPayload(1));
  const deleted = await uploadArchive(test, vectorPayload(2));
  const gone = await uploadArchive(test, vectorPayload(3));
  await remove(test, gone);
  const before = await beginInventory(test);
  // All in the same millisecond.
  const added = await uploadArchive(test, vectorPayload(4));
  await remove(test, deleted);
  const after = await beginInventory(test);
  const pending = await jsonOf(await test.call({ path: before }));
  assertEquals(pending.InventorySizeInBytes, null);
  await assertRefused(
    await test.call({ path: `${before}/output` }),
    400,
    INVALID,
    "The job is not currently available for download",
  );
  test.time += 60_000;
  await test.restart();
  assertEquals(await idsOf(test, before), [kept, deleted]);
  assertEquals(await idsOf(test, after), [kept, added]);
  assertEquals(test.filesIn("blobs").length, 2);
  const list = await jsonOf(await test.call({ path: JOBS }));
  assertEquals(list.JobList.length, 2);
});

Deno.test("A deleted archive is forgotten with the last job that lists it", async () => {
  await using test = await testVault();
  const ids = [
    await uploadArchive(test, vectorPayload(1)),
    await uploadArchive(test, vectorPayload(2)),
  ];
  const rows = async () => {
    await test.server[Symbol.asyncDispose]();
    using database = createHost().openDatabase(
      `${test.folder}/metadata.sqlite`,
    );
    const count = (table: string) =>
      Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
    const counts = ["archives", "inventory_jobs", "inventory_pages"].map(count);
    database.close();
    await test.restart();
    return counts;
  };
  const job = await beginInventory(test);
  const retrieval = await beginJob(test, ids[1]);
  for (const id of ids) await remove(test, id);
  assertEquals(await idsOf(test, job), ids);
  assertEquals(await rows(), [2, 1, 1]);
  assertEquals((await test.call({ path: retrieval })).status, 200);
  test.time += 48 * HOUR + 1;
  await test.restart();
  assertEquals(await rows(), [0, 0, 0]);
  assertEquals(test.filesIn("blobs"), []);
});

Deno.test("With a delay, inventories lag behind and are taken at their time", async () => {
  await using test = await testVault({ inventoryDelay: 3600 });
  const described = async () => {
    const vault = await jsonOf(await test.call({ path: "/-/vaults/v" }));
    const list = await jsonOf(await test.call({ path: "/-/vaults" }));
    const { status: _, ...fields } = vault;
    assertEquals(list.VaultList, [fields]);
    const { LastInventoryDate, NumberOfArchives, SizeInBytes } = vault;
    return [LastInventoryDate, NumberOfArchives, SizeInBytes];
  };
  const deleteVault = () =>
    test.call({ method: "DELETE", path: "/-/vaults/v" });
  const first = await uploadArchive(test, vectorPayload(10));
  test.time += HOUR - 1;
  assertEquals(await described(), [null, 0, 0]);
  await assertRefused(await post(test, {}), 404, NOT_FOUND);
  await assertRefused(await deleteVault(), 400, INVALID, "recently written to");

  test.time += 1;
  await test.restart();
  const one = ["2026-11-22T13:00:00.000Z", 1, 10];
  assertEquals(await described(), one);
  // What comes now is not in it, though nobody has asked for it before.
  const second = await uploadArchive(test, vectorPayload(20));
  await remove(test, first);
  assertEquals(await described(), one);
  const job = await beginInventory(test);
  const { InventoryDate } = JSON.parse(await outputOf(test, job));
  assertEquals(InventoryDate, "2026-11-22T13:00:00Z");
  assertEquals(await idsOf(test, job), [first]);
  test.time += HOUR / 2;
  await remove(test, second);
  test.time += HOUR / 2 - 1;
  assertEquals(await described(), one);
  assertEquals(await idsOf(test, await beginInventory(test)), [first]);
  await assertRefused(await deleteVault(), 400, INVALID, "not empty");
  test.time += 1;
  assertEquals(await described(), ["2026-11-22T14:00:00.000Z", 0, 0]);
  assertEquals(await idsOf(test, await beginInventory(test)), []);
  assertEquals(await idsOf(test, job), [first]);
  assertEquals((await deleteVault()).status, 204);
});

Deno.test("A vault that was written to since its last inventory stays", async () => {
  await using test = await testVault({ inventoryDelay: 60 });
  const deleteVault = () =>
    test.call({ method: "DELETE", path: "/-/vaults/v" });
  await remove(test, await uploadArchive(test, vectorPayload(1)));
  await assertRefused(
    await deleteVault(),
    400,
    INVALID,
    `Vault not empty or recently written to: ${ARN}`,
  );
  test.time += 60_000;
  await remove(test, await uploadArchive(test, vectorPayload(1)));
  await assertRefused(await deleteVault(), 400, INVALID);
  test.time += 60_000;
  assertEquals((await deleteVault()).status, 204);
});

Deno.test("Closing the server breaks the download of an inventory", async () => {
  await using test = await testVault();
  await insertMany(test, 12_000);
  const job = await beginInventory(test);
  const response = await test.call({ path: `${job}/output` });
  const reader = response.body!.getReader();
  assertEquals((await reader.read()).done, false);
  await test.server[Symbol.asyncDispose]();
  await assertRejects(async () => {
    while (!(await reader.read()).done);
  });
  await test.restart();
  assertEquals((await idsOf(test, job)).length, 12_000);
});

Deno.test("Our client reads an inventory over a socket", async () => {
  await using test = await testVault();
  test.time = Date.now();
  await uploadArchive(test, vectorPayload(5));
  await using listener = await serveHttp(
    (request) => test.server.fetch(request),
    { hostname: "127.0.0.1", port: 0 },
  );
  const ours = new GlacierClient({
    region: "us-east-1",
    endpoint: listener.url,
    credentials: () => Promise.resolve(KEY),
  });
  const job = await ours.initiateJob("v", {
    type: "inventory-retrieval",
    inventory: { limit: 10 },
  });
  const described = await ours.describeJob("v", job.jobId);
  assertEquals(described.inventory, {
    format: "JSON",
    startDate: undefined,
    endDate: undefined,
    limit: 10,
    marker: undefined,
  });
  const answer = await ours.getJobOutput("v", job.jobId);
  const text = await new Response(answer.body).text();
  assertEquals(text.length, described.inventorySize);
});
