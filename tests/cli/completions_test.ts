import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { COMMANDS } from "../../src/cli/commands.ts";
import { completionScript } from "../../src/cli/completions.ts";
import {
  powershellQuoted,
  powershellTip,
} from "../../src/cli/completions_powershell.ts";
import { optionsOf } from "../../src/cli/completion_words.ts";
import { OPTIONS } from "../../src/cli/options.ts";
import { runProgram } from "../program.ts";
import {
  isInstalled,
  type TemporaryFolder,
  temporaryFolder,
} from "../testing.ts";

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
  [["completions", ""], ["bash", "zsh", "fish", "powershell"]],
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

const noFish = !isInstalled("fish", ["-c", ":"]);

const inFish: [line: string, offered: string[]][] = [
  ["moraine s", ["sync", "serve"]],
  ["moraine journal ", ["verify", "stats", "reconcile"]],
  ["moraine help journal s", ["stats"]],
  ["moraine completions ", ["bash", "zsh", "fish", "powershell"]],
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

const noZsh = !isInstalled("zsh", ["-c", ":"]);

/** A shell of its own, with a terminal; what is offered there is told as lines. */
const INSIDE_ZSH = String.raw`
PS1= PS2=
unsetopt beep
setopt extendedglob
autoload -Uz compinit
compinit -D -u
source ./_moraine
compadd() {
  local -a hits
  local option
  for option in "$@"; do
    [[ $option == (-|--) ]] && break
    # It is asked to sort out, not to offer.
    [[ $option == -[a-zA-Z]#[OAD] ]] && { builtin compadd "$@"; return }
  done
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- "offer:"$^hits
  builtin compadd "$@"
}
told() { _main_complete; print -r -- "offer-end:" }
zle -C told complete-word told
bindkey '^I' told
print ready:
`;

const SCRIPT_OF_ZSH = String.raw`
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'source ./.inside'
zpty -r -m shell seen '*ready:*'
zpty -w -n shell "$1"$'\t'
zpty -r -m shell seen '*offer-end:*'
print -r -- "$seen" | tr -d '\r\\' | sed -n 's/^.*offer:\(.*\)$/\1/p' | sort -u
zpty -d shell
`;

const inZsh: [line: string, offered: string[]][] = [
  ["moraine s", ["sync", "serve"]],
  ["moraine journal ", ["verify", "stats", "reconcile"]],
  ["moraine help journal s", ["stats"]],
  ["moraine completions ", ["bash", "zsh", "fish", "powershell"]],
  ["moraine sync --det", ["--detect"]],
  ["moraine sync --dir x --d", ["--delete-removed", "--detect", "--dry-run"]],
  ["moraine sync --dir x --detect ", detect],
  ["moraine sync --detect=size", ["size-only"]],
  ["moraine sync --dir ", ["my dir", "plain"]],
  ["moraine sync --journal a", ["a b.log"]],
  ["moraine journal stats --inc", ["--include"]],
  ["moraine journal verify --inc", []],
  ["moraine sync --vault ", []],
];

for (const [line, offered] of inZsh) {
  Deno.test({
    name: `zsh offers ${offered.length} words for: ${line}`,
    ignore: noZsh,
    async fn() {
      await using folder = await folderOfNames();
      await Deno.writeTextFile(folder.at("_moraine"), completionScript("zsh"));
      await Deno.writeTextFile(folder.at(".inside"), INSIDE_ZSH);
      const words = await runShell(
        "zsh",
        ["-f", "-c", SCRIPT_OF_ZSH, "zsh", line],
        folder.path,
      );
      assertEquals(words, offered.toSorted());
    },
  });
}

Deno.test({
  name: "zsh can read its script, which has every command and option",
  ignore: noZsh,
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

/** A table of PowerShell's script: keys, and the values as the script writes them. */
function tableOf(script: string, name: string): Map<string, string> {
  const [, body] = new RegExp(
    `^    \\$${name} = (?:\\[ordered\\])?@\\{\\n([^]*?)^    \\}$`,
    "m",
  ).exec(script) ?? [];
  assert(body !== undefined, name);
  const lines = [...body.matchAll(/^ {8}'((?:[^']|'')*)' = (.*)$/gm)];
  return new Map(lines.map(([, key, value]) => [key, value]));
}

/** The words of an array in PowerShell's script. */
function arrayOf(value: string | undefined): string[] {
  assertMatch(value ?? "", /^@\(('[^']*'(, (?!\)))?)*\)$/);
  return [...value!.matchAll(/'([^']*)'/g)].map(([, word]) => word);
}

Deno.test("PowerShell's script has every command and option, their values and what they are for", () => {
  const script = completionScript("powershell");
  const first = tableOf(script, "first");
  assertEquals([...first.keys()], firstWords);
  assertEquals(first.get("create-vault"), "'Make a vault'");
  assertEquals(
    first.get("download-inventory"),
    "'Make a journal of a vault''s inventory'",
  );
  assertEquals([...tableOf(script, "second").keys()], ["journal"]);
  for (const name of names.filter((name) => name.startsWith("journal "))) {
    const { summary } = COMMANDS[name];
    const line = `            '${name.split(" ")[1]}' = '${summary}'\n`;
    assertStringIncludes(script, line);
  }
  const words = tableOf(script, "words");
  assertEquals([...words.keys()], ["completions"]);
  assertEquals(arrayOf(words.get("completions")), [
    "bash",
    "zsh",
    "fish",
    "powershell",
  ]);

  const options = tableOf(script, "options");
  assertEquals([...options.keys()], names);
  for (const name of names) {
    assertEquals(arrayOf(options.get(name)), optionsOf(name));
  }
  for (const table of ["tips", "kinds"]) {
    const keys = [...tableOf(script, table).keys()];
    assertEquals(keys, Object.keys(OPTIONS));
  }
  // A tooltip must not be empty, or PowerShell refuses to make it.
  for (const [name, tip] of tableOf(script, "tips")) {
    assertMatch(tip, /^'([^']|'')+'$/, name);
  }
  const kinds = tableOf(script, "kinds");
  const choices = tableOf(script, "choices");
  const values: [option: string, kind: string, words?: string[]][] = [
    ["dir", "folder"],
    ["journal", "file"],
    ["vault", "anything"],
    ["port", "anything"],
    ["detect", "words", detect],
    ["dry-run", "switch", ["1", "0"]],
    ["journal-encoding", "words", ["UTF-8"]],
  ];
  for (const [option, kind, words] of values) {
    assertEquals(kinds.get(option), `'${kind}'`);
    assertEquals(choices.has(option), words !== undefined, option);
    if (words) assertEquals(arrayOf(choices.get(option)), words);
  }
  assertEquals(
    [...tableOf(script, "older")],
    [["from-dir", "'dir'"], ["to-dir", "'dir'"], ["to-vault", "'vault'"]],
  );
});

Deno.test("PowerShell's script is ASCII, since the console may have any encoding, and its brackets and quotes are closed", () => {
  const script = completionScript("powershell");
  assertMatch(script, /^[\n\x20-\x7e]*$/);
  assertEquals(script.match(/@[A-Z]+@/), null);
  assertEquals(script.includes("`"), false);
  const open: string[] = [];
  const code = script.replace(/^ *#.*$/gm, "").replace(
    /'(?:[^'\n]|'')*'|"[^"\n]*"/g,
    "",
  );
  assertEquals(code.match(/['"]/), null);
  const pairs: Record<string, string> = { ")": "(", "]": "[", "}": "{" };
  for (const sign of code.match(/[()[\]{}]/g) ?? []) {
    if (pairs[sign] === undefined) open.push(sign);
    else assertEquals(open.pop(), pairs[sign]);
  }
  assertEquals(open, []);
});

const inPowershell: [text: string, quoted: string][] = [
  ["", "''"],
  ["my dir", "'my dir'"],
  ["it's", "'it''s'"],
  ['"$x`n"', `'"$x\`n"'`],
  // Typographic quotes end a text in single quotes, too.
  ["it’s ‘so’", "'it’’s ‘‘so’’'"],
  ["‚low‛", "'‚‚low‛‛'"],
];

for (const [text, quoted] of inPowershell) {
  Deno.test(`PowerShell reads ${quoted} as ${text}`, () => {
    assertEquals(powershellQuoted(text), quoted);
  });
}

Deno.test("what PowerShell shows beside a word is ASCII", () => {
  assertEquals(powershellTip("it's name=value,…"), "'it''s name=value,...'");
  assertEquals(powershellTip("größer"), "'gr??er'");
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
