/**
 * The journal as mt-aws-glacier reads it, in bytes and written down apart from
 * our own reader: version B, and nothing else.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";

const GRAMMAR: Record<string, RegExp[]> = {
  CREATED: [
    /^[0-9]{1,20}$/, // time
    /^[A-Za-z0-9_-]{1,1024}$/, // archive ID
    /^[0-9]{1,20}$/, // size
    /^(-?[0-9]{1,20}|NONE)$/, // mtime
    /^[0-9a-f]{64}$/, // tree hash
    /^[^\t\r\n]+$/, // name
  ],
  DELETED: [/^[0-9]{1,20}$/, /^[A-Za-z0-9_-]{1,1024}$/, /^[^\t\r\n]+$/],
  RETRIEVE_JOB: [
    /^[0-9]{1,20}$/,
    /^[A-Za-z0-9_-]{1,1024}$/,
    /^[A-Za-z0-9_-]{1,1024}$/,
  ],
};

/** A line of a journal: its type, its time in seconds, and the fields after that. */
export interface JournalLine {
  type: string;
  time: number;
  fields: string[];
}

/**
 * The lines of a journal, given as bytes.
 *
 * @param torn Whether the last line may lack its LF, as after a crash; it is left out then.
 * @throws {AssertionError} where mt-aws-glacier would refuse it.
 */
export function parseByGrammar(
  bytes: Uint8Array,
  torn = false,
): JournalLine[] {
  const lines: JournalLine[] = [];
  const created = new Map<string, string>();
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0 && torn) break;
    assert(end >= 0, "the last line has its LF");
    const line = parseLine(bytes.subarray(start, end));
    checkOrder(line, created);
    lines.push(line);
    start = end + 1;
  }
  return lines;
}

/** Makes sure that a file is a journal; resolves to how often each type of record came. */
export async function expectGrammar(
  path: string,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { type } of parseByGrammar(await Deno.readFile(path))) {
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

function parseLine(bytes: Uint8Array): JournalLine {
  const line = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
    .decode(bytes);
  const [version, time, type, ...fields] = line.split("\t");
  assertEquals(version, "B", line);
  assert(Object.hasOwn(GRAMMAR, type), line);
  const values = [time, ...fields];
  assertEquals(values.length, GRAMMAR[type].length, line);
  for (const [i, pattern] of GRAMMAR[type].entries()) {
    assert(pattern.test(values[i]), `${line}: ${pattern}`);
  }
  return { type, time: Number(time), fields };
}

/** @param created The names of the archives so far, by ID. */
function checkOrder(
  { type, fields }: JournalLine,
  created: Map<string, string>,
): void {
  const [archiveId] = fields;
  const name = fields.at(-1)!;
  if (type === "CREATED") {
    assert(!created.has(archiveId), `an archive is created once: ${archiveId}`);
    created.set(archiveId, name);
    assertRelative(name);
    return;
  }
  assert(
    created.has(archiveId),
    `what is deleted or asked for was created: ${archiveId}`,
  );
  if (type === "DELETED") assertEquals(name, created.get(archiveId));
}

function assertRelative(name: string): void {
  for (const component of name.split("/")) {
    assert(component !== "" && component !== "." && component !== "..", name);
  }
}
