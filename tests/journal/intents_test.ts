import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { JournalError } from "../../src/errors.ts";
import type {
  MultipartIntent,
  UploadIntent,
} from "../../src/journal/intent_record.ts";
import {
  findRecorded,
  type Intents,
  openIntents,
  type OpenIntentsOptions,
  readIntents,
} from "../../src/journal/intents.ts";
import { JournalState } from "../../src/journal/state.ts";
import { type TemporaryFolder, temporaryFolder } from "../testing.ts";
import { archiveId, created, faultyFiles, hashOf, host } from "./fixtures.ts";

const clock = { now: () => 1_700_000_000_500 };

const upload: UploadIntent = {
  kind: "upload",
  vault: "vault photos in eu-west-1",
  name: "a\nb", // a name that could break a line
  size: 5,
  mtime: -3,
  treeHash: hashOf(1),
  description: "mt2 x",
  started: 1_700_000_000,
};

const multipart: MultipartIntent = {
  ...upload,
  kind: "multipart",
  name: "stream",
  size: null,
  mtime: null,
  treeHash: null,
  uploadId: "u-1",
  partSize: 1024 ** 2,
};

async function open(
  folder: TemporaryFolder,
  options: Partial<OpenIntentsOptions> = {},
): Promise<Intents> {
  return await openIntents(folder.at("journal"), {
    ...host,
    clock,
    ...options,
  });
}

/** What stands in the file at this moment, as a process after a kill finds it. */
async function onDisk(folder: TemporaryFolder) {
  const path = folder.at("journal.intents");
  const { fold } = await readIntents(path, host.files);
  return {
    pending: [...fold.pending.values()],
    doubtful: [...fold.doubtful.values()],
  };
}

function names(folder: TemporaryFolder): string[] {
  return [...Deno.readDirSync(folder.path)].map(({ name }) => name).sort();
}

Deno.test("an intent is on the device before begin() and completing() resolve", async () => {
  await using folder = await temporaryFolder();
  const calls: string[] = [];
  const files = faultyFiles({ onCall: (call) => calls.push(call) });
  await using intents = await open(folder, { files });
  for (const intent of [upload, multipart]) {
    calls.length = 0;
    const id = await intents.begin(intent);
    assertEquals(calls, ["write", "sync"]);
    if (intent.kind === "upload") continue;
    await intents.completing(id, { size: 9, treeHash: hashOf(2) });
    assertEquals(calls, ["write", "sync", "write", "sync"]);
    await intents.settle(id, "created");
    assertEquals(calls.length, 4, "settling does not wait");
  }
});

Deno.test("what was under way when a run was killed is pending in the next", async () => {
  await using folder = await temporaryFolder();
  const intents = await open(folder);
  const single = await intents.begin(upload);
  const parts = await intents.begin(multipart);
  const ready = await intents.begin({ ...multipart, name: "ready" });
  await intents.completing(ready, { size: 9, treeHash: hashOf(2) });
  const done = await intents.begin({ ...upload, name: "done" });
  await intents.settle(done, "created");
  const lost = await intents.begin({ ...upload, name: "lost" });
  await intents.doubt(lost, "no answer");
  const expected = {
    pending: [
      [single, upload],
      [parts, multipart],
      [ready, {
        ...multipart,
        name: "ready",
        kind: "completing",
        size: 9,
        treeHash: hashOf(2),
      }],
    ],
    doubtful: [[lost, {
      intent: { ...upload, name: "lost" },
      time: 1_700_000_000,
      reason: "no answer",
    }]],
  };
  const seen = (intents: Intents) => ({
    pending: [...intents.pending],
    doubtful: [...intents.doubtful],
  });
  assertEquals<unknown>(seen(intents), expected);
  assertEquals<unknown>(await onDisk(folder), {
    pending: expected.pending.map(([, intent]) => intent),
    doubtful: expected.doubtful.map(([, doubt]) => doubt),
  });
  // Closing keeps all of it, and nothing else.
  await intents.close();
  const { size } = await Deno.stat(folder.at("journal.intents"));
  {
    await using again = await open(folder);
    assertEquals<unknown>(seen(again), expected);
  }
  assertEquals((await Deno.stat(folder.at("journal.intents"))).size, size);
});

