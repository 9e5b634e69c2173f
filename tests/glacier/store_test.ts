import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { NetworkError, ServiceError } from "../../src/errors.ts";
import { GlacierStore } from "../../src/glacier/store.ts";
import {
  type Asked,
  dropped,
  refusal,
  type Reply,
  service,
} from "./fake_service.ts";

const HASH = "6a2631ab0ee00d23bdeac0f84e069d9c69574b780533587cf77667c792987264";

function storeOf(replies: Parameters<typeof service>[0]) {
  const { client, asked } = service(replies);
  const store = new GlacierStore({
    client,
    vault: "photos",
    tier: "Bulk",
    searchDelays: [0, 0],
  });
  return { store, asked };
}

interface Job {
  JobId: string;
  ArchiveId: string;
  JobDescription: string;
}

/** A service that keeps jobs. `lose` tells by the request's number how its answer gets lost. */
function jobs(
  lose: (request: number) => "before" | "after" | "without ID" | undefined,
  lost: () => Reply = dropped,
) {
  const kept: Job[] = [];
  let requests = 0;
  const answer = ({ method, body }: Asked): Reply => {
    if (method === "GET") {
      const JobList = kept.map((job) => ({
        ...job,
        Action: "ArchiveRetrieval",
        StatusCode: "InProgress",
        Completed: false,
        CreationDate: "2012-03-20T17:03:43.221Z",
        VaultARN: "arn",
      }));
      return Response.json({ JobList, Marker: null });
    }
    const how = lose(++requests);
    if (how === "before") return lost();
    const { ArchiveId, Description } = JSON.parse(
      new TextDecoder().decode(body),
    );
    const JobId = `job-${kept.length + 1}`;
    kept.push({ JobId, ArchiveId, JobDescription: Description });
    if (how === "after") return lost();
    const headers = how === "without ID"
      ? undefined
      : { "x-amz-job-id": JobId };
    return new Response(null, { status: 202, headers });
  };
  return { kept, ...storeOf(answer) };
}

Deno.test("a store names its vault and its region", () => {
  assertEquals(storeOf([]).store.title, "vault photos in eu-west-1");
});

Deno.test("a retrieval is requested once, with a description of its own", async () => {
  const { store, asked, kept } = jobs(() => undefined);
  assertEquals(await store.requestRetrieval("a"), "job-1");
  assertEquals(await store.requestRetrieval("a"), "job-2");
  assertEquals(asked.length, 2);
  assertEquals(
    JSON.parse(new TextDecoder().decode(asked[0].body)).Tier,
    "Bulk",
  );
  assertMatch(kept[0].JobDescription, /^moraine [0-9a-f]{32}$/);
  assertNotEquals(kept[0].JobDescription, kept[1].JobDescription);
});

Deno.test("a retrieval whose answer is lost is found again, not requested twice", async () => {
  const ways = [
    dropped,
    () => refusal(500, "ServiceUnavailableException"),
    () => new Response(null, { status: 504 }),
  ];
  for (const way of ways) {
    const { store, kept } = jobs((n) => n === 2 ? "after" : undefined, way);
    await store.requestRetrieval("a");
    assertEquals(await store.requestRetrieval("a"), "job-2");
    assertEquals(kept.length, 2);
  }
});

Deno.test("a retrieval accepted without an ID is found by its description", async () => {
  const { store, kept } = jobs(() => "without ID");
  assertEquals(await store.requestRetrieval("a"), "job-1");
  assertEquals(kept.length, 1);
});

Deno.test("a retrieval that was lost on its way is requested again, with the same description", async () => {
  const { store, asked, kept } = jobs((n) => n === 1 ? "before" : undefined);
  assertEquals(await store.requestRetrieval("a"), "job-1");
  assertEquals(kept.length, 1);
  // It is looked for twice before it is sent again.
  assertEquals(asked.map(({ method }) => method), [
    "POST",
    "GET",
    "GET",
    "POST",
  ]);
});

Deno.test("a retrieval that never gets an answer fails after three requests", async () => {
  const { store, asked } = jobs(() => "before");
  const error = await assertRejects(
    () => store.requestRetrieval("a"),
    NetworkError,
  );
  assertEquals(error.problem, "dropped");
  assertEquals(asked.filter(({ method }) => method === "POST").length, 3);
});

Deno.test("a refused retrieval is neither looked for nor requested again", async () => {
  for (const code of ["PolicyEnforcedException", "ResourceNotFoundException"]) {
    const { store, asked } = storeOf([refusal(400, code)]);
    await assertRejects(() => store.requestRetrieval("a"), ServiceError);
    assertEquals(asked.length, 1);
  }
});

Deno.test("an aborted request for a retrieval rejects with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  const { store } = storeOf(() => {
    controller.abort(reason);
    return dropped();
  });
  const { signal } = controller;
  assertStrictEquals(
    await assertRejects(() => store.requestRetrieval("a", { signal })),
    reason,
  );
});

