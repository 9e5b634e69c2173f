/**
 * The output of a job, as an answer.
 *
 * @module
 */

import { announcedSize } from "../aws/wire.ts";
import type { Answer } from "./answer.ts";
import { formatRange, parseRange } from "./parameters.ts";
import type { JobOutput, OutputRange } from "./types.ts";

/** The `Range` header for a range of an output. */
export function rangeHeader({ start, end }: OutputRange): string {
  if (end !== undefined) return `bytes=${formatRange({ start, end })}`;
  formatRange({ start, end: start + 1 });
  return `bytes=${start}-`;
}

/**
 * Reads the head of the output; the body is the caller's. `wanted` is the range
 * that was asked for: bytes of any other place would be written to the wrong
 * one.
 */
export function readJobOutput(
  answer: Answer,
  wanted: OutputRange | undefined,
): JobOutput {
  const { response } = answer;
  const { status, headers, body } = response;
  if (body === null) throw answer.malformed("has no content");
  const size = announcedSize(headers);
  const contentRange = readContentRange(answer);
  if (!fits(wanted, contentRange, size)) {
    throw answer.malformed("has another range than was asked for");
  }
  return {
    body,
    status,
    size,
    contentRange,
    treeHash: answer.treeHash(),
    contentType: answer.optionalHeader("content-type"),
    acceptRanges: answer.optionalHeader("accept-ranges"),
    archiveDescription: answer.optionalHeader("x-amz-archive-description"),
  };
}

/** `Content-Range`, such as `bytes 0-1048575/8388608`. */
function readContentRange(answer: Answer): JobOutput["contentRange"] {
  const text = answer.optionalHeader("content-range");
  if (text === undefined) return undefined;
  const match = /^bytes (\d+-\d+)\/(\d+|\*)$/.exec(text);
  const range = match === null ? undefined : parseRange(match[1]);
  const unreadable = () => answer.malformed("has an unreadable Content-Range");
  if (match === null || range === undefined) throw unreadable();
  if (match[2] === "*") return range;
  const total = Number(match[2]);
  if (!Number.isSafeInteger(total) || total < range.end) throw unreadable();
  return { ...range, total };
}

/** Whether an answer can be what was asked for; its end may be that of the output. */
function fits(
  wanted: OutputRange | undefined,
  got: JobOutput["contentRange"],
  size: number | undefined,
): boolean {
  if (got !== undefined && size !== undefined) {
    if (size !== got.end - got.start) return false;
  }
  if (wanted === undefined) return true;
  const { start, end } = wanted;
  // All of the output, which may be just what was asked for.
  if (got === undefined) return start === 0 && (size ?? end) === (end ?? size);
  if (got.start !== start) return false;
  if (end === undefined) {
    return got.total === undefined || got.end === got.total;
  }
  return got.end === end || (got.end < end && got.end === got.total);
}
