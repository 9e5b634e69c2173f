import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { IntegrityError } from "../../src/errors.ts";
import { parseInventory } from "../../src/glacier/inventory.ts";
import { GlacierStore } from "../../src/glacier/store.ts";
import type { InventoryArchive, InventoryFormat } from "../../src/store.ts";
import { treeHash } from "../../src/treehash/tree_hash.ts";
import { encodeHex } from "@std/encoding/hex";
import { workplace } from "../program.ts";
import { readVectors } from "../testing.ts";
import { refusal, type Reply, service } from "./fake_service.ts";

const HEADER = "ArchiveId,ArchiveDescription,CreationDate,Size,SHA256TreeHash";
const HASH = "6a2631ab0ee00d23bdeac0f84e069d9c69574b780533587cf77667c792987264";
const DATE = "2013-11-10T22:39:27Z";
const SECONDS = Date.parse(DATE) / 1000;

const encoder = new TextEncoder();

/** The bytes in chunks that end after each of `cuts`. */
async function* chunked(
  bytes: Uint8Array<ArrayBuffer>,
  cuts: readonly number[],
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    yield bytes.slice(start, cut);
    start = cut;
  }
}

function everyByte({ length }: Uint8Array): number[] {
  return Array.from({ length }, (_, i) => i);
}

/** Parses a text, whole and byte by byte, which must come to the same. */
async function parse(
  format: InventoryFormat,
  text: string,
): Promise<InventoryArchive[]> {
  const bytes = encoder.encode(text);
  const whole = await Array.fromAsync(
    parseInventory(format, chunked(bytes, [])),
  );
  const cut = await Array.fromAsync(
    parseInventory(format, chunked(bytes, everyByte(bytes))),
  );
  assertEquals(cut, whole);
  return whole;
}

async function problemOf(
  format: InventoryFormat,
  text: string | Uint8Array<ArrayBuffer>,
): Promise<string> {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  const problems = [];
  for (const cuts of [[], everyByte(bytes)]) {
    const { message } = await assertRejects(
      () => Array.fromAsync(parseInventory(format, chunked(bytes, cuts))),
      IntegrityError,
    );
    problems.push(message);
  }
  assertEquals(problems[0], problems[1]);
  return problems[0].replace(
    "The inventory cannot be used (ask for a new one): ",
    "",
  );
}

function inventoryJson(list: unknown): string {
  return JSON.stringify({
    VaultARN: "arn:aws:glacier:eu-west-1:1:vaults/v",
    InventoryDate: DATE,
    ArchiveList: list,
  });
}

/** An archive as JSON has it, and what it is read as. */
function sample(id: string, description: string, size = 1) {
  return {
    written: {
      ArchiveId: id,
      ArchiveDescription: description,
      CreationDate: DATE,
      Size: size,
      SHA256TreeHash: HASH,
    },
    read: {
      archiveId: id,
      description,
      created: SECONDS,
      size,
      treeHash: HASH,
    },
  };
}

/** As "Get Job Output" in the Glacier developer guide has it. */
function csvField(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '\\"')}"` : text;
}

Deno.test("the inventory of mt-aws-glacier's own tests is read", async () => {
  const { csv, archives } = await readVectors<{
    csv: string;
    archives: Record<string, string>[];
  }>("mt_inventory_csv");
  const expected = archives.map((archive) => ({
    archiveId: archive.ArchiveId,
    description: archive.ArchiveDescription,
    created: Date.parse(archive.CreationDate) / 1000,
    size: Number(archive.Size),
    treeHash: archive.SHA256TreeHash,
  }));
  assertEquals(await parse("csv", csv), expected);
  assertEquals(await parse("csv", csv.replaceAll("\n", "\r\n")), expected);
  assertEquals(await parse("csv", csv.trimEnd()), expected);
  assertEquals(await parse("json", inventoryJson(archives)), expected);
});

Deno.test("an inventory of no archives is read", async () => {
  assertEquals(await parse("csv", HEADER), []);
  assertEquals(await parse("csv", `${HEADER}\n`), []);
  assertEquals(await parse("json", inventoryJson([])), []);
});

