/**
 * Requests about what a vault and an account can have set: tags, notifications,
 * policies, locks, capacity.
 *
 * @module
 */

import { vaultPolicy } from "../../server/testing.ts";
import { malformedRows } from "./malformed_json.ts";
import {
  BAD,
  type BadRequest,
  type Body,
  DENIED,
  INVALID,
  LIMIT,
  MISSING,
  NOT_FOUND,
  type Refused,
  rowsOf,
  SERIALIZATION,
} from "./row.ts";

const ABSENT: Refused = [404, NOT_FOUND, "Vault not found for ARN"];

/** Rows whose bodies alone are wrong. */
function bodyRows(
  operation: string,
  rows: readonly [name: string, json: unknown, refused: Refused][],
): BadRequest[] {
  return rowsOf(
    operation,
    rows.map(([name, json, refused]) => ({
      name,
      body: typeof json === "string" ? json : { json } as Body,
      refused,
    })),
  );
}

/** The vault of the path is none. */
function absentRow(operation: string, path: string): BadRequest[] {
  return rowsOf(operation, [
    {
      name: "a vault that isn't there",
      target: `/-/vaults/absent/${path}`,
      refused: ABSENT,
    },
    {
      name: "a vault that cannot be",
      target: `/-/vaults/a%20b/${path}`,
      refused: [400, INVALID, "Invalid vault name: a b"],
    },
  ]);
}

/** Limits as in "Tagging Your S3 Glacier Vaults" in the Glacier developer guide. */
const TAGS: BadRequest[] = [
  ...rowsOf("AddTagsToVault", [
    {
      name: "a vault whose lock denies it",
      target: "/-/vaults/locked/tags?operation=add",
      refused: [403, DENIED, "with an explicit deny"],
    },
    {
      name: "no operation",
      target: "/-/vaults/w/tags",
      refused: [400, MISSING, "operation"],
    },
    {
      name: "an operation that doesn't exist",
      target: "/-/vaults/w/tags?operation=replace",
      refused: [400, INVALID, "Invalid operation: replace"],
    },
    {
      name: "an empty operation",
      target: "/-/vaults/w/tags?operation=",
      refused: [400, INVALID, "Invalid operation: "],
    },
    {
      // Of two the first counts: a choice.
      name: "operation given twice, the first wrong",
      target: "/-/vaults/w/tags?operation=set&operation=add",
      refused: [400, INVALID, "Invalid operation: set"],
    },
    {
      name: "an eleventh tag",
      target: "/-/vaults/v/tags?operation=add",
      refused: [400, LIMIT, "limited to 10"],
    },
  ]),
  ...bodyRows("AddTagsToVault", [
    ["no Tags", {}, [400, MISSING, "Tags"]],
    ["Tags: null", { Tags: null }, [400, MISSING, "Tags"]],
    ["Tags: {}", { Tags: {} }, [400, INVALID, "at least one"]],
    ["Tags: []", { Tags: [] }, [400, SERIALIZATION, "not a map of strings"]],
    ["Tags: a text", { Tags: "a" }, [400, SERIALIZATION, "not a map"]],
    ["a number for a value", { Tags: { a: 1 } }, [
      400,
      SERIALIZATION,
      "not a map of strings",
    ]],
    ["null for a value", { Tags: { a: null } }, [
      400,
      SERIALIZATION,
      "not a map of strings",
    ]],
    ["an object for a value", { Tags: { a: {} } }, [
      400,
      SERIALIZATION,
      "not a map of strings",
    ]],
    ["an empty key", { Tags: { "": "a" } }, [400, INVALID, "tag key: "]],
    ["a key of 129 characters", { Tags: { ["k".repeat(129)]: "" } }, [
      400,
      INVALID,
      "Invalid tag key: kkk",
    ]],
    ["a value of 257 characters", { Tags: { a: "v".repeat(257) } }, [
      400,
      INVALID,
      "Invalid tag value: vvv",
    ]],
    ["a key with a star", { Tags: { "a*": "" } }, [
      400,
      INVALID,
      "Invalid tag key: a*",
    ]],
    ["a value of two lines", { Tags: { a: "b\nc" } }, [
      400,
      INVALID,
      "Invalid tag value: b",
    ]],
    ["a key with half a character", '{"Tags":{"\\ud800":"a"}}', [
      400,
      INVALID,
      "Invalid tag key",
    ]],
    ["Tags within __proto__", '{"__proto__":{"Tags":{"a":"b"}}}', [
      400,
      MISSING,
      "Tags",
    ]],
    [
      "a good tag and a bad one",
      { Tags: { good: "yes", "bad?": "no" } },
      [400, INVALID, "Invalid tag key: bad?"],
    ],
    [
      "eleven tags at once",
      {
        Tags: Object.fromEntries(
          Array.from({ length: 11 }, (_, i) => [`t${i}`, ""]),
        ),
      },
      [400, LIMIT, "limited to 10"],
    ],
  ]),
  ...bodyRows("RemoveTagsFromVault", [
    ["no TagKeys", {}, [400, MISSING, "TagKeys"]],
    ["TagKeys: []", { TagKeys: [] }, [400, INVALID, "between 1 and 10"]],
    ["TagKeys: a text", { TagKeys: "site" }, [
      400,
      SERIALIZATION,
      "not a list of strings",
    ]],
    ["TagKeys: an object", { TagKeys: { site: "north" } }, [
      400,
      SERIALIZATION,
      "not a list of strings",
    ]],
    ["a number among TagKeys", { TagKeys: ["site", 1] }, [
      400,
      SERIALIZATION,
      "not a list of strings",
    ]],
    ["eleven TagKeys", { TagKeys: Array(11).fill("site") }, [
      400,
      INVALID,
      "between 1 and 10",
    ]],
    ["an empty key among TagKeys", { TagKeys: ["site", ""] }, [
      400,
      INVALID,
      "Invalid tag key: ",
    ]],
  ]),
  ...absentRow("AddTagsToVault", "tags?operation=add"),
  ...absentRow("RemoveTagsFromVault", "tags?operation=remove"),
  ...absentRow("ListTagsForVault", "tags"),
  ...rowsOf("ListTagsForVault", [
    {
      name: "DELETE",
      method: "DELETE",
      refused: [400, BAD, "cannot be processed"],
    },
  ]),
];

