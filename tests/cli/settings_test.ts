import { assertEquals, assertRejects } from "@std/assert";
import type { CliHost } from "../../src/cli/host.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { settle } from "../../src/cli/settings.ts";
import { UsageError } from "../../src/errors.ts";
import { createHost } from "../../src/platform/host.ts";
import { temporaryFolder } from "../testing.ts";

async function settled(
  words: string[],
  { config = "", env = {} }: { config?: string; env?: Record<string, string> },
) {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(folder.at("cfg"), config);
  const host = {
    platform: createHost(),
    env: (name: string) => env[name],
  } as CliHost;
  const line = parseCommandLine([
    "sync",
    "--dir=d",
    "--vault=v",
    "--journal=j",
    "--config",
    folder.at("cfg"),
    ...words,
  ]);
  return (await settle(line, host)).settings;
}

const region: [
  title: string,
  words: string[],
  sources: Parameters<typeof settled>[1],
  expected: string | undefined,
][] = [
  ["the command line", ["--region=cli"], {
    config: "region=cfg",
    env: { AWS_REGION: "env" },
  }, "cli"],
  ["then the configuration file", [], {
    config: "region=cfg",
    env: { AWS_REGION: "env" },
  }, "cfg"],
  ["then the environment", [], {
    env: { AWS_REGION: "env", AWS_DEFAULT_REGION: "other" },
  }, "env"],
  ["the second best variable where the best is not set", [], {
    env: { AWS_DEFAULT_REGION: "other" },
  }, "other"],
  ["nothing", [], {}, undefined],
];

for (const [title, words, sources, expected] of region) {
  Deno.test(`an option comes from ${title}`, async () => {
    const settings = await settled(words, sources);
    assertEquals(settings.optionalText("region"), expected);
  });
}

Deno.test("the endpoint of Glacier alone beats the endpoint of all services", async () => {
  const env = {
    AWS_ENDPOINT_URL: "http://all.test",
    AWS_ENDPOINT_URL_GLACIER: "http://glacier.test/",
  };
  const settings = await settled([], { env });
  assertEquals(settings.text("endpoint"), "http://glacier.test");
});

Deno.test("options that are nowhere have their defaults", async () => {
  const settings = await settled([], {});
  assertEquals(settings.number("concurrency"), 4);
  assertEquals(settings.number("partsize"), 16);
  assertEquals(settings.number("timeout"), 180);
  assertEquals(settings.flag("dry-run"), false);
  assertEquals(settings.optionalNumber("max-number-of-files"), undefined);
});

Deno.test("a switch of the configuration file can be turned off on the command line", async () => {
  const settings = await settled(["--dry-run=0"], { config: "dry-run" });
  assertEquals(settings.flag("dry-run"), false);
});

Deno.test("a wrong value in the environment is named by its variable", async () => {
  await assertRejects(
    () => settled([], { env: { AWS_ENDPOINT_URL: "nonsense" } }),
    UsageError,
    "AWS_ENDPOINT_URL takes an http",
  );
});
