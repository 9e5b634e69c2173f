/**
 * Descriptions that other programs gave to archives.
 *
 * - FastGlacier, and others after it: XML with the name in base64.
 * - CloudBerry, QNAP and others: a JSON object with the name in one of its
 *   fields.
 * - Whatever else reads like a name: plain text.
 *
 * @module
 */

import { checkRelativeName } from "../relative_name.ts";
import { MAX_DESCRIPTION, parseTime } from "./names.ts";

/** What a foreign description tells. */
export interface ForeignFile {
  /** See `checkRelativeName()`. */
  name: string;
  /** Last modification in whole seconds since 1970, may be negative; `null` where unknown. */
  mtime: number | null;
  /**
   * Whether archives of one name are versions of one file. Otherwise people
   * gave the names, and different things may have the same.
   */
  versioned: boolean;
}

/**
 * Reads a description; `undefined` where it tells no name, or one that breaks
 * the rule for names or is too long for a file.
 */
export function decodeForeignDescription(
  description: string,
): ForeignFile | undefined {
  // Longer ones come from no vault, and could take long to look at.
  if (description.length > MAX_DESCRIPTION) return undefined;
  const text = description.trim();
  if (/^<(?:m|ArchiveMetadata)>/.test(text)) return decodeXml(text);
  const object = parseObject(text);
  if (object !== undefined) return decodeObject(object);
  // What mt-aws-glacier wrote and nobody can read is no name either.
  if (/^mt\d+(?:\s|$)/.test(text)) return undefined;
  const name = tidy(text, { windows: false });
  return name === undefined ? undefined : {
    name,
    mtime: null,
    versioned: false,
  };
}

/**
 * FastGlacier's versions 2 to 4, with what follows the name left out but for
 * the time; and version 1. The order is fixed, and nothing is nested
 * (fastglacier.com/fastglacier-metadata-format.aspx).
 */
const XML = [
  /^<m>\s*<v>[^<]*<\/v>\s*<p>([^<]*)<\/p>\s*(?:<lm>\s*(\w*)\s*<\/lm>\s*)?(?:<(\w+)>[^<]*<\/\3>\s*)*<\/m>$/,
  /^<ArchiveMetadata>\s*<Path>([^<]*)<\/Path>\s*(?:<\w+>\s*(\w*)\s*<\/\w+>\s*)?(?:<(\w+)>[^<]*<\/\3>\s*)*<\/ArchiveMetadata>$/,
];

function decodeXml(text: string): ForeignFile | undefined {
  const match = XML[0].exec(text) ?? XML[1].exec(text);
  if (match === null) return undefined;
  const name = tidy(decodeBase64(match[1]) ?? match[1].trim(), {
    windows: true,
  });
  if (name === undefined) return undefined;
  return { name, mtime: parseTime(match[2] ?? "") ?? null, versioned: true };
}

/** The text in base64 of UTF-8; `undefined` where it is not that. */
function decodeBase64(text: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Fields that hold a name, and those that hold a time, best first; upper and lower case are the same. */
const NAME_FIELDS = ["path", "filename", "file", "name"];
const TIME_FIELDS = [
  "utcdatemodified",
  "mtime",
  "modified",
  "lastmodified",
  "last_modified",
];

function decodeObject(
  object: Record<string, unknown>,
): ForeignFile | undefined {
  const fields = new Map(
    Object.entries(object).map(([key, value]) => [key.toLowerCase(), value]),
  );
  // QNAP marks folders, which have archives too.
  if ((fields.get("type") ?? "file") !== "file") return undefined;
  const text = NAME_FIELDS.map((field) => fields.get(field)).find((value) =>
    typeof value === "string"
  );
  if (typeof text !== "string") return undefined;
  const cloudBerry = fields.has("utcdatemodified");
  const name = tidy(cloudBerry ? decodeUtf7(text) : text, {
    windows: cloudBerry,
  });
  if (name === undefined) return undefined;
  const time = TIME_FIELDS.map((field) => readTime(fields.get(field)));
  const mtime = time.find((seconds) => seconds !== undefined) ?? null;
  return { name, mtime, versioned: false };
}

/** Numbers beyond this are milliseconds: as seconds it is the year 5138. */
const MAX_SECONDS = 1e11;

/** The end of the year 9999, in seconds since 1970. */
const MAX_TIME = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

/** A time as a number, or as text with its zone, in seconds, up to the year 9999. */
function readTime(value: unknown): number | undefined {
  if (typeof value === "number") {
    const seconds = Math.abs(value) > MAX_SECONDS ? value / 1000 : value;
    // One that no journal can hold would cost all other archives theirs.
    return Math.abs(seconds) <= MAX_TIME ? Math.floor(seconds) : undefined;
  }
  if (typeof value !== "string") return undefined;
  const compact = parseTime(value);
  if (compact !== undefined) return compact;
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)$/.test(value)) {
    return undefined;
  }
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

/**
 * CloudBerry writes names in UTF-7: `+`, UTF-16 in base64, and `-` where one is
 * needed; `+-` is a plus. What is not that stays as it is.
 */
function decodeUtf7(text: string): string {
  return text.replace(/\+([A-Za-z0-9+/]*)-?/g, (all, base64: string) => {
    if (base64 === "") return all === "+-" ? "+" : all;
    const bits = base64.length * 6;
    // At its end are fewer bits than a character of base64 has.
    if (bits % 16 >= 6) return all;
    const bytes = atob(base64.padEnd(Math.ceil(base64.length / 4) * 4, "="));
    let decoded = "";
    for (let i = 0; i + 1 < bytes.length; i += 2) {
      decoded += String.fromCharCode(
        bytes.charCodeAt(i) << 8 | bytes.charCodeAt(i + 1),
      );
    }
    return decoded;
  });
}

/** The longest name of a file that systems take, in bytes. */
const MAX_COMPONENT = 255;

/**
 * Makes a path a relative name with `/` between its parts: backslashes separate
 * where the program is one for Windows, or nothing else does; `C:` becomes `C`.
 */
function tidy(
  text: string,
  { windows }: { windows: boolean },
): string | undefined {
  const separated = windows || !text.includes("/")
    ? text.replace(/\\+/g, "/")
    : text;
  const name = separated.replace(/^([A-Za-z]):\//, "$1/")
    .replace(/^(?:\.?\/)+/, "");
  if (name.trim() === "" || checkRelativeName(name) !== undefined) {
    return undefined;
  }
  return fitsFileSystems(name) ? name : undefined;
}

const encoder = new TextEncoder();

/** Whether no part of a name is longer than a file's name can be. */
export function fitsFileSystems(name: string): boolean {
  return name.split("/").every((part) =>
    part.length <= MAX_COMPONENT / 3 ||
    encoder.encode(part).length <= MAX_COMPONENT
  );
}
