/**
 * One server for many runs of the program, each with a vault, a folder and a
 * journal of its own.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { assertEquals } from "@std/assert";
import { encodeDescription } from "../../../src/files/names.ts";
import { GlacierClient } from "../../../src/glacier/client.ts";
import { formatRecord, parseLine } from "../../../src/journal/record.ts";
import { sha256, treeHash } from "../../../src/treehash/tree_hash.ts";
import { type Run, runProcess } from "../../program.ts";
import { DEFAULT_KEY, startServe } from "../../serve_process.ts";
import { temporaryFolder, vectorPayload } from "../../testing.ts";

/** An archive that is in a vault. */
export interface Stored {
  name: string;
  archiveId: string;
  size: number;
  mtime: number | null;
  treeHash: string;
}

/** What one combination works with. */
export interface Place {
  vault: string;
  dir: string;
  journal: string;
  client: GlacierClient;
  /** Runs a command with `--config`, and with the vault, journal and folder in that. */
  run(command: string, ...args: string[]): Promise<Run>;
  /** The same with bytes on standard input. */
  runWith(
    input: Uint8Array | undefined,
    command: string,
    ...args: string[]
  ): Promise<Run>;
  /** Makes a file of `size` bytes, whose content depends on the size alone. */
  writeFile(name: string, size: number, mtime?: number): Promise<void>;
  /** Stores an archive with such content and records it; not by the program. */
  store(name: string, size: number, mtime?: number | null): Promise<Stored>;
  /** The same for many names, recorded in their order. */
  storeAll(names: readonly string[], size: number): Promise<Stored[]>;
  /** The journal's records that are of type CREATED, by name; of several versions the last. */
  created(journal?: string): Promise<Map<string, Stored>>;
  /** The lines of the journal. */
  lines(journal?: string): Promise<string[]>;
  /** How many archives the vault has. */
  countArchives(): Promise<number>;
}

/** The mtime of files where a test doesn't say another. */
export const MTIME = 1_350_000_000;

/** Payloads by size, with their hashes: they are asked for again and again. */
const payloads = new Map<
  number,
  Promise<{ bytes: Uint8Array<ArrayBuffer>; sha256: string; treeHash: string }>
>();

/** The content of a file of so many bytes, at least 1. */
export function payloadOf(size: number) {
  let payload = payloads.get(size);
  if (payload === undefined) {
    payload = (async () => {
      const bytes = vectorPayload(size);
      return {
        bytes,
        sha256: encodeHex(await sha256(bytes)),
        treeHash: encodeHex(await treeHash(bytes)),
      };
    })();
    payloads.set(size, payload);
  }
  return payload;
}

/** Starts the server, and hands out places until it is disposed of. */
export async function startCombinations(): Promise<
  AsyncDisposable & { place(): Promise<Place> }
> {
  const folder = await temporaryFolder();
  const server = await startServe(["--data", folder.at("glacier")]);
  const client = new GlacierClient({
    region: "us-east-1",
    endpoint: server.url,
    credentials: () => Promise.resolve(DEFAULT_KEY),
    clock: { now: () => Date.now() },
  });
  let number = 0;
  return {
    async place() {
      const vault = `vault${++number}`;
      await client.createVault(vault);
      await Deno.mkdir(folder.at(vault));
      return await makePlace(folder.at(vault), vault, server.url, client);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function makePlace(
  folder: string,
  vault: string,
  endpoint: string,
  client: GlacierClient,
): Promise<Place> {
  const dir = `${folder}/tree`;
  const journal = `${folder}/journal.log`;
  const config = `${folder}/glacier.cfg`;
  await Deno.mkdir(dir);
  const { accessKeyId, secretAccessKey } = DEFAULT_KEY;
  await Deno.writeTextFile(
    config,
    [
      `key=${accessKeyId}`,
      `secret=${secretAccessKey}`,
      "region=us-east-1",
      `endpoint=${endpoint}`,
      `vault=${vault}`,
      `journal=${journal}`,
      `dir=${dir}`,
      "",
    ].join("\n"),
    { mode: 0o600 },
  );
  const lines = async (path = journal) => {
    const text = await Deno.readTextFile(path);
    return text === "" ? [] : text.trimEnd().split("\n");
  };
  const upload = async (name: string, size: number, mtime: number | null) => {
    const { bytes, sha256, treeHash } = await payloadOf(size);
    const description = encodeDescription({ name, mtime: mtime ?? 0 });
    const archive = { bytes, sha256, treeHash, description };
    const { archiveId } = await client.uploadArchive(vault, archive);
    return { name, archiveId, size, mtime, treeHash };
  };
  const record = (archives: readonly Stored[]) =>
    Deno.writeTextFile(
      journal,
      archives.map((archive) =>
        formatRecord({ type: "created", time: 1_360_000_000, ...archive })
      ).join(""),
      { append: true },
    );
  return {
    vault,
    dir,
    journal,
    client,
    lines,
    run: (command, ...args) =>
      runProcess([command, ...args, "--config", config]),
    runWith: (input, command, ...args) =>
      runProcess([command, ...args, "--config", config], { input }),
    async writeFile(name, size, mtime = MTIME) {
      const path = `${dir}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), {
        recursive: true,
      });
      await Deno.writeFile(
        path,
        size === 0 ? new Uint8Array() : (await payloadOf(size)).bytes,
      );
      await Deno.utime(path, mtime, mtime);
    },
    async store(name, size, mtime = MTIME) {
      const stored = await upload(name, size, mtime);
      await record([stored]);
      return stored;
    },
    async storeAll(names, size) {
      const stored = await Promise.all(
        names.map((name) => upload(name, size, MTIME)),
      );
      await record(stored);
      return stored;
    },
    async created(path) {
      const records = (await lines(path)).map(parseLine);
      return new Map(
        records.flatMap((record) =>
          record.type === "created" ? [[record.name, record]] : []
        ),
      );
    },
    async countArchives() {
      return (await client.describeVault(vault)).numberOfArchives;
    },
  };
}

/** Makes sure that a run succeeded with exactly these lines, in whatever order but for the last. */
export function expectLines(run: Run, lines: readonly string[]): void {
  assertEquals(run.status, 0, run.err);
  assertEquals(run.lines.at(-1), "OK DONE");
  assertEquals(run.lines.slice(0, -1).sort(), [...lines].sort());
}

/** The names of so many other files. */
export function otherNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `other/file ${i}`);
}
