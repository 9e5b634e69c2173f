import { assertEquals, assertMatch } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import type { Files, OpenFile } from "../../src/platform.ts";
import { createHost } from "../../src/platform/host.ts";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import {
  assertRefused,
  beginJob,
  HOUR,
  jsonOf,
  MIB,
  testVault,
  uploadArchive,
  uploadInParts,
  vectorPayload,
} from "./testing.ts";

const JOBS = "/-/vaults/v/jobs";
const INVALID = "InvalidParameterValueException";
const NOT_FOUND = "ResourceNotFoundException";

/** Hash of a stretch of bytes as the tests expect it. */
async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return encodeHex(await treeHash(bytes));
}

Deno.test("A job completes after the delay and can be asked for a day longer", async () => {
  await using test = await testVault({ jobDelay: 3600 });
  const archive = vectorPayload(2 * MIB + 1);
  const id = await uploadArchive(test, archive);
  const job = await beginJob(test, id, {
    Description: "a job",
    Tier: "Bulk",
    SNSTopic: "arn:aws:sns:us-east-1:000000000000:t",
  });
  assertMatch(job, /\/[A-Za-z0-9_-]{92}$/);
  const hash = await hashOf(archive);
  const pending = {
    status: 200,
    Action: "ArchiveRetrieval",
    ArchiveId: id,
    ArchiveSHA256TreeHash: hash,
    ArchiveSizeInBytes: archive.length,
    Completed: false,
    CompletionDate: null,
    CreationDate: "2026-11-22T12:00:00.000Z",
    InventoryRetrievalParameters: null,
    InventorySizeInBytes: null,
    JobDescription: "a job",
    JobId: job.split("/").at(-1),
    RetrievalByteRange: `0-${archive.length - 1}`,
    SHA256TreeHash: null,
    SNSTopic: "arn:aws:sns:us-east-1:000000000000:t",
    StatusCode: "InProgress",
    StatusMessage: null,
    Tier: "Bulk",
    VaultARN: "arn:aws:glacier:us-east-1:000000000000:vaults/v",
  };
  const describe = async () => await jsonOf(await test.call({ path: job }));
  const output = () => test.call({ path: `${job}/output` });
  test.time += HOUR - 1;
  assertEquals(await describe(), pending);
  await assertRefused(
    await output(),
    400,
    INVALID,
    "The job is not currently available for download: ",
  );
  test.time += 1;
  await test.restart();
  assertEquals(await describe(), {
    ...pending,
    Completed: true,
    CompletionDate: "2026-11-22T13:00:00.000Z",
    SHA256TreeHash: hash,
    StatusCode: "Succeeded",
    StatusMessage: "Succeeded",
  });
  const whole = await output();
  assertEquals(whole.status, 200);
  assertEquals(whole.headers.get("content-length"), String(archive.length));
  assertEquals(whole.headers.get("content-type"), "application/octet-stream");
  assertEquals(whole.headers.get("x-amz-sha256-tree-hash"), hash);
  assertEquals(whole.headers.get("content-range"), null);
  assertEquals(new Uint8Array(await whole.arrayBuffer()), archive);

  test.time += 24 * HOUR - 1;
  assertEquals((await describe()).status, 200);
  test.time += 1;
  for (const path of [job, `${job}/output`]) {
    const response = await test.call({ path });
    await assertRefused(response, 404, NOT_FOUND, "The job ID was not found");
  }
  const list = await jsonOf(await test.call({ path: JOBS }));
  assertEquals(list.JobList, []);
});

