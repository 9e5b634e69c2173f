/**
 * Running the program in tests: in this process against the embedded server
 * without sockets, or as a process of its own.
 *
 * @module
 */

import { FROM_SOURCE as DENO_ARGS } from "../scripts/from_source.ts";
import type { Fetch } from "../src/aws/http.ts";
import type { CommandName } from "../src/cli/commands.ts";
import type { CliHost } from "../src/cli/host.ts";
import { takes } from "../src/cli/parse.ts";
import { runCli } from "../src/cli/run.ts";
import { GlacierClient } from "../src/glacier/client.ts";
import type { Platform } from "../src/platform.ts";
import { createHost } from "../src/platform/host.ts";
import { serveHttp } from "../src/platform/serve_http.ts";
import type { FaultPlan } from "../src/server/fault_plan.ts";
import { type GlacierServer, openGlacierServer } from "../src/server/server.ts";
import { type TemporaryFolder, temporaryFolder } from "./testing.ts";

/** What a run of the program came to. */
export interface Run {
  status: number;
  out: string;
  err: string;
  /** The lines of standard output. */
  lines: string[];
}

/** How {@linkcode runProgram} runs. */
export interface RunOptions {
  fetch?: Fetch;
  platform?: Platform;
  signal?: AbortSignal;
  env?: Record<string, string>;
  /** Standard input; empty where absent. */
  input?: () => AsyncIterable<Uint8Array>;
  /** Told of each line of standard output as it comes. */
  onLine?: (line: string) => void;
}