Deno.test("nothing is left beside the journal when all is settled", async () => {
  await using folder = await temporaryFolder();
  {
    await using intents = await open(folder);
    const id = await intents.begin(upload);
    const lost = await intents.begin(multipart);
    await intents.doubt(lost, "no answer");
    await intents.settle(id, "failed");
    await intents.settle(lost, "abandoned");
    assertEquals(intents.doubtful.size, 0);
  }
  assertEquals(names(folder), []);
});

Deno.test("the file stays small however many uploads there are, and loses none that is open", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal.intents");
  let largest = 0;
  const rewrites: string[] = [];
  const files = faultyFiles({
    onCall(call, path) {
      if (call === "rename") rewrites.push(path);
    },
  });
  const intents = await open(folder, { files, compactAfter: 10_000 });
  const kept = await intents.begin({ ...upload, name: "kept" });
  const worker = async (n: number) => {
    for (let i = 0; i < 50; i++) {
      const id = await intents.begin({ ...upload, name: `${n}-${i}` });
      await intents.settle(id, "created");
      largest = Math.max(largest, (await Deno.stat(path)).size);
    }
  };
  await Promise.all(Array.from({ length: 10 }, (_, n) => worker(n)));
  assertLess(largest, 20_000);
  assert(rewrites.length > 5);
  const open_ = await intents.begin({ ...upload, name: "open" });
  assertEquals([...intents.pending.keys()], [kept, open_]);
  const disk = await onDisk(folder);
  assertEquals(disk.pending.map(({ name }) => name), ["kept", "open"]);
  await intents.close();
  assertEquals(names(folder), ["journal.intents"]);
});

Deno.test("whatever byte the last write was cut at, the whole lines count", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal.intents");
  const intents = await open(folder);
  const first = await intents.begin(upload);
  const length = (await Deno.stat(path)).size;
  const second = await intents.begin(multipart);
  const bytes = await Deno.readFile(path);
  await intents.close();
  // Down from the whole, so that its last bytes are all tried.
  for (
    let cut = bytes.length;
    cut >= length;
    cut -= cut > bytes.length - 9 ? 1 : 9
  ) {
    await Deno.writeFile(path, bytes.subarray(0, cut));
    await Deno.writeTextFile(`${path}.new`, "left by a rewrite that was cut");
    const expected = cut === bytes.length ? [first, second] : [first];
    const again = await open(folder);
    assertEquals([...again.pending.keys()], expected);
    // The next line is not glued to the torn one.
    const third = await again.begin({ ...upload, name: "third" });
    assertEquals((await onDisk(folder)).pending.length, expected.length + 1);
    await again.settle(third, "failed");
    await again.close();
    assertEquals(names(folder), ["journal.intents"]);
  }
});

Deno.test("a damaged line is an error, not a loss of what it said", async () => {
  await using folder = await temporaryFolder();
  const path = folder.at("journal.intents");
  const lines = [
    "\0\0\0",
    "{}",
    '{"id":"x","kind":"unheard-of"}',
    '{"id":"x","kind":"toString"}',
    '{"id":"x","kind":"settled"}',
    JSON.stringify({ id: "x", ...upload, size: "5" }),
    JSON.stringify({ id: "x", ...upload, treeHash: null }),
    "null",
    "[]",
  ];
  for (const line of lines) {
    await Deno.writeTextFile(path, `${line}\n`);
    await assertRejects(() => open(folder), JournalError, `Line 1 of ${path}`);
    assertEquals(await Deno.readTextFile(path), `${line}\n`);
  }
});