const TOPIC = "arn:aws:sns:us-east-1:000000000000:done";
const EVENT = "ArchiveRetrievalCompleted";

/** "Set Vault Notification Configuration" in the Glacier developer guide. */
const NOTIFICATIONS: BadRequest[] = [
  ...malformedRows("SetVaultNotifications"),
  ...bodyRows("SetVaultNotifications", [
    ["no SNSTopic", { Events: [EVENT] }, [400, MISSING, "SNSTopic"]],
    ["no Events", { SNSTopic: TOPIC }, [400, MISSING, "Events"]],
    ["SNSTopic: 1", { SNSTopic: 1, Events: [EVENT] }, [
      400,
      SERIALIZATION,
      "SNSTopic of the request is not a string",
    ]],
    ["Events: a text", { SNSTopic: TOPIC, Events: EVENT }, [
      400,
      SERIALIZATION,
      "Events of the request is not a list",
    ]],
    ["Events: []", { SNSTopic: TOPIC, Events: [] }, [
      400,
      INVALID,
      "at least one",
    ]],
    ["null among Events", { SNSTopic: TOPIC, Events: [null] }, [
      400,
      SERIALIZATION,
      "Events of the request is not a list",
    ]],
    ["an event that doesn't exist", {
      SNSTopic: TOPIC,
      Events: [EVENT, "ArchiveUploaded"],
    }, [400, INVALID, "Invalid event: ArchiveUploaded"]],
    ["an event in small letters", {
      SNSTopic: TOPIC,
      Events: [EVENT.toLowerCase()],
    }, [400, INVALID, "Invalid event: archive"]],
    ["a topic that is a name alone", { SNSTopic: "done", Events: [EVENT] }, [
      400,
      INVALID,
      "Invalid SNS topic: done",
    ]],
    ["a topic that is a queue", {
      SNSTopic: TOPIC.replace("sns", "sqs"),
      Events: [EVENT],
    }, [400, INVALID, "Invalid SNS topic: arn:aws:sqs"]],
    ["a topic and the end of a line", {
      SNSTopic: `${TOPIC}\n`,
      Events: [EVENT],
    }, [400, INVALID, "Invalid SNS topic: arn"]],
  ]),
  ...absentRow("SetVaultNotifications", "notification-configuration"),
  ...absentRow("GetVaultNotifications", "notification-configuration"),
  ...absentRow("DeleteVaultNotifications", "notification-configuration"),
  ...rowsOf("GetVaultNotifications", [
    {
      name: "a vault without a configuration",
      target: "/-/vaults/w/notification-configuration",
      refused: [404, NOT_FOUND, "No notification configuration is set"],
    },
  ]),
];

/** A policy with one field of its statement changed. */
function policyWith(fields: Record<string, unknown>): string {
  const policy = JSON.parse(vaultPolicy("Deny"));
  Object.assign(policy.Statement[0], fields);
  return JSON.stringify(policy);
}

