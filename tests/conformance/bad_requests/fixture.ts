/**
 * A server with something of every kind for requests to be wrong about.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { createHost } from "../../../src/platform/host.ts";
import type { AccessKey } from "../../../src/server/server.ts";
import { treeHash } from "../../../src/treehash/tree_hash.ts";
import {
  beginJob,
  beginUpload,
  type Call,
  completeUpload,
  hashHeaders,
  HOUR,
  KEY,
  MIB,
  type TestServer,
  testServer,
  uploadArchive,
  uploadPart,
  vaultPolicy,
  vectorPayload,
} from "../../server/testing.ts";

/** Keys of the server, by who has them. */
export const KEYS: Record<"owner" | "temporary" | "expired", AccessKey> = {
  owner: KEY,
  temporary: {
    accessKeyId: "ASIDTEMPORARY",
    secretAccessKey: "secret of some hours",
    sessionToken: "token+of/some=hours",
    expires: Date.UTC(2100, 0),
  },
  expired: {
    accessKeyId: "ASIDEXPIRED",
    secretAccessKey: "secret of yesterday",
    sessionToken: "token of yesterday",
    expires: Date.UTC(2020, 0),
  },
};

/** What the server is opened with. */
export const SERVER_OPTIONS = {
  accessKeys: Object.values(KEYS),
  /** Jobs that were just begun are not done. */
  jobDelay: 3600,
  payloadTimeout: 700,
};

/** A server, and the IDs of what is in it by the names that rows use. */
export interface Fixture extends AsyncDisposable {
  test: TestServer;
  ids: Record<string, string>;
}

function lastSegment(path: string): string {
  return path.split("/").at(-1)!;
}

async function send(test: TestServer, call: Call): Promise<Response> {
  const response = await test.call(call);
  assertEquals(response.ok, true, call.path);
  return response;
}

/** Forbids to tag the vault `locked`. */
const NO_TAGS = JSON.stringify({
  Statement: {
    Effect: "Deny",
    Principal: "*",
    Action: "glacier:AddTagsToVault",
    Resource: "arn:aws:glacier:us-east-1:000000000000:vaults/locked",
  },
});

/** Makes the vaults `v`, `w`, `empty`, `locked` and `unused`, with all that a vault can have. */
async function fillVaults(test: TestServer): Promise<Record<string, string>> {
  const put = (path: string, json?: unknown, method = "PUT") =>
    send(test, {
      method,
      path: `/-/vaults/${path}`,
      body: json === undefined ? undefined : JSON.stringify(json),
    });
  for (const name of ["v", "w", "empty", "locked", "unused"]) await put(name);
  const Policy = vaultPolicy("Allow");
  const SNSTopic = "arn:aws:sns:us-east-1:000000000000:done";
  await put("v/access-policy", { Policy });
  await put("v/notification-configuration", {
    SNSTopic,
    Events: ["InventoryRetrievalCompleted"],
  });
  const Tags = Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [`k${i}`, "v"]),
  );
  await put("v/tags?operation=add", { Tags }, "POST");
  const lock = async (vault: string, policy = Policy) => {
    const body = { Policy: policy };
    const response = await put(`${vault}/lock-policy`, body, "POST");
    return response.headers.get("x-amz-lock-id")!;
  };
  const lockOfLocked = await lock("locked", NO_TAGS);
  await put(`locked/lock-policy/${lockOfLocked}`, undefined, "POST");
  return { lock: await lock("v"), otherLock: await lock("w"), lockOfLocked };
}

/** Begins uploads in `v`, each with parts and an end of its own. */
async function beginUploads(
  test: TestServer,
  archive: Uint8Array<ArrayBuffer>,
): Promise<Record<string, string>> {
  const begin = async (...parts: [start: number, end: number][]) => {
    const path = await beginUpload(test);
    for (const [start, end] of parts) {
      const part = archive.slice(start, end);
      assertEquals((await uploadPart(test, path, start, part)).status, 204);
    }
    return path;
  };
  const end = archive.length;
  const completed = await begin([0, MIB], [MIB, 2 * MIB], [2 * MIB, end]);
  assertEquals((await completeUpload(test, completed, archive)).status, 201);
  const aborted = await begin([0, MIB]);
  await send(test, { method: "DELETE", path: aborted });
  const paths = {
    completedUpload: completed,
    abortedUpload: aborted,
    openUpload: await begin([2 * MIB, end]),
    spareUpload: await begin(),
    fullUpload: await begin([0, MIB], [MIB, 2 * MIB], [2 * MIB, end]),
    shortUpload: await begin([0, 1000], [MIB, 2 * MIB], [2 * MIB, end]),
    gapUpload: await begin([0, MIB], [2 * MIB, end]),
  };
  return {
    ...Object.fromEntries(
      Object.entries(paths).map(([name, path]) => [name, lastSegment(path)]),
    ),
    fullSize: String(end),
    fullHash: encodeHex(await treeHash(archive)),
  };
}

