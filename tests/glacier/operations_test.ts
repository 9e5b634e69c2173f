import {
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { ServiceError } from "../../src/errors.ts";
import type { GlacierClient } from "../../src/glacier/client.ts";
import { OPERATIONS } from "../../src/glacier/operations.ts";
import vectors from "../vectors/glacier_operations.json" with { type: "json" };
import { service } from "./fake_service.ts";

const HASH = "6a2631ab0ee00d23bdeac0f84e069d9c69574b780533587cf77667c792987264";
const BYTES = new Uint8Array(1024 * 1024).fill(7);
const DATE = "2012-03-20T17:03:43.221Z";
const LATER = "2012-03-21T17:03:43.221Z";
const ARN = "arn:aws:glacier:eu-west-1:123456789012:vaults/photos";

/** The parameters that all cases have in their paths. */
const PATH: Record<string, string> = {
  accountId: "-",
  vaultName: "photos",
  archiveId: "archive-1",
  uploadId: "upload-1",
  jobId: "job-1",
  lockId: "lock-1",
};

interface Case {
  call: (client: GlacierClient) => Promise<unknown>;
  /** What it must send. */
  query?: string;
  headers?: Record<string, string>;
  json?: unknown;
  bytes?: Uint8Array;
  /** What the service answers. */
  answer?: { headers?: Record<string, string>; json?: unknown };
  /** What it must resolve to. */
  result?: unknown;
}

const WIRE_VAULT = {
  VaultARN: ARN,
  VaultName: "photos",
  CreationDate: DATE,
  LastInventoryDate: null,
  NumberOfArchives: 3,
  SizeInBytes: 4_000_000_000_000,
};
const VAULT = {
  vaultArn: ARN,
  vaultName: "photos",
  creationDate: DATE,
  lastInventoryDate: undefined,
  numberOfArchives: 3,
  sizeInBytes: 4_000_000_000_000,
};
const WIRE_UPLOAD = {
  MultipartUploadId: "upload-1",
  VaultARN: ARN,
  ArchiveDescription: "d",
  PartSizeInBytes: 1048576,
  CreationDate: DATE,
};
const UPLOAD = {
  uploadId: "upload-1",
  vaultArn: ARN,
  description: "d",
  partSize: 1048576,
  creationDate: DATE,
};
const WIRE_JOB = {
  Action: "ArchiveRetrieval",
  ArchiveId: "archive-1",
  ArchiveSHA256TreeHash: HASH.toUpperCase(),
  ArchiveSizeInBytes: 2097152,
  Completed: true,
  CompletionDate: LATER,
  CreationDate: DATE,
  InventoryRetrievalParameters: null,
  InventorySizeInBytes: null,
  JobDescription: "mine",
  JobId: "job-1",
  JobOutputPath: null,
  OutputLocation: null,
  RetrievalByteRange: "1048576-2097151",
  SelectParameters: null,
  SHA256TreeHash: HASH,
  SNSTopic: null,
  StatusCode: "Succeeded",
  StatusMessage: "Succeeded",
  Tier: "Bulk",
  VaultARN: ARN,
};
const JOB = {
  jobId: "job-1",
  action: "ArchiveRetrieval",
  statusCode: "Succeeded",
  statusMessage: "Succeeded",
  completed: true,
  creationDate: DATE,
  completionDate: LATER,
  vaultArn: ARN,
  description: "mine",
  archiveId: "archive-1",
  archiveSize: 2097152,
  inventorySize: undefined,
  treeHash: HASH,
  archiveTreeHash: HASH,
  range: { start: 1048576, end: 2097152 },
  tier: "Bulk",
  snsTopic: undefined,
  inventory: undefined,
  jobOutputPath: undefined,
  select: undefined,
  outputLocation: undefined,
};
const LOCATION = { location: "/123456789012/vaults/photos/x" };
const CREATION = {
  headers: {
    ...LOCATION,
    "x-amz-archive-id": "archive-1",
    "x-amz-sha256-tree-hash": HASH,
  },
};
const CREATED = { archiveId: "archive-1", treeHash: HASH, ...LOCATION };
const POLICY = '{"Version":"2012-10-17"}';

const CASES: Record<string, Case> = {
  CreateVault: {
    call: (client) => client.createVault("photos"),
    answer: { headers: LOCATION },
    result: LOCATION,
  },
  DescribeVault: {
    call: (client) => client.describeVault("photos"),
    answer: { json: WIRE_VAULT },
    result: VAULT,
  },
  DeleteVault: { call: (client) => client.deleteVault("photos") },
  ListVaults: {
    call: (client) => client.listVaults({ limit: 50, marker: ARN }),
    query:
      "limit=50&marker=arn%3Aaws%3Aglacier%3Aeu-west-1%3A123456789012%3Avaults%2Fphotos",
    answer: { json: { VaultList: [WIRE_VAULT], Marker: "next" } },
    result: { items: [VAULT], marker: "next" },
  },
  AddTagsToVault: {
    call: (client) => client.addTagsToVault("photos", { camelCase: "v" }),
    json: { Tags: { camelCase: "v" } },
  },
  RemoveTagsFromVault: {
    call: (client) => client.removeTagsFromVault("photos", ["a", "b"]),
    json: { TagKeys: ["a", "b"] },
  },
  ListTagsForVault: {
    call: (client) => client.listTagsForVault("photos"),
    answer: { json: { Tags: { KeyOne: "v" } } },
    result: { KeyOne: "v" },
  },
  SetVaultNotifications: {
    call: (client) =>
      client.setVaultNotifications("photos", {
        snsTopic: "arn:t",
        events: ["ArchiveRetrievalCompleted"],
      }),
    json: { SNSTopic: "arn:t", Events: ["ArchiveRetrievalCompleted"] },
  },
  GetVaultNotifications: {
    call: (client) => client.getVaultNotifications("photos"),
    answer: { json: { SNSTopic: "arn:t", Events: ["e"] } },
    result: { snsTopic: "arn:t", events: ["e"] },
  },
  DeleteVaultNotifications: {
    call: (client) => client.deleteVaultNotifications("photos"),
  },
  UploadArchive: {
    call: (client) =>
      client.uploadArchive("photos", {
        bytes: BYTES,
        sha256: HASH,
        treeHash: HASH,
        description: "two  blanks",
      }),
    headers: {
      "x-amz-archive-description": "two  blanks",
      "x-amz-sha256-tree-hash": HASH,
      "x-amz-content-sha256": HASH,
    },
    bytes: BYTES,
    answer: CREATION,
    result: CREATED,
  },
  DeleteArchive: {
    call: (client) => client.deleteArchive("photos", "archive-1"),
  },
  InitiateMultipartUpload: {
    call: (client) =>
      client.initiateMultipartUpload("photos", {
        partSize: 4 * 1024 ** 3,
        description: "d",
      }),
    headers: {
      "x-amz-part-size": "4294967296",
      "x-amz-archive-description": "d",
    },
    answer: { headers: { "x-amz-multipart-upload-id": "upload-1" } },
    result: "upload-1",
  },
  UploadMultipartPart: {
    call: (client) =>
      client.uploadMultipartPart("photos", {
        uploadId: "upload-1",
        offset: 200 * 1024 ** 3,
        bytes: BYTES,
        sha256: HASH,
        treeHash: HASH.toUpperCase(),
      }),
    headers: {
      "content-range": "bytes 214748364800-214749413375/*",
      "x-amz-sha256-tree-hash": HASH,
      "x-amz-content-sha256": HASH,
    },
    bytes: BYTES,
    answer: { headers: { "x-amz-sha256-tree-hash": HASH.toUpperCase() } },
  },
  CompleteMultipartUpload: {
    call: (client) =>
      client.completeMultipartUpload("photos", {
        uploadId: "upload-1",
        size: 214749413376,
        treeHash: HASH,
      }),
    headers: {
      "x-amz-archive-size": "214749413376",
      "x-amz-sha256-tree-hash": HASH,
    },
    answer: CREATION,
    result: CREATED,
  },
  AbortMultipartUpload: {
    call: (client) => client.abortMultipartUpload("photos", "upload-1"),
  },
  ListMultipartUploads: {
    call: (client) => client.listMultipartUploads("photos", { limit: 1 }),
    query: "limit=1",
    answer: { json: { UploadsList: [WIRE_UPLOAD], Marker: null } },
    result: { items: [UPLOAD], marker: undefined },
  },
  ListParts: {
    call: (client) =>
      client.listParts("photos", "upload-1", { marker: "a+b=" }),
    query: "marker=a%2Bb%3D",
    answer: {
      json: {
        ...WIRE_UPLOAD,
        Parts: [{ RangeInBytes: "0-1048575", SHA256TreeHash: HASH }],
        Marker: "next",
      },
    },
    result: {
      upload: UPLOAD,
      items: [{ range: { start: 0, end: 1048576 }, treeHash: HASH }],
      marker: "next",
    },
  },
  InitiateJob: {
    call: (client) =>
      client.initiateJob("photos", {
        type: "archive-retrieval",
        archiveId: "archive-1",
        range: { start: 1048576, end: 3000000 },
        tier: "Bulk",
        description: "mine",
        snsTopic: "arn:t",
      }),
    json: {
      Type: "archive-retrieval",
      ArchiveId: "archive-1",
      RetrievalByteRange: "1048576-2999999",
      Tier: "Bulk",
      Description: "mine",
      SNSTopic: "arn:t",
    },
    answer: { headers: { ...LOCATION, "x-amz-job-id": "job-1" } },
    result: { jobId: "job-1", ...LOCATION, jobOutputPath: undefined },
  },
  DescribeJob: {
    call: (client) => client.describeJob("photos", "job-1"),
    answer: { json: WIRE_JOB },
    result: JOB,
  },
  ListJobs: {
    call: (client) =>
      client.listJobs("photos", { completed: false, statusCode: "InProgress" }),
    query: "completed=false&statuscode=InProgress",
    answer: { json: { JobList: [WIRE_JOB, WIRE_JOB], Marker: null } },
    result: { items: [JOB, JOB], marker: undefined },
  },
  GetJobOutput: {
    call: async (client) => {
      const output = await client.getJobOutput("photos", "job-1");
      return { ...output, body: await new Response(output.body).text() };
    },
    answer: {
      headers: {
        "x-amz-sha256-tree-hash": HASH,
        "x-amz-archive-description": "d",
        "accept-ranges": "bytes",
        "content-length": "11",
        "content-type": "application/json",
      },
      json: { Some: 12 },
    },
    result: {
      body: '{"Some":12}',
      status: 200,
      size: 11,
      contentRange: undefined,
      treeHash: HASH,
      contentType: "application/json",
      acceptRanges: "bytes",
      archiveDescription: "d",
    },
  },
  SetVaultAccessPolicy: {
    call: (client) => client.setVaultAccessPolicy("photos", POLICY),
    json: { Policy: POLICY },
  },
  GetVaultAccessPolicy: {
    call: (client) => client.getVaultAccessPolicy("photos"),
    answer: { json: { Policy: POLICY } },
    result: POLICY,
  },
  DeleteVaultAccessPolicy: {
    call: (client) => client.deleteVaultAccessPolicy("photos"),
  },
  InitiateVaultLock: {
    call: (client) => client.initiateVaultLock("photos", POLICY),
    json: { Policy: POLICY },
    answer: { headers: { "x-amz-lock-id": "lock-1" } },
    result: "lock-1",
  },
  GetVaultLock: {
    call: (client) => client.getVaultLock("photos"),
    answer: {
      json: {
        Policy: POLICY,
        State: "InProgress",
        CreationDate: DATE,
        ExpirationDate: LATER,
      },
    },
    result: {
      policy: POLICY,
      state: "InProgress",
      creationDate: DATE,
      expirationDate: LATER,
    },
  },
  AbortVaultLock: { call: (client) => client.abortVaultLock("photos") },
  CompleteVaultLock: {
    call: (client) => client.completeVaultLock("photos", "lock-1"),
  },
  SetDataRetrievalPolicy: {
    call: (client) =>
      client.setDataRetrievalPolicy([
        { strategy: "BytesPerHour", bytesPerHour: 10737418240 },
        { strategy: "None" },
      ]),
    json: {
      Policy: {
        Rules: [
          { Strategy: "BytesPerHour", BytesPerHour: 10737418240 },
          { Strategy: "None" },
        ],
      },
    },
  },
  GetDataRetrievalPolicy: {
    call: (client) => client.getDataRetrievalPolicy(),
    answer: {
      json: {
        Policy: {
          Rules: [
            { Strategy: "BytesPerHour", BytesPerHour: 5 },
            { Strategy: "FreeTier", BytesPerHour: null },
          ],
        },
      },
    },
    result: [
      { strategy: "BytesPerHour", bytesPerHour: 5 },
      { strategy: "FreeTier" },
    ],
  },
  PurchaseProvisionedCapacity: {
    call: (client) => client.purchaseProvisionedCapacity(),
    answer: { headers: { "x-amz-capacity-id": "capacity-1" } },
    result: "capacity-1",
  },
  ListProvisionedCapacity: {
    call: (client) => client.listProvisionedCapacity(),
    answer: {
      json: {
        ProvisionedCapacityList: [
          { CapacityId: "c", StartDate: DATE, ExpirationDate: LATER },
        ],
      },
    },
    result: [{ capacityId: "c", startDate: DATE, expirationDate: LATER }],
  },
};

Deno.test("the table of operations is that of the service description", () => {
  const ours = Object.entries(OPERATIONS).map(([name, { method, path }]) => ({
    name,
    method,
    requestUri: path,
  })).sort((a, b) => a.name < b.name ? -1 : 1);
  const theirs = vectors.operations.map(({ status: _, ...rest }) => rest);
  assertEquals(ours, theirs);
});

for (const { name, method, requestUri, status } of vectors.operations) {
  Deno.test(`${name} is sent and read as the service description says`, async () => {
    const { call, query, headers = {}, json, bytes, answer, result } =
      CASES[name];
    const { client, asked } = service([reply(status, answer)]);
    assertEquals(await call(client), result);

    const [request] = asked;
    const target = requestUri.replace(/\{(\w+)\}/g, (_, key) => PATH[key]);
    assertEquals(request.method, method);
    assertEquals(request.target, query ? `${target}?${query}` : target);
    assertEquals(request.headers.get("x-amz-glacier-version"), "2012-06-01");
    assertMatch(
      request.headers.get("authorization") ?? "",
      /\/eu-west-1\/glacier\/aws4_request/,
    );
    for (const [key, value] of Object.entries(headers)) {
      assertEquals(request.headers.get(key), value, key);
    }
    const body = new TextDecoder().decode(request.body);
    if (json !== undefined) assertEquals(JSON.parse(body), json);
    else if (bytes !== undefined) assertEquals(request.body, bytes);
    else assertEquals(body, "");
  });
}

const JOB_FIELDS = [
  "ArchiveSHA256TreeHash",
  "ArchiveSizeInBytes",
  "CompletionDate",
  "InventoryRetrievalParameters",
  "InventorySizeInBytes",
  "JobDescription",
  "JobOutputPath",
  "OutputLocation",
  "RetrievalByteRange",
  "SelectParameters",
  "SHA256TreeHash",
  "SNSTopic",
  "StatusMessage",
  "Tier",
];
const VAULT_FIELDS = ["LastInventoryDate", "NumberOfArchives", "SizeInBytes"];

/** Fields that an answer can do without, by operation. */
const OPTIONAL: Record<string, string[]> = {
  CompleteMultipartUpload: ["location", "x-amz-sha256-tree-hash"],
  CreateVault: ["location"],
  DescribeJob: JOB_FIELDS,
  DescribeVault: VAULT_FIELDS,
  GetVaultLock: ["ExpirationDate"],
  InitiateJob: ["location"],
  ListJobs: [...JOB_FIELDS, "Marker"],
  ListMultipartUploads: ["ArchiveDescription", "Marker"],
  ListParts: ["ArchiveDescription", "Marker"],
  // Tags are named by the user.
  ListTagsForVault: ["Tags", "KeyOne"],
  ListVaults: [...VAULT_FIELDS, "Marker"],
  UploadArchive: ["location", "x-amz-sha256-tree-hash"],
  UploadMultipartPart: ["x-amz-sha256-tree-hash"],
};

Deno.test("an answer that lacks a necessary field is an error, never undefined", async () => {
  const optional: Record<string, string[]> = {};
  for (const { name, status } of vectors.operations) {
    const { call, answer = {} } = CASES[name];
    // The content of an output is no answer.
    if (name === "GetJobOutput") continue;
    for (const [field, lacking] of withoutEach(answer)) {
      const { client } = service([reply(status, lacking)]);
      try {
        await call(client);
        (optional[name] ??= []).push(field);
      } catch (error) {
        assertInstanceOf(error, ServiceError);
        assertEquals(error.code, "MalformedAnswer");
        assertStringIncludes(
          error.message,
          `answer to ${name} has no ${field}`,
        );
      }
    }
  }
  assertEquals(optional, OPTIONAL);
});

function reply(status: number, { headers, json }: Case["answer"] = {}) {
  const body = json === undefined ? null : JSON.stringify(json);
  return new Response(body, { status, headers });
}

type Json = Record<string, unknown>;

/** The answer without each of its headers and fields, one at a time. */
function* withoutEach(
  { headers = {}, json }: NonNullable<Case["answer"]>,
): Generator<[string, Case["answer"]]> {
  for (const name of Object.keys(headers)) {
    const { [name]: _, ...rest } = headers;
    yield [name, { headers: rest, json }];
  }
  for (const [field, rest] of withoutEachField(json)) {
    yield [field, { headers, json: rest }];
  }
}

function* withoutEachField(json: unknown): Generator<[string, unknown]> {
  if (Array.isArray(json)) {
    if (json.length > 0) {
      for (const [field, rest] of withoutEachField(json[0])) {
        yield [field, [rest, ...json.slice(1)]];
      }
    }
    return;
  }
  if (typeof json !== "object" || json === null) return;
  const object: Json = { ...json };
  for (const [name, value] of Object.entries(object)) {
    const { [name]: _, ...rest } = object;
    yield [name, rest];
    for (const [field, inner] of withoutEachField(value)) {
      yield [field, { ...object, [name]: inner }];
    }
  }
}