/** Policies that are none, for the operation that sets such a one. */
function policyRows(operation: string, kind: string): BadRequest[] {
  const invalid: Refused = [
    400,
    INVALID,
    `The specified ${kind} policy is invalid`,
  ];
  const large = policyWith({ Sid: "x".repeat(20 * 1024) });
  return bodyRows(operation, [
    ["no Policy", {}, [400, MISSING, "Policy"]],
    ["Policy: null", { Policy: null }, [400, MISSING, "Policy"]],
    [
      "a Policy that is an object",
      { Policy: JSON.parse(vaultPolicy("Deny")) },
      [400, SERIALIZATION, "Policy of the request is not a string"],
    ],
    ["an empty Policy", { Policy: "" }, invalid],
    ["a Policy that is no JSON", { Policy: "deny all" }, invalid],
    ["a Policy that is a list", { Policy: "[]" }, invalid],
    ["a Policy without Statement", { Policy: "{}" }, invalid],
    ["a Policy without Effect", {
      Policy: policyWith({ Effect: undefined }),
    }, invalid],
    ["a Policy that permits", {
      Policy: policyWith({ Effect: "Permit" }),
    }, invalid],
    ["a Policy without Principal", {
      Policy: policyWith({ Principal: undefined }),
    }, invalid],
    ["a Policy of another service", {
      Policy: policyWith({ Action: "s3:DeleteObject" }),
    }, invalid],
    ["a Policy with a field of its own", {
      Policy: policyWith({ Comment: "none" }),
    }, invalid],
    ["a Policy with half a character", {
      Policy: policyWith({ Sid: "half" }).replace("half", "\ud800"),
    }, invalid],
    ["a Policy with lists 10,000 deep", {
      Policy: `{"Statement":${"[".repeat(1e4)}${"]".repeat(1e4)}}`,
    }, invalid],
    ["a Policy of more than 20 KB", { Policy: large }, [
      400,
      INVALID,
      `too large: ${large.length} bytes`,
    ]],
  ]);
}

const POLICIES: BadRequest[] = [
  ...policyRows("SetVaultAccessPolicy", "vault access"),
  ...absentRow("SetVaultAccessPolicy", "access-policy"),
  ...absentRow("GetVaultAccessPolicy", "access-policy"),
  ...absentRow("DeleteVaultAccessPolicy", "access-policy"),
  ...rowsOf("GetVaultAccessPolicy", [
    {
      name: "a vault without a policy",
      target: "/-/vaults/w/access-policy",
      refused: [404, NOT_FOUND, "No vault access policy is set"],
    },
  ]),
];

/** The life of a lock ("Initiate", "Abort" and "Complete Vault Lock" in the Glacier developer guide). */
const LOCKS: BadRequest[] = [
  ...policyRows("InitiateVaultLock", "vault lock"),
  ...absentRow("InitiateVaultLock", "lock-policy"),
  ...absentRow("AbortVaultLock", "lock-policy"),
  ...absentRow("CompleteVaultLock", "lock-policy/{lock}"),
  ...absentRow("GetVaultLock", "lock-policy"),
  ...rowsOf("InitiateVaultLock", [
    {
      name: "a vault whose lock is in progress",
      target: "/-/vaults/v/lock-policy",
      refused: [403, DENIED, "already in progress"],
    },
    {
      name: "a vault that is locked",
      target: "/-/vaults/locked/lock-policy",
      refused: [403, DENIED, "The vault is locked"],
    },
  ]),
  ...rowsOf("AbortVaultLock", [
    {
      name: "a vault that is locked",
      target: "/-/vaults/locked/lock-policy",
      refused: [403, DENIED, "The vault is locked"],
    },
    {
      name: "a lock by its ID",
      target: "/-/vaults/v/lock-policy/{lock}",
      refused: [400, BAD, "cannot be processed"],
    },
  ]),
  ...rowsOf("CompleteVaultLock", [
    {
      name: "an ID that never was",
      target: `/-/vaults/v/lock-policy/${"a".repeat(24)}`,
      refused: [400, INVALID, "Invalid lock ID: aaa"],
    },
    {
      name: "the ID of another vault's lock",
      target: "/-/vaults/v/lock-policy/{otherLock}",
      refused: [400, INVALID, "Invalid lock ID: "],
    },
    {
      name: "an ID that leads up, with escaped slashes",
      target: "/-/vaults/v/lock-policy/..%2F..%2Fw",
      refused: [400, INVALID, "Invalid lock ID: ../../w"],
    },
    {
      name: "another ID than the vault was locked with",
      target: "/-/vaults/locked/lock-policy/{lock}",
      refused: [403, DENIED, "Invalid lock ID: "],
    },
    {
      name: "a vault that has no lock",
      target: "/-/vaults/empty/lock-policy/{lock}",
      refused: [404, NOT_FOUND, "No vault lock policy is set"],
    },
    {
      name: "PUT instead of POST",
      method: "PUT",
      refused: [400, BAD, "cannot be processed"],
    },
  ]),
  ...rowsOf("GetVaultLock", [
    {
      name: "a vault that has no lock",
      target: "/-/vaults/empty/lock-policy",
      refused: [404, NOT_FOUND, "No vault lock policy is set"],
    },
  ]),
];