/** Begins an upload that nothing came for since yesterday. */
async function beginExpired(test: TestServer): Promise<string> {
  const now = test.time;
  test.time = now - 25 * HOUR;
  const path = await beginUpload(test);
  await uploadPart(test, path, 0, vectorPayload(10));
  test.time = now;
  return lastSegment(path);
}

/** Uploads archives into `v`, and begins jobs in every state. */
async function beginJobs(test: TestServer): Promise<Record<string, string>> {
  const archive = await uploadArchive(test, vectorPayload(3 * MIB + 5));
  const deletedArchive = await uploadArchive(test, vectorPayload(20));
  const now = test.time;
  const begin = async (hours: number, job: () => Promise<string>) => {
    test.time = now - hours * HOUR;
    const id = lastSegment(await job());
    test.time = now;
    return id;
  };
  const range = { RetrievalByteRange: "1048576-3145732" };
  const ids = {
    archive,
    deletedArchive,
    spareArchive: await uploadArchive(test, vectorPayload(40)),
    expiredJob: await begin(26, () => beginJob(test, archive)),
    job: await begin(2, () => beginJob(test, archive)),
    rangeJob: await begin(2, () => beginJob(test, archive, range)),
    inventoryJob: await begin(0, () => beginInventory(test)),
    failedJob: await begin(0, () => beginJob(test, deletedArchive)),
    pendingJob: await begin(0, () => beginJob(test, archive)),
  };
  const path = `/-/vaults/v/archives/${deletedArchive}`;
  await send(test, { method: "DELETE", path });
  return ids;
}

/** Something of everything in `w`, where requests to `v` must not find it. */
async function fillOther(test: TestServer): Promise<Record<string, string>> {
  const body = vectorPayload(30);
  const post = async (path: string, header: string, call: Partial<Call>) => {
    const target = { method: "POST", path: `/-/vaults/w/${path}` };
    const response = await send(test, { ...target, ...call });
    return response.headers.get(header)!;
  };
  const archive = await post("archives", "x-amz-archive-id", {
    headers: await hashHeaders(body),
    body,
  });
  return {
    otherArchive: archive,
    otherUpload: await post("multipart-uploads", "x-amz-multipart-upload-id", {
      headers: { "x-amz-part-size": String(MIB) },
    }),
    otherJob: await post("jobs", "x-amz-job-id", {
      body: JSON.stringify({ Type: "archive-retrieval", ArchiveId: archive }),
    }),
  };
}

/** Uses up what an account can have. */
async function exhaust(test: TestServer): Promise<void> {
  for (let i = 0; i < 2; i++) {
    await send(test, { method: "POST", path: "/-/provisioned-capacity" });
  }
  await send(test, {
    method: "PUT",
    path: "/-/policies/data-retrieval",
    body: JSON.stringify({
      Policy: { Rules: [{ Strategy: "BytesPerHour", BytesPerHour: 1 }] },
    }),
  });
  await test.server[Symbol.asyncDispose]();
  using database = createHost().openDatabase(`${test.folder}/metadata.sqlite`);
  database.exec(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 995)
     INSERT INTO vaults (name, created) SELECT 'x' || i, 0 FROM n;`,
  );
  database.close();
  await test.restart();
}

async function beginInventory(test: TestServer): Promise<string> {
  const response = await send(test, {
    method: "POST",
    path: "/-/vaults/v/jobs",
    body: JSON.stringify({ Type: "inventory-retrieval" }),
  });
  return response.headers.get("x-amz-job-id")!;
}

/**
 * Opens such a server.
 *
 * @param options.exhausted whether the account has all that it can have, and
 * retrieved all that its policy allows
 */
export async function openFixture(
  options: { exhausted: boolean },
): Promise<Fixture> {
  const test = await testServer(SERVER_OPTIONS);
  // The requests come on real sockets, some to a process with a clock of its own.
  test.time = Date.now();
  const ids = {
    ...await fillVaults(test),
    ...await beginUploads(test, vectorPayload(2 * MIB + 5)),
    ...await beginJobs(test),
    ...await fillOther(test),
    expiredUpload: await beginExpired(test),
  };
  if (options.exhausted) await exhaust(test);
  return { test, ids, [Symbol.asyncDispose]: test[Symbol.asyncDispose] };
}
