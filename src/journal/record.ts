/**
 * One line of a journal, and the record that it stands for.
 *
 * The format is that of mt-aws-glacier: versions 0, A, B and C are read, B is
 * written, so that the original can read whatever is written here.
 *
 * @module
 */

import { checkRelativeName } from "../relative_name.ts";

/** An archive was stored. */
export interface CreatedRecord {
  /** Tells the kinds of records apart. */
  type: "created";
  /** When, in whole seconds since 1970. */
  time: number;
  /** The service's ID of the archive: letters, digits, `-` and `_`. */
  archiveId: string;
  /** Size in bytes. */
  size: number;
  /** Last modification of the file in whole seconds since 1970, may be negative; `null` where unknown. */
  mtime: number | null;
  /** Tree hash of the content, 64 lower-case hexadecimal digits. */
  treeHash: string;
  /** Name of the file: a relative path with `/` between its parts, none of them `.` or `..`, without control characters. */
  name: string;
}

/** An archive was deleted. */
export interface DeletedRecord {
  /** Tells the kinds of records apart. */
  type: "deleted";
  /** When, in whole seconds since 1970. */
  time: number;
  /** The archive. */
  archiveId: string;
  /** Name of its file. */
  name: string;
}

/** The retrieval of an archive was asked for. */
export interface RetrieveJobRecord {
  /** Tells the kinds of records apart. */
  type: "retrieveJob";
  /** When, in whole seconds since 1970. */
  time: number;
  /** The archive. */
  archiveId: string;
  /** The service's ID of the job; `null` in version 0, which did not keep it. */
  jobId: string | null;
}

/** What a line of the journal says. */
export type JournalRecord = CreatedRecord | DeletedRecord | RetrieveJobRecord;

/** A line that is no record. */
export interface InvalidLine {
  /** Tells it from records. */
  type: "invalid";
  /** Why, as the end of a sentence; quotes nothing of the line. */
  reason: string;
}

const ARCHIVE_ID = /^[A-Za-z0-9_-]+$/;
const JOB_ID = /^[!-~]+$/;
const TREE_HASH = /^[0-9A-Fa-f]{64}$/;
const NATURAL = /^\d{1,16}$/;
const INTEGER = /^-?\d{1,16}$/;

/**
 * Reads a line, given without its end.
 *
 * Each version allows nothing but its own form. The tree hash may be in upper
 * case; it is returned in lower case. Times are whole seconds since 1970, sizes
 * bytes; both have 16 digits at most. (The journals that mt-aws-glacier wrote,
 * of all its versions)
 *
 * @example A line of a journal
 * ```ts
 * import { parseLine } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * // Version B of mt-aws-glacier's format.
 * const record = parseLine("B\t1500000000\tDELETED\tHdGDbije\tnotes.txt");
 * assertEquals(record, {
 *   type: "deleted",
 *   time: 1_500_000_000,
 *   archiveId: "HdGDbije",
 *   name: "notes.txt",
 * });
 * assertEquals(parseLine("hello").type, "invalid");
 * ```
 */
export function parseLine(line: string): JournalRecord | InvalidLine {
  const version = line.charAt(0);
  if (version >= "0" && version <= "9") return parseVersion0(line);
  if (line.charAt(1) !== "\t") return invalid("it is no journal record");
  switch (version) {
    case "A":
    case "B":
    case "C":
      return parseTabbed(version, line.split("\t"));
    default:
      return invalid("its version is none of 0, A, B and C");
  }
}

function parseTabbed(
  version: string,
  fields: string[],
): JournalRecord | InvalidLine {
  const [, time, type, archiveId] = fields;
  switch (type) {
    case "CREATED": {
      if (fields.length !== 8) return wrongFieldCount(type);
      const [, , , , size, mtime, treeHash, name] = fields;
      // Version A gave an archive of unknown origin its own ID for a name, and
      // a made-up mtime.
      const known = mtime !== "NONE" &&
        !(version === "A" && name === archiveId);
      if (mtime !== "NONE" && !isInteger(mtime)) {
        return invalid("its modification time is not a whole number");
      }
      return created({
        time,
        archiveId,
        size,
        mtime: known ? Number(mtime) || 0 : null, // never -0
        treeHash,
        name,
      });
    }
    case "DELETED":
      if (fields.length !== 5) return wrongFieldCount(type);
      return deleted(time, archiveId, fields[4]);
    case "RETRIEVE_JOB":
      if (fields.length !== 5) return wrongFieldCount(type);
      return retrieveJob(time, archiveId, fields[4]);
    default:
      return invalid("its type is none of CREATED, DELETED and RETRIEVE_JOB");
  }
}

