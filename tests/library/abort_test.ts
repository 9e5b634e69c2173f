import { assertEquals, assertRejects } from "@std/assert";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import {
  checkLocalHash,
  EVERYTHING,
  readJournal,
  type RunEvent,
  type RunOptions,
  ServiceError,
  type Summary,
  Vault,
} from "../../mod.ts";
import { all, bytesOf, MiB, withWorkplace } from "./service.ts";

test("a sync that is aborted rejects with the reason, and the next one finishes: each file is uploaded once", () =>
  withWorkplace(async ({ at, write, vault: connect, here, client }) => {
    await connect().create();
    const names = Array.from({ length: 8 }, (_, n) => `file ${n}`);
    await write(Object.fromEntries(names.map((name) => [name, name])));
    const abort = new AbortController();
    const reason = new Error("the user has had enough");
    const uploaded: string[] = [];
    const error = await assertRejects(() =>
      connect({ concurrency: 1 }).sync({
        ...here,
        signal: abort.signal,
        onEvent(event) {
          if (event.type !== "uploaded") return;
          uploaded.push(event.name);
          if (uploaded.length === 3) abort.abort(reason);
        },
      })
    );
    assertEquals(error, reason);
    const { fileCount } = await readJournal(here.journal);
    assertEquals(fileCount >= 3 && fileCount < 8, true, `${fileCount} files`);
    const { files, failed } = await connect().sync(here);
    assertEquals([files, failed], [8 - fileCount, 0]);
    await connect().requestInventory();
    await connect().downloadInventory({ newJournal: at("found.log") });
    const found = await readJournal(at("found.log"));
    assertEquals([...found.archives()].map(({ name }) => name).sort(), names);
    assertEquals((await client.describeVault("photos")).numberOfArchives, 8);
  }));

test("an upload in parts that is aborted is gone on with", () =>
  withWorkplace(async ({ write, vault: connect, here, client }) => {
    await connect().create();
    await write({ "large.bin": bytesOf(4 * MiB, 7) });
    const abort = new AbortController();
    let parts = 0;
    const counted = (request: Request) => {
      if (request.method === "PUT") parts++;
      // While this part is under way.
      if (parts === 3) abort.abort("enough");
      return fetch(request);
    };
    const options = { ...here, partSize: MiB };
    const vault = connect({ concurrency: 1, fetch: counted });
    const error: unknown = await vault.sync({
      ...options,
      signal: abort.signal,
    }).then(() => "no error", (error) => error);
    assertEquals(error, "enough");
    assertEquals((await readJournal(here.journal)).fileCount, 0);
    const { files, operations } = await connect().sync(options);
    assertEquals(files, 1);
    // Two parts had arrived, and the third may have.
    const { InitiateMultipartUpload, UploadMultipartPart } = operations;
    assertEquals(InitiateMultipartUpload, undefined);
    assertEquals(UploadMultipartPart <= 2, true, `${UploadMultipartPart}`);
    assertEquals(await all(client.everyMultipartUpload("photos")), []);
    assertEquals((await client.describeVault("photos")).numberOfArchives, 1);
  }));

test("a run that is aborted before it begins does nothing", () =>
  withWorkplace(async ({ write, vault: connect, here, client }) => {
    await connect().create();
    await write({ "a.txt": "a" });
    const signal = AbortSignal.abort("not today");
    const error: unknown = await connect().sync({ ...here, signal })
      .then(() => "no error", (error) => error);
    assertEquals(error, "not today");
    assertEquals(existsSync(here.journal), false);
    assertEquals((await client.describeVault("photos")).numberOfArchives, 0);
  }));

test("an abort is seen while credentials are looked for", async () => {
  const abort = new AbortController();
  const vault = new Vault({
    name: "photos",
    region: "us-east-1",
    credentials() {
      abort.abort("enough");
      return new Promise(() => {});
    },
  });
  const error: unknown = await vault.create({ signal: abort.signal })
    .then(() => "no error", (error) => error);
  assertEquals(error, "enough");
});

test("a run that is aborted as it comes to its end rejects, too", () =>
  withWorkplace(async ({ vault: connect }) => {
    const abort = new AbortController();
    const error: unknown = await connect().create({
      signal: abort.signal,
      onEvent: () => abort.abort("too late"),
    }).then(() => "no error", (error) => error);
    assertEquals(error, "too late");
  }));

const DEFECTS: [type: string, how: "throws" | "rejects"][] = [
  ["anything", "throws"],
  ["uploaded", "throws"],
  ["planned", "throws"],
  ["anything", "rejects"],
  ["uploaded", "rejects"],
];

