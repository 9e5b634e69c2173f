import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { CredentialsProvider } from "../../src/aws/credentials.ts";
import {
  IntegrityError,
  mayHaveTakenEffect,
  NetworkError,
  ServiceError,
  UsageError,
} from "../../src/errors.ts";
import {
  GlacierClient,
  type GlacierOptions,
} from "../../src/glacier/client.ts";
import { OPERATIONS } from "../../src/glacier/operations.ts";
import { dropped, refusal, refused, service } from "./fake_service.ts";

const HASH = "6a2631ab0ee00d23bdeac0f84e069d9c69574b780533587cf77667c792987264";
const OTHER_HASH = "f".repeat(64);
const ARCHIVE = {
  bytes: new Uint8Array(3),
  sha256: HASH,
  treeHash: HASH,
  description: "d",
};
const JOB = { type: "archive-retrieval", archiveId: "a" } as const;
const credentials: CredentialsProvider = () =>
  Promise.resolve({ accessKeyId: "AKID", secretAccessKey: "secret" });

function created(hash = HASH): Response {
  return new Response(null, {
    status: 201,
    headers: { "x-amz-archive-id": "new", "x-amz-sha256-tree-hash": hash },
  });
}

Deno.test("throttling with status 400 is waited out, and the caller hears of it", async () => {
  const events: string[] = [];
  const { client } = service([
    refusal(400, "ThrottlingException"),
    dropped(),
    new Response(null, { status: 204 }),
  ], {
    onRequest: ({ operation, attempt }) =>
      events.push(`${operation} ${attempt}`),
    onRetry: ({ operation, attempt, error }) => {
      assertInstanceOf(error, Error);
      events.push(`${operation} ${attempt} ${error.name}`);
    },
  });
  await client.deleteArchive("v", "a");
  assertEquals(events, [
    "DeleteArchive 1",
    "DeleteArchive 1 ServiceError",
    "DeleteArchive 2",
    "DeleteArchive 2 NetworkError",
    "DeleteArchive 3",
  ]);
});

Deno.test("a request fails with the last error after eight tries", async () => {
  const { client, asked } = service(() =>
    refusal(500, "ServiceUnavailableException")
  );
  await assertRejects(() => client.describeVault("v"), ServiceError);
  assertEquals(asked.length, 8);
});

Deno.test("what creates something is not sent again when it may have taken effect", async () => {
  const once = Object.entries(OPERATIONS)
    .filter(([_, { idempotent }]) => !idempotent).map(([name]) => name);
  assertEquals(once, [
    "UploadArchive",
    "InitiateJob",
    "InitiateVaultLock",
    "PurchaseProvisionedCapacity",
  ]);
  const calls: ((client: GlacierClient) => Promise<unknown>)[] = [
    (client) => client.uploadArchive("v", ARCHIVE),
    (client) => client.initiateJob("v", JOB),
    (client) => client.initiateVaultLock("v", "{}"),
    (client) => client.purchaseProvisionedCapacity(),
  ];
  const unsure = [
    () => dropped(),
    () => refusal(500, "ServiceUnavailableException"),
    () => new Response("<html>", { status: 502 }),
  ];
  for (const call of calls) {
    for (const reply of unsure) {
      const { client, asked } = service([reply(), created()]);
      await assertRejects(() => call(client));
      assertEquals(asked.length, 1);
    }
  }
});

Deno.test("what creates something is sent again when it surely had no effect", async () => {
  const replies = [
    refused(),
    refusal(400, "ThrottlingException"),
    refusal(408, "RequestTimeoutException"),
    created(),
  ];
  const { client, asked } = service(replies);
  const { archiveId } = await client.uploadArchive("v", ARCHIVE);
  assertEquals([archiveId, asked.length], ["new", 4]);
  assertEquals(asked.map(({ body }) => body.length), [3, 3, 3, 3]);
});

Deno.test("an answer that breaks off while it is read is asked for again", async () => {
  const broken = new Response('{"Policy":', {
    headers: { "content-length": "14" },
  });
  const { client } = service([broken, Response.json({ Policy: "{}" })]);
  assertEquals(await client.getVaultAccessPolicy("v"), "{}");
});

