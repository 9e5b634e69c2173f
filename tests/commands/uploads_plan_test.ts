import { assertEquals } from "@std/assert";
import { canBeAborted, sortUploads } from "../../src/commands/uploads_plan.ts";
import { encodeDescription } from "../../src/files/names.ts";
import {
  applyIntentLine,
  emptyFold,
  type IntentLine,
} from "../../src/journal/intent_record.ts";
import type { ListedUpload } from "../../src/store.ts";
import { hashOf } from "../journal/fixtures.ts";

const VAULT = "https://here/vaults/v";
const PART = 1024 * 1024;

function foldOf(...lines: IntentLine[]) {
  const fold = emptyFold();
  for (const line of lines) applyIntentLine(fold, line);
  return fold;
}

const subject = (name: string) => ({
  vault: VAULT,
  name,
  mtime: 1000,
  description: encodeDescription({ name, mtime: 1000 }),
  started: 2000,
});

const inParts = (
  id: string,
  uploadId: string,
  changes: { size?: number | null; vault?: string } = {},
): IntentLine => ({
  id,
  kind: "multipart",
  ...subject(`file ${uploadId}`),
  size: 3 * PART,
  treeHash: null,
  uploadId,
  partSize: PART,
  ...changes,
});

const completing = (id: string): IntentLine => ({
  id,
  kind: "completing",
  size: 3 * PART,
  treeHash: hashOf(1),
});

const doubtful = (id: string): IntentLine => ({
  id,
  kind: "doubtful",
  time: 3000,
  reason: "dropped",
});

const settled = (id: string): IntentLine => ({
  id,
  kind: "settled",
  outcome: "created",
});

const listed = (uploadId: string, description = ""): ListedUpload => ({
  uploadId,
  description,
  partSize: PART,
  began: 2000,
});

/** Lines of the intents file before the uploads were listed, those that came meanwhile, what was listed, and each upload's state. */
const CASES: [
  title: string,
  before: IntentLine[],
  meanwhile: IntentLine[],
  listed: ListedUpload[],
  states: Record<string, string>,
][] = [
  ["an upload of the journal", [inParts("1", "u")], [], [listed("u")], {
    u: "resumable",
  }],
  ["one of standard input", [inParts("1", "u", { size: null })], [], [
    listed("u"),
  ], { u: "stream" }],
  ["one that expired", [inParts("1", "u")], [], [], { u: "gone" }],
  [
    "one of standard input that expired",
    [
      inParts("1", "u", { size: null }),
    ],
    [],
    [],
    { u: "gone" },
  ],
  ["one of which all is sent", [inParts("1", "u"), completing("1")], [], [
    listed("u"),
  ], { u: "completing" }],
  ["one that may be an archive", [inParts("1", "u"), completing("1")], [], [], {
    u: "completing",
  }],
  [
    "one in doubt that is there still",
    [inParts("1", "u"), completing("1"), doubtful("1")],
    [],
    [listed("u")],
    { u: "doubtful" },
  ],
  [
    "one in doubt",
    [inParts("1", "u"), completing("1"), doubtful("1")],
    [],
    [],
    {},
  ],
  ["one with two intents", [inParts("1", "u"), inParts("2", "u")], [], [
    listed("u"),
  ], { u: "resumable" }],
  [
    "one with two intents of which one is further",
    [inParts("1", "u"), completing("1"), inParts("2", "u")],
    [],
    [listed("u")],
    { u: "completing" },
  ],
  ["a foreign one", [], [], [listed("u")], { u: "foreign" }],
  ["one that was begun before it was listed", [], [inParts("1", "u")], [
    listed("u"),
  ], { u: "resumable" }],
  ["one that was begun after that", [], [inParts("1", "u")], [], {}],
  [
    "one that was ended while it was listed",
    [inParts("1", "u")],
    [
      settled("1"),
    ],
    [listed("u")],
    {},
  ],
  [
    "one at another address of the vault",
    [
      inParts("1", "u", { vault: "https://there/vaults/v" }),
    ],
    [],
    [listed("u")],
    { u: "resumable" },
  ],
];

for (const [title, before, meanwhile, list, states] of CASES) {
  Deno.test(`the state of an upload: ${title}`, () => {
    const { uploads } = sortUploads(
      list,
      foldOf(...before),
      foldOf(...before, ...meanwhile),
      VAULT,
    );
    assertEquals(
      Object.fromEntries(uploads.map((one) => [one.uploadId, one.state])),
      states,
    );
    for (const upload of uploads) {
      const known = list.some(({ uploadId }) => uploadId === upload.uploadId);
      assertEquals(upload.listed, known);
      // An archive may have come of these.
      const spared = ["completing", "doubtful"].includes(upload.state);
      assertEquals(canBeAborted(upload), !spared);
    }
  });
}

Deno.test("all intents of an upload are to be settled with it", () => {
  const fold = foldOf(inParts("1", "u"), inParts("2", "u"), inParts("3", "w"));
  const { uploads } = sortUploads(
    [listed("u"), listed("w")],
    fold,
    fold,
    VAULT,
  );
  assertEquals(uploads.map(({ ids }) => ids), [["1", "2"], ["3"]]);
});

Deno.test("unfinished uploads elsewhere are counted, and doubts there are not told", () => {
  const vault = "https://here/vaults/other";
  const fold = foldOf(
    inParts("1", "u", { vault }),
    inParts("2", "w", { vault }),
    completing("2"),
    doubtful("2"),
    inParts("3", "x"),
    completing("3"),
    doubtful("3"),
  );
  const { uploads, inDoubt, elsewhere } = sortUploads([], fold, fold, VAULT);
  assertEquals([uploads, elsewhere], [[], 1]);
  assertEquals(inDoubt.map(({ id }) => id), ["3"]);
});

Deno.test("foreign uploads get their names from their descriptions", () => {
  const descriptions: [string, string | null][] = [
    [encodeDescription({ name: "a/b", mtime: 1 }), "a/b"],
    ["<m><v>4</v><p>Yg==</p></m>", "b"],
    ["plain text", "plain text"],
    ["../up", null],
    ["", null],
    ["\u001b[31m", "\u001b[31m"],
  ];
  const none = emptyFold();
  const { uploads } = sortUploads(
    descriptions.map(([description], i) => listed(`u${i}`, description)),
    none,
    none,
    VAULT,
  );
  assertEquals(
    uploads.map(({ name }) => name),
    descriptions.map(([, name]) => name),
  );
});
