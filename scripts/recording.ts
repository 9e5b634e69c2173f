/**
 * Records README.md's picture, docs/recording.svg: moraine itself, from source,
 * against its own server.
 *
 * Usage: `deno task recording`.
 *
 * @module
 */

import { join } from "node:path";
import { FROM_SOURCE } from "./from_source.ts";
import { runMoraine, serveMoraine } from "./moraine_command.ts";
import { type TerminalLine, terminalSvg } from "./terminal_svg.ts";

const FILE = new URL("../docs/recording.svg", import.meta.url);
const MORAINE = [Deno.execPath(), ...FROM_SOURCE];

/** What is kept, lost and got back: name, and size in bytes. */
const FILES: readonly [name: string, size: number][] = [
  ["2019/Lake Baikal.jpg", 3_400_000],
  ["2019/winter.mov", 41_000_000],
  ["notes.txt", 812],
];

/** Long IDs and hashes tell nobody anything here. */
function shortened(line: string): string {
  return line.replace(
    /[A-Za-z0-9_-]{40,}/g,
    (id) => `${id.slice(0, 6)}…${id.slice(-4)}`,
  );
}

async function makeFiles(dir: string): Promise<void> {
  await Deno.mkdir(join(dir, "2019"), { recursive: true });
  for (const [name, size] of FILES) {
    await Deno.writeFile(join(dir, name), new Uint8Array(size).fill(7));
  }
}

async function record(dir: string): Promise<TerminalLine[]> {
  const lines: TerminalLine[] = [];
  const where = { cwd: dir };
  const type = (text: string) => lines.push({ kind: "command", text });
  const moraine = async (...args: string[]) => {
    type(`moraine ${args.join(" ")} --config glacier.cfg`);
    const withConfig = [...args, "--config", "glacier.cfg"];
    const { status, out, err } = await runMoraine(MORAINE, withConfig, where);
    if (status !== 0) throw new Error(err);
    const shown = (text: string) => text.split("\n").filter((l) => l !== "");
    // As on a terminal: the summary comes before the last line.
    const all = shown(out);
    all.splice(-1, 0, ...shown(err));
    for (const text of all) {
      lines.push({ kind: "output", text: shortened(text) });
    }
  };
  await using server = await serveMoraine(MORAINE, "glacier", where);
  await Deno.writeTextFile(
    join(dir, "glacier.cfg"),
    `key=moraine\nsecret=moraine\nregion=us-east-1\nvault=photos\njournal=photos.log\nendpoint=${server.endpoint}\n`,
    { mode: 0o600 },
  );
  await makeFiles(join(dir, "photos"));
  await runMoraine(
    MORAINE,
    ["create-vault", "photos", "--config", "glacier.cfg"],
    where,
  );
  await moraine("sync", "--dir", "photos");
  type("rm -r photos");
  await Deno.remove(join(dir, "photos"), { recursive: true });
  await moraine("restore", "--dir", "photos");
  await moraine("restore-completed", "--dir", "photos");
  await moraine("check-local-hash", "--dir", "photos");
  return lines;
}

if (import.meta.main) {
  const dir = await Deno.makeTempDir({ prefix: "moraine-recording-" });
  try {
    const lines = await record(dir);
    await Deno.writeTextFile(
      FILE,
      terminalSvg("A folder is synced, lost, restored and checked", lines),
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