/** Version 0 separates fields by one space; the name, being last, may contain more. */
function parseVersion0(line: string): JournalRecord | InvalidLine {
  const [time, type, archiveId, ...rest] = line.split(" ");
  switch (type) {
    case "CREATED": {
      if (rest.length < 3) return wrongFieldCount(type);
      const [size, treeHash, ...name] = rest;
      return created({
        time,
        archiveId,
        size,
        mtime: null,
        treeHash,
        name: name.join(" "),
      });
    }
    case "DELETED":
      if (rest.length < 1) return wrongFieldCount(type);
      return deleted(time, archiveId, rest.join(" "));
    case "RETRIEVE_JOB":
      if (archiveId === undefined || rest.length > 0) {
        return wrongFieldCount(type);
      }
      return retrieveJob(time, archiveId, null);
    default:
      return invalid("it is no journal record");
  }
}

function created(
  fields: {
    time: string;
    archiveId: string;
    size: string;
    mtime: number | null;
    treeHash: string;
    name: string;
  },
): CreatedRecord | InvalidLine {
  const { time, archiveId, size, mtime, treeHash, name } = fields;
  const problem = checkCommon(time, archiveId) ?? checkName(name);
  if (problem) return invalid(problem);
  if (!isNatural(size)) return invalid("its size is not a whole number");
  if (!TREE_HASH.test(treeHash)) {
    return invalid("its tree hash is not 64 hexadecimal digits");
  }
  return {
    type: "created",
    time: Number(time),
    archiveId,
    size: Number(size),
    mtime,
    treeHash: treeHash.toLowerCase(),
    name,
  };
}

function deleted(
  time: string,
  archiveId: string,
  name: string,
): DeletedRecord | InvalidLine {
  const problem = checkCommon(time, archiveId) ?? checkName(name);
  if (problem) return invalid(problem);
  return { type: "deleted", time: Number(time), archiveId, name };
}

function retrieveJob(
  time: string,
  archiveId: string,
  jobId: string | null,
): RetrieveJobRecord | InvalidLine {
  const problem = checkCommon(time, archiveId);
  if (problem) return invalid(problem);
  if (jobId !== null && !JOB_ID.test(jobId)) {
    return invalid("its job ID is empty or contains other than ASCII");
  }
  return { type: "retrieveJob", time: Number(time), archiveId, jobId };
}

function checkCommon(time: string, archiveId: string): string | undefined {
  if (!isNatural(time)) return "its time is not a whole number";
  if (!ARCHIVE_ID.test(archiveId)) {
    return "its archive ID is empty or contains other than letters, digits, - and _";
  }
}

function checkName(name: string): string | undefined {
  const problem = checkRelativeName(name);
  return problem && `its file name cannot be used, because ${problem}`;
}

function isNatural(text: string): boolean {
  return NATURAL.test(text) && Number.isSafeInteger(Number(text));
}

function isInteger(text: string): boolean {
  return INTEGER.test(text) && Number.isSafeInteger(Number(text));
}

function wrongFieldCount(type: string): InvalidLine {
  return invalid(`it has the wrong number of fields for ${type}`);
}

function invalid(reason: string): InvalidLine {
  return { type: "invalid", reason };
}

/**
 * The record as a line of version B, with its LF. Times are whole seconds since
 * 1970, sizes bytes. (What mt-aws-glacier writes, too)
 *
 * @throws {RangeError} where reading the line would not give back the record:
 * the caller let something through that must not reach a journal.
 *
 * @example A record that reads as it was written
 * ```ts
 * import { formatRecord, parseLine } from "@moraine/moraine";
 * import { assertEquals } from "@std/assert";
 *
 * const record = {
 *   type: "retrieveJob",
 *   time: 1_500_000_000,
 *   archiveId: "HdGDbije",
 *   jobId: "m0B0wg",
 * } as const;
 * const line = formatRecord(record);
 * assertEquals(line, "B\t1500000000\tRETRIEVE_JOB\tHdGDbije\tm0B0wg\n");
 * assertEquals(parseLine(line.trimEnd()), record);
 * ```
 */
export function formatRecord(record: JournalRecord): string {
  const line = formatFields(record).join("\t");
  const reread = parseLine(line);
  if (reread.type === "invalid") {
    throw new RangeError(`Cannot write a journal record: ${reread.reason}`);
  }
  if (formatFields(reread).join("\t") !== line) {
    throw new RangeError(
      "Cannot write a journal record that reads differently",
    );
  }
  return line + "\n";
}

function formatFields(record: JournalRecord): string[] {
  const { time, archiveId } = record;
  switch (record.type) {
    case "created":
      return [
        "B",
        String(time),
        "CREATED",
        archiveId,
        String(record.size),
        record.mtime === null ? "NONE" : String(record.mtime),
        record.treeHash,
        record.name,
      ];
    case "deleted":
      return ["B", String(time), "DELETED", archiveId, record.name];
    case "retrieveJob":
      return [
        "B",
        String(time),
        "RETRIEVE_JOB",
        archiveId,
        // The field must not be empty, and a job's ID is unknown only in what
        // was read from version 0.
        record.jobId ?? "unknown",
      ];
  }
}
