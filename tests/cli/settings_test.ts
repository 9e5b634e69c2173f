import { assertEquals, assertRejects } from "@std/assert";
import type { CliHost } from "../../src/cli/host.ts";
import type { OptionName } from "../../src/cli/options.ts";
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
  assertEquals(settings.number("concurrency"), 16);
  assertEquals(settings.givenNumber("concurrency"), undefined);
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

const needs: [words: string[], config: string, refused: boolean][] = [
  [["--detect=mtime"], "", true],
  [["--detect=mtime", "--new"], "", true],
  [["--detect=mtime", "--replace-modified=0"], "", true],
  [[], "detect=mtime", true],
  [["--detect=mtime", "--replace-modified"], "", false],
  [["--detect=mtime"], "replace-modified=1", false],
  [["--replace-modified"], "detect=mtime", false],
  [["--replace-modified"], "", false],
  [[], "", false],
];

for (const [words, config, refused] of needs) {
  Deno.test(`detect needs replace-modified: ${words.join(" ")} [${config}]`, async () => {
    if (!refused) return void await settled(words, { config });
    const error = await assertRejects(
      () => settled(words, { config }),
      UsageError,
    );
    assertEquals(
      error.message,
      "Option --detect makes sense only together with --replace-modified",
    );
  });
}

/**
 * The command lines of mt-aws-glacier's README of version 0.74, without the
 * program's name.
 */
const README: [line: string, values: Record<string, string | number>][] = [
  [
    "sync --config=glacier.cfg --from-dir /data/backup --to-vault=myvault --journal=journal.log --concurrency=3",
    { concurrency: 3, partsize: 16 },
  ],
  [
    "check-local-hash --config=glacier.cfg --from-dir /data/backup --to-vault=myvault -journal=journal.log",
    {},
  ],
  [
    "restore --config=glacier.cfg --from-dir /data/backup --to-vault=myvault -journal=journal.log --max-number-of-files=10",
    { "max-number-of-files": 10 },
  ],
  [
    "restore-completed --config=glacier.cfg --from-dir /data/backup --to-vault=myvault -journal=journal.log",
    {},
  ],
  [
    "purge-vault --config=glacier.cfg --from-dir /data/backup --to-vault=myvault -journal=journal.log",
    {},
  ],
];

for (const [words, values] of README) {
  Deno.test(`a command line of mt-aws-glacier's README is understood: ${words}`, async () => {
    await using folder = await temporaryFolder();
    const path = folder.at("glacier.cfg");
    await Deno.writeTextFile(path, "key=ID\nsecret=S\nregion=us-east-1\n", {
      mode: 0o600,
    });
    const line = parseCommandLine(words.split(" "));
    assertEquals(line.values.config, "glacier.cfg");
    const host = { platform: createHost(), env: () => undefined };
    const { settings, warnings } = await settle(
      { ...line, values: { ...line.values, config: path } },
      host as unknown as CliHost,
    );
    assertEquals(settings.text("dir"), "/data/backup");
    assertEquals(settings.text("vault"), "myvault");
    assertEquals(settings.text("journal"), "journal.log");
    assertEquals(settings.text("region"), "us-east-1");
    for (const [name, value] of Object.entries(values)) {
      assertEquals(settings.text(name as OptionName), `${value}`);
    }
    assertEquals(warnings, [
      "Option --from-dir is deprecated: use --dir",
      "Option --to-vault is deprecated: use --vault",
    ]);
  });
}

Deno.test("a configuration file that isn't there is named", async () => {
  const line = parseCommandLine(["list-vaults", "--config=/nonexistent/cfg"]);
  const host = { platform: createHost(), env: () => undefined };
  await assertRejects(
    () => settle(line, host as unknown as CliHost),
    UsageError,
    "/nonexistent/cfg",
  );
});

Deno.test("all options that are missing are told at once", async () => {
  const line = parseCommandLine(["restore", "--dir=d"]);
  const host = { platform: createHost(), env: () => undefined };
  await assertRejects(
    () => settle(line, host as unknown as CliHost),
    UsageError,
    "Missing option: --vault, --journal (see moraine restore --help)",
  );
});
