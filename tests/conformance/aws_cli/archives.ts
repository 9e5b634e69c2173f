import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  MIB,
  treeHashHex,
  uploadArchive,
  vectorPayload,
} from "../../server/testing.ts";
import { type Cli, cliTest, idOf } from "./cli.ts";

const VAULT = "--vault-name=v";
const ARCHIVE = vectorPayload(4 * MIB + 5);
const SECONDS = 1000;

/** Asks for what JSON describes; resolves to the option that names the job. */
async function initiate(cli: Cli, parameters: object): Promise<string> {
  const json = JSON.stringify(parameters);
  const answer = await cli.run(
    "initiate-job",
    VAULT,
    `--job-parameters=${json}`,
  );
  const id = idOf(answer, "jobId");
  assertEquals(answer, {
    jobId: id,
    location: `/000000000000/vaults/v/jobs/${id}`,
  });
  return `--job-id=${id}`;
}

/** Fetches the output of a job into a file; resolves to what is printed and what is in the file. */
async function fetchOutput(cli: Cli, job: string, ...args: string[]) {
  const name = `output-${crypto.randomUUID()}`;
  const printed = await cli.run("get-job-output", VAULT, job, ...args, name);
  return { printed, bytes: await Deno.readFile(cli.folder.at(name)) };
}

cliTest(
  "archives are uploaded with and without a checksum, and deleted",
  async (cli) => {
    const { folder, test } = cli;
    await Deno.writeFile(folder.at("payload"), ARCHIVE);
    const checksum = await treeHashHex(ARCHIVE);
    const upload = ["--body=payload", VAULT];
    const wrong = "0".repeat(64);
    const [plain, described, mismatch, nothing] = await Promise.all([
      cli.run("upload-archive", ...upload),
      cli.run(
        "upload-archive",
        ...upload,
        `--checksum=${checksum}`,
        "--archive-description=a  b",
      ),
      cli.refused("InvalidParameterValueException", "upload-archive", [
        ...upload,
        `--checksum=${wrong}`,
      ]),
      cli.refused("InvalidParameterValueException", "upload-archive", [VAULT]),
    ]);
    for (const answer of [plain, described]) {
      const archiveId = idOf(answer, "archiveId");
      assertEquals(answer, {
        archiveId,
        checksum,
        location: `/000000000000/vaults/v/archives/${archiveId}`,
      });
    }
    assertStringIncludes(mismatch, `Checksum mismatch: expected ${wrong}`);
    assertStringIncludes(nothing, "Invalid Content-Length: 0");

    const archive = `--archive-id=${described.archiveId}`;
    const job = await initiate(cli, {
      Type: "archive-retrieval",
      ArchiveId: described.archiveId,
    });
    const { printed, bytes } = await fetchOutput(cli, job);
    assertEquals(bytes, ARCHIVE);
    assertEquals(printed, {
      acceptRanges: "bytes",
      archiveDescription: "a  b",
      checksum,
      contentType: "application/octet-stream",
      status: 200,
    });
    assertEquals(await cli.run("delete-archive", VAULT, archive), {});
    const vault = await test.call({ path: "/-/vaults/v" });
    assertEquals((await vault.json()).NumberOfArchives, 1);
  },
);