Deno.test("an upload of which the service got other bytes is an IntegrityError", async () => {
  const upload = { uploadId: "u", size: 3, treeHash: HASH };
  const calls: ((client: GlacierClient) => Promise<unknown>)[] = [
    (client) => client.uploadArchive("v", ARCHIVE),
    (client) => client.completeMultipartUpload("v", upload),
    (client) =>
      client.uploadMultipartPart("v", { ...ARCHIVE, uploadId: "u", offset: 0 }),
  ];
  for (const call of calls) {
    const { client, asked } = service([created(OTHER_HASH)]);
    const error = await assertRejects(() => call(client), IntegrityError);
    assertStringIncludes(error.message, OTHER_HASH);
    assertEquals(asked.length, 1);
  }
});

Deno.test("a hash in an answer that is none is an error of the answer", async () => {
  const { client } = service([created("deadbeef")]);
  const error = await assertRejects(
    () => client.uploadArchive("v", ARCHIVE),
    ServiceError,
  );
  assertEquals(error.code, "MalformedAnswer");
});

Deno.test("a page of some portal is not taken for a success", async () => {
  const portal = () =>
    new Response("<html>Please log in</html>", {
      headers: { "content-type": "text/html" },
    });
  const calls: ((client: GlacierClient) => Promise<unknown>)[] = [
    (client) => client.deleteArchive("v", "a"),
    (client) => client.createVault("v"),
    (client) => client.describeVault("v"),
    (client) => client.uploadArchive("v", ARCHIVE),
  ];
  for (const call of calls) {
    const { client } = service([portal()]);
    const error = await assertRejects(() => call(client), ServiceError);
    assertEquals([error.code, error.status], ["ForeignAnswer", 200]);
    assert(!mayHaveTakenEffect(error));
    assertStringIncludes(error.message, "check the endpoint");
  }
});

Deno.test("answers of wrong types are errors that name the field", async () => {
  const vault = {
    VaultARN: "arn",
    VaultName: "v",
    CreationDate: "2012-03-20T17:03:43Z",
  };
  const wrong: [object, string][] = [
    [{ VaultName: 5 }, "VaultName"],
    [{ CreationDate: "soon" }, "CreationDate"],
    [{ SizeInBytes: "12" }, "SizeInBytes"],
    [{ SizeInBytes: 1.5 }, "SizeInBytes"],
    [{ SizeInBytes: 1e20 }, "SizeInBytes"],
  ];
  for (const [fields, name] of wrong) {
    const { client } = service([Response.json({ ...vault, ...fields })]);
    const error = await assertRejects(
      () => client.describeVault("v"),
      ServiceError,
    );
    assertStringIncludes(error.message, `an unreadable ${name}`);
  }
  for (const body of ["[]", "null", '"x"', "", "{"]) {
    const { client } = service([new Response(body)]);
    const error = await assertRejects(
      () => client.describeVault("v"),
      ServiceError,
    );
    assertEquals(error.code, "MalformedAnswer");
  }
});

Deno.test("parameters that cannot be are refused before anything is sent", async () => {
  const MIB = 1024 * 1024;
  const calls: ((client: GlacierClient) => Promise<unknown>)[] = [
    ..."|.|..|a/b|a b|é|a?b|a%2e".split("|").concat("x".repeat(256))
      .map((name) => (client: GlacierClient) => client.deleteVault(name)),
    (client) => client.deleteArchive("v", ""),
    (client) => client.deleteArchive("v", "../w"),
    (client) => client.describeJob("v", ".."),
    (client) => client.initiateJob("v", { ...JOB, archiveId: "a\nb" }),
    (client) =>
      client.initiateJob("v", { ...JOB, range: { start: 1, end: MIB } }),
    (client) => client.initiateJob("v", { ...JOB, description: "é" }),
    (client) => client.getJobOutput("v", "j", { range: { start: 5, end: 5 } }),
    (client) => client.getJobOutput("v", "j", { range: { start: -1 } }),
    (client) =>
      client.uploadArchive("v", { ...ARCHIVE, bytes: new Uint8Array() }),
    (client) => client.uploadArchive("v", { ...ARCHIVE, treeHash: "abc" }),
    (client) =>
      client.uploadArchive("v", { ...ARCHIVE, description: "a\r\nb: c" }),
    (client) =>
      client.uploadArchive("v", { ...ARCHIVE, description: "x".repeat(1025) }),
    ...[0, 1, MIB - 1, 3 * MIB, 8192 * MIB, NaN].map(
      (partSize) => (client: GlacierClient) =>
        client.initiateMultipartUpload("v", { partSize }),
    ),
    (client) =>
      client.completeMultipartUpload("v", {
        uploadId: "u",
        size: 0,
        treeHash: HASH,
      }),
    (client) => client.listJobs("v", { limit: 51 }),
    (client) => client.listVaults({ limit: 0 }),
    (client) => client.addTagsToVault("v", {}),
  ];
  for (const call of calls) {
    const { client, asked } = service([]);
    await assertRejects(
      () => call(client),
      UsageError,
      undefined,
      call.toString(),
    );
    assertEquals(asked.length, 0);
  }
});

