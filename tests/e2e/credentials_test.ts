/**
 * Where the credentials come from, where the command line gives none: AWS's
 * usual places, in AWS's order.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { createHost } from "../../src/platform/host.ts";
import { serveHttp } from "../../src/platform/serve_http.ts";
import { openGlacierServer } from "../../src/server/server.ts";
import { FROM_SOURCE, runProcess, spawnProgram } from "../program.ts";
import { temporaryFolder } from "../testing.ts";

const RIGHT = { accessKeyId: "RIGHT", secretAccessKey: "secret" };
const WRONG = { accessKeyId: "WRONG", secretAccessKey: "secret" };

type Key = typeof RIGHT;

const inEnvironment = ({ accessKeyId, secretAccessKey }: Key) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
});

const inFile = (profile: string, { accessKeyId, secretAccessKey }: Key) =>
  `[${profile}]\naws_access_key_id=${accessKeyId}\naws_secret_access_key=${secretAccessKey}\n`;

interface Case {
  /** What the shared credentials file has. */
  file?: string;
  env?: Record<string, string>;
  args?: string[];
  status: number;
  err?: RegExp;
}

/** With these keys it works; with the others the service refuses. */
const REFUSED = /^ERROR: .*key/;

const CASES: Record<string, Case> = {
  "the environment's keys are taken": {
    env: inEnvironment(RIGHT),
    status: 0,
  },
  "the environment's keys come before the default profile": {
    env: inEnvironment(WRONG),
    file: inFile("default", RIGHT),
    status: 1,
    err: REFUSED,
  },
  "the default profile is taken where the environment has no keys": {
    file: inFile("default", RIGHT),
    status: 0,
  },
  "half a key in the environment is none": {
    env: { AWS_ACCESS_KEY_ID: "WRONG" },
    file: inFile("default", RIGHT),
    status: 0,
  },
  "a profile that is named comes before the environment's keys": {
    env: { ...inEnvironment(WRONG), AWS_PROFILE: "backup" },
    file: inFile("backup", RIGHT),
    status: 0,
  },
  "--profile comes before the environment's keys, too": {
    env: inEnvironment(WRONG),
    file: inFile("backup", RIGHT),
    args: ["--profile", "backup"],
    status: 0,
  },
  "where there are none, that is told": {
    status: 2,
    err: /^ERROR: No AWS credentials found: give --key and --secret/,
  },
};

for (
  const [title, { file = "", env, args = [], status, err }] of Object.entries(
    CASES,
  )
) {
  Deno.test(title, async () => {
    await using folder = await temporaryFolder();
    await using server = await openGlacierServer({
      platform: createHost(),
      dataDirectory: folder.at("glacier"),
      accessKeys: [RIGHT],
    });
    await using http = await serveHttp(server.fetch, {
      hostname: "127.0.0.1",
      port: 0,
    });
    await Deno.writeTextFile(folder.at("credentials"), file);
    const run = await runProcess([
      "list-vaults",
      ...["--region", "us-east-1", "--endpoint", http.url],
      ...args,
    ], {
      program: FROM_SOURCE,
      env: { AWS_SHARED_CREDENTIALS_FILE: folder.at("credentials"), ...env },
    });
    assertEquals(run.status, status, run.err);
    if (err) assertMatch(run.err, err);
  });
}

Deno.test("Ctrl-C is seen while credentials are looked for", async () => {
  const asked = Promise.withResolvers<void>();
  await using silent = await serveHttp(() => {
    asked.resolve();
    return new Promise(() => {});
  }, { hostname: "127.0.0.1", port: 0 });
  const child = spawnProgram(
    ["list-vaults", "--region", "us-east-1", "--endpoint", silent.url],
    {
      program: FROM_SOURCE,
      env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: silent.url },
    },
  );
  const output = child.output();
  await Promise.race([asked.promise, output]);
  child.kill("SIGINT");
  const { code, stderr } = await output;
  const err = new TextDecoder().decode(stderr);
  // It says nothing of credentials that were not found.
  assertMatch(
    err,
    /^\s*Ending as .*\nInterrupted: run the same command again to go on\n$/,
  );
  assertEquals(code, 130);
});