cliTest(
  "jobs are described and listed, and deliver what was asked for",
  async (cli) => {
    const { test } = cli;
    const archive = vectorPayload(3 * MIB);
    const ArchiveId = await uploadArchive(test, archive);
    const retrieval = { Type: "archive-retrieval", ArchiveId };
    const [whole, aligned, odd] = await Promise.all([
      initiate(cli, { ...retrieval, Description: "all of it", Tier: "Bulk" }),
      initiate(cli, { ...retrieval, RetrievalByteRange: `0-${2 * MIB - 1}` }),
      initiate(cli, {
        ...retrieval,
        RetrievalByteRange: `${MIB}-${3 * MIB - 1}`,
      }),
    ]);
    const created = new Date(test.time).toISOString();
    const inProgress = {
      JobId: whole.slice("--job-id=".length),
      JobDescription: "all of it",
      Action: "ArchiveRetrieval",
      ArchiveId,
      VaultARN: "arn:aws:glacier:us-east-1:000000000000:vaults/v",
      CreationDate: created,
      Completed: false,
      StatusCode: "InProgress",
      ArchiveSizeInBytes: archive.length,
      ArchiveSHA256TreeHash: await treeHashHex(archive),
      RetrievalByteRange: `0-${archive.length - 1}`,
      Tier: "Bulk",
    };
    const [described, early] = await Promise.all([
      cli.run("describe-job", VAULT, whole),
      cli.refused("InvalidParameterValueException", "get-job-output", [
        VAULT,
        whole,
        "early",
      ]),
    ]);
    assertEquals(described, inProgress);
    assertStringIncludes(early, "not currently available for download");

    test.time += 60 * SECONDS;
    const [list, all, first, second, third] = await Promise.all([
      cli.run("list-jobs", VAULT, "--page-size=1", "--statuscode=Succeeded"),
      fetchOutput(cli, whole),
      fetchOutput(cli, aligned, `--range=bytes=${MIB}-${2 * MIB - 1}`),
      fetchOutput(cli, odd, "--range=bytes=0-9"),
      fetchOutput(cli, aligned, "--range=bytes=0-9"),
    ]);
    const jobs = list.JobList as Record<string, unknown>[];
    assertEquals(jobs.length, 3);
    assertEquals(jobs.find(({ JobId }) => JobId === inProgress.JobId), {
      ...inProgress,
      Completed: true,
      CompletionDate: new Date(test.time).toISOString(),
      SHA256TreeHash: inProgress.ArchiveSHA256TreeHash,
      StatusCode: "Succeeded",
      StatusMessage: "Succeeded",
    });
    assertEquals(all.bytes, archive);
    assertEquals(first.bytes, archive.slice(MIB, 2 * MIB));
    const range = {
      acceptRanges: "bytes",
      contentType: "application/octet-stream",
      status: 206,
    };
    assertEquals(first.printed, {
      ...range,
      checksum: await treeHashHex(archive.slice(MIB, 2 * MIB)),
      contentRange: `bytes ${MIB}-${2 * MIB - 1}/${2 * MIB}`,
    });
    // No checksum where either range is not aligned.
    const contentRange = `bytes 0-9/${2 * MIB}`;
    assertEquals(second.bytes, archive.slice(MIB, MIB + 10));
    assertEquals(second.printed, { ...range, contentRange });
    assertEquals(third.bytes, archive.slice(0, 10));
    assertEquals(third.printed, { ...range, contentRange });
  },
  { jobDelay: 60 },
);

cliTest("an inventory comes as JSON or as CSV", async (cli) => {
  const { test } = cli;
  const archives = [];
  for (const [i, ArchiveDescription] of ["", 'say "hi", then go'].entries()) {
    const payload = vectorPayload(i + 1);
    archives.push({
      ArchiveId: await uploadArchive(test, payload, {
        "x-amz-archive-description": ArchiveDescription,
      }),
      ArchiveDescription,
      CreationDate: new Date(test.time).toISOString().replace(/\.\d+/, ""),
      Size: i + 1,
      SHA256TreeHash: await treeHashHex(payload),
    });
  }
  const inventory = { Type: "inventory-retrieval" };
  const [json, csv] = await Promise.all([
    initiate(cli, {
      ...inventory,
      InventoryRetrievalParameters: { Limit: "1" },
    }),
    initiate(cli, { ...inventory, Format: "CSV" }),
  ]);
  const [first, table, described] = await Promise.all([
    fetchOutput(cli, json),
    fetchOutput(cli, csv),
    cli.run("describe-job", VAULT, json),
  ]);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(JSON.parse(text(first.bytes)).ArchiveList, [archives[0]]);
  assertEquals(first.printed.contentType, "application/json");
  assertEquals(described.InventorySizeInBytes, first.bytes.length);
  assertEquals(table.printed, {
    acceptRanges: "bytes",
    contentType: "text/csv",
    status: 200,
  });
  const shown = ["", String.raw`"say \"hi\", then go"`];
  assertEquals(text(table.bytes).split("\n").slice(1), [
    ...archives.map((archive, i) =>
      Object.values({ ...archive, ArchiveDescription: shown[i] }).join(",")
    ),
    "",
  ]);
  const { Marker, ...parameters } = described
    .InventoryRetrievalParameters as Record<string, string>;
  assertEquals(parameters, { Format: "JSON", Limit: "1" });
  const next = await initiate(cli, {
    ...inventory,
    InventoryRetrievalParameters: { Marker },
  });
  const rest = await fetchOutput(cli, next);
  assertEquals(JSON.parse(text(rest.bytes)).ArchiveList, [archives[1]]);
});