Deno.test("endpoint, region and account are checked when the client is made", () => {
  const make = (options: Partial<GlacierOptions>) => () =>
    new GlacierClient({ region: "eu-west-1", credentials, ...options });
  const wrong = [
    { endpoint: "glacier.test" },
    { endpoint: "ftp://glacier.test" },
    { endpoint: "https://user:pass@glacier.test" },
    { endpoint: "https://glacier.test/?a" },
    { region: "eu west" },
    { region: "evil.test/" },
    { accountId: "123" },
    { accountId: ".." },
  ];
  for (const options of wrong) {
    const error = assertThrows(make(options), UsageError);
    assertEquals(error.message.includes("pass"), false);
  }
  make({ endpoint: "http://127.0.0.1:9901/base/" })();
});

Deno.test("AWS's own address serves where no endpoint is given", async () => {
  const hosts: string[] = [];
  for (const region of ["eu-west-1", "cn-north-1"]) {
    const client = new GlacierClient({
      region,
      credentials,
      fetch: (request) => {
        hosts.push(new URL(request.url).origin);
        return new Response(null, { status: 204 });
      },
    });
    await client.deleteVault("v");
  }
  assertEquals(hosts, [
    "https://glacier.eu-west-1.amazonaws.com",
    "https://glacier.cn-north-1.amazonaws.com.cn",
  ]);
});

Deno.test("what is not found is named, with what to do about it", async () => {
  const vault =
    "Vault not found for ARN: arn:aws:glacier:eu-west-1:1:vaults/photos";
  const table: [(client: GlacierClient) => Promise<unknown>, string, string][] =
    [
      [
        (c) => c.describeVault("photos"),
        vault,
        "Vault not found: photos in eu-west-1 (create it with create-vault)",
      ],
      [
        (c) => c.deleteArchive("photos", "a1"),
        vault,
        "Vault not found: photos in eu-west-1 (create it with create-vault)",
      ],
      [
        (c) => c.deleteArchive("photos", "a1"),
        "The archive ID was not found: a1",
        "Archive not found: a1 in vault photos in eu-west-1",
      ],
      [
        (c) => c.describeJob("photos", "j1"),
        "The job ID was not found: j1",
        "Job not found: j1 in vault photos in eu-west-1",
      ],
      [
        (c) => c.listParts("photos", "u1"),
        "The upload ID was not found: u1",
        "Upload not found: u1 in vault photos in eu-west-1",
      ],
      [
        (c) => c.initiateJob("photos", JOB),
        "The archive ID was not found: a",
        "Not found in vault photos in eu-west-1: The archive ID was not found: a",
      ],
      [
        (c) => c.getVaultAccessPolicy("photos"),
        "No vault access policy is set",
        "No access policy: vault photos in eu-west-1 has none",
      ],
      [
        (c) => c.getVaultLock("photos"),
        vault,
        "Vault not found: photos in eu-west-1 (create it with create-vault)",
      ],
    ];
  for (const [call, message, expected] of table) {
    const { client } = service([
      refusal(404, "ResourceNotFoundException", message),
    ]);
    const error = await assertRejects(() => call(client), ServiceError);
    assertEquals([error.message, error.code], [
      expected,
      "ResourceNotFoundException",
    ]);
  }
});

