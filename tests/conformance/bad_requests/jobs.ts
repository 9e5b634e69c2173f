/**
 * Requests about jobs.
 *
 * @module
 */

import {
  BAD,
  type BadRequest,
  type Body,
  INVALID,
  MISSING,
  NOT_FOUND,
  POLICY,
  type Refused,
  rowsOf,
  SERIALIZATION,
} from "./row.ts";
import { malformedRows } from "./malformed_json.ts";
import { listRows } from "./uploads.ts";

const PATH = "/-/vaults/v/jobs";

/** Fields of a request for an archive, whose size is 3 MiB and 5 bytes. */
function archiveJob(fields: Record<string, unknown>): Body {
  return {
    json: {
      Type: "archive-retrieval",
      ArchiveId: "{archive}",
      Tier: "Bulk",
      ...fields,
    },
  };
}

function inventoryJob(fields: Record<string, unknown>): Body {
  return { json: { Type: "inventory-retrieval", ...fields } };
}

function withFilter(fields: Record<string, unknown>): Body {
  return inventoryJob({ InventoryRetrievalParameters: fields });
}

/** Rows whose bodies alone are wrong. */
function bodyRows(
  rows: readonly [name: string, body: Body, refused: Refused][],
): BadRequest[] {
  return rowsOf(
    "InitiateJob",
    rows.map(([name, body, refused]) => ({ name, body, refused })),
  );
}

/** Values of other types than "jobParameters" and "InventoryRetrievalJobInput" in the Glacier developer guide give. */
const TYPES: BadRequest[] = bodyRows([
  ...Object.entries({
    Type: 1,
    ArchiveId: ["{archive}"],
    Description: { text: "a job" },
    SNSTopic: true,
    Tier: 0,
    RetrievalByteRange: 1048576,
    Format: ["CSV"],
  }).map(([field, value]): [string, Body, Refused] => [
    `${field}: ${JSON.stringify(value)}`,
    archiveJob({ [field]: value }),
    [400, SERIALIZATION, `The field ${field} of the request is not a string`],
  ]),
  ...Object.entries({ StartDate: 0, EndDate: [], Limit: 10, Marker: {} }).map((
    [field, value],
  ): [string, Body, Refused] => [
    `${field}: ${JSON.stringify(value)}`,
    withFilter({ [field]: value }),
    [400, SERIALIZATION, `The field ${field} of the request is not a string`],
  ]),
  ...["all", 1, [], true].map((value): [string, Body, Refused] => [
    `InventoryRetrievalParameters: ${JSON.stringify(value)}`,
    inventoryJob({ InventoryRetrievalParameters: value }),
    [400, SERIALIZATION, "InventoryRetrievalParameters of the request is not"],
  ]),
]);

/** Ranges that are not of whole mebibytes, or not of the archive ("Initiate Job" in the guide). */
const RANGES: BadRequest[] = bodyRows([
  ...[
    "0-1048574",
    "0-1048576",
    "1-1048575",
    "1-1048576",
    "1048575-2097151",
    "1048577-2097151",
    "1048576-2097150",
    "1048576-2097152",
    "0-3145731",
  ].map((range): [string, Body, Refused] => [
    `RetrievalByteRange: ${range}`,
    archiveJob({ RetrievalByteRange: range }),
    [400, INVALID, `Invalid byte range: ${range} is not megabyte aligned`],
  ]),
  ...[
    "0-3145733",
    "3145728-4194303",
    "4194304-5242879",
    "1048576-1048575",
    "1048576-0",
    "",
    "0",
    "0-",
    "-1048576",
    " 0-1048575",
    "0 - 1048575",
    "0x0-0xfffff",
    "bytes=0-1048575",
    "0-1048575,2097152-3145727",
    "0-99999999999999999999",
  ].map((range): [string, Body, Refused] => [
    `RetrievalByteRange: ${JSON.stringify(range)}`,
    archiveJob({ RetrievalByteRange: range }),
    [400, INVALID, `Invalid byte range: ${range}`],
  ]),
]);