Deno.test("whatever stands in descriptions comes through, however the bytes are cut", async () => {
  const text = fc.string({
    unit: fc.constantFrom(
      '"',
      "\\",
      ",",
      " ",
      "a",
      "{",
      "\u00e9",
      "\ud83d\ude00",
    ),
    maxLength: 12,
  });
  await fc.assert(fc.asyncProperty(
    fc.array(text, { maxLength: 5 }),
    fc.infiniteStream(fc.nat(40)),
    async (descriptions, steps) => {
      const samples = descriptions.map((each, i) => sample(`id-${i}`, each, i));
      const expected = samples.map(({ read }) => read);
      const rows = samples.map(({ written }) =>
        Object.values(written).map((value) => csvField(String(value))).join()
      );
      const forms = {
        csv: [HEADER, ...rows, ""].join("\n"),
        json: inventoryJson(samples.map(({ written }) => written)),
      };
      for (const format of ["csv", "json"] as const) {
        const bytes = encoder.encode(forms[format]);
        const cuts: number[] = [];
        for (let at = 0; at < bytes.length; at += steps.next().value!) {
          cuts.push(at);
          if (cuts.length > bytes.length) break;
        }
        const archives = await Array.fromAsync(
          parseInventory(format, chunked(bytes, cuts)),
        );
        assertEquals(archives, expected);
      }
    },
  ));
});

Deno.test("columns and fields may come in any order, and with others", async () => {
  const { read } = sample("a", 'x,"y"\\');
  const header =
    "Size,New,SHA256TreeHash,ArchiveDescription,CreationDate,ArchiveId";
  const row = `1,"new \\"x\\", y",${HASH},"x,\\"y\\"\\",${DATE},"a"`;
  assertEquals(await parse("csv", `${header}\n${row}\n`), [read]);
  const { written } = sample("a", 'x,"y"\\');
  const entries = Object.entries({ ...written, New: { deep: [1, "}"] } });
  const json = JSON.stringify(
    {
      New: [{ ArchiveList: [1] }],
      ArchiveList: [Object.fromEntries(entries.toReversed())],
      VaultARN: null,
    },
    null,
    2,
  );
  assertEquals(await parse("json", `\ufeff${json}\n`), [read]);
});

Deno.test("a description may be missing, a hash in upper case, a size text, a date with a fraction", async () => {
  const { written, read } = sample("a", "");
  const { ArchiveDescription: _, ...without } = written;
  const list = [
    without,
    { ...written, ArchiveDescription: null },
    { ...written, SHA256TreeHash: HASH.toUpperCase() },
    { ...written, Size: "1" },
    { ...written, CreationDate: "2013-11-10T22:39:27.987Z" },
  ];
  assertEquals(
    await parse("json", inventoryJson(list)),
    list.map(() => read),
  );
});

Deno.test("an archive that lacks something or is wrong is named", async () => {
  const wrong: [string, unknown, string][] = [
    ["ArchiveId", undefined, "archive 2 has no ArchiveId"],
    ["ArchiveId", "", "letters, digits"],
    ["ArchiveId", "a/b", "letters, digits"],
    ["ArchiveId", 7, "letters, digits"],
    ["ArchiveDescription", 7, "is not text"],
    ["CreationDate", null, "archive 2 has no CreationDate"],
    ["CreationDate", "yesterday", "is no date"],
    ["CreationDate", "2013-13-10T22:39:27Z", "is no date"],
    ["CreationDate", "2013-11-10", "is no date"],
    ["CreationDate", "1969-12-31T23:59:59Z", "is no date"],
    ["Size", undefined, "archive 2 has no Size"],
    ["Size", -1, "is not a whole number"],
    ["Size", 1.5, "is not a whole number"],
    ["Size", 2 ** 60, "is not a whole number"],
    ["Size", "1e3", "is not a whole number"],
    ["SHA256TreeHash", undefined, "archive 2 has no SHA256TreeHash"],
    ["SHA256TreeHash", HASH.slice(1), "64 hexadecimal digits"],
    ["SHA256TreeHash", `g${HASH.slice(1)}`, "64 hexadecimal digits"],
  ];
  for (const [name, value, expected] of wrong) {
    const { written } = sample("a", "b");
    const json = inventoryJson([written, { ...written, [name]: value }]);
    const problem = await problemOf("json", json);
    assertStringIncludes(problem, expected);
    assertStringIncludes(problem, name);
    assertStringIncludes(problem, "archive 2");
    if (typeof value === "number" && name !== "Size") continue;
    const row = { ...written, [name]: value ?? "" };
    const rows = [written, row].map((each) => Object.values(each).join());
    const csv = [HEADER, ...rows].join("\n");
    assertStringIncludes(await problemOf("csv", csv), "line 3");
  }
});