/** Runs the program in this process. */
export async function runProgram(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Run> {
  let [out, err] = ["", ""];
  const host: CliHost = {
    platform: options.platform ?? createHost(),
    out(text) {
      out += text;
      options.onLine?.(text.trimEnd());
    },
    err: (text) => void (err += text),
    input: options.input ?? noInput,
    errIsTerminal: false,
    columns: () => 80,
    env: (name) => options.env?.[name],
    runtime: "test",
    signal: options.signal ?? new AbortController().signal,
    listen: serveHttp,
    fetch: options.fetch,
  };
  const status = await runCli(args, host, () => Promise.resolve(host));
  return { status, out, err, lines: toLines(out) };
}

async function* noInput(): AsyncGenerator<Uint8Array> {}

function toLines(text: string): string[] {
  return text === "" ? [] : text.trimEnd().split("\n");
}

/** A program to be run as a process. */
export interface Program {
  command: string;
  args: string[];
}

/** The program from source, with the permissions of `deno task moraine`. */
export const FROM_SOURCE: Program = {
  command: Deno.execPath(),
  args: [...DENO_ARGS],
};

/** An environment in which nothing of the machine's own AWS settings shows. */
const CLEAN_ENV = {
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/nonexistent/config",
  AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
};

/** How the program is run as a process. */
export interface ProcessOptions {
  program?: Program;
  cwd?: string;
  /** What comes on its standard input; nothing where absent. */
  input?: Uint8Array;
  /** Besides what all have. */
  env?: Record<string, string>;
}

/** Writes to a process's standard input, and ends that. */
async function feed(
  child: Deno.ChildProcess,
  input: Uint8Array,
): Promise<void> {
  const writer = child.stdin.getWriter();
  await writer.write(input);
  await writer.close();
}

/** Starts the program as a process. */
export function spawnProgram(
  args: readonly string[],
  options: ProcessOptions = {},
): Deno.ChildProcess {
  const program = options.program ?? FROM_SOURCE;
  return new Deno.Command(program.command, {
    args: [...program.args, ...args],
    cwd: options.cwd,
    env: { ...CLEAN_ENV, ...options.env },
    stdin: options.input ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs the program as a process. */
export async function runProcess(
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<Run> {
  const child = spawnProgram(args, options);
  const [{ code, stdout, stderr }] = await Promise.all([
    child.output(),
    options.input && feed(child, options.input),
  ]);
  const out = new TextDecoder().decode(stdout);
  const err = new TextDecoder().decode(stderr);
  return { status: code, out, err, lines: toLines(out) };
}

/** A server, a vault to be made in it, and a folder with a journal and a tree to be filled. */
export interface Workplace extends AsyncDisposable {
  folder: TemporaryFolder;
  server: GlacierServer;
  /** Looks into the server from outside of the program. */
  client: GlacierClient;
  /** The folder to sync. */
  tree: string;
  journal: string;
  /** A configuration file with all but `dir`. */
  config: string;
  /** Runs a command, of one word or two, with `--config`, and `--dir` where it takes one. */
  run(command: string, ...args: string[]): Promise<Run>;
  /** The same with options. */
  runWith(
    options: RunOptions,
    command: string,
    ...args: string[]
  ): Promise<Run>;
  readJournal(): Promise<string>;
  /** The archives in the vault, by what the server says. */
  countArchives(): Promise<number>;
}

/** What a request does: the operation's name, as far as tests tell them apart. */
export function operationOf(request: Request): string {
  const path = new URL(request.url).pathname;
  const { method } = request;
  if (/\/archives$/.test(path)) return "UploadArchive";
  if (/\/archives\/[^/]+$/.test(path)) return "DeleteArchive";
  if (/\/multipart-uploads$/.test(path)) {
    return method === "POST" ? "InitiateMultipartUpload" : "ListUploads";
  }
  if (/\/multipart-uploads\/[^/]+$/.test(path)) {
    if (method === "PUT") return "UploadMultipartPart";
    return method === "POST" ? "CompleteMultipartUpload" : "OtherUpload";
  }
  if (/\/jobs$/.test(path)) {
    return method === "POST" ? "InitiateJob" : "ListJobs";
  }
  if (/\/output$/.test(path)) return "GetJobOutput";
  if (/\/vaults\/[^/]+$/.test(path) && method === "GET") {
    return "DescribeVault";
  }
  return "Other";
}

/** What happens around a request: called instead of the server, which `pass` stands for. */
export type Interference = (
  operation: string,
  pass: () => Promise<Response>,
) => Promise<Response>;

/** Drops the connection after the request took effect, the first time that the operation comes. */
export function loseAnswer(lost: string): Interference {
  let done = false;
  return async (operation, pass) => {
    const response = await pass();
    if (operation !== lost || done) return response;
    done = true;
    await response.body?.cancel();
    throw new TypeError("connection closed before message completed");
  };
}

/** A `fetch` into a server with something in between. */
export function interfered(
  server: GlacierServer,
  interfere: Interference,
): Fetch {
  return (request) =>
    interfere(operationOf(request), () => server.fetch(request));
}

/** Whether a command needs to be told of the folder; to `upload-file` there are other ways. */
function takesDir(command: string): boolean {
  return command !== "upload-file" && takes(command as CommandName, "dir");
}

/** Makes a workplace. Requests go straight to the server's handler. */
export async function workplace(
  options: { jobDelay?: number; platform?: Platform; faults?: FaultPlan } = {},
): Promise<Workplace> {
  const { platform = createHost(), jobDelay, faults } = options;
  const folder = await temporaryFolder();
  const server = await openGlacierServer({
    platform,
    dataDirectory: folder.at("glacier"),
    accessKeys: [{ accessKeyId: "key", secretAccessKey: "secret" }],
    jobDelay,
    faults,
  });
  const tree = folder.at("tree");
  const journal = folder.at("journal.log");
  const config = folder.at("glacier.cfg");
  await Deno.mkdir(tree);
  await writeConfig(config, "http://localhost", journal);
  const client = new GlacierClient({
    region: "us-east-1",
    endpoint: "http://localhost",
    credentials: () =>
      Promise.resolve({ accessKeyId: "key", secretAccessKey: "secret" }),
    fetch: server.fetch,
    clock: platform.clock,
  });
  const runWith = (
    runOptions: RunOptions,
    command: string,
    ...args: string[]
  ) =>
    runProgram([
      ...command.split(" "),
      ...args,
      "--config",
      config,
      ...takesDir(command) ? ["--dir", tree] : [],
    ], {
      platform,
      fetch: server.fetch,
      ...runOptions,
    });
  return {
    folder,
    server,
    tree,
    journal,
    config,
    runWith,
    run: (command, ...args) => runWith({}, command, ...args),
    client,
    readJournal: () => Deno.readTextFile(journal),
    async countArchives() {
      return (await client.describeVault("photos")).numberOfArchives;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Writes a configuration file for a server with the key `key` and `secret`. */
export async function writeConfig(
  path: string,
  endpoint: string,
  journal: string,
): Promise<void> {
  await Deno.writeTextFile(
    path,
    [
      "key=key",
      "secret=secret",
      "region=us-east-1",
      "vault=photos",
      `journal=${journal}`,
      `endpoint=${endpoint}`,
      "",
    ].join("\n"),
    { mode: 0o600 },
  );
}
