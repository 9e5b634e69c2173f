import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { completionScript } from "../../src/cli/completions.ts";
import { optionsOf } from "../../src/cli/completion_words.ts";
import { runProgram } from "../program.ts";
import { type TemporaryFolder, temporaryFolder } from "../testing.ts";

const names = Object.keys(COMMANDS) as (keyof typeof COMMANDS)[];
const firstWords = [...new Set(names.map((name) => name.split(" ")[0]))];
const detect = [
  "treehash",
  "mtime",
  "mtime-or-treehash",
  "mtime-and-treehash",
  "size-only",
  "always-positive",
];
const syncOptions = optionsOf("sync").map((name) => `--${name}`);

/** A folder with names that a shell could stumble over. */
async function folderOfNames(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder();
  await Deno.mkdir(folder.at("my dir"));
  await Deno.mkdir(folder.at("plain"));
  await Deno.writeTextFile(folder.at("a b.log"), "");
  await Deno.writeTextFile(folder.at("we*ird$(x)"), "");
  return folder;
}

async function runShell(
  shell: string,
  args: string[],
  cwd: string,
): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(shell, {
    args,
    cwd,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([success, text(stderr)], [true, ""]);
  return text(stdout).split("\n").slice(0, -1);
}

function isInstalled(shell: string): boolean {
  try {
    return new Deno.Command(shell, { args: ["-c", ":"] }).outputSync().success;
  } catch {
    return false;
  }
}

const SCRIPT_OF_BASH = `
source <(printf '%s' "$1")
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_moraine
((\${#COMPREPLY[@]} == 0)) || printf '%s\\n' "\${COMPREPLY[@]}"
`;

/** What bash offers for the last of the words, as bash itself takes a line apart. */
async function offeredByBash(words: string[]): Promise<string[]> {
  await using folder = await folderOfNames();
  return await runShell("bash", [
    "--norc",
    "-c",
    SCRIPT_OF_BASH,
    "bash",
    completionScript("bash"),
    "moraine",
    ...words,
  ], folder.path);
}

const inBash: [words: string[], offered: string[]][] = [
  [[""], firstWords],
  [["s"], ["sync", "serve"]],
  [["restore"], ["restore", "restore-completed"]],
  [["jour"], ["journal"]],
  [["journal", ""], ["verify", "stats", "reconcile"]],
  [["journal", "v"], ["verify"]],
  [["help", ""], firstWords],
  [["help", "journal", "s"], ["stats"]],
  [["help", "sync", ""], []],
  [["completions", ""], ["bash", "zsh", "fish"]],
  [["completions", "z"], ["zsh"]],
  [["sync", ""], syncOptions],
  [["sync", "--"], syncOptions],
  [["sync", "-"], syncOptions],
  [["sync", "--det"], ["--detect"]],
  [["sync", "-det"], ["-detect"]],
  [["sync", "--dir", "x", "--new", "--d"], [
    "--dir",
    "--delete-removed",
    "--detect",
    "--dry-run",
  ]],
  [["journal", "verify", "--j"], ["--journal", "--json", "--journal-encoding"]],
  [["journal", "stats", "--in"], ["--include"]],
  [["journal", "verify", "--in"], []],
  [["restore", "--part"], []],
  [["sync", "--detect", ""], detect],
  [["sync", "--detect", "size"], ["size-only"]],
  [["sync", "-detect", "size"], ["size-only"]],
  // As bash takes it apart, and as it does without = in COMP_WORDBREAKS.
  [["sync", "--detect", "="], detect],
  [["sync", "--detect", "=", "tree"], ["treehash"]],
  [["sync", "-detect", "=", "tree"], ["treehash"]],
  [["sync", "--detect=tree"], ["--detect=treehash"]],
  [["list-vaults", "--format", ""], ["for-humans", "mtmsg"]],
  [["sync", "--dry-run", "=", ""], ["1", "0"]],
  [["sync", "--dry-run", "--fo"], ["--follow"]],
  [["sync", "--journal-encoding", ""], ["UTF-8"]],
  [["sync", "--dir", ""], ["my dir", "plain"]],
  [["sync", "--dir", "=", "my"], ["my dir"]],
  [["sync", "--from-dir", "pl"], ["plain"]],
  [["sync", "--journal", "a"], ["a b.log"]],
  [["sync", "--journal", "we"], ["we*ird$(x)"]],
  [["sync", "--config=a"], ["--config=a b.log"]],
  [["upload-file", "--filename", "pl"], ["plain"]],
  [["sync", "--vault", ""], []],
  [["sync", "--vault", "--d"], []],
  [["nonsense", "x"], []],
];

for (const [words, offered] of inBash) {
  Deno.test(`bash offers ${offered.length} words for: ${words.join(" ")}`, async () => {
    assertEquals((await offeredByBash(words)).sort(), offered.toSorted());
  });
}

const noFish = !isInstalled("fish");

const inFish: [line: string, offered: string[]][] = [
  ["moraine s", ["sync", "serve"]],
  ["moraine journal ", ["verify", "stats", "reconcile"]],
  ["moraine help journal s", ["stats"]],
  ["moraine completions ", ["bash", "zsh", "fish"]],
  ["moraine sync --det", ["--detect"]],
  ["moraine sync --dir x --detect ", detect],
  ["moraine sync --detect=size", ["--detect=size-only"]],
  ["moraine sync --dir ", ["my dir/", "plain/"]],
  ["moraine sync --journal a", ["a b.log"]],
  ["moraine journal stats --inc", ["--include"]],
  ["moraine journal verify --inc", []],
  ["moraine sync --vault ", []],
  ["moraine sync ", []],
];

for (const [line, offered] of inFish) {
  Deno.test({
    name: `fish offers ${offered.length} words for: ${line}`,
    ignore: noFish,
    async fn() {
      await using folder = await folderOfNames();
      await Deno.writeTextFile(folder.at(".fish"), completionScript("fish"));
      const lines = await runShell("fish", [
        "--no-config",
        "-c",
        "source .fish; complete -C $argv[1]",
        line,
      ], folder.path);
      const words = lines.map((text) => text.split("\t")[0]);
      assertEquals(words.sort(), offered.toSorted());
    },
  });
}

Deno.test({
  name: "zsh can read its script, which has every command and option",
  ignore: !isInstalled("zsh"),
  async fn() {
    await using folder = await temporaryFolder();
    const script = completionScript("zsh");
    await Deno.writeTextFile(folder.at("_moraine"), script);
    await runShell("zsh", ["-f", "-n", "_moraine"], folder.path);
    const registered = await runShell("zsh", [
      "-f",
      "-c",
      `autoload -Uz compinit; compinit -D -u; source ./_moraine; print $_comps[moraine]`,
    ], folder.path);
    assertEquals(registered, ["_moraine"]);
    for (const name of names) {
      assertStringIncludes(script, `    '${name}')\n`);
      for (const option of optionsOf(name)) {
        assertMatch(script, new RegExp(`'\\*?--${option}[=\\[]`));
      }
    }
  },
});

Deno.test("the script is printed, and a shell that is not known is refused with the likely one", async () => {
  const { status, out, err } = await runProgram(["completions", "bash"]);
  assertEquals([status, err], [0, ""]);
  assertEquals(out.trimEnd(), completionScript("bash").trimEnd());
  const wrong = await runProgram(["completions", "bsh"]);
  assertEquals([wrong.status, wrong.out], [2, ""]);
  assertMatch(wrong.err, /^ERROR: Unknown shell: bsh\..*Did you mean bash\?/);
  const inherited = await runProgram(["completions", "toString"]);
  assertEquals(inherited.status, 2);
  assertEquals((await runProgram(["completions"])).status, 2);
});