for (const [type, how] of DEFECTS) {
  test(`where onEvent ${how} at ${type}, the run ends with nothing half done, and the next one finishes`, () =>
    withWorkplace(async ({ write, vault: connect, here, client }) => {
      await connect().create();
      const names = Array.from({ length: 8 }, (_, n) => `file ${n}`);
      await write(Object.fromEntries(names.map((name) => [name, name])));
      const defect = new TypeError("a defect of the program");
      const error: unknown = await connect({ concurrency: 1 }).sync({
        ...here,
        countFirst: true,
        onEvent(event) {
          if (type !== "anything" && event.type !== type) return;
          if (how === "throws") throw defect;
          return Promise.reject(defect);
        },
      }).then(() => "no error", (error) => error);
      assertEquals(error, defect);
      // What is in the vault is in the journal.
      const { fileCount } = await readJournal(here.journal);
      assertEquals(fileCount < 8, true, `${fileCount} files`);
      const vault = await client.describeVault("photos");
      assertEquals(vault.numberOfArchives, fileCount);
      const { files, failed } = await connect().sync(here);
      assertEquals([files, failed], [8 - fileCount, 0]);
      const { numberOfArchives } = await client.describeVault("photos");
      assertEquals(numberOfArchives, 8);
    }));
}

test("what onEvent promises is waited for, and where it fails at the very end, the run rejects", () =>
  withWorkplace(async ({ vault: connect }) => {
    const told: string[] = [];
    await connect().create({
      async onEvent({ type }) {
        await setImmediate();
        await setImmediate();
        told.push(type);
      },
    });
    assertEquals(told, ["vaultCreated", "summary"]);
    const defect = new Error("a defect of the program");
    const error = await assertRejects(() =>
      connect().create({
        async onEvent({ type }) {
          await setImmediate();
          if (type === "summary") throw defect;
        },
      })
    );
    assertEquals(error, defect);
  }));

/** What a run came to, and its events. */
async function watched(
  run: (options: RunOptions) => Promise<unknown>,
): Promise<{ result?: unknown; error?: unknown; events: RunEvent[] }> {
  const events: RunEvent[] = [];
  const onEvent = (event: RunEvent) => events.push(event);
  try {
    return { result: await run({ onEvent }), events };
  } catch (error) {
    return { error, events };
  }
}

/** The summary that the last event has, where no other one has any. */
function lastSummary(events: readonly RunEvent[]): Summary | undefined {
  const [summary, ...others] = events.filter(({ type }) => type === "summary");
  const last = events.at(-1);
  if (others.length > 0 || last !== summary) return undefined;
  return last?.type === "summary" ? last.summary : undefined;
}

test("the last event of a run is what it amounted to, also where it rejects", () =>
  withWorkplace(async ({ write, vault: connect, here }) => {
    await connect().create();
    await write({ "a.txt": "a", "b.txt": "b", "c.txt": "c" });

    const abort = new AbortController();
    const aborted = await watched(({ onEvent }) =>
      connect({ concurrency: 1 }).sync({
        ...here,
        signal: abort.signal,
        onEvent(event) {
          onEvent!(event);
          if (event.type === "uploaded") abort.abort("enough");
        },
      })
    );
    assertEquals(aborted.error, "enough");
    const { files, operations } = lastSummary(aborted.events)!;
    const told = aborted.events.filter(({ type }) => type === "uploaded");
    assertEquals([files, operations.UploadArchive], [told.length, files]);

    const done = await watched((run) => connect().sync({ ...here, ...run }));
    assertEquals(lastSummary(done.events), done.result);
    assertEquals(lastSummary(done.events)?.files, 3 - files);

    const refused = await watched((run) =>
      connect({ name: "missing" }).requestInventory(run)
    );
    assertEquals(refused.error instanceof ServiceError, true);
    assertEquals(lastSummary(refused.events)?.requests, 1);

    const checked = await watched((run) =>
      checkLocalHash({ ...here, filter: EVERYTHING, ...run })
    );
    assertEquals(lastSummary(checked.events), checked.result);
  }));

test("an aborted run rejects with the reason, whatever its last request comes to", () =>
  withWorkplace(async ({ vault: connect }) => {
    const abort = new AbortController();
    const { error, events } = await watched(({ onEvent }) =>
      connect({
        retries: 0,
        fetch() {
          throw new TypeError("The line is dead");
        },
      }).create({
        signal: abort.signal,
        onEvent(event) {
          onEvent!(event);
          if (event.type === "gaveUp") abort.abort("enough");
        },
      })
    );
    assertEquals(error, "enough");
    const warnings = events.filter(({ type }) => type === "warning");
    assertEquals(warnings.length, 1, JSON.stringify(events));
  }));