Deno.test("A request for a job that makes no sense is refused", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(2 * MIB + 1));
  await test.call({ method: "PUT", path: "/-/vaults/w" });
  const job = { Type: "archive-retrieval", ArchiveId: id };
  const range = (RetrievalByteRange: string) => ({
    ...job,
    RetrievalByteRange,
  });
  const SERIALIZATION = "SerializationException";
  const MISSING = "MissingParameterValueException";
  const cases: [body: unknown, status: number, code: string][] = [
    ["", 400, SERIALIZATION],
    ["{", 400, SERIALIZATION],
    ["[]", 400, SERIALIZATION],
    ["null", 400, SERIALIZATION],
    [{ ...job, Tier: 1 }, 400, SERIALIZATION],
    [{}, 400, MISSING],
    [{ Type: "archive-retrieval" }, 400, MISSING],
    [{ ...job, Type: "select" }, 400, INVALID],
    [{ ...job, Type: "ArchiveRetrieval" }, 400, INVALID],
    [{ ...job, Tier: "standard" }, 400, INVALID],
    [{ ...job, Description: "\n" }, 400, INVALID],
    [{ ...job, SNSTopic: "done" }, 400, INVALID],
    [{ ...job, SNSTopic: "" }, 400, INVALID],
    [{ ...job, Description: "x".repeat(1025) }, 400, INVALID],
    [range(""), 400, INVALID],
    [range("bytes=0-1048575"), 400, INVALID],
    [range("0-1048574"), 400, INVALID],
    [range("1-1048576"), 400, INVALID],
    [range("0-2097153"), 400, INVALID],
    [range("2097152-1048575"), 400, INVALID],
    [{ ...job, ArchiveId: "x".repeat(138) }, 404, NOT_FOUND],
  ];
  for (const [body, status, code] of cases) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await test.call({
      method: "POST",
      path: JOBS,
      body: text,
    });
    await assertRefused(response, status, code);
  }
  for (const vault of ["w", "x"]) {
    const response = await test.call({
      method: "POST",
      path: `/-/vaults/${vault}/jobs`,
      body: JSON.stringify(job),
    });
    await assertRefused(response, 404, NOT_FOUND);
  }
  assertEquals((await jsonOf(await test.call({ path: JOBS }))).JobList, []);
});

Deno.test("Ranges of ranges give the right bytes, with a hash exactly where aligned", async () => {
  await using test = await testVault();
  const archive = vectorPayload(7 * MIB + 5);
  const ids = [
    await uploadArchive(test, archive),
    await uploadInParts(test, archive),
  ];
  const END = archive.length;
  // What is retrieved, what is downloaded of it, and whether each has a hash.
  const cases: [number, number, boolean, [number, number, boolean][]][] = [
    [0, END, true, [
      [0, END, true],
      [0, 4 * MIB, true],
      [4 * MIB, END, true],
      [6 * MIB, END, true],
      [7 * MIB, END, true],
      [2 * MIB, 4 * MIB, true],
      [MIB, 3 * MIB, false],
      [0, 3 * MIB, false],
      [0, 10, false],
      [MIB + 3, 5 * MIB + 1, false],
    ]],
    [4 * MIB, END, true, [
      [0, END - 4 * MIB, true],
      [2 * MIB, END - 4 * MIB, true],
      [MIB, 2 * MIB, true],
      [MIB, 3 * MIB, false],
    ]],
    [MIB, 3 * MIB, false, [[0, 2 * MIB, false], [0, MIB, false]]],
    [3 * MIB, 4 * MIB, true, [[0, MIB, true], [5, 6, false]]],
  ];
  for (const id of ids) {
    for (const [start, end, aligned, downloads] of cases) {
      const retrieved = archive.slice(start, end);
      const job = await beginJob(test, id, {
        RetrievalByteRange: `${start}-${end - 1}`,
      });
      const described = await jsonOf(await test.call({ path: job }));
      assertEquals(described.RetrievalByteRange, `${start}-${end - 1}`);
      assertEquals(
        described.SHA256TreeHash,
        aligned ? await hashOf(retrieved) : null,
      );
      for (const [from, to, hashed] of downloads) {
        const response = await test.call({
          path: `${job}/output`,
          headers: { range: `bytes=${from}-${to - 1}` },
        });
        const expected = retrieved.slice(from, to);
        assertEquals(response.status, 206);
        assertEquals(
          response.headers.get("content-range"),
          `bytes ${from}-${to - 1}/${retrieved.length}`,
        );
        assertEquals(new Uint8Array(await response.arrayBuffer()), expected);
        assertEquals(
          response.headers.get("x-amz-sha256-tree-hash"),
          hashed ? await hashOf(expected) : null,
          `${from}-${to} of ${start}-${end}`,
        );
      }
    }
  }
});

