/**
 * An inventory in CSV, read line by line.
 *
 * @module
 */

import { damaged, FIELDS, type WrittenArchive } from "./inventory_archive.ts";

/**
 * No line is as long as this, in characters: a description has 1,024 at most.
 * The time that a line can take grows by the square of it.
 */
const MAX_LINE = 16 * 1024;

/** Most columns that a row can have; the service's has five. */
const MAX_COLUMNS = 50;

/**
 * The rows below the header.
 *
 * The dialect is the service's own: a field with a comma or a quote is quoted,
 * a quote within it gets a backslash before it, and other backslashes stand for
 * themselves ("Get Job Output" in the Glacier developer guide). So what
 * `a,b\` becomes, `"a,b\"`, ends in what looks like a quote that belongs to the
 * text; readers of CSV that know a character for escapes then run into the
 * next fields. This one relies on what else is known: a row is a line, for
 * no field can hold the end of one, and of the fields only descriptions hold
 * commas or quotes.
 *
 * @throws {IntegrityError} where the first line names not all fields, or a
 * line has others.
 */
export async function* readCsv(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<WrittenArchive> {
  let columns: Columns | undefined;
  let number = 0;
  for await (const lines of readLines(bytes)) {
    for (const line of lines) {
      const place = `line ${++number}`;
      if (columns === undefined) {
        columns = readHeader(line);
        continue;
      }
      // Such as at the very end.
      if (line === "") continue;
      const match = columns.form.exec(line);
      if (match === null) {
        throw damaged(`${place} has other fields than the first line`);
      }
      yield { place, fields: readRow(columns.names, match) };
    }
  }
  if (columns === undefined) throw damaged("it is empty");
}

/** What the header says of every row. */
interface Columns {
  names: string[];
  /** Matches a row; each field has two groups, for its quoted and its plain form. */
  form: RegExp;
}

/** A field quoted or plain. */
const SIMPLE = '(?:"([^"]*)"|([^",]*))';
/** Takes in as much as the fields behind it leave. */
const DESCRIPTION = '(?:"(.*)"|([^",]*))';
/** A column that the service has added since. Read in one way only: with several of them the ways to try would multiply. */
const UNKNOWN = String.raw`(?:"((?:\\"|\\(?!")|[^"\\])*)"|([^",]*))`;

function isKnown(name: string): boolean {
  return (FIELDS as readonly string[]).includes(name);
}

function readHeader(line: string): Columns {
  const names = line.split(",").map((name) =>
    name.trim().replace(/^"(.*)"$/, "$1")
  );
  const missing = FIELDS.find((name) => !names.includes(name));
  if (missing !== undefined) {
    throw damaged(`its first line names no ${missing}`);
  }
  if (names.length > MAX_COLUMNS || new Set(names).size < names.length) {
    throw damaged("its first line names too many columns, or one twice");
  }
  const forms = names.map((name) => {
    if (name === "ArchiveDescription") return DESCRIPTION;
    return isKnown(name) ? SIMPLE : UNKNOWN;
  });
  return { names, form: new RegExp(`^${forms.join(",")}$`, "s") };
}

function readRow(
  names: readonly string[],
  match: RegExpExecArray,
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [i, name] of names.entries()) {
    // A column could be called like what every object has.
    if (!isKnown(name)) continue;
    const quoted = match[2 * i + 1];
    const text = quoted?.replaceAll('\\"', '"') ?? match[2 * i + 2];
    // What is empty is missing, whichever field it is.
    if (text !== "") fields[name] = text;
  }
  return fields;
}

/** The lines, without their LF or CRLF, of one chunk at a time. */
async function* readLines(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<string[]> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let number = 1;
  const decode = (chunk?: Uint8Array) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch (cause) {
      throw damaged(`it is not UTF-8 in line ${number} or after`, { cause });
    }
  };
  for await (const chunk of bytes) {
    const lines = (rest + decode(chunk)).split("\n");
    rest = lines.pop()!;
    number += lines.length;
    if (rest.length > MAX_LINE) throw damaged(`line ${number} has no end`);
    if (lines.length > 0) yield lines.map(withoutCarriageReturn);
  }
  rest += decode();
  if (rest !== "") yield [withoutCarriageReturn(rest)];
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
