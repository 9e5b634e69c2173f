/**
 * What the tests with the AWS CLI share: a server with a real socket, and the
 * `aws` on the PATH as a process that knows nothing but that server.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Semaphore } from "../../../src/async/bounded.ts";
import { serveHttp } from "../../../src/platform/serve_http.ts";
import type { GlacierServerOptions } from "../../../src/server/server.ts";
import { KEY, type TestServer, testVault } from "../../server/testing.ts";
import { type TemporaryFolder, temporaryFolder } from "../../testing.ts";

/** What a run of the CLI came to. */
interface Run {
  status: number;
  out: string;
  err: string;
}

/** Each takes most of a core for half a second. */
const PROCESSES = new Semaphore(3);

/** Nothing of the user's own settings shows in it. */
function environment(home: string): Record<string, string> {
  return {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: home,
    LC_ALL: "C.UTF-8",
    AWS_ACCESS_KEY_ID: KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEY.secretAccessKey,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_DEFAULT_OUTPUT: "json",
    AWS_CONFIG_FILE: "/nonexistent/config",
    AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_PAGER: "",
    MANPAGER: "cat",
  };
}

async function aws(
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<Run> {
  using _permit = await PROCESSES.acquire();
  const { code, stdout, stderr } = await new Deno.Command("aws", {
    args: [...args],
    cwd: options.cwd,
    env: { ...environment(options.cwd), ...options.env },
    clearEnv: true,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return {
    status: code,
    out: decoder.decode(stdout),
    err: decoder.decode(stderr),
  };
}

/** The major version of the CLI; `undefined` where there is no `aws` on the PATH. */
async function majorVersion(): Promise<number | undefined> {
  await using folder = await temporaryFolder();
  try {
    const { out, err } = await aws(["--version"], { cwd: folder.path });
    const [, major] = /aws-cli\/(\d+)\./.exec(out + err) ?? [];
    if (major === undefined) throw new Error(`aws --version says ${out}${err}`);
    return Number(major);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

const MAJOR = await majorVersion();

/** Verbs that have succeeded in this process; of `wait` those with its own. */
export const succeeded: Set<string> = new Set();

/** The CLI and the server that it talks to, which has a vault `v`. */
export interface Cli extends AsyncDisposable {
  test: TestServer;
  /** Where it runs. */
  folder: TemporaryFolder;
  /** Runs a verb of `aws glacier`, such as `wait vault-exists`; resolves to what it prints. */
  print(verb: string, ...args: string[]): Promise<string>;
  /** The same where it prints JSON, or nothing. */
  run(verb: string, ...args: string[]): Promise<Record<string, unknown>>;
  /** Runs a verb that the server must refuse; resolves to the message. */
  refused(
    code: string,
    verb: string,
    args: readonly string[],
    env?: Record<string, string>,
  ): Promise<string>;
}

async function openCli(options: Partial<GlacierServerOptions>): Promise<Cli> {
  const folder = await temporaryFolder();
  const test = await testVault(options);
  test.time = Date.now();
  const http = await serveHttp(
    (request) => test.server.fetch(request),
    { hostname: "127.0.0.1", port: 0 },
  );
  const start = (
    verb: string,
    args: readonly string[],
    env?: Record<string, string>,
  ) => {
    const account = args.some((arg) => arg.startsWith("--account-id"));
    const common = [
      ...verb.endsWith("help") || account ? [] : ["--account-id=-"],
      ...verb.endsWith("help") ? [] : [`--endpoint-url=${http.url}`],
    ];
    const words = ["glacier", ...verb.split(" ")];
    return aws([...words, ...common, ...args], { cwd: folder.path, env });
  };
  const cli: Cli = {
    test,
    folder,
    async print(verb, ...args) {
      const { status, out, err } = await start(verb, args);
      assertEquals(status, 0, `aws glacier ${verb}: ${err}`);
      succeeded.add(verb);
      return out;
    },
    async run(verb, ...args) {
      const out = await cli.print(verb, ...args);
      return out.trim() === "" ? {} : JSON.parse(out);
    },
    async refused(code, verb, args, env) {
      const { status, out, err } = await start(verb, args, env);
      assertEquals([status, out], [MAJOR === 1 ? 255 : 254, ""], err);
      assertStringIncludes(err, `An error occurred (${code}) when calling the`);
      return err;
    },
    async [Symbol.asyncDispose]() {
      await http[Symbol.asyncDispose]();
      await test[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
  return cli;
}

/** A test that needs the CLI, and is ignored where there is none. */
export function cliTest(
  name: string,
  body: (cli: Cli) => Promise<void>,
  options: Partial<GlacierServerOptions> = {},
): void {
  const ignore = MAJOR === undefined;
  Deno.test({
    name: `AWS CLI: ${name}${ignore ? " (there is no aws on the PATH)" : ""}`,
    ignore,
    async fn() {
      await using cli = await openCli(options);
      await body(cli);
      assertEquals(cli.test.failures, []);
    },
  });
}

/** The field of an answer that is an identifier. */
export function idOf(answer: Record<string, unknown>, name: string): string {
  const id = String(answer[name]);
  assertMatch(id, /^[\w-]{20,}$/);
  return id;
}
