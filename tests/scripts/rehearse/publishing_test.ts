import { assertEquals, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type TemporaryFolder, temporaryFolder } from "../../testing.ts";

const script = fileURLToPath(
  new URL("../../../scripts/rehearse/publishing.ts", import.meta.url),
);

const env = {
  GITHUB_REF_NAME: "v1.2.3",
  GITHUB_REPOSITORY: "example/moraine",
  GH_TOKEN: "x",
};

const NAMES = ["moraine-1.2.3-linux-x86_64", "moraine.js"];

/** A release as it should be. */
async function release(folder: TemporaryFolder): Promise<void> {
  let sums = "";
  for (const name of NAMES) {
    await Deno.writeTextFile(folder.at(name), name, { mode: 0o755 });
    const sum = createHash("sha256").update(name).digest("hex");
    sums += `${sum}  ${name}\n`;
  }
  await Deno.writeTextFile(folder.at("SHA256SUMS"), sums);
}

const CREATE = ["release", "create", "v1.2.3", "--repo", "example/moraine"];
const TITLED = [...CREATE, "--verify-tag", "--title", "moraine 1.2.3"];
const ALL = [...NAMES, "SHA256SUMS"];

/** What came of gh's stand-in: its line, without what all have. */
async function gh(
  { path }: TemporaryFolder,
  args: string[],
  more: Record<string, string> = {},
): Promise<[code: number, line: string]> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--no-config", script, "gh", ...args],
    cwd: path,
    env: { ...env, ...more },
  }).output();
  return [code, new TextDecoder().decode(stdout).trimEnd()];
}

Deno.test({
  name:
    "gh's stand-in takes a release of all files with their sums, and no other",
  ignore: Deno.build.os === "windows",
  async fn() {
    const done = [
      0,
      "stand-in: gh would release v1.2.3 with 3 files, all of SHA256SUMS",
    ] as const;
    const cases: {
      args?: string[];
      env?: Record<string, string>;
      spoil?: (folder: TemporaryFolder) => Promise<void>;
      says?: RegExp;
    }[] = [
      {},
      { args: [...TITLED, ...NAMES], says: /SHA256SUMS is not released/ },
      { args: [...TITLED, NAMES[0], ALL[2]], says: /not released: moraine.js/ },
      { args: [...CREATE, ...ALL], says: /title: undefined/ },
      { args: [...TITLED, "--draft", ...ALL], says: /--draft/ },
      { args: ["release", "edit"], says: /not release create/ },
      { env: { GITHUB_REF_NAME: "v1.2.4" }, says: /another tag: v1.2.3/ },
      { env: { GITHUB_REPOSITORY: "a/b" }, says: /another repository/ },
      { env: { GH_TOKEN: "" }, says: /no GH_TOKEN/ },
      {
        spoil: (folder) => Deno.chmod(folder.at(NAMES[0]), 0o644),
        says: /can't run: moraine-1.2.3-linux-x86_64/,
      },
      {
        spoil: (folder) => Deno.writeTextFile(folder.at("moraine.js"), "other"),
        says: /not in SHA256SUMS: moraine.js/,
      },
      {
        spoil: (folder) => Deno.remove(folder.at("moraine.js")),
        says: /No such file/,
      },
    ];
    for (const each of cases) {
      await using folder = await temporaryFolder();
      await release(folder);
      await each.spoil?.(folder);
      const came = await gh(folder, each.args ?? [...TITLED, ...ALL], each.env);
      if (each.says === undefined) assertEquals(came, [...done]);
      else {
        assertEquals(came[0], 1, came[1]);
        assertMatch(came[1], each.says);
      }
    }
  },
});
