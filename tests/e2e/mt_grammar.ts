/**
 * A reader of journals that shares nothing with our own.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";

/**
 * The journal as mt-aws-glacier reads it, in bytes and written down apart from
 * our own reader: version B, and nothing else.
 */
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

/** Makes sure that the bytes are a journal; resolves to how often each type of record came. */
export async function expectGrammar(
  path: string,
): Promise<Record<string, number>> {
  const bytes = await Deno.readFile(path);
  const counts: Record<string, number> = {};
  const created = new Map<string, string>();
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(0x0a, start);
    assert(end >= 0, "the last line has its LF");
    const line = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes.subarray(start, end));
    start = end + 1;
    const [version, time, type, ...rest] = line.split("\t");
    assertEquals(version, "B", line);
    assert(Object.hasOwn(GRAMMAR, type), line);
    const values = [time, ...rest];
    assertEquals(values.length, GRAMMAR[type].length, line);
    for (const [i, pattern] of GRAMMAR[type].entries()) {
      assert(pattern.test(values[i]), `${line}: ${pattern}`);
    }
    counts[type] = (counts[type] ?? 0) + 1;
    const [archiveId] = rest;
    const name = rest.at(-1)!;
    if (type === "CREATED") {
      assert(!created.has(archiveId), "an archive is created once");
      created.set(archiveId, name);
      assertRelative(name);
    } else {
      assert(
        created.has(archiveId),
        "what is deleted or asked for was created",
      );
      if (type === "DELETED") assertEquals(name, created.get(archiveId));
    }
  }
  return counts;
}

function assertRelative(name: string): void {
  for (const component of name.split("/")) {
    assert(component !== "" && component !== "." && component !== "..", name);
  }
}
