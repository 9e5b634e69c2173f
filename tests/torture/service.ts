/**
 * The server of a run: a process behind a wire, killed and started again at
 * will, and what it shows to somebody who asks it past the wire.
 *
 * @module
 */

import { GlacierClient } from "../../src/glacier/client.ts";
import type { Program } from "../program.ts";
import { type ServeProcess, startServe } from "../serve_process.ts";
import { Wire } from "./wire.ts";

export const VAULT = "photos";

/** Nowhere in any output may this stand. */
export const SECRET = "s3cr3t-of-the-torture-vault";
export const ACCESS_KEY = "torture";

/** An archive as the vault has it. */
export interface VaultArchive {
  archiveId: string;
  description: string;
  size: number;
  treeHash: string;
}

/** What a vault holds. */
export interface VaultView {
  archives: Map<string, VaultArchive>;
  /** IDs of the uploads in parts that are open. */
  uploads: Set<string>;
  /** How many retrievals there are of each archive, by its ID. */
  retrievals: Map<string, number>;
}

/** How often a fault struck, by its rule. */
export type FaultCounts = Map<string, number>;

/** The server. Disposing of it ends it. */
export class Service implements AsyncDisposable {
  readonly wire: Wire;
  readonly #program: Program;
  readonly #data: string;
  readonly counts: FaultCounts = new Map();
  #process: ServeProcess | undefined;
  #faults: { rules: readonly string[]; seed: number } = { rules: [], seed: 0 };

  private constructor(program: Program, data: string) {
    this.#program = program;
    this.#data = data;
    this.wire = Wire.open();
  }

  /** Starts a server with an empty vault; everything is kept in the folder `data`. */
  static async start(program: Program, data: string): Promise<Service> {
    const service = new Service(program, data);
    await service.restart();
    await service.#client().createVault(VAULT);
    return service;
  }

  get isRunning(): boolean {
    return this.#process !== undefined;
  }

  /** Kills it, as by a power failure. */
  async kill(): Promise<void> {
    const server = this.#process;
    if (server === undefined) return;
    this.#process = undefined;
    this.wire.cut();
    await server.end("SIGKILL");
    expectQuiet(server);
  }

  /** Starts it again where it isn't running, with the faults that it had. */
  async restart(): Promise<void> {
    if (this.#process !== undefined) return;
    const { rules, seed } = this.#faults;
    const faults = rules.flatMap((rule) => ["--fault", rule]);
    const keys = ["--access-key", ACCESS_KEY, "--secret-key", SECRET];
    const args = ["--data", this.#data, "--control", ...keys];
    this.#process = await startServe(
      [...args, ...faults, "--fault-seed", String(seed)],
      this.#program,
    );
    this.wire.mend(Number(new URL(this.#process.url).port));
  }

  /** Has the server produce these faults from now on, and counts those that it had until now. */
  async setFaults(rules: readonly string[], seed = 0): Promise<void> {
    const before = this.#faults.rules;
    if (before.length + rules.length === 0) return;
    const server = this.#process!;
    const { faults } = await server.control("GET", "faults") as {
      faults: { fault: string; struck: number }[];
    };
    for (const { fault, struck } of faults) {
      this.counts.set(fault, (this.counts.get(fault) ?? 0) + struck);
    }
    this.#faults = { rules, seed };
    await server.control("PUT", "faults", { faults: rules, seed });
  }

  /** What the vault holds; only where no faults are set. */
  async look(): Promise<VaultView> {
    const client = this.#client();
    const view: VaultView = {
      archives: new Map(),
      uploads: new Set(),
      retrievals: new Map(),
    };
    for (const archive of await inventoryOf(client)) {
      view.archives.set(archive.archiveId, archive);
    }
    for await (const { uploadId } of client.everyMultipartUpload(VAULT)) {
      view.uploads.add(uploadId);
    }
    for await (const { archiveId } of client.everyJob(VAULT)) {
      if (archiveId === undefined) continue;
      const count = view.retrievals.get(archiveId) ?? 0;
      view.retrievals.set(archiveId, count + 1);
    }
    return view;
  }

  #client(): GlacierClient {
    return new GlacierClient({
      region: "us-east-1",
      endpoint: this.#process!.url,
      credentials: () =>
        Promise.resolve({ accessKeyId: ACCESS_KEY, secretAccessKey: SECRET }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.wire[Symbol.dispose]();
    const server = this.#process;
    this.#process = undefined;
    await server?.end("SIGKILL");
    if (server) expectQuiet(server);
  }
}

/** The server tells of its own defects on standard error. */
function expectQuiet(server: ServeProcess): void {
  if (!/error/i.test(server.err())) return;
  throw new Error(`The server says: ${server.err()}`);
}

async function inventoryOf(client: GlacierClient): Promise<VaultArchive[]> {
  // The service makes no inventory of a vault that was always empty.
  const { lastInventoryDate, numberOfArchives } = await client.describeVault(
    VAULT,
  );
  if (lastInventoryDate === undefined && numberOfArchives === 0) return [];
  const { jobId } = await client.initiateJob(VAULT, {
    type: "inventory-retrieval",
  });
  const { body } = await client.getJobOutput(VAULT, jobId);
  const { ArchiveList } = await new Response(body).json() as {
    ArchiveList: Record<string, unknown>[];
  };
  return ArchiveList.map((archive) => ({
    archiveId: archive.ArchiveId as string,
    description: archive.ArchiveDescription as string,
    size: archive.Size as number,
    treeHash: archive.SHA256TreeHash as string,
  }));
}
