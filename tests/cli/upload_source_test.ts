import { assertEquals, assertRejects } from "@std/assert";
import type { CliHost } from "../../src/cli/host.ts";
import { parseCommandLine } from "../../src/cli/parse.ts";
import { settle } from "../../src/cli/settings.ts";
import { uploadSource } from "../../src/cli/upload_source.ts";
import type { UploadSource } from "../../src/commands/upload_file.ts";
import { UsageError } from "../../src/errors.ts";
import { createHost } from "../../src/platform/host.ts";
import { temporaryFolder } from "../testing.ts";

/** The source that words of a command line and lines of a configuration file make. */
async function sourceOf(words: string, config: string): Promise<UploadSource> {
  await using folder = await temporaryFolder();
  const path = folder.at("cfg");
  await Deno.writeTextFile(path, config.replaceAll(" ", "\n"));
  const host = { platform: createHost(), env: () => undefined };
  const given = words.split(" ").filter((word) => word !== "");
  const line = parseCommandLine([
    ...["upload-file", "--vault=v", "--journal=j", "--config", path],
    ...given,
  ]);
  const { settings } = await settle(line, host as unknown as CliHost);
  return uploadSource(settings);
}

const MIB = 1024 * 1024;
const below = (path: string, dir: string): UploadSource => ({
  kind: "below",
  path,
  dir,
});
const named = (path: string, name: string): UploadSource => ({
  kind: "named",
  path,
  name,
});
const stream = (name: string, maxSize?: number): UploadSource => ({
  kind: "stream",
  name,
  maxSize,
});

const forms: [words: string, config: string, source: UploadSource][] = [
  ["--filename f --dir d", "", below("f", "d")],
  ["--filename f", "dir=d", below("f", "d")],
  ["", "filename=f dir=d", below("f", "d")],
  ["--filename f --set-rel-filename a/b", "", named("f", "a/b")],
  ["--stdin --set-rel-filename n", "", stream("n")],
  [
    "--stdin --set-rel-filename n --check-max-file-size 3",
    "",
    stream("n", 3 * MIB),
  ],
  ["--stdin=0 --filename f --dir d", "", below("f", "d")],
  // What the configuration file has is for other runs too.
  ["--filename f --set-rel-filename n", "dir=d", named("f", "n")],
  ["--stdin --set-rel-filename n", "dir=d", stream("n")],
  [
    "--stdin --set-rel-filename n",
    "check-max-file-size=5",
    stream("n", 5 * MIB),
  ],
  ["--filename f --dir d", "check-max-file-size=5", below("f", "d")],
  ["--filename f --dir d", "set-rel-filename=n", below("f", "d")],
  ["--filename f", "set-rel-filename=n dir=d", named("f", "n")],
  ["--filename f --dir d", "stdin", below("f", "d")],
  ["--stdin --set-rel-filename n", "filename=f dir=d", stream("n")],
];

for (const [words, config, expected] of forms) {
  Deno.test(`upload-file ${words} [${config}] has its source`, async () => {
    assertEquals(await sourceOf(words, config), expected);
  });
}

const wrong: [words: string, config: string, message: string][] = [
  ["", "", "Neither --filename nor --stdin is given"],
  ["--set-rel-filename n", "dir=d", "Neither --filename nor --stdin is given"],
  ["--filename f", "", "--filename is given without --dir or --set-rel"],
  [
    "--filename f --stdin --set-rel-filename n",
    "",
    "--filename and --stdin exclude each other",
  ],
  [
    "--set-rel-filename n",
    "filename=f stdin",
    "--filename and --stdin exclude each other",
  ],
  [
    "--filename f --dir d --set-rel-filename n",
    "",
    "--dir and --set-rel-filename exclude each other",
  ],
  [
    "--stdin --set-rel-filename n --dir d",
    "",
    "--dir does not go with --stdin",
  ],
  ["--stdin", "dir=d", "--stdin is given without --set-rel-filename"],
  [
    "--filename f --dir d --check-max-file-size 1",
    "",
    "--check-max-file-size does not go with --filename",
  ],
];

for (const [words, config, message] of wrong) {
  Deno.test(`upload-file ${words} [${config}] is refused`, async () => {
    const error = await assertRejects(
      () => sourceOf(words, config),
      UsageError,
      message,
    );
    assertEquals(error.message.match(/--set-rel-filename/g)!.length >= 2, true);
  });
}

for (const name of ["/etc/passwd", "../up", "a//b", "a/", "a\tb"]) {
  for (const form of ["--filename f", "--stdin"]) {
    Deno.test(`${form}: no name is ${JSON.stringify(name)}`, async () => {
      await assertRejects(
        () => sourceOf(`${form} --set-rel-filename ${name}`, ""),
        UsageError,
        "--set-rel-filename takes a relative name",
      );
    });
  }
}