const FIELDS: BadRequest[] = bodyRows([
  [
    "no Type",
    archiveJob({ Type: undefined }),
    [400, MISSING, "Job type"],
  ],
  [
    "Type: null",
    archiveJob({ Type: null }),
    [400, MISSING, "Job type"],
  ],
  [
    // So it stands in the syntax in the guide, and in none of its examples.
    "all fields within jobParameters",
    { json: { jobParameters: { Type: "inventory-retrieval" } } },
    [400, MISSING, "Job type"],
  ],
  [
    "a Type in capitals",
    archiveJob({ Type: "ARCHIVE-RETRIEVAL" }),
    [400, INVALID, "Invalid job type: ARCHIVE-RETRIEVAL"],
  ],
  [
    "the name of an action for a Type",
    archiveJob({ Type: "ArchiveRetrieval" }),
    [400, INVALID, "Invalid job type"],
  ],
  [
    // In the guide, and not offered to anybody any more.
    "Type: select",
    archiveJob({ Type: "select" }),
    [400, INVALID, "Invalid job type: select"],
  ],
  [
    "no ArchiveId",
    archiveJob({ ArchiveId: undefined }),
    [400, MISSING, "Archive ID"],
  ],
  [
    "an ArchiveId that is empty",
    archiveJob({ ArchiveId: "" }),
    [404, NOT_FOUND, "The archive ID was not found: "],
  ],
  [
    "an archive that never was",
    archiveJob({ ArchiveId: "a".repeat(138) }),
    [404, NOT_FOUND, "The archive ID was not found: aaa"],
  ],
  [
    "an archive of another vault",
    archiveJob({ ArchiveId: "{otherArchive}" }),
    [404, NOT_FOUND, "The archive ID was not found: "],
  ],
  [
    // The service might take it, and the job would fail ("Delete Archive").
    "an archive that was deleted",
    archiveJob({ ArchiveId: "{deletedArchive}" }),
    [404, NOT_FOUND, "The archive ID was not found: "],
  ],
  [
    "an ArchiveId with half a character",
    '{"Type":"archive-retrieval","ArchiveId":"\\ud800"}',
    [404, NOT_FOUND, "The archive ID was not found: "],
  ],
  [
    "a Format for an archive",
    archiveJob({ Format: "JSON" }),
    [400, INVALID, "Format cannot be specified"],
  ],
  [
    "a Tier in small letters",
    archiveJob({ Tier: "bulk" }),
    [400, INVALID, "Invalid tier: bulk"],
  ],
  [
    "a Tier that nobody sells",
    archiveJob({ Tier: "Glacial" }),
    [400, INVALID, "Invalid tier: Glacial"],
  ],
  [
    "an empty Tier",
    archiveJob({ Tier: "" }),
    [400, INVALID, "Invalid tier: "],
  ],
  [
    "a Description of 1,025 characters",
    archiveJob({ Description: "x".repeat(1025) }),
    [400, INVALID, "at most 1024 characters"],
  ],
  [
    "a Description of two lines",
    archiveJob({ Description: "one\ntwo" }),
    [400, INVALID, "printable ASCII"],
  ],
  [
    "a Description with DEL",
    archiveJob({ Description: "\x7f" }),
    [400, INVALID, "printable ASCII"],
  ],
  [
    "a Description beyond ASCII",
    archiveJob({ Description: "café" }),
    [400, INVALID, "printable ASCII"],
  ],
  [
    "a Description with half a character",
    '{"Type":"inventory-retrieval","Description":"\\udfff"}',
    [400, INVALID, "printable ASCII"],
  ],
  [
    "an SNSTopic that is a name alone",
    archiveJob({ SNSTopic: "done" }),
    [400, INVALID, "Invalid SNS topic: done"],
  ],
  [
    "an SNSTopic that is a queue",
    archiveJob({ SNSTopic: "arn:aws:sqs:us-east-1:000000000000:done" }),
    [400, INVALID, "Invalid SNS topic: arn:aws:sqs"],
  ],
  [
    "an empty SNSTopic",
    archiveJob({ SNSTopic: "" }),
    [400, INVALID, "Invalid SNS topic: "],
  ],
  [
    // Of two the last counts, as everywhere in JavaScript: a choice.
    "Type given twice, the last wrong",
    '{"Type":"inventory-retrieval","Type":"archives"}',
    [400, INVALID, "Invalid job type: archives"],
  ],
  [
    "all fields within __proto__",
    '{"__proto__":{"Type":"inventory-retrieval"}}',
    [400, MISSING, "Job type"],
  ],
  [
    "all fields within constructor.prototype",
    '{"constructor":{"prototype":{"Type":"inventory-retrieval"}}}',
    [400, MISSING, "Job type"],
  ],
  [
    "a Type that every object has",
    archiveJob({ Type: "constructor" }),
    [400, INVALID, "Invalid job type: constructor"],
  ],
  [
    // The policy of the account allows a byte an hour.
    "more than the data retrieval policy allows",
    archiveJob({ Tier: "Standard" }),
    [400, POLICY, "denied by current data retrieval policy"],
  ],
  [
    "more than the policy allows, at the tier that is meant where none is told",
    archiveJob({ Tier: undefined }),
    [400, POLICY, "denied by current data retrieval policy"],
  ],
]);

