/**
 * One client of a soak test: does one random step after another and notes in
 * the model what came of it. What may be repeated is repeated until it is
 * certain; what may not leaves a `maybe` where its answer was lost.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import {
  isTransient,
  mayHaveTakenEffect,
  NetworkError,
  ServiceError,
} from "../../../src/errors.ts";
import type { GlacierClient } from "../../../src/glacier/client.ts";
import { LEAF_SIZE as MIB, treeHash } from "../../../src/treehash/tree_hash.ts";
import { sha256Hex, vaultPolicy } from "../../server/testing.ts";
import type { Model, ModelArchive, ModelUpload } from "./model.ts";
import { bytesOf, Random } from "../../random.ts";

/** Vaults that all clients write to. */
export const SHARED_VAULTS = ["one", "two", "three"];

/** Archives that a client keeps at most; with more it deletes. */
const MOST_ARCHIVES = 60;

const TOPIC = "arn:aws:sns:us-east-1:000000000000:soak";

async function hashed(bytes: Uint8Array<ArrayBuffer>) {
  return {
    bytes,
    sha256: await sha256Hex(bytes),
    treeHash: encodeHex(await treeHash(bytes)),
  };
}

/** An upload that stalls is given up after some seconds. */
function inTime(): { signal: AbortSignal } {
  return { signal: AbortSignal.timeout(10_000) };
}

/** Something that the service got wrong. */
function disagree(what: string): never {
  throw new Error(`The service disagrees with the model: ${what}`);
}

/** A client. */
export class SoakClient {
  readonly #client: GlacierClient;
  readonly #model: Model;
  readonly #name: string;
  readonly #random: Random;
  #count = 0;

  constructor(client: GlacierClient, model: Model, number: number) {
    this.#client = client;
    this.#model = model;
    this.#name = `client-${number}`;
    this.#random = new Random(number + 1);
  }