Deno.test("an intent that cannot be stored is an error, and so is every later one", async () => {
  await using folder = await temporaryFolder();
  let full = false;
  const files = faultyFiles({
    write: (_, bytes) => full ? bytes.subarray(0, 9) : undefined,
  });
  const intents = await open(folder, { files });
  const id = await intents.begin(upload);
  full = true;
  await assertRejects(() => intents.begin(upload), JournalError, "ENOSPC");
  full = false;
  await assertRejects(() => intents.begin(upload), JournalError);
  await assertRejects(() => intents.settle(id, "created"), JournalError);
  await intents.close();
  // Only what was told to be stored is there for the next run.
  await using again = await open(folder);
  assertEquals([...again.pending.keys()], [id]);
});

Deno.test("a rewrite that fails costs nothing that was stored", async () => {
  await using folder = await temporaryFolder();
  const files = faultyFiles({
    write: (path, bytes) =>
      path.endsWith(".new") ? bytes.slice(0, 5) : undefined,
  });
  const intents = await open(folder, { files, compactAfter: 100 });
  const ids = [await intents.begin(upload)];
  await assertRejects(async () => {
    while (true) ids.push(await intents.begin(upload));
  }, JournalError);
  await intents.close();
  await using again = await open(folder);
  assertEquals([...again.pending.keys()].slice(0, ids.length), ids);
});

Deno.test("an intent that was refused is not stored by a rewrite all the same", async () => {
  await using folder = await temporaryFolder();
  let full = false;
  const files = faultyFiles({
    write: (path, bytes) =>
      full && path.endsWith(".intents") ? bytes.slice(0, 5) : undefined,
  });
  const intents = await open(folder, { files, compactAfter: 0 });
  const id = await intents.begin(upload);
  full = true;
  await assertRejects(() => intents.begin(multipart), JournalError, "ENOSPC");
  full = false;
  await assertRejects(() => intents.begin(multipart), JournalError);
  await intents.close();
  await using again = await open(folder);
  assertEquals([...again.pending.keys()], [id]);
});

Deno.test("what a rewrite left that was killed is removed", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(folder.at("journal.intents.new"), "half a li");
  await using intents = await open(folder);
  assertEquals(intents.pending.size, 0);
  await intents.close();
  assertEquals(names(folder), []);
});

Deno.test("a closed intents file takes nothing", async () => {
  await using folder = await temporaryFolder();
  const intents = await open(folder);
  await intents.close();
  await assertRejects(() => intents.begin(upload), JournalError, "closed");
  assertEquals(names(folder), []);
});

Deno.test("an upload whose line was still written is told by name, content, mtime and time", () => {
  const intent: UploadIntent = {
    ...upload,
    name: "x",
    size: 7,
    mtime: 3,
    started: 1000,
  };
  const same = {
    name: "x",
    size: 7,
    mtime: 3,
    treeHash: hashOf(1),
    time: 1000,
  };
  const cases: [what: string, fields: object, recorded: boolean][] = [
    ["the same", {}, true],
    ["recorded later", { time: 2000 }, true],
    ["recorded before it began", { time: 999 }, false],
    ["other name", { name: "y" }, false],
    ["other content", { treeHash: hashOf(2) }, false],
    ["other mtime", { mtime: 4 }, false],
    ["no mtime", { mtime: null }, false],
  ];
  for (const [what, fields, recorded] of cases) {
    const state = new JournalState();
    state.apply(created(1, { name: "x" }));
    state.apply(created(2, { ...same, ...fields }));
    assertEquals(
      findRecorded(intent, state)?.archiveId,
      recorded ? archiveId(2) : undefined,
      what,
    );
  }
});

Deno.test("an archive that was in the journal before an upload began is not the one that it made", async () => {
  await using folder = await temporaryFolder();
  // The clock went back meanwhile, or it is the same second still.
  const { size, mtime, treeHash, started: time } = upload;
  const record = { size, mtime, treeHash, time, name: "x" };
  const state = new JournalState();
  state.apply(created(1, record));
  {
    await using intents = await open(folder);
    await intents.begin({ ...upload, name: "x", others: [archiveId(1)] });
  }
  await using intents = await open(folder);
  const [intent] = [...intents.pending.values()] as UploadIntent[];
  assertEquals(findRecorded(intent, state), undefined);
  state.apply(created(2, record));
  assertEquals(findRecorded(intent, state)?.archiveId, archiveId(2));
});
