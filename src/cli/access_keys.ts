/**
 * The file of `serve --keys`: JSON objects, one a line or all in one array,
 * each of them an access key.
 *
 * No message shows what stands in the file, for it is full of secrets; nor
 * does the cause of any error, because the parser quotes what it reads.
 *
 * @module
 */

import { UsageError } from "../errors.ts";
import { printable } from "../relative_name.ts";
import type { AccessKey } from "../server/server.ts";

/** A value of the file, and where it stands there. */
interface Entry {
  where: string;
  value: unknown;
}

/** Text that a header can carry. */
const TEXT = /^[\x21-\x7e]+$/;

/** The same without the comma, which ends a credential. */
const KEY_ID = /^[\x21-\x2b\x2d-\x7e]+$/;

/** An ISO 8601 time with its zone. */
const TIME =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?(?:Z|[+-]\d\d:\d\d)$/;

const FIELDS = ["accessKeyId", "secretAccessKey", "sessionToken", "expires"];

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`Cannot understand ${where}: it is not valid JSON`);
  }
}

function entriesOf(text: string, path: string): Entry[] {
  if (text.trimStart().startsWith("[")) {
    const values = parseJson(text, path) as unknown[];
    return values.map((value, index) => ({
      where: `${path}, entry ${index + 1}`,
      value,
    }));
  }
  const entries: Entry[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const where = `${path}, line ${index + 1}`;
    entries.push({ where, value: parseJson(line, where) });
  }
  return entries;
}

/** A field that is text of a certain form; `undefined` where it is absent. */
function optionalText(
  fields: Record<string, unknown>,
  name: string,
  form: RegExp,
  where: string,
): string | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value === "string" && form.test(value)) return value;
  throw new UsageError(
    `Invalid ${name} in ${where}: ${
      form === TIME
        ? "it must be a time such as 2026-12-31T12:00:00Z"
        : "it must be printable ASCII without blanks"
    }`,
  );
}

function requiredText(
  fields: Record<string, unknown>,
  name: string,
  form: RegExp,
  where: string,
): string {
  const value = optionalText(fields, name, form, where);
  if (value !== undefined) return value;
  throw new UsageError(`Missing ${name} in ${where}`);
}

function parseTime(text: string | undefined, where: string) {
  if (text === undefined) return undefined;
  const time = Date.parse(text);
  if (Number.isNaN(time)) {
    throw new UsageError(`Invalid expires in ${where}: there is no such time`);
  }
  return time;
}

function parseKey({ where, value }: Entry): AccessKey {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(
      `Cannot understand ${where}: expected a JSON object with ${
        FIELDS.slice(0, 2).join(" and ")
      }`,
    );
  }
  if (Object.keys(value).some((name) => !FIELDS.includes(name))) {
    throw new UsageError(
      `Unknown field in ${where}: there may be ${FIELDS.join(", ")}`,
    );
  }
  const fields = value as Record<string, unknown>;
  const expires = optionalText(fields, "expires", TIME, where);
  return {
    accessKeyId: requiredText(fields, "accessKeyId", KEY_ID, where),
    secretAccessKey: requiredText(fields, "secretAccessKey", TEXT, where),
    sessionToken: optionalText(fields, "sessionToken", TEXT, where),
    expires: parseTime(expires, where),
  };
}

/**
 * Reads the text of a file of access keys.
 *
 * @throws {UsageError} naming the file and the line or entry that is wrong.
 */
export function parseAccessKeys(text: string, path: string): AccessKey[] {
  const shown = printable(path);
  const entries = entriesOf(text.replace(/^\uFEFF/, ""), shown);
  if (entries.length === 0) {
    throw new UsageError(`There is no access key in ${shown}`);
  }
  const places = new Map<string, string>();
  return entries.map((entry) => {
    const key = parseKey(entry);
    const first = places.get(key.accessKeyId);
    if (first !== undefined) {
      throw new UsageError(
        `The access key ID in ${entry.where} is that in ${first}`,
      );
    }
    places.set(key.accessKeyId, entry.where);
    return key;
  });
}