Deno.test("A Range beyond the end is cut, and one that begins there refused", async () => {
  await using test = await testVault();
  const archive = vectorPayload(100);
  const job = await beginJob(test, await uploadArchive(test, archive));
  const get = (range: string) =>
    test.call({ path: `${job}/output`, headers: { range } });
  for (const range of ["bytes=90-1000", "bytes=90-"]) {
    const response = await get(range);
    assertEquals(response.status, 206);
    assertEquals(response.headers.get("content-range"), "bytes 90-99/100");
    assertEquals(
      new Uint8Array(await response.arrayBuffer()),
      archive.slice(90),
    );
  }
  for (
    const range of ["bytes=100-", "bytes=5-4", "bytes=-5", "bytes=0-1,3-4", "x"]
  ) {
    await assertRefused(await get(range), 400, INVALID, "Invalid range");
  }
});

Deno.test("A download that is given up closes its file", async () => {
  const host = createHost();
  const open = new Set<OpenFile>();
  const files: Files = {
    ...host.files,
    async open(path, mode) {
      const file = await host.files.open(path, mode);
      const close = file.close.bind(file);
      open.add(file);
      file.close = () => {
        open.delete(file);
        return close();
      };
      file[Symbol.asyncDispose] = file.close;
      return file;
    },
  };
  await using test = await testVault({ platform: { ...host, files } });
  const archive = vectorPayload(3 * MIB);
  const job = await beginJob(test, await uploadInParts(test, archive));
  const response = await test.call({ path: `${job}/output` });
  const reader = response.body!.getReader();
  assertEquals((await reader.read()).done, false);
  assertEquals(open.size, 1);
  await reader.cancel();
  assertEquals(open.size, 0);
});

Deno.test("A damaged file breaks the download instead of shortening it", async () => {
  await using test = await testVault();
  const archive = vectorPayload(2 * MIB);
  const job = await beginJob(test, await uploadArchive(test, archive));
  const [name] = test.filesIn("blobs");
  await Deno.truncate(`${test.folder}/blobs/${name}`, MIB);
  const response = await test.call({ path: `${job}/output` });
  let failed = false;
  await response.arrayBuffer().catch(() => failed = true);
  assertEquals(failed, true);
  assertEquals(test.failures.length, 1);
});

Deno.test("Jobs are listed by what the query selects, page by page", async () => {
  await using test = await testVault({ jobDelay: 60 });
  const ids: string[] = [];
  for (let i = 0; i < 3; i++) {
    ids.push(await uploadArchive(test, vectorPayload(i + 1)));
  }
  const begin = async (id: string) =>
    (await beginJob(test, id)).split("/").at(-1)!;
  const done = [await begin(ids[0]), await begin(ids[1])];
  test.time += 30_000;
  const failed = await begin(ids[2]);
  await test.call({ method: "DELETE", path: `/-/vaults/v/archives/${ids[2]}` });
  test.time += 30_000;
  const pending = [await begin(ids[0]), await begin(ids[1])];

  const list = async (query: string) => {
    const jobs: string[] = [];
    let marker: string | null = "";
    while (marker !== null) {
      const path: string = `${JOBS}?${query}&marker=${marker}`;
      const page = await jsonOf(await test.call({ path }));
      jobs.push(...page.JobList.map((job: { JobId: string }) => job.JobId));
      marker = page.Marker;
    }
    return jobs;
  };
  const all = [...done, failed, ...pending];
  const cases: [query: string, jobs: string[]][] = [
    ["", all],
    ["limit=1", all],
    ["limit=5", all],
    ["completed=true", [...done, failed]],
    ["completed=false", pending],
    ["completed=false&limit=1", pending],
    ["statuscode=InProgress", pending],
    ["statuscode=Succeeded", done],
    ["statuscode=Failed", [failed]],
    ["statuscode=Succeeded&completed=true", done],
    ["statuscode=Succeeded&completed=false", []],
  ];
  for (const [query, jobs] of cases) {
    assertEquals(await list(query), jobs, query);
  }
  await assertRefused(
    await test.call({ path: `${JOBS}?statuscode=finished` }),
    400,
    INVALID,
    "The job status code is not valid: finished",
  );
  await assertRefused(
    await test.call({ path: `${JOBS}?completed=yes` }),
    400,
    INVALID,
  );
});

