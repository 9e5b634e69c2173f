import { assertEquals, assertMatch } from "@std/assert";
import { fileURLToPath } from "node:url";
import { PERMISSIONS } from "../../scripts/permissions.ts";
import { temporaryFolder } from "../testing.ts";

const root = new URL("../../", import.meta.url);

/** What a user is told whose profile names a program, with the permissions that moraine has. */
async function refusal(): Promise<string> {
  await using folder = await temporaryFolder();
  const config = folder.at("config");
  await Deno.writeTextFile(
    config,
    "[profile work]\ncredential_process = /bin/true\n",
  );
  const script = folder.at("script.ts");
  await Deno.writeTextFile(
    script,
    `import { runCli } from "${new URL("src/cli/run.ts", root)}";
import { createHost } from "${new URL("src/platform/host.ts", root)}";
const host = {
  platform: createHost(),
  out: console.log,
  err: console.log,
  env: () => undefined,
  signal: new AbortController().signal,
};
const words = ["list-vaults", "--region", "us-east-1", "--profile", "work"];
Deno.exit(await runCli(words, host, () => host));`,
  );
  // A process of its own: all tests share one environment.
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      `--config=${fileURLToPath(new URL("deno.json", root))}`,
      ...PERMISSIONS,
      script,
    ],
    env: {
      AWS_ACCESS_KEY_ID: "",
      AWS_SECRET_ACCESS_KEY: "",
      AWS_CONFIG_FILE: config,
      AWS_SHARED_CREDENTIALS_FILE: folder.at("none"),
      AWS_EC2_METADATA_DISABLED: "true",
    },
    stderr: "inherit",
  }).output();
  assertEquals(code, 2);
  return new TextDecoder().decode(stdout);
}

Deno.test("where a profile's program may not run, one sentence says how it may, and what to do instead", async () => {
  assertMatch(
    await refusal(),
    /^ERROR: .*--allow-run.*`aws configure export-credentials --format env`.*\n+$/,
  );
});