Deno.test("what is no inventory is refused", async () => {
  const { written } = sample("a", "b");
  const row = Object.values(written).join();
  const json: [string, string][] = [
    ["", "ends too soon"],
    ["{}", "no list"],
    ["null", "no list"],
    ["[]", "no list"],
    ['{"ArchiveList":null}', "no list"],
    ['{"ArchiveList":{"a":{}}}', "no list"],
    ['{"ArchiveList":{}}', "no list"],
    [inventoryJson(["a"]), "archive 1 is no object"],
    [inventoryJson([written, null]), "archive 2 is no object"],
    [inventoryJson([written]).slice(0, -1), "too soon, after archive 1"],
    [inventoryJson([written]).slice(0, -2), "too soon, after archive 1"],
    [inventoryJson([written]).slice(0, -20), "too soon, before the first"],
    [`${inventoryJson([written])}x`, "no JSON after archive 1"],
    [inventoryJson([written]).replace("}]", "}}"), "no JSON after archive 1"],
    ["<html>", "no JSON before the first archive"],
  ];
  for (const [text, expected] of json) {
    assertStringIncludes(await problemOf("json", text), expected, text);
  }
  const csv: [string, string][] = [
    ["", "it is empty"],
    ["<html>", "first line names no ArchiveId"],
    [HEADER.replace(",Size", ""), "first line names no Size"],
    [`${HEADER}\n${row}\n${row.slice(0, -1)}`, "of line 3"],
    [`${HEADER}\n${row}\n${row.slice(0, 10)}`, "line 3 has other fields"],
    [`${HEADER}\n${row},x\n`, "line 2 has"],
    [`${HEADER}\na,"b\nc",${DATE},1,${HASH}\n`, "line 2 has other fields"],
  ];
  for (const [text, expected] of csv) {
    assertStringIncludes(await problemOf("csv", text), expected, text);
  }
  const latin = encoder.encode(`${HEADER}\n${row}\n`);
  latin[HEADER.length + 3] = 0xe9;
  await assertRejects(
    () => Array.fromAsync(parseInventory("csv", chunked(latin, []))),
    IntegrityError,
    "not UTF-8",
  );
});

Deno.test("what never ends is refused before it fills the memory", async () => {
  async function* endless(text: string) {
    yield encoder.encode(text);
    while (true) yield encoder.encode("a".repeat(1024 * 1024));
  }
  for (
    const [format, text] of [
      ["json", '{"VaultARN":"'],
      ["json", '{"ArchiveList":[{"ArchiveId":"'],
      ["csv", ""],
      ["csv", `${HEADER}\n`],
    ] as const
  ) {
    await assertRejects(
      () => Array.fromAsync(parseInventory(format, endless(text))),
      IntegrityError,
    );
  }
});

Deno.test("what the server writes in either form is what was uploaded", async () => {
  await using place = await workplace();
  const { client } = place;
  await client.createVault("photos");
  const store = new GlacierStore({ client, vault: "photos" });
  const descriptions = [
    "",
    'he said "hi", and left',
    "a,b\\",
    '\\"',
    '"',
    ",",
    ...fc.sample(
      fc.string({
        unit: fc.constantFrom('"', "\\", ",", "a", " ", "x"),
        minLength: 1,
      }).map((text) => text.trim()),
      50,
    ),
  ];
  const uploaded = [];
  for (const [i, description] of descriptions.entries()) {
    const bytes = new Uint8Array(i + 1);
    const hash = encodeHex(await treeHash(bytes));
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    const sha256 = encodeHex(new Uint8Array(digest));
    const { archiveId } = await client.uploadArchive("photos", {
      bytes,
      sha256,
      treeHash: hash,
      description,
    });
    uploaded.push({ archiveId, description, size: i + 1, treeHash: hash });
  }
  for (const format of ["json", "csv"] as const) {
    const jobId = await store.requestInventory({ format });
    const inventories = await Array.fromAsync(store.listInventories());
    const inventory = inventories.find((each) => each.jobId === jobId)!;
    assertEquals(
      [inventory.format, inventory.full, inventory.status],
      [format, true, "ready"],
    );
    const archives = await Array.fromAsync(store.readInventory(inventory));
    assertEquals(
      archives.map(({ created: _, ...archive }) => archive),
      uploaded,
    );
  }
});

