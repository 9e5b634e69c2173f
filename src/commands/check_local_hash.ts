/**
 * `check-local-hash`: compares the local files with the journal.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { forEachBounded } from "../async/bounded.ts";
import { FileError, messageOf, MoraineError } from "../errors.ts";
import type { NameFilter } from "../files/filter.ts";
import { childPath } from "../files/safe_path.ts";
import type { JournalEntry } from "../journal/state.ts";
import type { FileInfo } from "../platform.ts";
import type { CheckOutcome, CheckTotals } from "../transfer/events.ts";
import { HashPool } from "../treehash/pool.ts";
import { type LocalContext, openJournalFor } from "./context.ts";
import { chosenFiles } from "./chosen.ts";
import { expectFolder } from "./folder.ts";

/** Options of {@linkcode checkLocalHash}. */
export interface CheckLocalHashOptions {
  dir: string;
  journal: string;
  /** Which names of the journal to check. */
  filter: NameFilter;
  dryRun?: boolean;
}

/** What was found of one file. */
interface Finding {
  outcome: CheckOutcome;
  /** The file's own mtime in whole seconds, where it differs from the journal's. */
  differentMtime?: number;
  reason?: string;
}

const TOTAL_OF: Record<CheckOutcome, keyof CheckTotals> = {
  ok: "ok",
  treeHashMismatch: "treeHashMismatch",
  sizeMismatch: "sizeMismatch",
  zeroSize: "zeroSize",
  missing: "missing",
  error: "errors",
};

/** Files of the journal that are not as it says. */
export class DifferingFilesError extends MoraineError {
  override name = "DifferingFilesError";
}

/**
 * Checks every file of the journal below `dir`. A different modification time
 * alone is reported and is no error.
 *
 * @throws {DifferingFilesError} at the end, where any file is not as the journal says.
 * @throws {JournalError} before, where the journal can't be read.
 */
export async function checkLocalHash(
  context: LocalContext,
  options: CheckLocalHashOptions,
): Promise<void> {
  const { platform, emit, signal } = context;
  await expectFolder(options.dir, platform.files);
  await using pool = new HashPool(platform);
  await using journal = await openJournalFor(context, options.journal, {
    mode: "read",
    mustExist: true,
  });
  const { state } = journal;
  const chosen = () => chosenFiles(state, options.filter);
  if (options.dryRun) {
    for (const { name } of chosen()) emit({ type: "willCheck", name });
    return;
  }
  const totals: CheckTotals = {
    ok: 0,
    mtimeMismatch: 0,
    treeHashMismatch: 0,
    sizeMismatch: 0,
    zeroSize: 0,
    missing: 0,
    errors: 0,
  };
  let [files, bytes] = [0, 0];
  for (const { size } of chosen()) {
    files++;
    bytes += size;
  }
  emit({ type: "planned", files, bytes });
  pool.warmUp(bytes);
  await forEachBounded(
    chosen(),
    // Enough that small files keep all threads busy.
    4 * platform.cores,
    async (entry) => {
      const { name, size, treeHash } = entry;
      const finding = await checkFile(entry, options.dir, context, pool);
      totals[TOTAL_OF[finding.outcome]]++;
      const { differentMtime, outcome, reason } = finding;
      if (differentMtime !== undefined) {
        totals.mtimeMismatch++;
        emit({
          type: "mtimeMismatch",
          name,
          localMtime: differentMtime,
          journalMtime: entry.mtime!,
        });
      }
      emit({ type: "checked", name, outcome, size, treeHash, reason });
      emit({ type: "fileEnded" });
    },
    { signal },
  );
  emit({ type: "checkTotals", totals });
  const bad = files - totals.ok;
  if (bad > 0) {
    throw new DifferingFilesError(
      `Check failed: ${bad} of ${files} files are not as the journal ${options.journal} says`,
    );
  }
}

async function checkFile(
  entry: JournalEntry,
  dir: string,
  { platform, emit, signal }: LocalContext,
  pool: HashPool,
): Promise<Finding> {
  const path = childPath(dir, entry.name);
  let info: FileInfo | undefined;
  try {
    info = await platform.files.stat(path);
  } catch (error) {
    return { outcome: "error", reason: messageOf(error) };
  }
  if (info === undefined) return { outcome: "missing" };
  if (info.kind !== "file") {
    return { outcome: "error", reason: "it is not a regular file" };
  }
  const mtime = Math.floor(info.mtimeMs / 1000);
  const differentMtime = entry.mtime !== null && entry.mtime !== mtime
    ? mtime
    : undefined;
  if (info.size === 0) return { outcome: "zeroSize", differentMtime };
  if (info.size !== entry.size) {
    return { outcome: "sizeMismatch", differentMtime };
  }
  try {
    const hash = await pool.treeHash({ path, identity: info }, {
      signal,
      onBytes: (bytes) => emit({ type: "transferred", bytes }),
    });
    const same = encodeHex(hash) === entry.treeHash;
    return { outcome: same ? "ok" : "treeHashMismatch", differentMtime };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.problem === "vanished") return { outcome: "missing" };
    return { outcome: "error", reason: messageOf(error) };
  }
}
