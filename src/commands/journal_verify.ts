/**
 * `journal verify`: tells everything that is wrong with a journal.
 *
 * @module
 */

import { delay } from "../async/delay.ts";
import { JournalError, messageOf, MoraineError } from "../errors.ts";
import { emptyFold, type IntentFold } from "../journal/intent_record.ts";
import { readIntents } from "../journal/intents.ts";
import {
  decodeText,
  scanLines,
  type Tail,
  withoutCarriageReturn,
} from "../journal/lines.ts";
import { judgeTail } from "../journal/load.ts";
import { intentsPath, resolveJournal } from "../journal/paths.ts";
import { JournalVerifier } from "../journal/verify.ts";
import type { OpenFile } from "../platform.ts";
import { printable } from "../relative_name.ts";
import type { CommandEvent } from "./command_events.ts";
import type { LocalContext } from "./context.ts";

/**
 * How long ago the journal must have been written to for its end to be taken
 * as it is, in milliseconds: another process may be in the middle of a line.
 */
const MOMENT = 1000;

/** How often to look whether it grows meanwhile, in milliseconds. */
const LOOK = 50;

/**
 * Reads the journal to its end, whatever is in it, and tells of each line with
 * something wrong. Changes nothing and takes no lock; a run that writes to the
 * journal meanwhile does no harm.
 *
 * @throws {MoraineError} at the end, where anything is wrong; before, where the journal can't be read.
 */
export async function journalVerify(
  context: LocalContext<CommandEvent>,
  options: { journal: string },
): Promise<void> {
  const { platform, emit } = context;
  const shown = printable(options.journal);
  const { path, exists } = await resolveJournal(
    options.journal,
    platform.files,
  );
  if (!exists) throw new JournalError(`There is no journal ${shown}`);
  const verifier = new JournalVerifier((line, reason) =>
    emit({ type: "journalProblem", line, reason })
  );
  const tail = await readJournal(path, verifier, context);
  const intents = await readUnfinished(path, context);
  if (tail) takeTail(tail, verifier, intents ?? emptyFold(), context);
  const totals = verifier.totals();
  emit({ type: "journalTotals", totals });
  if (totals.problems > 0) {
    const lines = totals.problems === 1 ? "1 line" : `${totals.problems} lines`;
    throw new MoraineError(
      `Check failed: ${lines} of the journal ${shown} cannot be used, see above (keep a copy of it before you change anything)`,
    );
  }
  if (intents === undefined) {
    throw new MoraineError(
      `Check failed: the journal ${shown} is as it should be, but what is known of unfinished uploads can't be read, see above`,
    );
  }
}

/** Reads all lines that have an end; resolves to what follows the last of them. */
async function readJournal(
  path: string,
  verifier: JournalVerifier,
  context: LocalContext<CommandEvent>,
): Promise<Tail | undefined> {
  const { platform, signal } = context;
  try {
    await using file = await platform.files.open(path, "read");
    let start = 0;
    while (true) {
      const tail = await scanLines(
        path,
        from(start, file),
        (line) => verifier.take(line),
        { signal },
      );
      if (tail === undefined) return undefined;
      const offset = start + tail.offset;
      const end = offset + tail.bytes.length;
      if (await staysAt(end, file, context)) return { ...tail, offset };
      start = offset;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof MoraineError) throw error;
    throw new JournalError(
      `Cannot read the journal ${printable(path)}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** The part of a file that begins at `start`, in bytes. */
function from(start: number, file: OpenFile): Pick<OpenFile, "read"> {
  return { read: (buffer, position) => file.read(buffer, start + position) };
}

/** Whether a file that ends without LF ends so for good, and not because somebody is writing to it. */
async function staysAt(
  end: number,
  file: OpenFile,
  { platform, signal }: LocalContext<CommandEvent>,
): Promise<boolean> {
  // By count: the clock of the file's own machine may differ.
  for (let waited = 0; waited < MOMENT; waited += LOOK) {
    const { size, mtimeMs } = await file.stat();
    if (size !== end) return false;
    if (platform.clock.now() - mtimeMs >= MOMENT) return true;
    await delay(LOOK, { signal });
  }
  return (await file.stat()).size === end;
}

/** What follows the last LF: a record that lacks nothing but its end, or a torn line. */
function takeTail(
  tail: Tail,
  verifier: JournalVerifier,
  intents: IntentFold,
  { emit }: LocalContext<CommandEvent>,
): void {
  const record = judgeTail(tail, verifier.state, intents);
  if (record === undefined) return verifier.takeTorn();
  verifier.take(withoutCarriageReturn(decodeText(tail.bytes)!));
  emit({
    type: "warning",
    message: `The last line has no end, and is taken as whole: see that ${
      "name" in record ? `the name ${record.name}` : record.archiveId
    } is right`,
  });
}

/** What the file beside the journal tells of uploads; `undefined` where it can't be used, which is told as well. */
async function readUnfinished(
  path: string,
  { platform, emit, signal }: LocalContext<CommandEvent>,
): Promise<IntentFold | undefined> {
  const warn = (message: string) => emit({ type: "warning", message });
  try {
    const { fold } = await readIntents(intentsPath(path), platform.files, {
      signal,
    });
    const { pending, doubtful } = fold;
    const begun = [...pending.values()].filter((one) => "treeHash" in one);
    const due = pending.size - begun.length;
    if (begun.length > 0) {
      warn(
        `${
          uploads(begun.length)
        } begun and not ended: by a run that is under way, or one that was broken off, and then the next sync sees to it`,
      );
    }
    if (due > 0) {
      warn(
        `${
          due === 1 ? "1 replaced archive is" : `${due} replaced archives are`
        } still to be deleted: the next sync sees to it`,
      );
    }
    if (doubtful.size > 0) {
      warn(
        `${
          uploads(doubtful.size)
        } in doubt: the vault may have archives of them that the journal doesn't know; an inventory shows them, and then journal reconcile --adopt records them`,
      );
    }
    return fold;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof JournalError)) throw error;
    warn(error.message);
    return undefined;
  }
}

function uploads(count: number): string {
  return count === 1 ? "1 upload is" : `${count} uploads are`;
}