/** Bytes that break off after `count`, as a connection does. */
function breaking(
  bytes: Uint8Array<ArrayBuffer>,
  count: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (!sent && count > 0) controller.enqueue(bytes.slice(0, count));
      else controller.error(new TypeError("connection reset"));
      sent = true;
    },
  });
}

/** A store with one finished inventory, whose answers are `answer`s. */
function inventoryOf(
  text: string,
  answer: (
    start: number,
    bytes: Uint8Array<ArrayBuffer>,
    request: number,
  ) => Reply,
  size?: number,
) {
  const bytes = encoder.encode(text);
  let requests = 0;
  const { client, asked } = service(({ headers }) => {
    const range = /^bytes=(\d+)-$/.exec(headers.get("range") ?? "bytes=0-")!;
    return answer(Number(range[1]), bytes, ++requests);
  });
  const store = new GlacierStore({ client, vault: "v" });
  const read = () =>
    Array.fromAsync(store.readInventory({
      jobId: "job",
      status: "ready",
      format: "csv",
      full: true,
      created: 0,
      size,
    }));
  return { read, asked };
}

/** An answer with the output from `start` on. */
function output(
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  body: BodyInit = bytes.slice(start),
  headers: Record<string, string> = {},
): Response {
  const { length } = bytes;
  return new Response(body, {
    status: start === 0 ? 200 : 206,
    headers: {
      "content-length": String(length - start),
      ...start === 0 ? {} : {
        "content-range": `bytes ${start}-${length - 1}/${length}`,
      },
      ...headers,
    },
  });
}

const ROWS = Array.from(
  { length: 50 },
  (_, i) => sample(`id-${i}`, `na\u00efve, ${i}`, i),
);
const CSV = [
  HEADER,
  ...ROWS.map(({ written }) =>
    Object.values(written).map((v) => csvField(`${v}`)).join()
  ),
  "",
].join("\n");

Deno.test("where the connection breaks, reading goes on from there", async () => {
  const { read, asked } = inventoryOf(
    CSV,
    (start, bytes) =>
      start > bytes.length - 1000
        ? output(bytes, start)
        : output(bytes, start, breaking(bytes.slice(start), 997)),
  );
  assertEquals(await read(), ROWS.map(({ read }) => read));
  assertEquals(
    asked.map(({ headers }) => headers.get("range")),
    asked.map((_, i) => i === 0 ? null : `bytes=${i * 997}-`),
  );
});

Deno.test("an output that is shorter than announced, or changes, is no inventory", async () => {
  // Cut between two rows, where CSV looks whole.
  const cut = CSV.split("\n").slice(0, 20).join("\n") + "\n";
  const whole = encoder.encode(CSV).length;
  await assertRejects(
    inventoryOf(cut, (start, bytes) => output(bytes, start), whole).read,
    IntegrityError,
    `instead of ${whole}`,
  );
  // With neither a length nor a break: the job's size tells, and the rest is asked for.
  const { read } = inventoryOf(CSV, (start, bytes) => {
    const end = start === 0 ? cut.length : bytes.length;
    return new Response(bytes.slice(start, end), {
      status: start === 0 ? 200 : 206,
      headers: start === 0 ? {} : {
        "content-range": `bytes ${start}-${whole - 1}/${whole}`,
      },
    });
  }, whole);
  assertEquals((await read()).length, ROWS.length);
  await assertRejects(
    inventoryOf(CSV, (start, bytes) => {
      if (start === 0) return output(bytes, 0, breaking(bytes, 100));
      return output(bytes.slice(0, -10), start);
    }).read,
    IntegrityError,
    "changed",
  );
});

