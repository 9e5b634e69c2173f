/**
 * What sync would do.
 *
 * @module
 */

import type { Journal } from "../journal/journal.ts";
import { FileFailures } from "../transfer/failures.ts";
import { planUpload } from "../transfer/upload.ts";
import { openBoundJournal } from "./bound_journal.ts";
import type { StoreContext } from "./context.ts";
import { previewDeletions } from "./deletions.ts";
import { FileQuota, withinQuota } from "./file_quota.ts";
import { nothingDeleted, removedFiles } from "./removed.ts";
import { filesToSync, type SyncOptions } from "./sync_files.ts";
import { previewSession } from "./upload_session.ts";

/** Says what would be done; changes nothing, also not on disk. */
export async function previewSync(
  context: StoreContext,
  options: SyncOptions,
): Promise<void> {
  const { emit, platform } = context;
  const failures = new FileFailures(emit, context.signal);
  await using journal = await openBoundJournal(context, options.journal, {
    mode: "read",
  });
  const tasks = filesToSync(context, options, journal, {
    onProblem: (problem) => failures.report(problem.path, problem),
    onEmpty: (name) => emit({ type: "skipped", name, reason: "empty" }),
  });
  const quota = new FileQuota(options.maxFiles);
  // An archive that is due anyway may be that of a removed file as well.
  const deletions = new Set(await previewSession(context, journal));
  for await (const { file, replaces, verify } of tasks) {
    const { name, path, size } = file;
    try {
      planUpload(file, options.partSize, context.store.limits);
    } catch (error) {
      failures.report(name, error);
      continue;
    }
    // How many of those that are looked at will count can't be known.
    if (verify) emit({ type: "willVerify", name, path, size });
    else if (await quota.take()) {
      emit({ type: "willUpload", name, path, size });
      if (replaces) deletions.add(replaces);
    } else break;
  }
  if (options.modes.deleteRemoved && failures.count > 0) {
    emit(nothingDeleted(failures));
  } else if (options.modes.deleteRemoved) {
    const { dir, filter } = options;
    const { files } = platform;
    const { signal } = failures;
    const removed = await removedFiles(journal.state, {
      dir,
      filter,
      files,
      failures,
      signal,
    });
    for await (const entry of withinQuota(removed, quota)) {
      deletions.add(entry);
    }
  }
  previewDeletions(deletions, { emit, clock: platform.clock });
}

/** Says how much there is to upload, or to look at, for progress to have an end to show. */
export async function countFiles(
  context: StoreContext,
  options: SyncOptions,
  journal: Journal,
): Promise<void> {
  const planned = { files: 0, bytes: 0 };
  for await (const { file } of filesToSync(context, options, journal, {})) {
    planned.files++;
    planned.bytes += file.size;
    if (planned.files === options.maxFiles) break;
  }
  context.emit({ type: "planned", ...planned });
}
