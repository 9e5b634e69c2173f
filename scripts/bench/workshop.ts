/**
 * What measuring needs: the program as one file, a service that keeps nothing,
 * folders.
 *
 * @module
 */

import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../build.ts";
import type { BenchContext } from "./cases.ts";
import { run, underDeno } from "./program.ts";

/** See {@linkcode openWorkshop}. Dispose of it to remove all that was made. */
export interface Workshop extends AsyncDisposable {
  /** Runs something in folders of its own, which are removed then. */
  within<T>(work: (context: BenchContext) => Promise<T>): Promise<T>;
}

/** Bytes of the sink's archive, in MiB. */
const ARCHIVE_SIZE = 4096;

/** Builds the program and starts the service. */
export async function openWorkshop(): Promise<Workshop> {
  const folder = await Deno.makeTempDir({ prefix: "moraine-bench-" });
  const memory = await Deno.makeTempDir({
    prefix: "moraine-bench-",
    dir: Deno.build.os === "linux" ? "/dev/shm" : undefined,
  });
  const bundle = join(folder, "moraine.js");
  await build(bundle);
  const sink = startSink();
  const service = [
    "--endpoint",
    await addressOf(sink),
    "--region",
    "eu-west-1",
    "--vault",
    "bench",
  ];
  const program = underDeno(bundle);
  const remove = (path: string) => Deno.remove(path, { recursive: true });
  return {
    async within(work) {
      const context = {
        folder: await Deno.makeTempDir({ dir: folder }),
        memory: await Deno.makeTempDir({ dir: memory }),
        run: (...words: string[]) => run(program, words),
        service,
      };
      try {
        return await work(context);
      } finally {
        await remove(context.folder);
        await remove(context.memory);
      }
    },
    async [Symbol.asyncDispose]() {
      sink.kill();
      await sink.status;
      await remove(folder);
      await remove(memory);
    },
  };
}

function startSink(): Deno.ChildProcess {
  const path = fileURLToPath(new URL("./sink.ts", import.meta.url));
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", path, `${ARCHIVE_SIZE}`],
    stdout: "piped",
  }).spawn();
}

/** The address that it prints once it listens. */
async function addressOf(sink: Deno.ChildProcess): Promise<string> {
  const reader = sink.stdout.getReader();
  const { value } = await reader.read();
  return new TextDecoder().decode(value).trim();
}

/** What is measured on. */
export function machineName(): string {
  const memory = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  return `${
    cpus()[0]?.model ?? "unknown processor"
  }, ${navigator.hardwareConcurrency} cores, ${memory} GiB, ${Deno.build.target}, Deno ${Deno.version.deno}`;
}
