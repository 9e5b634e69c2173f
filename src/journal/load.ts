/**
 * Reading a journal, and judging whether its last line is whole.
 *
 * @module
 */

import { JournalError, messageOf, MoraineError } from "../errors.ts";
import type { Files } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type { IntentFold } from "./intent_record.ts";
import {
  decodeText,
  scanBlocks,
  type Tail,
  withoutCarriageReturn,
} from "./lines.ts";
import { type JournalRecord, parseLine } from "./record.ts";
import { JournalState, type ReadonlyJournalState } from "./state.ts";

/** What a journal file holds. */
export interface LoadedJournal {
  /** The fold of all lines that end in LF. */
  state: JournalState;
  /** What follows the last LF. */
  tail?: Tail;
}

/** Bytes of most lines, about. */
const USUAL_LINE = 256;

/** Bytes read at a time, at least and at most. */
const [SMALL, LARGE] = [16 * 1024, 1024 * 1024];

/** Room for more archives than this is made when they come: a file may be anything. */
const MOST_EXPECTED = 2 ** 22;

const LF = 0x0a;

/** Told of a record before it becomes part of the state. */
export type OnRecord = (
  record: JournalRecord,
  before: ReadonlyJournalState,
) => void;

/**
 * Reads a journal.
 *
 * @throws {JournalError} where it cannot be read, or a line that ends in LF is
 * no record, or cannot follow those before it. The message tells which.
 */
export async function loadJournal(
  path: string,
  files: Files,
  options: { signal?: AbortSignal; onRecord?: OnRecord } = {},
): Promise<LoadedJournal> {
  const { signal, onRecord } = options;
  const shown = printable(path);
  try {
    await using file = await files.open(path, "read");
    const { size } = await file.stat();
    const state = new JournalState(
      Math.min(Math.ceil(size / USUAL_LINE), MOST_EXPECTED),
    );
    // A small journal needs no large buffers.
    const chunkSize = Math.min(Math.max(size + 1, SMALL), LARGE);
    let number = 0;
    const tail = await scanBlocks(path, file, (block) => {
      for (let start = 0; start < block.length;) {
        const end = block.indexOf(LF, start);
        number++;
        const problem = takeLine(state, block, start, end, onRecord);
        if (problem !== undefined) {
          throw new JournalError(
            `Line ${number} of the journal ${shown} cannot be used: ${
              printable(problem)
            }`,
          );
        }
        start = end + 1;
      }
    }, { signal, chunkSize });
    return { state, tail };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof MoraineError) throw error;
    throw new JournalError(
      `Cannot read the journal ${shown}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Folds a line into the state; returns why it cannot be, if so. */
function takeLine(
  state: JournalState,
  bytes: Uint8Array,
  start: number,
  end: number,
  onRecord?: OnRecord,
): string | undefined {
  if (!onRecord && state.takeCreatedLine(bytes, start, end)) return undefined;
  const line = decodeText(bytes.subarray(start, end));
  if (line === undefined) return "it is not UTF-8";
  const record = parseLine(withoutCarriageReturn(line));
  if (record.type === "invalid") return record.reason;
  const problem = state.check(record);
  if (problem !== undefined) return problem;
  onRecord?.(record, state);
  state.apply(record);
  return undefined;
}

/**
 * Writes end at such multiples, in bytes, where a crash or a full disk cuts
 * them short: devices and page caches know nothing smaller.
 */
const SECTOR = 512;

/**
 * The record of a last line that lacks nothing but its LF; `undefined` where
 * the line is torn, or may be.
 *
 * The name comes last in a line, so one cut within its name reads like a whole
 * one of another name. It is told apart by what else is known: a deletion
 * repeats the name of its archive, and an upload of ours has an intent. A
 * CREATED line for which there is no such witness was written by another
 * program or by hand, and is taken as whole unless the file ends where a write
 * would have been cut.
 */
export function judgeTail(
  tail: Tail,
  state: ReadonlyJournalState,
  intents: IntentFold,
): JournalRecord | undefined {
  const text = decodeText(tail.bytes);
  if (text === undefined) return undefined;
  const record = parseLine(withoutCarriageReturn(text));
  if (record.type === "invalid" || state.check(record)) return undefined;
  const entry = state.archive(record.archiveId);
  switch (record.type) {
    case "deleted":
      return entry && entry.name !== record.name ? undefined : record;
    case "retrieveJob":
      // In version 0 the archive's ID comes last, and may be cut.
      return entry ? record : undefined;
    case "created": {
      const witnesses = [...intents.pending.values()].filter((intent) =>
        "treeHash" in intent && intent.treeHash === record.treeHash &&
        intent.size === record.size
      );
      const whole = witnesses.length > 0
        ? witnesses.some(({ name }) => name === record.name)
        : (tail.offset + tail.bytes.length) % SECTOR !== 0;
      return whole ? record : undefined;
    }
  }
}
