import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  beginUpload,
  MIB,
  retrieve,
  treeHashHex,
  vectorPayload,
} from "../../server/testing.ts";
import { cliTest, idOf } from "./cli.ts";

const VAULT = "--vault-name=v";

cliTest("an archive is uploaded in parts with their hashes", async (cli) => {
  const { folder, test } = cli;
  const archive = vectorPayload(5 * MIB + 3);
  const size = 2 * MIB;
  const begun = await cli.run(
    "initiate-multipart-upload",
    VAULT,
    `--part-size=${size}`,
    "--archive-description=in parts",
  );
  const id = idOf(begun, "uploadId");
  assertEquals(begun, {
    uploadId: id,
    location: `/000000000000/vaults/v/multipart-uploads/${id}`,
  });
  const upload = `--upload-id=${id}`;
  const parts = await Promise.all([4 * MIB, 0, size].map(async (start) => {
    const body = archive.slice(start, start + size);
    await Deno.writeFile(folder.at(`part-${start}`), body);
    const checksum = await treeHashHex(body);
    const range = `${start}-${start + body.length - 1}`;
    const sent = await cli.run(
      "upload-multipart-part",
      VAULT,
      upload,
      `--body=part-${start}`,
      `--range=bytes ${range}/*`,
      `--checksum=${checksum}`,
    );
    assertEquals(sent, { checksum });
    return { RangeInBytes: range, SHA256TreeHash: checksum };
  }));

  const described = {
    MultipartUploadId: id,
    VaultARN: "arn:aws:glacier:us-east-1:000000000000:vaults/v",
    ArchiveDescription: "in parts",
    PartSizeInBytes: size,
    CreationDate: new Date(test.time).toISOString(),
  };
  const checksum = await treeHashHex(archive);
  const complete = [VAULT, upload, `--archive-size=${archive.length}`];
  const [items, listed, uploads, mismatch] = await Promise.all([
    // Where the CLI joins pages, it shows nothing but their items.
    cli.run("list-parts", VAULT, upload, "--page-size=1"),
    cli.run("list-parts", VAULT, upload, "--no-paginate"),
    cli.run("list-multipart-uploads", VAULT),
    cli.refused("InvalidParameterValueException", "complete-multipart-upload", [
      ...complete,
      `--checksum=${parts[0].SHA256TreeHash}`,
    ]),
  ]);
  const [last, first, second] = parts;
  const Parts = [first, second, last];
  assertEquals(items, { Parts });
  assertEquals(listed, { ...described, Parts });
  assertEquals(uploads, { UploadsList: [described] });
  assertStringIncludes(mismatch, "Checksum mismatch");

  const completed = await cli.run(
    "complete-multipart-upload",
    ...complete,
    `--checksum=${checksum}`,
  );
  const archiveId = idOf(completed, "archiveId");
  assertEquals(completed, {
    archiveId,
    checksum,
    location: `/000000000000/vaults/v/archives/${archiveId}`,
  });
  assertEquals(await retrieve(test, archiveId), archive);
});

cliTest("uploads are listed to the end, and aborted", async (cli) => {
  const ids: string[] = [];
  for (let i = 0; i < 51; i++) {
    ids.push((await beginUpload(cli.test)).split("/").at(-1)!);
  }
  const list = async (...args: string[]) => {
    const answer = await cli.run("list-multipart-uploads", VAULT, ...args);
    const uploads = answer.UploadsList as { MultipartUploadId: string }[];
    return uploads.map(({ MultipartUploadId }) => MultipartUploadId);
  };
  const [all, some] = await Promise.all([list(), list("--max-items=3")]);
  assertEquals(all, ids);
  assertEquals(some, ids.slice(0, 3));
  const abort = [VAULT, `--upload-id=${ids[0]}`];
  assertEquals(await cli.run("abort-multipart-upload", ...abort), {});
  const [rest, gone] = await Promise.all([
    list(),
    cli.refused("ResourceNotFoundException", "list-parts", abort),
  ]);
  assertEquals(rest, ids.slice(1));
  assertStringIncludes(gone, `The upload ID was not found: ${ids[0]}`);
});