Deno.test("lists are followed to their end, page by page", async () => {
  const job = (id: string) => ({
    JobId: id,
    Action: "InventoryRetrieval",
    StatusCode: "InProgress",
    Completed: false,
    CreationDate: "2012-03-20T17:03:43.221Z",
    VaultARN: "arn",
    InventoryRetrievalParameters: { Format: "CSV", Limit: "7" },
  });
  const { client, asked } = service([
    Response.json({ JobList: [job("1"), job("2")], Marker: "m1" }),
    Response.json({ JobList: [], Marker: "m2" }),
    Response.json({ JobList: [job("3")], Marker: null }),
  ]);
  const ids = [];
  for await (
    const { jobId, inventory } of client.everyJob("v", { completed: false })
  ) {
    ids.push(jobId);
    assertEquals([inventory?.format, inventory?.limit], ["CSV", 7]);
  }
  assertEquals(ids, ["1", "2", "3"]);
  assertEquals(asked.map(({ target }) => target), [
    "/-/vaults/v/jobs?limit=50&completed=false",
    "/-/vaults/v/jobs?limit=50&marker=m1&completed=false",
    "/-/vaults/v/jobs?limit=50&marker=m2&completed=false",
  ]);
});

Deno.test("a list that leads back to itself does not go on for ever", async () => {
  const { client, asked } = service(() =>
    Response.json({ VaultList: [], Marker: "m" })
  );
  await assertRejects(
    async () => {
      for await (const _ of client.everyVault());
    },
    ServiceError,
    "does not get past",
  );
  assertEquals(asked.length, 2);
});

Deno.test("a range of an output must be the one that was asked for", async () => {
  type Ask = { start: number; end?: number } | undefined;
  const table: [Ask, number, string | undefined, string, boolean][] = [
    [undefined, 200, undefined, "0123456789", true],
    [{ start: 2, end: 5 }, 206, "bytes 2-4/10", "234", true],
    [{ start: 2 }, 206, "bytes 2-9/10", "23456789", true],
    [{ start: 8, end: 20 }, 206, "bytes 8-9/10", "89", true],
    [{ start: 0, end: 10 }, 200, undefined, "0123456789", true],
    [{ start: 2, end: 5 }, 200, undefined, "0123456789", false],
    [{ start: 2 }, 200, undefined, "0123456789", false],
    [{ start: 2, end: 5 }, 206, "bytes 3-5/10", "345", false],
    [{ start: 2, end: 5 }, 206, "bytes 2-3/10", "23", false],
    [{ start: 2, end: 5 }, 206, "bytes 2-5/10", "2345", false],
    [{ start: 2, end: 5 }, 206, "bytes 2-4/10", "23", false],
    [{ start: 2, end: 5 }, 206, "pages 2-4", "234", false],
  ];
  for (const [range, status, contentRange, text, good] of table) {
    let released = false;
    const headers = new Headers({ "content-length": String(text.length) });
    if (contentRange) headers.set("content-range", contentRange);
    const body = new ReadableStream({
      pull: (controller) => {
        controller.enqueue(new TextEncoder().encode(text));
        controller.close();
      },
      cancel: () => {
        released = true;
      },
    }, { highWaterMark: 0 });
    const { client, asked } = service([
      new Response(body, { status, headers }),
    ]);
    const asking = client.getJobOutput("v", "j", { range });
    const label = JSON.stringify([range, contentRange]);
    if (good) {
      assertEquals(await new Response((await asking).body).text(), text, label);
    } else {
      const error = await assertRejects(
        () => asking,
        ServiceError,
        undefined,
        label,
      );
      assertEquals([error.code, released], ["MalformedAnswer", true], label);
    }
    const { start, end } = range ?? {};
    const sent = range
      ? `bytes=${start}-${end === undefined ? "" : end - 1}`
      : null;
    assertEquals(asked[0].headers.get("range"), sent);
  }
});

