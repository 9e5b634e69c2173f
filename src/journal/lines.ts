/**
 * Reading a text file line by line, in bounded memory.
 *
 * @module
 */

import { JournalError } from "../errors.ts";
import type { OpenFile } from "../platform.ts";
import { printable } from "../relative_name.ts";

/** What follows the last LF of a file. */
export interface Tail {
  /** Where it begins, in bytes. */
  offset: number;
  /** Not empty. */
  bytes: Uint8Array<ArrayBuffer>;
}

/** How {@linkcode scanLines} reads. */
export interface ScanOptions {
  signal?: AbortSignal;
  /**
   * Bytes read at a time.
   * @default 1 MiB
   */
  chunkSize?: number;
}

/** No line is as long as this, in bytes: what has no LF for so long is no text. */
const MAX_LINE = 16 * 1024 * 1024;

const LF = 0x0a;

// The mark of byte order is not dropped: no line may begin with it.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes as text; `undefined` where they are not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The line without the CR that stands before the LF in a file from Windows. */
export function withoutCarriageReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

/**
 * Calls `visit` for each line that ends in LF or CRLF, with the text before
 * that, or `undefined` where it is not UTF-8; lines are counted from 1.
 * Resolves to what follows the last LF, and to `undefined` where that is
 * nothing.
 *
 * @throws {JournalError} where a line is longer than 16 MiB. What `visit`
 * throws comes through.
 */
export async function scanLines(
  path: string,
  file: Pick<OpenFile, "read">,
  visit: (line: string | undefined, number: number) => void,
  options: ScanOptions = {},
): Promise<Tail | undefined> {
  let number = 0;
  return await scanBlocks(path, file, (block) => {
    number = visitLines(block, visit, number);
  }, options);
}

/**
 * Calls `visit` with one or more whole lines at a time, as they are in the
 * file, LFs included; the bytes may be used until it returns. Resolves like
 * {@linkcode scanLines}.
 *
 * @throws {JournalError} where a line is longer than 16 MiB. What `visit`
 * throws comes through.
 */
export async function scanBlocks(
  path: string,
  file: Pick<OpenFile, "read">,
  visit: (block: Uint8Array) => void,
  options: ScanOptions = {},
): Promise<Tail | undefined> {
  const { signal, chunkSize = 1024 * 1024 } = options;
  let rest = new Uint8Array(0);
  let position = 0;
  for await (const chunk of readAhead(file, chunkSize)) {
    signal?.throwIfAborted();
    position += chunk.length;
    const bytes = join(rest, chunk);
    const end = bytes.lastIndexOf(LF) + 1;
    if (end > 0) visit(bytes.subarray(0, end));
    rest = bytes.slice(end);
    if (rest.length > MAX_LINE) {
      throw new JournalError(
        `${
          printable(path)
        } has a line of more than ${MAX_LINE} bytes: it is no text file`,
      );
    }
  }
  if (rest.length === 0) return undefined;
  return { offset: position - rest.length, bytes: rest };
}

/** The bytes of a file; each chunk may be used until the next is asked for, which is read meanwhile. */
async function* readAhead(
  file: Pick<OpenFile, "read">,
  chunkSize: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let [chunk, other] = [new Uint8Array(chunkSize), new Uint8Array(chunkSize)];
  let position = 0;
  let reading = file.read(chunk, position);
  try {
    while (true) {
      const count = await reading;
      if (count === 0) return;
      position += count;
      reading = file.read(other, position);
      yield chunk.subarray(0, count);
      [chunk, other] = [other, chunk];
    }
  } finally {
    // Who leaves early closes the file: not while it is read.
    await reading.catch(() => {});
  }
}

function join(
  a: Uint8Array<ArrayBuffer>,
  b: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  if (a.length === 0) return b;
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** Visits whole lines; returns the number of the last one. */
function visitLines(
  bytes: Uint8Array,
  visit: (line: string | undefined, number: number) => void,
  number: number,
): number {
  // All at once is several times faster than line by line.
  const text = decodeText(bytes);
  if (text === undefined) return visitDamaged(bytes, visit, number);
  for (let start = 0; start < text.length;) {
    const end = text.indexOf("\n", start);
    visit(withoutCarriageReturn(text.slice(start, end)), ++number);
    start = end + 1;
  }
  return number;
}

/** Like `visitLines`, where one line at least is not UTF-8. */
function visitDamaged(
  bytes: Uint8Array,
  visit: (line: string | undefined, number: number) => void,
  number: number,
): number {
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(LF, start);
    const line = decodeText(bytes.subarray(start, end));
    visit(line && withoutCarriageReturn(line), ++number);
    start = end + 1;
  }
  return number;
}
