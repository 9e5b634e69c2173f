/**
 * The description that an archive carries in the vault: the file's name and
 * modification time, in mt-aws-glacier's form. From it a lost journal is
 * rebuilt.
 *
 * @module
 */

import { decodeBase64Url, encodeBase64Url } from "@std/encoding/base64url";
import { FileError, UnsafeNameError } from "../errors.ts";
import { checkRelativeName, printable } from "../relative_name.ts";

/** What a description tells. */
export interface DescribedFile {
  /** A relative path with `/` between its parts, none of them `.` or `..`, without control characters. */
  name: string;
  /** Last modification in whole seconds since 1970; may be negative. */
  mtime: number;
}

/** The longest description, in characters ("Upload Archive" in the Glacier developer guide). */
export const MAX_DESCRIPTION = 1024;

/** The first and the last second that a description can hold: the years 1000 to 9999. */
const MIN_MTIME = Date.UTC(1000, 0, 1) / 1000;
const MAX_MTIME = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

/**
 * Writes a description: `mt2 ` and the name and time as JSON in base64url, the
 * time in whole seconds since 1970. ("Amazon Glacier metadata format used by
 * mt-aws glacier", which mt-aws-glacier's README leads to; "Upload Archive" in
 * the Glacier developer guide for the length)
 *
 * @throws {UnsafeNameError} where the name breaks the rule for names.
 * @throws {FileError} where the description would be longer than 1,024
 * characters, or the time is outside the years 1000 to 9999.
 *
 * @example What an archive carries in the vault
 * ```ts
 * import { decodeDescription, encodeDescription } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const file = { name: "2024/Lake Baikal.jpg", mtime: 1_500_000_000 };
 * const description = encodeDescription(file);
 * assertEquals(description.startsWith("mt2 "), true);
 * assertEquals(decodeDescription(description), file);
 * ```
 */
export function encodeDescription(file: DescribedFile): string {
  const { name, mtime } = file;
  const problem = checkRelativeName(name);
  if (problem) {
    throw new UnsafeNameError(`Cannot archive ${printable(name)}: ${problem}`);
  }
  if (!(mtime >= MIN_MTIME && mtime <= MAX_MTIME)) {
    throw new FileError(
      `Cannot archive ${
        printable(name)
      }: its modification time is not within the years 1000 to 9999`,
      name,
      "failed",
    );
  }
  const json = JSON.stringify({ filename: name, mtime: formatTime(mtime) });
  const description = `mt2 ${encodeBase64Url(json)}`;
  if (description.length > MAX_DESCRIPTION) {
    throw new FileError(
      `Cannot archive ${
        printable(name)
      }: its name is too long, for it needs ${description.length} characters in the archive's description, where ${MAX_DESCRIPTION} are allowed`,
      name,
      "failed",
    );
  }
  return description;
}

/**
 * Reads a description of form `mt1` or `mt2`; `undefined` where it is neither,
 * or its name breaks the rule for names. Spaces around the two words do not
 * matter. ("Amazon Glacier metadata format used by mt-aws glacier", which
 * mt-aws-glacier's README leads to)
 *
 * @example A description of mt-aws-glacier, and another program's
 * ```ts
 * import { decodeDescription } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const description =
 *   "mt2 eyJmaWxlbmFtZSI6ImEuanBnIiwibXRpbWUiOiIyMDEyMDkyMVQxNDIyMTRaIn0";
 * assertEquals(decodeDescription(description), {
 *   name: "a.jpg",
 *   mtime: Date.UTC(2012, 8, 21, 14, 22, 14) / 1000,
 * });
 * assertEquals(decodeDescription("backup of 2012"), undefined);
 * ```
 */
export function decodeDescription(
  description: string,
): DescribedFile | undefined {
  const words = /^\s*(mt[12])\s+([A-Za-z0-9_-]+)\s*$/.exec(description);
  if (words === null) return undefined;
  try {
    const bytes = decodeBase64Url(words[2]);
    return readFields(words[1] === "mt1" ? decodeOnce(bytes) : bytes);
  } catch {
    // Not base64, not UTF-8 or not JSON: somebody else's text.
    return undefined;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `mt1` encoded the bytes of UTF-8 to UTF-8 once more, as if each were a character. */
function decodeOnce(bytes: Uint8Array): Uint8Array {
  const text = utf8.decode(bytes);
  return Uint8Array.from(text, (character) => {
    const code = character.codePointAt(0)!;
    if (code > 0xff) throw new RangeError("Cannot be a byte");
    return code;
  });
}

function readFields(bytes: Uint8Array): DescribedFile | undefined {
  const value: unknown = JSON.parse(utf8.decode(bytes));
  if (typeof value !== "object" || value === null) return undefined;
  const { filename, mtime } = value as Record<string, unknown>;
  if (typeof filename !== "string" || typeof mtime !== "string") {
    return undefined;
  }
  const seconds = parseTime(mtime);
  if (seconds === undefined || checkRelativeName(filename) !== undefined) {
    return undefined;
  }
  return { name: filename, mtime: seconds };
}

/** Whole seconds since 1970 as `YYYYMMDDTHHMMSSZ`. */
function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/[-:]|\.\d+/g, "");
}

/**
 * Reads a time such as `20130115T101112Z`, of the years 1000 to 9999;
 * `undefined` where it is none.
 */
export function parseTime(text: string): number | undefined {
  const fields = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (fields === null) return undefined;
  const [year, month, day, hour, minute, second] = fields.slice(1).map(Number);
  const seconds = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  // `Date.UTC` lets 30 February be 1 March, and takes years below 100 for
  // those after 1900.
  if (seconds < MIN_MTIME || formatTime(seconds) !== text) return undefined;
  return seconds;
}