Deno.test("ending an upload that is gone succeeds, and other refusals do not", async () => {
  const gone = storeOf([refusal(404, "ResourceNotFoundException")]);
  await gone.store.abortUpload("u");
  const denied = storeOf([refusal(403, "AccessDeniedException")]);
  await assertRejects(() => denied.store.abortUpload("u"), ServiceError);
});

Deno.test("completing an upload whose answer is lost gives the archive all the same", async () => {
  const { store, asked } = storeOf([
    dropped(),
    new Response(null, {
      status: 201,
      headers: { "x-amz-archive-id": "new", "x-amz-sha256-tree-hash": HASH },
    }),
  ]);
  const archive = { size: 5, treeHash: HASH };
  assertEquals(await store.completeUpload("u", archive), {
    archiveId: "new",
    treeHash: HASH,
  });
  assertEquals(asked.length, 2);
});

Deno.test("retrievals are the jobs that are about archives", async () => {
  const job = {
    JobId: "j",
    Action: "ArchiveRetrieval",
    ArchiveId: "a",
    ArchiveSizeInBytes: 3145728,
    ArchiveSHA256TreeHash: HASH,
    StatusCode: "Succeeded",
    Completed: true,
    CreationDate: "2012-03-20T17:03:43.221Z",
    VaultARN: "arn",
  };
  const { store } = storeOf([Response.json({
    JobList: [
      { ...job, RetrievalByteRange: "0-3145727", JobDescription: "d" },
      { ...job, RetrievalByteRange: "0-1048575", StatusCode: "InProgress" },
      { ...job, StatusCode: "Failed", StatusMessage: "ArchiveDeleted" },
      { ...job, Action: "InventoryRetrieval", ArchiveId: null },
    ],
    Marker: null,
  })]);
  const common = {
    jobId: "j",
    archiveId: "a",
    archiveSize: 3145728,
    created: Date.UTC(2012, 2, 20, 17, 3, 43, 221),
    range: undefined,
    treeHash: HASH,
    description: undefined,
    statusMessage: undefined,
  };
  assertEquals(await Array.fromAsync(store.listRetrievals()), [
    { ...common, status: "ready", description: "d" },
    {
      ...common,
      status: "pending",
      range: { start: 0, end: 1048576 },
      treeHash: undefined,
    },
    { ...common, status: "failed", statusMessage: "ArchiveDeleted" },
  ]);
});

Deno.test("a retrieval can be opened from a byte on", async () => {
  const { store, asked } = storeOf([
    new Response("xyz", {
      status: 206,
      headers: { "content-range": "bytes 7-9/10", "content-length": "3" },
    }),
    new Response("whole", { headers: { "x-amz-sha256-tree-hash": HASH } }),
  ]);
  const rest = await store.openRetrieval("j", { start: 7 });
  assertEquals(await new Response(rest.body).text(), "xyz");
  assertEquals([rest.size, rest.treeHash], [3, undefined]);
  const whole = await store.openRetrieval("j");
  assertEquals(await new Response(whole.body).text(), "whole");
  assertEquals([whole.size, whole.treeHash], [undefined, HASH]);
  const ranges = asked.map(({ headers }) => headers.get("range"));
  assertEquals(ranges, ["bytes=7-", null]);
});

Deno.test("uploads go to the store's vault with description, part size and hashes", async () => {
  const head = { status: 201, headers: { "x-amz-multipart-upload-id": "u" } };
  const { store, asked } = storeOf([
    new Response(null, head),
    new Response(null, { status: 204 }),
  ]);
  const description = "mt2 abc";
  assertEquals(
    await store.beginUpload({ description, partSize: 2 ** 20 }),
    "u",
  );
  const bytes = new Uint8Array(10);
  const part = { offset: 2 ** 20, bytes, sha256: HASH, treeHash: HASH };
  await store.uploadPart("u", part);
  assertEquals(asked.map(({ target }) => target), [
    "/-/vaults/photos/multipart-uploads",
    "/-/vaults/photos/multipart-uploads/u",
  ]);
  const [begin, put] = asked.map(({ headers }) => headers);
  assertEquals(begin.get("x-amz-archive-description"), description);
  assertEquals(begin.get("x-amz-part-size"), "1048576");
  assertEquals(put.get("content-range"), "bytes 1048576-1048585/*");
});

Deno.test("unfinished uploads come from all pages, with their times in seconds", async () => {
  const upload = (id: string, description: string | null) => ({
    MultipartUploadId: id,
    ArchiveDescription: description,
    CreationDate: "2012-03-20T17:03:43.221Z",
    PartSizeInBytes: 1048576,
    VaultARN: "arn",
  });
  const { store, asked } = storeOf([
    Response.json({ UploadsList: [upload("a", "x")], Marker: "next" }),
    Response.json({ UploadsList: [upload("b", null)], Marker: null }),
  ]);
  const began = Date.parse("2012-03-20T17:03:43Z") / 1000;
  assertEquals(await Array.fromAsync(store.listUploads()), [
    { uploadId: "a", description: "x", partSize: 1048576, began },
    { uploadId: "b", description: "", partSize: 1048576, began },
  ]);
  assertEquals(asked.length, 2);
});
