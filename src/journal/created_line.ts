/**
 * The line of an archive, read from its bytes: the form in which nearly all
 * lines of a journal are, without making a text of any.
 *
 * @module
 */

import { type ArchiveTable, TREE_HASH_BYTES } from "./archive_table.ts";
import { decodeText } from "./lines.ts";
import { EMPTY_HASH, finishHash, hashByte } from "./hash_index.ts";

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const MINUS = 0x2d;
const DOT = 0x2e;
const SLASH = 0x2f;
const ZERO = 0x30;
const B = 0x42;
const C = 0x43;

const TYPE = new TextEncoder().encode("CREATED\t");
const NONE = new TextEncoder().encode("NONE");

/** Digits of a number, at most; see `record.ts`. */
const MAX_DIGITS = 16;

/** 1 for the bytes of which archive IDs are made. */
const IS_ID = table(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
  () => 1,
  0,
);

/** The values of hexadecimal digits, in both cases; 255 for other bytes. */
const NIBBLE = table(
  "0123456789abcdefABCDEF",
  (digit) => parseInt(digit, 16),
  255,
);

function table(
  characters: string,
  value: (character: string) => number,
  other: number,
) {
  const values = new Uint8Array(256).fill(other);
  for (const character of characters) {
    values[character.charCodeAt(0)] = value(character);
  }
  return values;
}

/**
 * Adds the archive of a line, given without its LF, to a table. Returns false,
 * and adds nothing, where the line is anything else than a CREATED line of
 * version B or C without a fault, or its archive is there already: what it is
 * then, `parseLine` tells.
 */
export function addCreatedLine(
  bytes: Uint8Array,
  start: number,
  lineEnd: number,
  archives: ArchiveTable,
): boolean {
  const end = bytes[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
  const version = bytes[start];
  if (version !== B && version !== C) return false;
  if (bytes[start + 1] !== TAB) return false;

  // Time, up to a TAB.
  let at = start + 2;
  let digitsFrom = at;
  let time = 0;
  while (isDigit(bytes[at])) time = time * 10 + (bytes[at++] - ZERO);
  if (!isNumber(at - digitsFrom, time) || bytes[at++] !== TAB) return false;

  for (let i = 0; i < TYPE.length; i++) {
    if (bytes[at++] !== TYPE[i]) return false;
  }

  // The archive's ID, copied and hashed on the way.
  const { page, offset } = archives.reserve(end - start + TREE_HASH_BYTES);
  let to = offset + TREE_HASH_BYTES;
  let idHash = EMPTY_HASH;
  const idStart = at;
  let byte: number;
  while (IS_ID[byte = bytes[at]] === 1) {
    page[to++] = byte;
    idHash = hashByte(idHash, byte);
    at++;
  }
  if (at === idStart || at >= end || byte !== TAB) return false;
  const idEnd = to;
  page[to++] = TAB;
  at++;

  digitsFrom = at;
  let size = 0;
  while (isDigit(bytes[at])) size = size * 10 + (bytes[at++] - ZERO);
  if (!isNumber(at - digitsFrom, size) || bytes[at++] !== TAB) return false;

  let mtime = 0;
  if (bytes[at] === NONE[0]) {
    for (let i = 0; i < NONE.length; i++) {
      if (bytes[at++] !== NONE[i]) return false;
    }
    mtime = NaN;
  } else {
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    digitsFrom = at;
    while (isDigit(bytes[at])) mtime = mtime * 10 + (bytes[at++] - ZERO);
    if (!isNumber(at - digitsFrom, mtime)) return false;
    if (negative && mtime !== 0) mtime = -mtime;
  }
  if (bytes[at++] !== TAB) return false;

  // The tree hash; a byte that is no digit makes it more than 255.
  if (at + 2 * TREE_HASH_BYTES >= end) return false;
  for (let i = 0; i < TREE_HASH_BYTES; i++, at += 2) {
    const [high, low] = [NIBBLE[bytes[at]], NIBBLE[bytes[at + 1]]];
    if ((high | low) > 15) return false;
    page[offset + i] = high << 4 | low;
  }
  if (bytes[at++] !== TAB) return false;

  const nameHash = copyName(bytes, at, end, page, to);
  if (nameHash === undefined) return false;
  to += end - at;
  page[to++] = LF;
  return archives.add(
    { time, size, mtime },
    finishHash(idHash),
    nameHash,
    idEnd,
    to,
  );
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}

function isNumber(digits: number, value: number): boolean {
  return digits > 0 && digits <= MAX_DIGITS && value <= Number.MAX_SAFE_INTEGER;
}

/** Copies a name and returns its hash; `undefined` where it breaks the rule of `checkRelativeName`. */
function copyName(
  bytes: Uint8Array,
  start: number,
  end: number,
  page: Uint8Array,
  to: number,
): number | undefined {
  let hash = EMPTY_HASH;
  let ascii = true;
  /** Where the component began, and how many of its bytes are dots. */
  let component = start;
  let dots = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === SLASH) {
      if (isNoComponent(at - component, dots)) return undefined;
      component = at + 1;
      dots = 0;
    } else if (byte === DOT) dots++;
    else if (byte <= CR) {
      if (byte === 0 || byte === TAB || byte === LF || byte === CR) {
        return undefined;
      }
    } else if (byte >= 0x80) ascii = false;
    page[to++] = byte;
    hash = hashByte(hash, byte);
  }
  if (isNoComponent(end - component, dots)) return undefined;
  if (!ascii && decodeText(bytes.subarray(start, end)) === undefined) {
    return undefined;
  }
  return finishHash(hash);
}

/** Whether a component is empty, `.` or `..`. */
function isNoComponent(length: number, dots: number): boolean {
  return length === 0 || (length === dots && length <= 2);
}