const INVENTORIES: BadRequest[] = [
  ...bodyRows([
    [
      "an ArchiveId for an inventory",
      inventoryJob({ ArchiveId: "{archive}" }),
      [400, INVALID, "ArchiveId cannot be specified"],
    ],
    [
      "a RetrievalByteRange for an inventory",
      inventoryJob({ RetrievalByteRange: "0-1048575" }),
      [400, INVALID, "RetrievalByteRange cannot be specified"],
    ],
    ...["csv", "XML", ""].map((format): [string, Body, Refused] => [
      `Format: ${JSON.stringify(format)}`,
      inventoryJob({ Format: format }),
      [400, INVALID, `Invalid format: ${format}`],
    ]),
    ...[
      "yesterday",
      "2026-11-22",
      "2026-11-22T12:00:00",
      "2026-11-22 12:00:00Z",
      "2026-02-29T12:00:00Z",
      "2026-13-01T12:00:00Z",
      "2026-11-22T24:00:01Z",
      "1700000000",
      "",
    ].map((date): [string, Body, Refused] => [
      `StartDate: ${JSON.stringify(date)}`,
      withFilter({ StartDate: date }),
      [400, INVALID, `Invalid StartDate: ${date}`],
    ]),
    [
      "an EndDate that no calendar has",
      withFilter({ EndDate: "2026-06-31T00:00:00Z" }),
      [400, INVALID, "Invalid EndDate: 2026-06-31"],
    ],
    ...["0", "-1", "1e3", "abc", "1.5", "", "99999999999999999999"].map((
      limit,
    ): [string, Body, Refused] => [
      `Limit: ${JSON.stringify(limit)}`,
      withFilter({ Limit: limit }),
      [400, INVALID, `Invalid Limit: ${limit}`],
    ]),
    [
      "a Marker of nothing",
      withFilter({ Marker: "here" }),
      [400, INVALID, "Invalid marker: here"],
    ],
    [
      // "jobs after 1"
      "the Marker of a list of jobs",
      withFilter({ Marker: "am9icyBhZnRlciAx" }),
      [400, INVALID, "Invalid marker: am9icyBhZnRlciAx"],
    ],
  ]),
  ...rowsOf("InitiateJob", [
    {
      // The guide has no code for it; the vault's inventory isn't there.
      name: "the inventory of a vault that nothing was written to",
      target: "/-/vaults/empty/jobs",
      body: inventoryJob({}),
      refused: [404, NOT_FOUND, "no inventory yet"],
    },
    {
      name: "a vault that isn't there",
      target: "/-/vaults/absent/jobs",
      refused: [404, NOT_FOUND, "Vault not found for ARN"],
    },
    {
      name: "a slash at the end",
      target: `${PATH}/`,
      refused: [400, BAD, "cannot be processed"],
    },
  ]),
];

