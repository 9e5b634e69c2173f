/**
 * What a power failure would leave of the journal's files where a client was
 * killed: less than what it had written, and never less than what it had waited
 * for.
 *
 * @module
 */

import type { Random } from "../random.ts";
import {
  type Intent,
  readIfThere,
  readIntents,
  readJournal,
} from "./journal_files.ts";
import type { Exchange } from "./wire.ts";

/** Kinds of lines of the intents file that are not waited for. */
const NOT_WAITED_FOR = new Set(["settled", "replacing"]);

/**
 * Tears what may be torn; tells what it did, in words.
 *
 * The line about something that the service has done may have been under way
 * to the disk: a part of it is there. Last lines of the intents that nobody
 * waited for may be gone.
 */
export async function losePower(
  journal: string,
  exchanges: readonly Exchange[],
  random: Random,
): Promise<string[]> {
  return [
    ...await tearJournal(journal, exchanges, random),
    ...await loseIntents(`${journal}.intents`, random),
  ];
}

async function tearJournal(
  journal: string,
  exchanges: readonly Exchange[],
  random: Random,
): Promise<string[]> {
  const bytes = await readIfThere(journal);
  if (bytes === undefined) return [];
  if (bytes.length > 0 && bytes.at(-1) !== 0x0a) return [];
  const lines = await linesUnderWay(journal, exchanges);
  const line = random.pick(lines);
  if (line === undefined) return [];
  const whole = new TextEncoder().encode(line);
  // The name comes last, and a part of one looks like a whole one.
  const least = random.chance(0.5) ? 1 : Math.max(1, whole.length - 20);
  const torn = whole.subarray(0, random.between(least, whole.length));
  await Deno.writeFile(journal, torn, { append: true });
  return [`${torn.length} of ${whole.length} bytes of the next line are there`];
}

/** Lines that a client may have been writing: their archives or jobs were made, and no journal has them. */
async function linesUnderWay(
  journal: string,
  exchanges: readonly Exchange[],
): Promise<string[]> {
  const { created, live } = await readJournal(journal);
  const pending = [...(await readIntents(journal)).pending.values()];
  const time = Math.floor(Date.now() / 1000);
  const lines: string[] = [];
  for (const { operation, path, status, ...answer } of exchanges) {
    const { archiveId, treeHash } = answer;
    if (archiveId !== undefined && !created.has(archiveId)) {
      const intent = pending.find((intent) =>
        intent.treeHash === treeHash && makes(intent, operation, path)
      );
      if (intent === undefined) continue;
      const { size, mtime, name } = intent;
      lines.push(
        `B\t${time}\tCREATED\t${archiveId}\t${size}\t${
          mtime ?? "NONE"
        }\t${treeHash}\t${name}`,
      );
    } else if (operation === "DeleteArchive" && status === 204) {
      const id = path.slice(path.lastIndexOf("/") + 1);
      const version = live.get(id);
      if (version) lines.push(`B\t${time}\tDELETED\t${id}\t${version.name}`);
    }
  }
  return lines;
}

/** Whether a request was the one that an intent speaks of. */
function makes(
  { kind, uploadId }: Intent,
  operation: string,
  path: string,
): boolean {
  return operation === "UploadArchive"
    ? kind === "upload"
    : kind === "completing" && path.endsWith(`/${uploadId}`);
}

async function loseIntents(path: string, random: Random): Promise<string[]> {
  const bytes = await readIfThere(path);
  if (bytes === undefined) return [];
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  let first = lines.length;
  while (first > 0 && mayBeGone(lines.slice(0, first))) first--;
  const kept = random.between(first, lines.length);
  if (kept === lines.length) return [];
  const torn = lines[kept].slice(0, random.below(lines[kept].length));
  const text = [...lines.slice(0, kept), torn].join("\n");
  await Deno.writeTextFile(path, text);
  return [`the last ${lines.length - kept} lines of the intents are lost`];
}

/**
 * Whether the last line was not waited for. The first line about something was:
 * with it the file was written anew when an earlier run ended.
 */
function mayBeGone(lines: readonly string[]): boolean {
  const [last, ...before] = lines.toReversed().map((line) => JSON.parse(line));
  return NOT_WAITED_FOR.has(last.kind) &&
    before.some(({ id }) => id === last.id);
}