  /** Does steps until `end`, in milliseconds since 1970. */
  async run(end: number): Promise<void> {
    const steps: [weight: number, step: () => Promise<void>][] = [
      [6, this.#upload],
      [3, this.#uploadInParts],
      [1, this.#leaveUpload],
      [1, this.#abortUpload],
      [4, this.#delete],
      [4, this.#retrieve],
      [1, this.#makeVault],
      [1, this.#removeVault],
      [2, this.#tag],
      [1, this.#notify],
      [1, this.#permit],
      [1, this.#list],
    ];
    const drawn = steps.flatMap(([weight, step]) =>
      Array.from({ length: weight }, () => step)
    );
    while (Date.now() < end) {
      const step = this.#own().length > MOST_ARCHIVES
        ? this.#delete
        : this.#random.pick(drawn)!;
      await step.call(this);
      const name = step.name.replace("#", "");
      const { steps } = this.#model;
      steps.set(name, (steps.get(name) ?? 0) + 1);
    }
  }

  /** Repeats what may be repeated until it succeeds or is refused for good. */
  async #certainly<T>(action: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await action();
      } catch (error) {
        // The client has tried often by now; the server may be down for long.
        if (!isFault(error)) throw error;
      }
    }
  }

  #own(): ModelArchive[] {
    return [...this.#model.archives.values()].filter((archive) =>
      archive.state === "present" &&
      archive.description.startsWith(`${this.#name} `)
    );
  }

  #ownUploads(): ModelUpload[] {
    return [...this.#model.uploads.values()].filter(({ description }) =>
      description.startsWith(`${this.#name} `)
    );
  }

  #newArchive(size: number, parts: number): ModelArchive {
    const seed = this.#random.below(2 ** 31) + 1;
    const archive: ModelArchive = {
      vault: this.#random.pick(SHARED_VAULTS)!,
      description: `${this.#name} ${++this.#count}`,
      size,
      treeHash: "",
      parts,
      seed,
      state: "maybe",
    };
    this.#model.archives.set(archive.description, archive);
    return archive;
  }

  async #upload(): Promise<void> {
    const size = 1 +
      this.#random.below(this.#random.pick([100, MIB, 3 * MIB])!);
    const archive = this.#newArchive(size, 1);
    const { vault, description } = archive;
    const content = await hashed(bytesOf(archive.seed, size));
    archive.treeHash = content.treeHash;
    try {
      const { archiveId } = await this.#client.uploadArchive(
        vault,
        { ...content, description },
        inTime(),
      );
      archive.id = archiveId;
      archive.state = "present";
    } catch (error) {
      if (!isFault(error)) throw error;
      if (!mayHaveTakenEffect(error)) archive.state = "refused";
    }
  }

  /** Begins an upload; `undefined` where it isn't known whether it began. */
  async #begin(
    vault: string,
    description: string,
  ): Promise<ModelUpload | undefined> {
    const { maybeUploads, uploads } = this.#model;
    maybeUploads.add(description);
    try {
      const id = await this.#client.initiateMultipartUpload(vault, {
        partSize: MIB,
        description,
      });
      // A try before this one may have begun another of the same description.
      const upload = { vault, id, description, parts: new Map() };
      uploads.set(description, upload);
      return upload;
    } catch (error) {
      if (!isFault(error)) throw error;
      return undefined;
    }
  }

  async #sendParts(upload: ModelUpload, bytes: Uint8Array<ArrayBuffer>) {
    const offsets = Array.from(
      { length: Math.ceil(bytes.length / MIB) },
      (_, index) => index * MIB,
    );
    if (this.#random.next() < 0.5) offsets.reverse();
    for (const offset of offsets) {
      const part = await hashed(bytes.slice(offset, offset + MIB));
      await this.#certainly(() =>
        this.#client.uploadMultipartPart(
          upload.vault,
          { ...part, uploadId: upload.id, offset },
          inTime(),
        )
      );
      upload.parts.set(offset, part.treeHash);
    }
  }

  async #uploadInParts(): Promise<void> {
    const size = 1 + this.#random.below(5 * MIB);
    const archive = this.#newArchive(size, Math.ceil(size / MIB));
    archive.state = "refused";
    const { vault, description } = archive;
    const upload = await this.#begin(vault, description);
    if (upload === undefined) return;
    const bytes = bytesOf(archive.seed, size);
    await this.#sendParts(upload, bytes);
    archive.treeHash = encodeHex(await treeHash(bytes));
    const { archiveId } = await this.#certainly(() =>
      this.#client.completeMultipartUpload(vault, {
        uploadId: upload.id,
        size,
        treeHash: archive.treeHash,
      })
    );
    archive.id = archiveId;
    archive.state = "present";
    this.#model.uploads.delete(description);
  }

  /** Leaves an upload open that has some parts. */
  async #leaveUpload(): Promise<void> {
    if (this.#ownUploads().length > 5) return;
    const description = `${this.#name} ${++this.#count}`;
    const vault = this.#random.pick(SHARED_VAULTS)!;
    const upload = await this.#begin(vault, description);
    if (upload === undefined) return;
    const size = this.#random.below(3) * MIB;
    await this.#sendParts(upload, bytesOf(this.#count, size));
  }

  async #abortUpload(): Promise<void> {
    const upload = this.#random.pick(this.#ownUploads());
    if (upload === undefined) return;
    await this.#certainly(() =>
      this.#client.abortMultipartUpload(upload.vault, upload.id)
    );
    this.#model.uploads.delete(upload.description);
  }

  async #delete(): Promise<void> {
    const archive = this.#random.pick(this.#own());
    if (archive === undefined) return;
    await this.#certainly(() =>
      this.#client.deleteArchive(archive.vault, archive.id!)
    );
    archive.state = "deleted";
  }

  /** Retrieves an archive, or part of it, and compares every byte by its hash. */
  async #retrieve(): Promise<void> {
    const archive = this.#random.pick(this.#own());
    if (archive === undefined) return;
    const { vault, size } = archive;
    const leaves = Math.ceil(size / MIB);
    const start = this.#random.below(leaves) * MIB;
    const end = Math.min(size, start + MIB * (1 + this.#random.below(leaves)));
    const whole = this.#random.next() < 0.5;
    const range = whole ? { start: 0, end: size } : { start, end };
    const jobId = await this.#certainly(async () => {
      const job = await this.#client.initiateJob(vault, {
        type: "archive-retrieval",
        archiveId: archive.id!,
        range,
      });
      return job.jobId;
    });
    const bytes = bytesOf(archive.seed, size).slice(range.start, range.end);
    const expected = await sha256Hex(bytes);
    for (let tries = 0;; tries++) {
      const got = await this.#certainly(() => this.#output(vault, jobId));
      if (await sha256Hex(got) === expected) return;
      // A fault may have changed a bit on the way, but hardly every time.
      if (tries > 20) disagree(`${archive.description} is damaged`);
    }
  }

  async #output(
    vault: string,
    jobId: string,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { body } = await this.#client.getJobOutput(vault, jobId);
    return new Uint8Array(await new Response(body).arrayBuffer());
  }

  async #makeVault(): Promise<void> {
    const { vaults } = this.#model;
    if (vaults.has(this.#name)) return;
    await this.#certainly(() => this.#client.createVault(this.#name));
    vaults.set(this.#name, {
      name: this.#name,
      tags: new Map(),
      topic: null,
      policy: null,
    });
  }

  async #removeVault(): Promise<void> {
    if (!this.#model.vaults.has(this.#name)) return;
    await this.#certainly(() => this.#client.deleteVault(this.#name));
    this.#model.vaults.delete(this.#name);
  }

  async #tag(): Promise<void> {
    const vault = this.#model.vaults.get(this.#name);
    if (vault === undefined) return;
    const key = `key-${this.#random.below(5)}`;
    if (this.#random.next() < 0.3) {
      await this.#certainly(() =>
        this.#client.removeTagsFromVault(vault.name, [key])
      );
      vault.tags.delete(key);
      return;
    }
    const value = String(this.#random.below(1000));
    await this.#certainly(() =>
      this.#client.addTagsToVault(vault.name, { [key]: value })
    );
    vault.tags.set(key, value);
  }

  async #notify(): Promise<void> {
    const vault = this.#model.vaults.get(this.#name);
    if (vault === undefined) return;
    const topic = this.#random.next() < 0.7
      ? `${TOPIC}-${this.#random.below(10)}`
      : null;
    await this.#certainly(() =>
      topic === null
        ? this.#client.deleteVaultNotifications(vault.name)
        : this.#client.setVaultNotifications(vault.name, {
          snsTopic: topic,
          events: ["ArchiveRetrievalCompleted"],
        })
    );
    vault.topic = topic;
  }

  async #permit(): Promise<void> {
    const vault = this.#model.vaults.get(this.#name);
    if (vault === undefined) return;
    const policy = this.#random.next() < 0.7 ? vaultPolicy("Allow") : null;
    await this.#certainly(() =>
      policy === null
        ? this.#client.deleteVaultAccessPolicy(vault.name)
        : this.#client.setVaultAccessPolicy(vault.name, policy)
    );
    vault.policy = policy;
  }

  /** Reads what is this client's own, which nobody else changes meanwhile. */
  async #list(): Promise<void> {
    const vault = this.#model.vaults.get(this.#name);
    if (vault !== undefined) {
      const tags = await this.#certainly(() =>
        this.#client.listTagsForVault(vault.name)
      );
      const known = [...vault.tags].sort().join();
      if (Object.entries(tags).sort().join() !== known) {
        disagree(`tags of ${vault.name}`);
      }
    }
    const upload = this.#random.pick(this.#ownUploads());
    if (upload === undefined) return;
    const { items } = await this.#certainly(() =>
      this.#client.listParts(upload.vault, upload.id)
    );
    const parts = items.map(({ range, treeHash }) =>
      `${range.start} ${treeHash}`
    );
    const known = [...upload.parts].sort(([a], [b]) => a - b)
      .map(([start, hash]) => `${start} ${hash}`);
    if (parts.join() !== known.join()) {
      disagree(`parts of ${upload.description}`);
    }
  }
}

/** Whether an error is what faults on demand, or a server that is down, come to. */
function isFault(error: unknown): boolean {
  if (error instanceof NetworkError) return true;
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return true;
  }
  if (!(error instanceof ServiceError)) return false;
  // A payload that was changed on its way is refused by its hash.
  return isTransient(error) || error.message.includes("Checksum mismatch") ||
    error.code === "MalformedAnswer";
}
