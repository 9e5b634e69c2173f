/**
 * Whether the program of docs/library.md does what the page says, under
 * whichever runtime.
 *
 * @module
 */

import { join } from "node:path";
import { exampleEnvironment, prepareExamples } from "./example_place.ts";
import { type MoraineCommand, runMoraine } from "./moraine_command.ts";

/** Where the program is run, with what, and what starts it. */
export interface KeepWhere {
  /** An empty folder. */
  cwd: string;
  /** As {@linkcode exampleEnvironment} says. */
  env: Record<string, string>;
  /** Starts the program, which may reach this address. */
  commandFor(endpoint: string): MoraineCommand;
  /** How moraine is started. */
  moraine: MoraineCommand;
}

/**
 * Runs the program; then again, to interrupt it among its uploads and have it
 * finish them, and while the service says nothing.
 *
 * @throws {Error} which says what it did otherwise.
 */
export async function checkKeepProgram(where: KeepWhere): Promise<void> {
  await checkRun(where);
  await checkInterruptedUploads(where);
  await checkInterrupt(where);
}

/** More than is hashed without starting a thread, in bytes. */
const LARGE = 24 * 1024 * 1024;

/** How long an interrupted program may take to end, in milliseconds. */
const PATIENCE = 30_000;

/** One file is new, and another one is lost. */
async function checkRun(
  { cwd, env, commandFor, moraine }: KeepWhere,
): Promise<void> {
  await prepareExamples(moraine, { cwd, env });
  const lost = join(cwd, "photos/notes.txt");
  const before = await Deno.readTextFile(lost);
  await Deno.remove(lost);
  const later = join(cwd, "photos/later.bin");
  await Deno.writeFile(later, new Uint8Array(LARGE).fill(3));
  const command = commandFor(env.AWS_ENDPOINT_URL_GLACIER);
  const { status, out, err } = await runMoraine(command, [], { cwd, env });
  const lines = [
    `${LARGE} of ${LARGE} bytes`,
    'uploaded "later.bin"',
    'downloaded "notes.txt"',
    "0 pending",
  ];
  const missing = lines.find((line) => !out.split("\n").includes(line));
  if (status !== 0 || err !== "" || missing !== undefined) {
    throw new Error(
      `The program of docs/library.md: exit status ${status}, ${
        missing === undefined ? "" : `no line "${missing}" in`
      }\n${out}${err}`,
    );
  }
  if (await Deno.readTextFile(lost) !== before) {
    throw new Error("The program of docs/library.md: a file has other bytes");
  }
}

/** Files that are more than the program can have uploaded when it is interrupted. */
const MANY = 100;

/** It is interrupted when the first file is uploaded, and run again. */
async function checkInterruptedUploads(where: KeepWhere): Promise<void> {
  const { cwd, env, commandFor } = where;
  for (let n = 0; n < MANY; n++) {
    await Deno.writeTextFile(join(cwd, `photos/file ${n}`), `content ${n}`);
  }
  const before = await countArchives(where);
  const command = commandFor(env.AWS_ENDPOINT_URL_GLACIER);
  const first = await interruptAtUpload(command, where);
  const count = (out: string) => out.match(/^uploaded /gm)?.length ?? 0;
  if (
    first.code !== 130 || first.err !== "ERROR: interrupted\n" ||
    count(first.out) === MANY
  ) {
    throw new Error(
      `The program of docs/library.md, interrupted at its first upload: exit status ${first.code}, ${
        count(first.out)
      } of ${MANY} files uploaded: ${first.err}`,
    );
  }
  const second = await runMoraine(command, [], { cwd, env });
  const uploaded = count(first.out) + count(second.out);
  const archives = await countArchives(where) - before;
  if (second.status !== 0 || uploaded !== MANY || archives !== MANY) {
    throw new Error(
      `The program of docs/library.md, run again: exit status ${second.status}, ${MANY} files, ${uploaded} uploads, ${archives} archives: ${second.err}`,
    );
  }
}

/** Runs the program, and interrupts it when it says that a file is uploaded. */
async function interruptAtUpload(
  [program, ...args]: MoraineCommand,
  { cwd, env }: KeepWhere,
): Promise<{ code: number; out: string; err: string }> {
  const child = new Deno.Command(program, {
    args,
    cwd,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(PATIENCE),
  }).spawn();
  const err = new Response(child.stderr).text();
  let out = "";
  let interrupted = false;
  for await (
    const text of child.stdout.pipeThrough(new TextDecoderStream())
  ) {
    out += text;
    if (interrupted || !/^uploaded /m.test(out)) continue;
    interrupted = true;
    child.kill("SIGINT");
  }
  const { code } = await child.status;
  return { code, out, err: await err };
}

/** How many archives the vault has. */
async function countArchives(
  { cwd, env, moraine }: KeepWhere,
): Promise<number> {
  const service = [
    ...["--endpoint", env.AWS_ENDPOINT_URL_GLACIER],
    ...["--region", env.AWS_REGION],
  ];
  const args = ["list-vaults", "--json", ...service];
  const { out } = await runMoraine(moraine, args, { cwd, env });
  for (const line of out.trim().split("\n")) {
    const { type, name, archives } = JSON.parse(line);
    if (type === "vault" && name === "photos") return archives;
  }
  throw new Error(`The vault is not listed: ${out}`);
}

async function checkInterrupt(
  { cwd, env, commandFor }: KeepWhere,
): Promise<void> {
  const asked = Promise.withResolvers<void>();
  const end = new AbortController();
  const silent = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    signal: end.signal,
    onListen() {},
  }, () => {
    asked.resolve();
    return new Promise(() => {});
  });
  try {
    const endpoint = `http://127.0.0.1:${silent.addr.port}`;
    const [program, ...args] = commandFor(endpoint);
    const child = new Deno.Command(program, {
      args,
      cwd,
      env: { ...env, ...exampleEnvironment(endpoint, env.AWS_CONFIG_FILE) },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      // A program that doesn't listen ends all the same.
      signal: AbortSignal.timeout(PATIENCE),
    }).spawn();
    const ended = child.output();
    await Promise.race([asked.promise, ended]);
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    const err = new TextDecoder().decode(stderr);
    if (code === 130 && err === "ERROR: interrupted\n") return;
    throw new Error(
      `The program of docs/library.md, interrupted: exit status ${code}: ${err}`,
    );
  } finally {
    end.abort();
  }
}
