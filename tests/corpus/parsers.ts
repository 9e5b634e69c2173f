/**
 * Everything that reads what others wrote, in a table: how it is called, what
 * must hold of whatever it accepts, and examples of what it reads.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  cleanCode,
  cleanText,
  parseJsonFailure,
} from "../../src/aws/failure.ts";
import { announcedSize, dateOf, retryAfter } from "../../src/aws/wire.ts";
import { parseAccessKeys } from "../../src/cli/access_keys.ts";
import { parseConfigFile } from "../../src/cli/config_file.ts";
import { fitsFileSystems } from "../../src/files/foreign_names.ts";
import { decodeForeignDescription } from "../../src/files/foreign_names.ts";
import { decodeDescription, encodeDescription } from "../../src/files/names.ts";
import { Answer } from "../../src/glacier/answer.ts";
import type { GlacierClient } from "../../src/glacier/client.ts";
import { parseInventory } from "../../src/glacier/inventory.ts";
import { readJobOutput } from "../../src/glacier/job_output.ts";
import { readIntents } from "../../src/journal/intents.ts";
import {
  judgeTail,
  loadJournal,
  type OnRecord,
} from "../../src/journal/load.ts";
import { emptyFold, linesOf } from "../../src/journal/intent_record.ts";
import { scanLines } from "../../src/journal/lines.ts";
import { formatRecord } from "../../src/journal/record.ts";
import { JournalVerifier } from "../../src/journal/verify.ts";
import type { Files } from "../../src/platform.ts";
import { checkRelativeName, printable } from "../../src/relative_name.ts";
import { parsePolicy } from "../../src/server/data_retrieval_request.ts";
import { parseFaultRule } from "../../src/server/fault_rule.ts";
import { parseJobDelays } from "../../src/server/job_delay.ts";
import { parseJobRequest } from "../../src/server/job_request.ts";
import { parsePolicyRequest } from "../../src/server/policy_document.ts";
import type { InventoryArchive, InventoryFormat } from "../../src/store.ts";
import { service } from "../glacier/fake_service.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Something that reads what others wrote. */
export interface Parser {
  /** Name of its file of cases. */
  name: string;
  /** Reads; throws nothing but errors that are meant for the user. What it gives is compared as JSON. */
  parse(bytes: Bytes): unknown;
  /** What must hold of whatever it accepts; `bytes` is what it was given. */
  // deno-lint-ignore no-explicit-any -- each knows its own
  check?(result: any, bytes: Bytes): unknown;
  /** What it reads, to be changed at random. */
  samples: string[];
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

const HASH = "6a2631ab0ee00d23bdeac0f84e069d9c69574b780533587cf77667c792987264";
const DATE = "2013-11-10T22:39:27.123Z";
const ARN = "arn:aws:glacier:eu-west-1:012345678901:vaults/photos";

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function assertHash(value: unknown) {
  assertMatch(value as string, /^[0-9a-f]{64}$/);
}

/** A folder with one file in it, read in pieces of `size` bytes. */
function oneFile(bytes: Bytes, size: number): Files {
  const open = () => ({
    read(buffer: Uint8Array, position: number) {
      const end = Math.min(position + size, position + buffer.length);
      const piece = bytes.subarray(position, end);
      buffer.set(piece);
      return Promise.resolve(piece.length);
    },
    stat: () => Promise.resolve({ kind: "file", size: bytes.length }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  return {
    open: () => Promise.resolve(open()),
    stat: () => Promise.resolve({ kind: "file" }),
  } as unknown as Files;
}

/** Does it twice, with other pieces of the bytes, which must come to the same. */
async function inPieces<T>(
  bytes: Bytes,
  read: (size: number) => Promise<T>,
): Promise<T> {
  const attempt = async (size: number) => {
    try {
      return { result: await read(size) };
    } catch (error) {
      return { error };
    }
  };
  const whole = await attempt(bytes.length + 1);
  for (const size of [1, 7]) {
    // Byte by byte, what is large takes too long.
    const pieces = await attempt(size + Math.floor(bytes.length / 10_000));
    assertEquals(pieces.result, whole.result);
    assertEquals("error" in pieces, "error" in whole);
  }
  if ("error" in whole) throw whole.error;
  return whole.result!;
}

async function parseJournal(bytes: Bytes) {
  return await inPieces(bytes, async (size) => {
    const records: string[] = [];
    const load = (options: { onRecord?: OnRecord }) =>
      loadJournal("journal", oneFile(bytes, size), options);
    // Where nobody is told of the records, lines are read in another way.
    const quick = load({}).then(
      ({ state, tail }) => ({ archives: [...state.archives()], tail }),
      (error: Error) => error.message,
    );
    const slow = load({ onRecord: (r) => records.push(formatRecord(r)) });
    assertEquals(
      await quick,
      await slow.then(
        ({ state, tail }) => ({ archives: [...state.archives()], tail }),
        (error: Error) => error.message,
      ),
    );
    const { state, tail } = await slow;
    return {
      records,
      files: state.fileCount,
      archives: [...state.archives()],
      last: tail && (judgeTail(tail, state, emptyFold()) ?? "torn"),
    };
  });
}

async function checkJournal(
  result: Awaited<ReturnType<typeof parseJournal>>,
  bytes: Bytes,
) {
  for (const entry of result.archives) {
    assert(isCount(entry.size) && isCount(entry.time));
    assert(entry.mtime === null || Number.isSafeInteger(entry.mtime));
    assertHash(entry.treeHash);
    assertEquals(checkRelativeName(entry.name), undefined);
    assertMatch(entry.archiveId, /^[\w-]+$/);
  }
  // Written anew it reads the same.
  const again = await parseJournal(encoder.encode(result.records.join("")));
  assertEquals(again.archives, result.archives);
  assertEquals(again.records, result.records);
  // And who looks for anything wrong in it finds no line that can't be used.
  const problems: string[] = [];
  const verifier = new JournalVerifier((_, reason) => problems.push(reason));
  await scanLines(
    "journal",
    await oneFile(bytes, 1000).open("", "read"),
    (line) => verifier.take(line),
  );
  assert(problems.every((reason) => reason.includes("is deleted as")));
  assertEquals(verifier.totals().archives, result.archives.length);
}

async function parseIntents(bytes: Bytes) {
  return await inPieces(bytes, async (size) => {
    const { fold, tail } = await readIntents("x", oneFile(bytes, size));
    return { lines: [...linesOf(fold)], torn: tail !== undefined };
  });
}

async function checkIntents(
  result: Awaited<ReturnType<typeof parseIntents>>,
) {
  for (const line of result.lines) {
    if ("size" in line) assert(line.size === null || isCount(line.size));
    if ("treeHash" in line && line.treeHash !== null) assertHash(line.treeHash);
    if ("partSize" in line) assert(isCount(line.partSize));
  }
  const text = result.lines.map((line) => JSON.stringify(line) + "\n").join("");
  const again = await parseIntents(encoder.encode(text));
  assertEquals(again.lines, result.lines);
}

function inventory(format: InventoryFormat) {
  return async (bytes: Bytes) =>
    await inPieces(
      bytes,
      (size) =>
        Array.fromAsync(parseInventory(
          format,
          (async function* () {
            for (let at = 0; at < bytes.length; at += size) {
              yield bytes.slice(at, at + size);
            }
          })(),
        )),
    );
}

function checkInventory(archives: InventoryArchive[]) {
  for (const archive of archives) {
    assertMatch(archive.archiveId, /^[\w-]+$/);
    assert(isCount(archive.size) && isCount(archive.created));
    assertHash(archive.treeHash);
    assertEquals(typeof archive.description, "string");
    describe(archive.description);
  }
}

/** The name that a description tells, and that can be one. */
function describe(text: string) {
  const file = decodeDescription(text) ?? decodeForeignDescription(text);
  if (file === undefined) return null;
  assertEquals(checkRelativeName(file.name), undefined);
  assert(file.mtime === null || Number.isSafeInteger(file.mtime));
  return file;
}

function headersOf(bytes: Bytes): Headers | undefined {
  const headers = new Headers();
  try {
    for (const line of decoder.decode(bytes).split("\n")) {
      const at = line.indexOf(":");
      if (at > 0) headers.append(line.slice(0, at), line.slice(at + 1));
    }
    return headers;
  } catch {
    // The runtime lets none of these in.
    return undefined;
  }
}

/** Reads what an answer of so much content says, as `call` asks for it. */
function answer(
  name: string,
  call: (client: GlacierClient) => Promise<unknown>,
  json: unknown,
): Parser {
  return {
    name: `answer-${name}`,
    async parse(bytes) {
      const { client } = service(() => new Response(bytes), {
        retry: { attempts: 1 },
      });
      return await call(client);
    },
    check: checkAnswer,
    samples: [JSON.stringify(json), JSON.stringify(json, null, 1)],
  };
}

/** Of whatever came: numbers are counts, hashes are hashes, times can be read. */
function checkAnswer(value: unknown, _bytes: unknown, name = "") {
  if (typeof value === "number") assert(isCount(value), name);
  if (/treeHash$/i.test(name) && value !== undefined) assertHash(value);
  if (/^(created|.*Date)$/.test(name) && typeof value === "string") {
    assert(Number.isFinite(Date.parse(value)), name);
  }
  if (typeof value !== "object" || value === null) return;
  if ("start" in value && "end" in value) {
    assert((value.start as number) < (value.end as number));
  }
  for (const [name, each] of Object.entries(value)) {
    // These are passed on as they are.
    if (["select", "outputLocation", "inventory"].includes(name)) continue;
    checkAnswer(each, undefined, name);
  }
}

const VAULT = {
  VaultARN: ARN,
  VaultName: "photos",
  CreationDate: DATE,
  LastInventoryDate: null,
  NumberOfArchives: 1,
  SizeInBytes: 2,
};

const UPLOAD = {
  MultipartUploadId: "upload-1",
  VaultARN: ARN,
  ArchiveDescription: "mt2 x",
  PartSizeInBytes: 1048576,
  CreationDate: DATE,
};

const JOB = {
  JobId: "job-1",
  Action: "ArchiveRetrieval",
  StatusCode: "Succeeded",
  StatusMessage: "Succeeded",
  Completed: true,
  CreationDate: DATE,
  CompletionDate: DATE,
  VaultARN: ARN,
  JobDescription: "moraine",
  ArchiveId: "archive-1",
  ArchiveSizeInBytes: 1048577,
  InventorySizeInBytes: null,
  SHA256TreeHash: HASH,
  ArchiveSHA256TreeHash: HASH,
  RetrievalByteRange: "0-1048576",
  Tier: "Standard",
  SNSTopic: null,
  InventoryRetrievalParameters: null,
  SelectParameters: null,
};

const INVENTORY_JOB = {
  ...JOB,
  Action: "InventoryRetrieval",
  ArchiveId: null,
  InventorySizeInBytes: 100,
  InventoryRetrievalParameters: { Format: "JSON", Limit: "10", Marker: "m" },
};

const ARCHIVES = [
  {
    ArchiveId: "archive-1",
    ArchiveDescription: encodeDescription({ name: "папка/файл", mtime: 1 }),
    CreationDate: DATE,
    Size: 1,
    SHA256TreeHash: HASH,
  },
  {
    ArchiveId: "archive-2",
    ArchiveDescription: 'a "quoted", text\\',
    CreationDate: "2013-11-10T22:39:27Z",
    Size: 2,
    SHA256TreeHash: HASH.toUpperCase(),
  },
];

const CSV = [
  "ArchiveId,ArchiveDescription,CreationDate,Size,SHA256TreeHash",
  `archive-1,${ARCHIVES[0].ArchiveDescription},${DATE},1,${HASH}`,
  `archive-2,"a \\"quoted\\", text\\",${DATE},2,${HASH}`,
  "",
].join("\n");

const INTENTS = [
  {
    id: "1",
    kind: "multipart",
    vault: "vault photos",
    name: "папка/файл",
    size: 5,
    mtime: null,
    treeHash: null,
    description: "mt2 x",
    started: 1,
    uploadId: "upload-1",
    partSize: 1048576,
    replaces: "archive-0",
  },
  { id: "1", kind: "completing", size: 5, treeHash: HASH },
  {
    id: "2",
    kind: "upload",
    vault: "vault photos",
    name: "b",
    size: 5,
    mtime: -1,
    treeHash: HASH,
    description: "",
    started: 1,
  },
  { id: "2", kind: "doubtful", time: 5, reason: "no answer" },
  { id: "3", kind: "replacing", vault: "v", name: "c", replaces: "archive-9" },
  { id: "1", kind: "settled", outcome: "created" },
].map((line) => JSON.stringify(line) + "\n");

const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{
    Sid: "a",
    Principal: { AWS: "*" },
    Effect: "Deny",
    Action: "glacier:DeleteArchive",
    Resource: [ARN],
    Condition: { NumericLessThan: { "glacier:ArchiveAgeInDays": "365" } },
  }],
});

/** All of them. */
export const PARSERS: Parser[] = [
  {
    name: "journal",
    parse: parseJournal,
    check: checkJournal,
    samples: [
      [
        `B\t1\tCREATED\ta1\t5\t-7\t${HASH}\tпапка/файл`,
        `A\t2\tCREATED\ta2\t5\tNONE\t${HASH}\ta2`,
        `3 CREATED a3 5 ${HASH.toUpperCase()} a name`,
        "B\t4\tRETRIEVE_JOB\ta1\tjob",
        "4 RETRIEVE_JOB a3",
        "C\t5\tDELETED\ta2\ta2",
        "",
      ].join("\n"),
    ],
  },
  {
    name: "intents",
    parse: parseIntents,
    check: checkIntents,
    samples: [INTENTS.join(""), INTENTS.slice(0, 2).join("")],
  },
  {
    name: "inventory-json",
    parse: inventory("json"),
    check: checkInventory,
    samples: [
      JSON.stringify({
        VaultARN: ARN,
        InventoryDate: DATE,
        ArchiveList: ARCHIVES,
      }),
      '{"ArchiveList":[]}',
    ],
  },
  {
    name: "inventory-csv",
    parse: inventory("csv"),
    check: checkInventory,
    samples: [CSV, CSV.replaceAll("\n", "\r\n")],
  },
  {
    name: "description",
    parse: (bytes) => describe(decoder.decode(bytes)),
    check(file) {
      if (file === null) return;
      assert(file.versioned === undefined || fitsFileSystems(file.name));
    },
    samples: [
      ARCHIVES[0].ArchiveDescription,
      `<m><v>4</v><p>${btoa("a/b")}</p><lm>20130115T101112Z</lm></m>`,
      `<ArchiveMetadata><Path>${
        btoa("a")
      }</Path><LastModified>20130115T101112Z</LastModified></ArchiveMetadata>`,
      '{"Path":"C:\\\\a\\\\b+AOk-","UTCDateModified":"20130115T101112Z"}',
      '{"type":"file","path":"a/b","mtime":1400000000}',
      "plain/text \\ of a person",
    ],
  },
  {
    name: "config",
    parse: (bytes) => parseConfigFile(decoder.decode(bytes), "x.cfg", "sync"),
    check(file) {
      assertEquals(Object.getPrototypeOf(file.values), Object.prototype);
      for (const value of Object.values(file.values)) {
        if (typeof value === "number") assert(isCount(value));
      }
    },
    samples: [
      "key=AKID\r\nsecret = s/+ \n# x\nregion=us-east-1 #x\nconcurrency=8\nfollow\n",
    ],
  },
  {
    name: "access-keys",
    parse: (bytes) => parseAccessKeys(decoder.decode(bytes), "keys"),
    check(keys) {
      for (const { expires, ...texts } of keys) {
        assert(expires === undefined || Number.isFinite(expires));
        for (const text of Object.values(texts)) {
          assertMatch(String(text), /^[\x21-\x7e]+$/);
        }
      }
    },
    samples: [
      '{"accessKeyId":"a","secretAccessKey":"b"}\n{"accessKeyId":"c","secretAccessKey":"d","sessionToken":"e","expires":"2026-11-22T13:00:00+01:00"}\n',
      '[{"accessKeyId":"a","secretAccessKey":"b"}]',
    ],
  },
  {
    name: "error-body",
    parse: (bytes) => parseJsonFailure(decoder.decode(bytes), new Headers()),
    check({ code, message }) {
      assertEquals(cleanCode(code), code);
      assertEquals(printable(message), message);
      assertEquals(cleanText(message.slice(0, 300)).includes("\n"), false);
      assert(message.length <= 401 && message.isWellFormed());
    },
    samples: [
      '{"code":"ThrottlingException","message":"Rate exceeded","type":"Client"}',
      '{"__type":"com.amazonaws.glacier#AccessDenied:http://x/","Message":"no"}',
      `{"code":"X","message":"${"ы😀".repeat(200)}"}`,
      "<html><body>502 Bad Gateway</body></html>",
    ],
  },
  {
    name: "headers",
    parse(bytes) {
      const headers = headersOf(bytes) ?? new Headers();
      return {
        size: announcedSize(headers),
        retryAfter: retryAfter(headers, Date.UTC(2026, 0, 1)),
        date: dateOf(headers),
      };
    },
    check({ size, retryAfter, date }) {
      assert(size === undefined || isCount(size));
      assert(retryAfter === undefined || retryAfter >= 0);
      assert(retryAfter === undefined || Number.isFinite(retryAfter));
      assert(date === undefined || Number.isFinite(date));
    },
    samples: [
      "content-length:10\nretry-after:5\ndate:Thu, 01 Jan 2026 00:00:00 GMT",
      "retry-after:Thu, 01 Jan 2026 00:01:00 GMT\ncontent-encoding:gzip\ncontent-length:3",
    ],
  },
  {
    name: "job-output",
    parse(bytes) {
      const headers = headersOf(bytes) ?? new Headers();
      const answer = new Answer(
        "GetJobOutput",
        new Response("x", { headers, status: 206 }),
      );
      const wanted = { start: 1048576, end: 3145728 };
      const { body: _, ...head } = readJobOutput(answer, wanted);
      return head;
    },
    check({ size, contentRange: { start, end, total }, treeHash }) {
      assertEquals(start, 1048576);
      assert(end > start && end <= 3145728);
      assert(size === undefined || size === end - start);
      assert(total === undefined || (isCount(total) && total >= end));
      if (treeHash !== undefined) assertHash(treeHash);
    },
    samples: [
      `x-amzn-requestid:id\ncontent-length:2097152\ncontent-range:bytes 1048576-3145727/4194304\nx-amz-sha256-tree-hash:${HASH}`,
      "content-range:bytes 1048576-2000000/2000001\ncontent-type:text/csv\naccept-ranges:bytes",
      "content-range:bytes 1048576-3145727/*",
    ],
  },
  answer("vault", (client) => client.describeVault("v"), VAULT),
  answer(
    "vaults",
    (client) => client.listVaults(),
    { Marker: null, VaultList: [VAULT, { ...VAULT, VaultName: "b" }] },
  ),
  answer(
    "uploads",
    (client) => client.listMultipartUploads("v"),
    { Marker: "x", UploadsList: [UPLOAD] },
  ),
  answer("parts", (client) => client.listParts("v", "u"), {
    ...UPLOAD,
    Marker: null,
    Parts: [
      { RangeInBytes: "0-1048575", SHA256TreeHash: HASH },
      { RangeInBytes: "1048576-2097151", SHA256TreeHash: HASH },
    ],
  }),
  answer("job", (client) => client.describeJob("v", "j"), {
    ...JOB,
    Action: "Select",
    SelectParameters: { Expression: "x", InputSerialization: { csv: {} } },
    OutputLocation: { S3: { BucketName: "b", Tagging: { a: "b" } } },
  }),
  answer(
    "jobs",
    (client) => client.listJobs("v"),
    { Marker: null, JobList: [JOB, INVENTORY_JOB] },
  ),
  answer("tags", (client) => client.listTagsForVault("v"), {
    Tags: { a: "b" },
  }),
  answer("notifications", (client) => client.getVaultNotifications("v"), {
    SNSTopic: "arn:x",
    Events: ["ArchiveRetrievalCompleted"],
  }),
  answer("lock", (client) => client.getVaultLock("v"), {
    Policy: "{}",
    State: "InProgress",
    CreationDate: DATE,
    ExpirationDate: DATE,
  }),
  answer("retrieval-policy", (client) => client.getDataRetrievalPolicy(), {
    Policy: { Rules: [{ Strategy: "BytesPerHour", BytesPerHour: 10 }] },
  }),
  answer("capacity", (client) => client.listProvisionedCapacity(), {
    ProvisionedCapacityList: [
      { CapacityId: "a", StartDate: DATE, ExpirationDate: DATE },
    ],
  }),
  {
    name: "fault-rule",
    parse: (bytes) => {
      const { operations, ...rule } = parseFaultRule(decoder.decode(bytes));
      return { ...rule, operations: operations && [...operations] };
    },
    check({ selection: { probability, first, last, times } }) {
      assert(probability >= 0 && probability <= 1);
      assert(first >= 1 && first <= last && times >= 1);
    },
    samples: [
      "UploadArchive,drop,at=after,p=0.1",
      "*,error,code=500,n=3-5,times=2",
      "GetJobOutput+ListJobs,corrupt,of=answer,byte=7,n=2-",
      "GetJobOutput,slow,rate=1000",
    ],
  },
  {
    name: "job-delay",
    parse: (bytes) => parseJobDelays(decoder.decode(bytes)),
    check(delays) {
      assert(Object.values(delays).every(isCount));
    },
    samples: ["60", "Expedited=60,Standard=14400,Bulk=36000"],
  },
  {
    name: "request-policy",
    parse: (bytes) => parsePolicyRequest(bytes, "vault access"),
    check(policy) {
      assert(policy.isWellFormed() && typeof JSON.parse(policy) === "object");
    },
    samples: [JSON.stringify({ Policy: POLICY })],
  },
  {
    name: "request-job",
    parse: parseJobRequest,
    check(job) {
      if (job.type !== "inventory-retrieval") return;
      assert(isCount(job.after));
      assert(job.limit === null || isCount(job.limit));
      for (const date of [job.startDate, job.endDate]) {
        assert(date === null || Number.isFinite(Date.parse(date)));
      }
    },
    samples: [
      JSON.stringify({
        Type: "archive-retrieval",
        ArchiveId: "a",
        RetrievalByteRange: "0-1048575",
        Tier: "Bulk",
        Description: "d",
        SNSTopic: "arn:aws:sns:us-east-1:012345678901:topic",
      }),
      JSON.stringify({
        Type: "inventory-retrieval",
        Format: "CSV",
        InventoryRetrievalParameters: {
          StartDate: "2013-03-20T17:03:43Z",
          EndDate: "2014-03-20T17:03:43Z",
          Limit: "10",
        },
      }),
    ],
  },
  {
    name: "request-retrieval-policy",
    parse: parsePolicy,
    check({ bytes_per_hour: limit }) {
      assert(limit === null || BigInt(limit) > 0n);
    },
    samples: [
      '{"Policy":{"Rules":[{"Strategy":"BytesPerHour","BytesPerHour":9223372036854775807}]}}',
      '{"Policy":{"Rules":[{"Strategy":"FreeTier"}]}}',
    ],
  },
];