Deno.test("A job is of the Standard tier where the request names none, and keeps its description", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(1));
  // A byte-order mark before JSON may be overlooked (RFC 8259, 8.1).
  const response = await test.call({
    method: "POST",
    path: JOBS,
    body: "\ufeff" + JSON.stringify({
      Type: "archive-retrieval",
      ArchiveId: id,
      Description: "  two blanks",
    }),
  });
  assertEquals(response.status, 202);
  const path = `${JOBS}/${response.headers.get("x-amz-job-id")}`;
  assertEquals(
    response.headers.get("location"),
    path.replace("/-/", "/000000000000/"),
  );
  const { Tier, JobDescription } = await jsonOf(await test.call({ path }));
  assertEquals([Tier, JobDescription], ["Standard", "  two blanks"]);
});

Deno.test("A job whose archive is deleted before it is done fails", async () => {
  await using test = await testVault({ jobDelay: 3600 });
  const id = await uploadArchive(test, vectorPayload(10));
  const job = await beginJob(test, id);
  test.time += 1000;
  await test.call({ method: "DELETE", path: `/-/vaults/v/archives/${id}` });
  await test.restart();
  const described = await jsonOf(await test.call({ path: job }));
  assertEquals(
    [described.Completed, described.CompletionDate, described.StatusCode],
    [true, "2026-11-22T12:00:01.000Z", "Failed"],
  );
  assertMatch(described.StatusMessage, /^The archive was deleted/);
  test.time += HOUR;
  const output = await test.call({ path: `${job}/output` });
  await assertRefused(output, 400, INVALID, "not currently available");
  const other = await test.call({
    method: "POST",
    path: JOBS,
    body: JSON.stringify({ Type: "archive-retrieval", ArchiveId: id }),
  });
  await assertRefused(other, 404, NOT_FOUND, "The archive ID was not found");
});

Deno.test("The jobs of a vault go with it, and don't come back with another of its name", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(10));
  const job = await beginJob(test, id);
  await test.call({ method: "DELETE", path: `/-/vaults/v/archives/${id}` });
  const vault = (method: string) => test.call({ method, path: "/-/vaults/v" });
  assertEquals((await vault("DELETE")).status, 204);
  for (const path of [job, `${job}/output`, JOBS]) {
    const response = await test.call({ path });
    await assertRefused(response, 404, NOT_FOUND, "Vault not found for ARN");
  }
  assertEquals((await vault("PUT")).status, 201);
  for (const path of [job, `${job}/output`]) {
    const response = await test.call({ path });
    await assertRefused(response, 404, NOT_FOUND, "The job ID was not found");
  }
  assertEquals((await jsonOf(await test.call({ path: JOBS }))).JobList, []);
});

Deno.test("A list of jobs has 50 of them where the query doesn't say less", async () => {
  await using test = await testVault();
  const id = await uploadArchive(test, vectorPayload(1));
  for (let i = 0; i < 51; i++) await beginJob(test, id);
  const first = await jsonOf(await test.call({ path: JOBS }));
  assertEquals(first.JobList.length, 50);
  const next = await test.call({ path: `${JOBS}?marker=${first.Marker}` });
  const rest = await jsonOf(next);
  assertEquals([rest.JobList.length, rest.Marker], [1, null]);
});