/** A data retrieval policy of these rules. */
function rules(...Rules: unknown[]) {
  return { Policy: { Rules } };
}

/** The same with a limit as it is written. */
function bytes(number: string): string {
  return `{"Policy":{"Rules":[{"Strategy":"BytesPerHour","BytesPerHour":${number}}]}}`;
}

/** "Set Data Retrieval Policy" in the Glacier developer guide. */
const RETRIEVAL: BadRequest[] = [
  ...malformedRows("SetDataRetrievalPolicy"),
  ...bodyRows("SetDataRetrievalPolicy", [
    ["no Policy", {}, [400, MISSING, "Policy"]],
    ["Policy: a text", { Policy: "None" }, [
      400,
      SERIALIZATION,
      "Policy of the request is not an object",
    ]],
    ["no Rules", { Policy: {} }, [400, MISSING, "Rules"]],
    ["Rules: an object", { Policy: { Rules: {} } }, [
      400,
      SERIALIZATION,
      "Rules of the request is not an array",
    ]],
    ["no rule", rules(), [400, INVALID, "it has 0 rules"]],
    ["two rules", rules({ Strategy: "None" }, { Strategy: "None" }), [
      400,
      INVALID,
      "it has 2 rules",
    ]],
    ["a rule that is a text", rules("None"), [
      400,
      SERIALIZATION,
      "Rules of the request is not an object",
    ]],
    ["no Strategy", rules({}), [400, MISSING, "Strategy"]],
    ["Strategy: 1", rules({ Strategy: 1 }), [400, SERIALIZATION, "Strategy"]],
    ["a Strategy in small letters", rules({ Strategy: "freetier" }), [
      400,
      INVALID,
      "Invalid strategy: freetier",
    ]],
    ["a Strategy that every object has", rules({ Strategy: "toString" }), [
      400,
      INVALID,
      "Invalid strategy: toString",
    ]],
    [
      "a Strategy within __proto__",
      '{"Policy":{"Rules":[{"__proto__":{"Strategy":"None"}}]}}',
      [400, MISSING, "Strategy"],
    ],
    ["no BytesPerHour", rules({ Strategy: "BytesPerHour" }), [
      400,
      MISSING,
      "BytesPerHour",
    ]],
    [
      "BytesPerHour with FreeTier",
      rules({ Strategy: "FreeTier", BytesPerHour: 1 }),
      [400, INVALID, "cannot be specified for the strategy FreeTier"],
    ],
    [
      "BytesPerHour with None",
      rules({ Strategy: "None", BytesPerHour: 1 }),
      [400, INVALID, "cannot be specified for the strategy None"],
    ],
    ...["0", "-1"].map((number): [string, unknown, Refused] => [
      `BytesPerHour: ${number}`,
      bytes(number),
      [400, INVALID, `Invalid BytesPerHour: ${number}`],
    ]),
    ...["1.5", "1e3", '"1"', "true", "[1]", "9223372036854775808"].map((
      number,
    ): [string, unknown, Refused] => [
      `BytesPerHour: ${number}`,
      bytes(number),
      [400, SERIALIZATION, "BytesPerHour of the request is not a whole number"],
    ]),
    [
      "a rule with lists 100,000 deep",
      `{"Policy":{"Rules":[{"Strategy":${"[".repeat(1e5)}${
        "]".repeat(1e5)
      }}]}}`,
      [400, SERIALIZATION, ""],
    ],
  ]),
  ...rowsOf("GetDataRetrievalPolicy", [
    {
      name: "DELETE",
      method: "DELETE",
      refused: [400, BAD, "cannot be processed"],
    },
  ]),
];

const CAPACITY: BadRequest[] = [
  ...rowsOf("PurchaseProvisionedCapacity", [
    {
      name: "a third unit",
      refused: [400, LIMIT, "limited to 2"],
    },
    {
      name: "the account of somebody else",
      target: "/111122223333/provisioned-capacity",
      refused: [403, DENIED, "111122223333"],
    },
    {
      name: "no x-amz-glacier-version",
      headers: { "x-amz-glacier-version": null },
      refused: [400, MISSING, "API version"],
    },
  ]),
  ...rowsOf("ListProvisionedCapacity", [
    {
      name: "a slash at the end",
      target: "/-/provisioned-capacity/",
      refused: [400, BAD, "cannot be processed"],
    },
  ]),
];

export const SETTINGS: readonly BadRequest[] = [
  ...TAGS,
  ...NOTIFICATIONS,
  ...POLICIES,
  ...LOCKS,
  ...RETRIEVAL,
  ...CAPACITY,
];
