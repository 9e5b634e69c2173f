/**
 * A Glacier-compatible service, and what the tests of the library work on.
 *
 * These tests run under Deno and Node, against the source and against the
 * package: they know `mod.ts` and Node's own modules only. The service is
 * `moraine serve`, started by the command in the environment variable
 * `MORAINE_COMMAND`, a JSON array of words; from source where that is absent.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { GlacierClient, Vault, type VaultOptions } from "../../mod.ts";

export const MiB = 1024 * 1024;

/** How moraine is started. */
function moraineCommand(): string[] {
  const words = process.env.MORAINE_COMMAND;
  if (words) return JSON.parse(words);
  if (!("deno" in process.versions)) {
    throw new Error("MORAINE_COMMAND says how moraine is started under Node");
  }
  const main = new URL("../../src/cli/main.ts", import.meta.url);
  return [process.execPath, "run", "--quiet", "-A", fileURLToPath(main)];
}

/** A process of moraine's. Its group is its own, for it may start others. */
function startMoraine(
  args: readonly string[],
  env: Record<string, string> = {},
): ChildProcess {
  const [program, ...words] = moraineCommand();
  return spawn(program, [...words, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
    detached: process.platform !== "win32",
  });
}

/** Runs moraine to its end; resolves to its exit status and what it said. */
export async function runMoraine(
  args: readonly string[],
  env?: Record<string, string>,
): Promise<{ status: number | null; said: string }> {
  const child = startMoraine(args, env);
  let said = "";
  child.stdout!.on("data", (data) => said += data);
  child.stderr!.on("data", (data) => said += data);
  const status = await closed(child);
  return { status, said };
}

function closed(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on("close", resolve));
}

/** Resolves to the address once the server listens. */
function listening(child: ChildProcess): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    const take = (data: unknown) => {
      said += data;
      const [, address] = /^Listening on (\S+)$/m.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    };
    child.stdout!.on("data", take);
    child.stderr!.on("data", take);
    child.on("error", reject);
    child.on("close", () => reject(new Error(`The server ended: ${said}`)));
  });
}

function end(child: ChildProcess): void {
  if (process.platform === "win32") child.kill();
  else process.kill(-child.pid!, "SIGTERM");
}

/** What tests have to work with. */
export interface Workplace {
  /** Address of the service. */
  endpoint: string;
  /** The path of a name in the temporary folder. */
  at(...names: string[]): string;
  /** Makes files, by their names in the folder `photos`. */
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  /** The vault `photos`, which is not made yet. */
  vault(options?: Partial<VaultOptions>): Vault;
  client: GlacierClient;
  /** Options of most runs: the folder `photos` and its journal. */
  here: { dir: string; journal: string };
}

export const KEYS = { accessKeyId: "moraine", secretAccessKey: "moraine" };

/** Does work with a service and a folder that are gone afterwards. */
export async function withWorkplace(
  work: (place: Workplace) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "moraine-library-"));
  const data = join(dir, "glacier");
  const server = startMoraine(["serve", "--port", "0", "--data", data]);
  const ended = closed(server);
  try {
    await work(workplaceAt(dir, await listening(server)));
  } finally {
    if (server.exitCode === null && server.pid !== undefined) end(server);
    await ended;
    await rm(dir, { recursive: true });
  }
}

function workplaceAt(dir: string, endpoint: string): Workplace {
  const at = (...names: string[]) => join(dir, ...names);
  const service = {
    region: "us-east-1",
    endpoint,
    credentials: () => Promise.resolve(KEYS),
  };
  return {
    endpoint,
    at,
    async write(files) {
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(at("photos", name)), { recursive: true });
        await writeFile(at("photos", name), content);
      }
    },
    vault: (options) => new Vault({ name: "photos", ...service, ...options }),
    client: new GlacierClient(service),
    here: { dir: at("photos"), journal: at("photos.log") },
  };
}

/** All items of a sequence. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** The names of a folder's files, those of folders in it with slashes. */
export async function filesBelow(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile())
    .map(({ parentPath, name }) =>
      join(parentPath, name).slice(dir.length + 1).replaceAll("\\", "/")
    ).sort();
}

/** Bytes that look random and are the same every time. */
export function bytesOf(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = seed;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** A stream that must not be read. */
// deno-lint-ignore require-yield
export async function* unread(): AsyncGenerator<Uint8Array> {
  throw new Error("A dry run has read its input");
}
