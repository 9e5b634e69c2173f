import { assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import {
  combineParts,
  encodeDescription,
  GlacierService,
  GlacierStore,
  isTransient,
  ItemNotFoundError,
  mayHaveTakenEffect,
  ServiceError,
  treeHash,
} from "../../mod.ts";
import { all, bytesOf, MiB, withWorkplace } from "./service.ts";

async function hashed(bytes: Uint8Array<ArrayBuffer>) {
  return {
    bytes,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    treeHash: Buffer.from(await treeHash(bytes)).toString("hex"),
  };
}

test("an archive in parts, its retrieval and its end, by client and store", () =>
  withWorkplace(async ({ client }) => {
    const store = new GlacierStore({ client, vault: "letters" });
    await store.createVault();
    const vaults = await all(new GlacierService(client).listVaults());
    assertEquals(vaults.map(({ name }) => name), ["letters"]);

    const content = bytesOf(2 * MiB + 9, 8);
    const description = encodeDescription({ name: "letter.txt", mtime: 7 });
    const uploadId = await client.initiateMultipartUpload("letters", {
      partSize: MiB,
      description,
    });
    const parts = [];
    for (let offset = 0; offset < content.length; offset += MiB) {
      const part = await hashed(content.slice(offset, offset + MiB));
      await client.uploadMultipartPart("letters", {
        uploadId,
        offset,
        ...part,
      });
      const { bytes } = part;
      parts.push({ hash: await treeHash(bytes), size: bytes.length });
    }
    const whole = Buffer.from(await combineParts(parts)).toString("hex");
    assertEquals(whole, (await hashed(content)).treeHash);
    const { archiveId, treeHash: stored } = await client
      .completeMultipartUpload("letters", {
        uploadId,
        size: content.length,
        treeHash: whole,
      });
    assertEquals(stored, whole);

    const jobId = await store.requestRetrieval(archiveId);
    const [retrieval] = await all(store.listRetrievals());
    assertEquals(
      [retrieval.jobId, retrieval.status, retrieval.archiveSize],
      [jobId, "ready", content.length],
    );
    const range = { start: MiB, end: 2 * MiB };
    const { body, treeHash: sent } = await store.openRetrieval(jobId, range);
    const bytes = new Uint8Array(await new Response(body).arrayBuffer());
    assertEquals(Buffer.compare(bytes, content.subarray(MiB, 2 * MiB)), 0);
    assertEquals(sent, (await hashed(bytes)).treeHash);

    const inventory = await store.requestInventory({ format: "json" });
    const [listed] = await all(store.listInventories());
    assertEquals(listed.jobId, inventory);
    const [archive] = await all(store.readInventory(listed));
    assertEquals([archive.archiveId, archive.description], [
      archiveId,
      description,
    ]);
    await store.deleteArchive(archiveId);
    await store.deleteArchive(archiveId);
    assertEquals((await store.identify()).vault, "letters");
  }));

test("errors of client and store tell what may be done about them", () =>
  withWorkplace(async ({ client }) => {
    const missing = await assertRejects(
      () => client.listJobs("missing"),
      ServiceError,
    );
    assertEquals(
      [missing.operation, missing.code, missing.status],
      ["ListJobs", "ResourceNotFoundException", 404],
    );
    assertEquals(isTransient(missing), false);
    assertEquals(mayHaveTakenEffect(missing), false);
    await client.createVault("photos");
    const store = new GlacierStore({ client, vault: "photos" });
    await assertRejects(() => store.openRetrieval("gone"), ItemNotFoundError);
    const good = await hashed(bytesOf(100, 9));
    const wrong = { ...good, treeHash: "0".repeat(64) };
    await assertRejects(
      () => client.uploadArchive("photos", wrong),
      ServiceError,
    );
    assertEquals((await client.describeVault("photos")).numberOfArchives, 0);
  }));