Deno.test("a job's query is passed on with the API's names, and read with ours", async () => {
  const select = {
    inputSerialization: { csv: { fileHeaderInfo: "USE", fieldDelimiter: ";" } },
    expressionType: "SQL",
    expression: "SELECT 1",
    outputSerialization: { csv: { quoteFields: "ALWAYS" } },
  };
  const outputLocation = {
    s3: {
      bucketName: "b",
      encryption: { kmsKeyId: "k" },
      cannedAcl: "private",
      accessControlList: [{
        grantee: { type: "Group", uri: "u" },
        permission: "READ",
      }],
      userMetadata: { myKey: "v" },
    },
  };
  const { client, asked } = service((one) => {
    if (one.method === "POST") {
      return new Response(null, {
        status: 202,
        headers: { "x-amz-job-id": "j" },
      });
    }
    const sent = JSON.parse(new TextDecoder().decode(asked[0].body));
    return Response.json({
      ...sent,
      JobId: "j",
      Action: "Select",
      StatusCode: "InProgress",
      Completed: false,
      CreationDate: "2012-03-20T17:03:43.221Z",
      VaultARN: "arn",
    });
  });
  await client.initiateJob("v", {
    type: "select",
    archiveId: "a",
    select,
    outputLocation,
  });
  const { OutputLocation: { S3 } } = JSON.parse(
    new TextDecoder().decode(asked[0].body),
  );
  assertEquals(S3, {
    BucketName: "b",
    Encryption: { KMSKeyId: "k" },
    CannedACL: "private",
    AccessControlList: [{
      Grantee: { Type: "Group", URI: "u" },
      Permission: "READ",
    }],
    UserMetadata: { myKey: "v" },
  });
  const job = await client.describeJob("v", "j");
  assertEquals([job.select, job.outputLocation], [select, outputLocation]);
});

Deno.test("an inventory job says which archives it lists", async () => {
  const { client, asked } = service([
    new Response(null, { status: 202, headers: { "x-amz-job-id": "j" } }),
  ]);
  await client.initiateJob("v", {
    type: "inventory-retrieval",
    format: "CSV",
    inventory: { startDate: "2013-03-20T17:03:43Z", limit: 10000 },
  });
  assertEquals(JSON.parse(new TextDecoder().decode(asked[0].body)), {
    Type: "inventory-retrieval",
    Format: "CSV",
    InventoryRetrievalParameters: {
      StartDate: "2013-03-20T17:03:43Z",
      Limit: "10000",
    },
  });
});

Deno.test("an abort ends the waits between tries with the signal's reason", async () => {
  const controller = new AbortController();
  const reason = new Error("stop");
  const { client, asked } = service(() => refusal(500, "InternalFailure"), {
    retry: { base: 3600_000, cap: 3600_000, random: () => 0.5 },
    onRetry: () => queueMicrotask(() => controller.abort(reason)),
  });
  const { signal } = controller;
  const error = await assertRejects(() =>
    client.describeVault("v", { signal })
  );
  assertStrictEquals(error, reason);
  assertEquals(asked.length, 1);
});

Deno.test("an endpoint that cannot be used is not tried again", async () => {
  const { client, asked } = service([
    new TypeError("fetch failed", {
      cause: new Error(
        "client error (Connect): invalid peer certificate: UnknownIssuer",
      ),
    }),
  ]);
  await assertRejects(
    () => client.describeVault("v"),
    NetworkError,
    "certificate",
  );
  assertEquals(asked.length, 1);
});

Deno.test("over a real connection a drop is tried again, and an upload is not", async () => {
  let connections = 0;
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      connections++;
      await connection.read(new Uint8Array(4096));
      // The first connection of each operation breaks.
      if (connections % 2 === 0) {
        const text = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
        await connection.write(new TextEncoder().encode(text));
      }
      connection.close();
    }
  })();
  const client = new GlacierClient({
    region: "eu-west-1",
    endpoint: `http://127.0.0.1:${listener.addr.port}`,
    credentials,
    retry: { base: 1 },
  });
  await client.deleteArchive("v", "a");
  assertEquals(connections, 2);
  const error = await assertRejects(
    () => client.uploadArchive("v", ARCHIVE),
    NetworkError,
  );
  assertEquals([error.problem, connections], ["dropped", 3]);
  listener.close();
  await serving;
});