/** A job ID that is wrong in a way that both operations refuse alike. */
function idRows(operation: string, rest: string): BadRequest[] {
  const rows: [name: string, id: string][] = [
    ["a job of another vault", "{otherJob}"],
    ["a job that never was", "a".repeat(92)],
    ["a job that completed more than a day ago", "{expiredJob}"],
    ["the ID of an archive", "{archive}"],
    ["the ID of an upload", "{openUpload}"],
    ["a job ID with NUL", "{job}%00"],
    ["a job ID that leads up, with escaped slashes", "..%2F..%2Fw"],
    ["__proto__ for a job ID", "__proto__"],
  ];
  return rowsOf(operation, [
    ...rows.map(([name, id]) => ({
      name,
      target: `${PATH}/${id}${rest}`,
      refused: [404, NOT_FOUND, "The job ID was not found: "] as Refused,
    })),
    {
      name: "a job ID that leads up",
      target: `${PATH}/x/../{job}${rest}`,
      refused: { deno: 400, node: 400 },
    },
    {
      name: "a vault that isn't there",
      target: `/-/vaults/absent/jobs/{job}${rest}`,
      refused: [404, NOT_FOUND, "Vault not found for ARN"],
    },
    {
      name: "DELETE, as jobs cannot be cancelled",
      method: "DELETE",
      refused: [400, BAD, "cannot be processed"],
    },
    {
      name: "a slash at the end",
      target: `${PATH}/{job}${rest}/`,
      refused: [400, BAD, "cannot be processed"],
    },
  ]);
}

const LISTS: BadRequest[] = [
  ...listRows("ListJobs", PATH),
  ...rowsOf("ListJobs", [
    ...["finished", "succeeded", "", "constructor", "InProgress,Failed"].map((
      code,
    ) => ({
      name: `statuscode=${code}`,
      target: `${PATH}?statuscode=${code}`,
      refused: [
        400,
        INVALID,
        `The job status code is not valid: ${code}`,
      ] as Refused,
    })),
    ...["yes", "TRUE", "1", ""].map((completed) => ({
      name: `completed=${completed}`,
      target: `${PATH}?completed=${completed}`,
      refused: [
        400,
        INVALID,
        `The completed value is not valid: ${completed}`,
      ] as Refused,
    })),
    {
      name: "a vault that isn't there",
      target: "/-/vaults/absent/jobs",
      refused: [404, NOT_FOUND, "Vault not found for ARN"],
    },
  ]),
];

/**
 * Ranges of an output of 3 MiB and 5 bytes. The guide's table of errors has no
 * status for a range that cannot be had; the code is a choice.
 */
const OUTPUTS: BadRequest[] = rowsOf("GetJobOutput", [
  ...[
    "",
    "0-9",
    "bytes 0-9",
    "bytes=",
    "bytes=-",
    "bytes=-5",
    "bytes=9-0",
    "bytes=a-b",
    "bytes=0x0-0x9",
    "bytes=0-1,4-5",
    "bytes=3145733-",
    "bytes=3145733-3145733",
    "bytes=99999999999999999999-",
    "items=0-9",
  ].map((range) => ({
    name: `Range: ${range}`,
    headers: { range },
    refused: [400, INVALID, `Invalid range: ${range}`] as Refused,
  })),
  {
    name: "a Range sent twice",
    headers: { range: ["bytes=0-1", "bytes=4-5"] },
    refused: [400, INVALID, "Invalid range: bytes=0-1, bytes=4-5"],
  },
  {
    name: "a Range beyond the range that was retrieved",
    target: `${PATH}/{rangeJob}/output`,
    headers: { range: "bytes=2097157-2097157" },
    refused: [400, INVALID, "Invalid range: bytes=2097157"],
  },
  {
    name: "a job that is not done",
    target: `${PATH}/{pendingJob}/output`,
    refused: [400, INVALID, "not currently available for download: "],
  },
  {
    name: "an inventory that is not done",
    target: `${PATH}/{inventoryJob}/output`,
    refused: [400, INVALID, "not currently available for download: "],
  },
  {
    name: "a job that failed, as its archive was deleted",
    target: `${PATH}/{failedJob}/output`,
    refused: [400, INVALID, "not currently available for download: "],
  },
]);

export const JOBS: readonly BadRequest[] = [
  ...malformedRows("InitiateJob"),
  ...TYPES,
  ...RANGES,
  ...FIELDS,
  ...INVENTORIES,
  ...idRows("DescribeJob", ""),
  ...idRows("GetJobOutput", "/output"),
  ...LISTS,
  ...OUTPUTS,
];
