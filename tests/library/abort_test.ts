import { assertEquals, assertRejects } from "@std/assert";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { readJournal } from "../../mod.ts";
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

test("a run that is aborted as it comes to its end rejects, too", () =>
  withWorkplace(async ({ vault: connect }) => {
    const abort = new AbortController();
    const error: unknown = await connect().create({
      signal: abort.signal,
      onEvent: () => abort.abort("too late"),
    }).then(() => "no error", (error) => error);
    assertEquals(error, "too late");
  }));

for (const type of ["anything", "uploaded", "planned"]) {
  test(`where onEvent throws at ${type}, the run ends with nothing half done, and the next one finishes`, () =>
    withWorkplace(async ({ write, vault: connect, here, client }) => {
      await connect().create();
      const names = Array.from({ length: 8 }, (_, n) => `file ${n}`);
      await write(Object.fromEntries(names.map((name) => [name, name])));
      const defect = new TypeError("a defect of the program");
      const error: unknown = await connect({ concurrency: 1 }).sync({
        ...here,
        countFirst: true,
        onEvent(event) {
          if (type === "anything" || event.type === type) throw defect;
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
