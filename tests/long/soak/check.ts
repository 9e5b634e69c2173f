/**
 * Compares a server with the model of a soak test, when all is quiet.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { encodeHex } from "@std/encoding/hex";
import { forEachBounded } from "../../../src/async/bounded.ts";
import type { GlacierClient } from "../../../src/glacier/client.ts";
import type { MultipartUpload } from "../../../src/glacier/types.ts";
import { treeHash } from "../../../src/treehash/tree_hash.ts";
import { SHARED_VAULTS } from "./client.ts";
import type { Model, ModelArchive } from "./model.ts";

/** An archive as an inventory shows it. */
interface Listed {
  ArchiveId: string;
  ArchiveDescription: string;
  Size: number;
  SHA256TreeHash: string;
}

async function outputOf(
  client: GlacierClient,
  vault: string,
  jobId: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = await client.getJobOutput(vault, jobId);
  return new Uint8Array(await new Response(body).arrayBuffer());
}

/** What the vault's inventory shows. */
async function inventoryOf(
  client: GlacierClient,
  vault: string,
): Promise<Listed[]> {
  const job = await client.initiateJob(vault, { type: "inventory-retrieval" });
  const bytes = await outputOf(client, vault, job.jobId);
  return JSON.parse(new TextDecoder().decode(bytes)).ArchiveList;
}

/** Compares one vault's inventory; an archive that was in doubt is settled by it. */
function compareInventory(
  model: Model,
  vault: string,
  listed: readonly Listed[],
): void {
  const seen = new Set<string>();
  for (const each of listed) {
    const name = each.ArchiveDescription;
    const archive = model.archives.get(name);
    assert(archive !== undefined, `${name} was never sent`);
    assert(!seen.has(name), `${name} is there twice`);
    seen.add(name);
    assert(
      archive.state === "present" || archive.state === "maybe",
      `${name} is there, but was ${archive.state}`,
    );
    if (archive.state === "present") {
      assertEquals(each.ArchiveId, archive.id, name);
    }
    assertEquals(
      [vault, each.Size, each.SHA256TreeHash],
      [archive.vault, archive.size, archive.treeHash],
      name,
    );
    archive.id = each.ArchiveId;
  }
  for (const archive of model.archives.values()) {
    if (archive.vault !== vault || archive.state !== "present") continue;
    assert(seen.has(archive.description), `${archive.description} is lost`);
  }
}

async function checkBytes(
  client: GlacierClient,
  archive: ModelArchive,
): Promise<void> {
  const { vault, id, description } = archive;
  const { jobId } = await client.initiateJob(vault, {
    type: "archive-retrieval",
    archiveId: id!,
  });
  const bytes = await outputOf(client, vault, jobId);
  assertEquals(encodeHex(await treeHash(bytes)), archive.treeHash, description);
}

async function checkUploads(
  client: GlacierClient,
  model: Model,
  vault: string,
): Promise<void> {
  const listed = new Map<string, MultipartUpload>();
  for await (const upload of client.everyMultipartUpload(vault)) {
    const { uploadId, description = "" } = upload;
    assert(model.maybeUploads.has(description), `${description} never began`);
    listed.set(uploadId, upload);
  }
  for (const upload of model.uploads.values()) {
    if (upload.vault !== vault) continue;
    assert(listed.has(upload.id), `upload ${upload.description} is lost`);
    const parts = new Map<number, string>();
    for await (const part of client.everyPart(vault, upload.id)) {
      parts.set(part.range.start, part.treeHash);
    }
    const sorted = [...upload.parts].sort(([a], [b]) => a - b);
    assertEquals([...parts], sorted, upload.description);
  }
}

async function checkSettings(
  client: GlacierClient,
  model: Model,
): Promise<void> {
  const names: string[] = [];
  for await (const { vaultName } of client.everyVault()) names.push(vaultName);
  assertEquals(names, [...SHARED_VAULTS, ...model.vaults.keys()].sort());
  for (const vault of model.vaults.values()) {
    const { name, tags, topic, policy } = vault;
    assertEquals(await client.listTagsForVault(name), Object.fromEntries(tags));
    const config = await client.getVaultNotifications(name).catch(() => null);
    assertEquals(config?.snsTopic ?? null, topic);
    const found = await client.getVaultAccessPolicy(name).catch(() => null);
    assertEquals(found, policy);
  }
}

/** What the comparison came to. */
export interface Comparison {
  /** Archives that the server has. */
  archives: number;
  /** Their size in bytes. */
  bytes: number;
  /** Blobs that hold them. */
  blobs: number;
  /** Those whose upload was in doubt and that are there. */
  doubtsPresent: number;
  /** Those that are not. */
  doubtsAbsent: number;
}

/** Compares everything that the service shows, and every byte. */
export async function compare(
  client: GlacierClient,
  model: Model,
): Promise<Comparison> {
  const present: ModelArchive[] = [];
  for (const vault of SHARED_VAULTS) {
    const listed = await inventoryOf(client, vault);
    compareInventory(model, vault, listed);
    for (const { ArchiveDescription } of listed) {
      present.push(model.archives.get(ArchiveDescription)!);
    }
    const { numberOfArchives, sizeInBytes } = await client.describeVault(vault);
    const size = listed.reduce((sum, { Size }) => sum + Size, 0);
    assertEquals([numberOfArchives, sizeInBytes], [listed.length, size]);
    await checkUploads(client, model, vault);
  }
  await forEachBounded(present, 4, (archive) => checkBytes(client, archive));
  await checkSettings(client, model);
  const isMaybe = ({ state }: ModelArchive) => state === "maybe";
  const maybes = [...model.archives.values()].filter(isMaybe).length;
  const doubtsPresent = present.filter(isMaybe).length;
  return {
    archives: present.length,
    bytes: present.reduce((sum, { size }) => sum + size, 0),
    blobs: present.reduce((sum, { parts }) => sum + parts, 0),
    doubtsPresent,
    doubtsAbsent: maybes - doubtsPresent,
  };
}