Deno.test("a tree hash of the whole output is compared, also over a broken connection", async () => {
  const bytes = encoder.encode(CSV);
  const right = encodeHex(await treeHash(bytes));
  for (const hash of [right, HASH]) {
    const { read } = inventoryOf(CSV, (start, bytes, request) =>
      output(
        bytes,
        start,
        request === 1 ? breaking(bytes, 100) : undefined,
        start === 0 ? { "x-amz-sha256-tree-hash": hash } : {},
      ));
    if (hash === right) assertEquals((await read()).length, ROWS.length);
    else await assertRejects(read, IntegrityError, "tree hash");
  }
});

Deno.test("an inventory that is gone, or not there yet, is said to be", async () => {
  const gone = refusal(
    404,
    "ResourceNotFoundException",
    "The job ID was not found",
  );
  const { message } = await assertRejects(
    inventoryOf(CSV, () => gone.clone()).read,
  ) as Error;
  assertStringIncludes(message, "The inventory is gone (job job)");
  const { client } = service([
    refusal(404, "ResourceNotFoundException", "Vault inventory not available"),
  ]);
  const store = new GlacierStore({ client, vault: "v" });
  const none = await assertRejects(() =>
    store.requestInventory({ format: "json" })
  ) as Error;
  assertStringIncludes(none.message, "There is no inventory of vault v");
});

Deno.test("a request whose answer is lost is sent again; one that is refused isn't", async () => {
  const accepted = () =>
    new Response(null, { status: 202, headers: { "x-amz-job-id": "job" } });
  const { client, asked } = service([
    refusal(500, "ServiceUnavailableException"),
    accepted(),
  ]);
  const store = new GlacierStore({ client, vault: "v", searchDelays: [0] });
  assertEquals(await store.requestInventory({ format: "csv" }), "job");
  assertEquals(asked.length, 2);
  const sent = JSON.parse(new TextDecoder().decode(asked[1].body));
  assertEquals(sent, {
    Type: "inventory-retrieval",
    Format: "CSV",
    Description: "mtijob1 eyJ0eXBlIjoiZnVsbCJ9",
  });
  const refusing = service([refusal(403, "AccessDeniedException")]);
  await assertRejects(() =>
    new GlacierStore({ client: refusing.client, vault: "v" })
      .requestInventory({ format: "json" })
  );
  assertEquals(refusing.asked.length, 1);
});

Deno.test("the date of an inventory in JSON is told, wherever it stands, and no other", async () => {
  const { written } = sample("a", "d");
  const list = `"ArchiveList":[${JSON.stringify(written)}]`;
  const cases: [string, number[]][] = [
    [`{"InventoryDate":"${DATE}",${list}}`, [SECONDS]],
    [`{${list},"InventoryDate":"${DATE}"}`, [SECONDS]],
    [`{${list}}`, []],
    [`{"InventoryDate":null,${list}}`, []],
    [`{"InventoryDate":"yesterday",${list}}`, []],
    [`{"InventoryDate":["${DATE}"],${list}}`, []],
    [`{"InventoryDate":"2013-99-99T00:00:00Z",${list}}`, []],
    [`{"other":{"InventoryDate":"${DATE}"},${list}}`, []],
    [
      `{"ArchiveList":[${
        JSON.stringify({ ...written, InventoryDate: DATE })
      }]}`,
      [],
    ],
  ];
  for (const [text, expected] of cases) {
    const bytes = encoder.encode(text);
    for (const cuts of [[], everyByte(bytes)]) {
      const dates: number[] = [];
      const onDate = (date: number) => void dates.push(date);
      const archives = await Array.fromAsync(
        parseInventory("json", chunked(bytes, cuts), { onDate }),
      );
      assertEquals([archives.length, dates], [1, expected], text);
    }
  }
  // An object in place of the list is none, whatever its fields are called.
  assertEquals(
    await problemOf("json", `{"ArchiveList":{"InventoryDate":"${DATE}"}}`),
    "it has no list of archives",
  );
});
