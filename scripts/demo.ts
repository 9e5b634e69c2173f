/**
 * The main job from nothing: a folder is synced into a vault, lost, and got
 * back, by the program itself against its own server on this machine.
 *
 * @module
 */

import { join } from "node:path";
import { FROM_SOURCE } from "./from_source.ts";
import { runMoraine, serveMoraine } from "./moraine_command.ts";
import { differences, SAMPLE_FILES, writeSampleTree } from "./sample_tree.ts";

const MORAINE = [Deno.execPath(), ...FROM_SOURCE];

let step = 0;

function explain(title: string, text: string): void {
  console.log(`\n${++step}. ${title}\n   ${text}`);
}

/** Long IDs and hashes tell nobody anything here. */
function shorten(line: string): string {
  return line.replace(
    /[A-Za-z0-9_-]{40,}/g,
    (id) => `${id.slice(0, 6)}…${id.slice(-4)}`,
  );
}

/** Runs a command as a user would, and shows it with what it prints. */
async function run(dir: string, ...args: string[]): Promise<void> {
  console.log(`\n   $ moraine ${args.map(quote).join(" ")}`);
  const { status, out, err } = await runMoraine(MORAINE, args, { cwd: dir });
  const lines = (text: string) => text.split("\n").slice(0, -1);
  // As on a terminal: the summary comes before the last line.
  const shown = lines(out);
  shown.splice(-1, 0, ...lines(err));
  for (const line of shown) console.log(`   ${shorten(line)}`);
  if (status !== 0) throw new Error(`moraine ${args[0]} failed`);
}

function quote(word: string): string {
  return /^[\w./:=-]+$/.test(word) ? word : `'${word}'`;
}

async function demonstrate(dir: string): Promise<void> {
  console.log(
    "moraine, the main job: sync a folder into a vault, lose it, get it back.\n" +
      "All of it happens in a temporary folder and on 127.0.0.1; no account is needed.",
  );

  explain(
    "A Glacier-compatible server on this machine",
    "It checks signatures and hashes as the real service does.",
  );
  console.log("\n   $ moraine serve --port 0 --data glacier");
  await using server = await serveMoraine(MORAINE, "glacier", { cwd: dir });
  console.log(`   Listening on ${server.endpoint}`);
  await Deno.writeTextFile(
    join(dir, "glacier.cfg"),
    `key=moraine\nsecret=moraine\nregion=us-east-1\nvault=photos\njournal=photos.log\nendpoint=${server.endpoint}\n`,
    { mode: 0o600 },
  );

  const tree = join(dir, "backup");
  await writeSampleTree(tree);
  const total = SAMPLE_FILES.reduce((sum, { size }) => sum + size, 0);
  explain(
    "A folder to keep",
    `${SAMPLE_FILES.length} files, ${total} bytes: nested folders, names in four scripts, dates before 1970.`,
  );
  for (const { name, size } of SAMPLE_FILES) {
    console.log(`   ${String(size).padStart(8)}  ${name}`);
  }

  explain("A vault", "Made once; key, secret and server stand in glacier.cfg.");
  await run(dir, "create-vault", "photos", "--config", "glacier.cfg");

  explain(
    "Sync",
    "Each file goes up with its SHA-256 tree hash; what is larger than a part (1 MiB here)\n" +
      "   goes in parts, several at a time. A line is written to the journal, and is on disk,\n" +
      "   before a file counts as done.",
  );
  await run(
    dir,
    "sync",
    "--config",
    "glacier.cfg",
    "--dir",
    "backup",
    "--partsize",
    "1",
  );

  explain(
    "Sync again",
    "Nothing is left to do, and nothing is sent.",
  );
  await run(dir, "sync", "--config", "glacier.cfg", "--dir", "backup");

  explain("Check", "Are the local files what was uploaded? No network needed.");
  await run(
    dir,
    "check-local-hash",
    "--config",
    "glacier.cfg",
    "--dir",
    "backup",
  );

  explain(
    "The disaster",
    "The folder is gone. (It is set aside, to be compared with what comes back.)",
  );
  console.log("\n   $ mv backup lost");
  await Deno.rename(tree, join(dir, "lost"));

  explain(
    "Restore: ask for the files",
    "With Amazon this takes hours and is billed; look at it with --dry-run first.",
  );
  await run(
    dir,
    "restore",
    "--config",
    "glacier.cfg",
    "--dir",
    "backup",
    "--max-number-of-files",
    "100",
  );

  explain(
    "Restore: fetch them",
    "A file gets its name only when all of its bytes are there and its tree hash is right.",
  );
  await run(
    dir,
    "restore-completed",
    "--config",
    "glacier.cfg",
    "--dir",
    "backup",
  );

  explain(
    "Is it the same?",
    "Every byte, every name, every modification time.",
  );
  const found = await differences(join(dir, "lost"), tree);
  for (const difference of found) console.log(`   DIFFERENT: ${difference}`);
  if (found.length > 0) {
    throw new Error("The folder did not come back as it was");
  }
  console.log(
    `\n   ${SAMPLE_FILES.length} of ${SAMPLE_FILES.length} files are identical.`,
  );
}

const started = performance.now();
const dir = await Deno.makeTempDir({ prefix: "moraine-demo-" });
try {
  await demonstrate(dir);
} finally {
  await Deno.remove(dir, { recursive: true });
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(
  `\nDone in ${seconds} seconds, and cleaned up. docs/getting-started.md tells how to do this with your own files.`,
);
