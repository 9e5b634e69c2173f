/**
 * `sync`: brings a vault to the state of a local folder.
 *
 * @module
 */

import { encodeHex } from "@std/encoding/hex";
import { forEachBounded } from "../async/bounded.ts";
import { childPath } from "../files/safe_path.ts";
import type { Journal } from "../journal/journal.ts";
import { printable } from "../relative_name.ts";
import { FileFailures } from "../transfer/failures.ts";
import type { UnfinishedUploads } from "../transfer/unfinished.ts";
import { type UploadContext, uploadFile } from "../transfer/upload.ts";
import type { StoreContext } from "./context.ts";
import { deleteArchives } from "./deletions.ts";
import { FileQuota, withinQuota } from "./file_quota.ts";
import { expectFolder } from "./folder.ts";
import { nothingDeleted, removedFiles, stillRemoved } from "./removed.ts";
import { filesToSync, type SyncOptions, type SyncTask } from "./sync_files.ts";
import { countFiles, previewSync } from "./sync_preview.ts";
import { openUploadSession } from "./upload_session.ts";

/**
 * Does what the modes say: uploads files below `dir` whose name is not in the
 * journal, uploads modified ones anew and deletes what they replace, and at
 * last deletes the archives of files that are gone. Files that fail are
 * reported, and the others go on; but then nothing is deleted for being gone.
 *
 * @throws where the run can't go on: journal, folder or service out of reach.
 */
export async function sync(
  context: StoreContext,
  options: SyncOptions,
): Promise<void> {
  await expectFolder(options.dir, context.platform.files);
  if (options.dryRun) return await previewSync(context, options);
  const { emit } = context;
  const failures = new FileFailures(emit, context.signal);
  const { signal } = failures;
  await using upload = await openUploadSession(context, {
    ...options,
    signal,
  });
  const { journal, unfinished } = upload;
  if (options.countFirst) await countFiles(context, options, journal);
  const quota = new FileQuota(options.maxFiles);
  const tasks = filesToSync(context, options, journal, {
    onProblem: (problem) => failures.report(problem.path, problem),
    onEmpty: (name) => emit({ type: "skipped", name, reason: "empty" }),
  });
  await forEachBounded(
    withinQuota(tasks, quota, ({ verify }) => verify),
    filesAtOnce(options.concurrency),
    (task) =>
      failures.guard(
        task.file.name,
        () => syncFile(task, options.partSize, quota, upload),
      ),
    { signal },
  );
  await endUseless(unfinished, options, context, journal);
  if (!options.modes.deleteRemoved) return;
  if (failures.count > 0) return emit(nothingDeleted(failures));
  const { dir, filter } = options;
  const { files } = context.platform;
  const looking = { dir, filter, files, failures, signal };
  const removed = await removedFiles(journal.state, looking);
  await deleteArchives(
    withinQuota(stillRemoved(removed, looking), quota),
    options.concurrency,
    failures,
    upload,
  );
}

/** Twice as many files as requests: while some are sent, others are read or recorded. One at a time is one at a time. */
function filesAtOnce(concurrency: number): number {
  return concurrency === 1 ? 1 : 2 * concurrency;
}

/** Uploads a file, where its hash is to decide only after a look at that. */
async function syncFile(
  task: SyncTask,
  partSize: number,
  quota: FileQuota,
  context: UploadContext,
): Promise<void> {
  if (task.verify) {
    let matches = false;
    try {
      matches = await isUnchanged(task, context);
    } finally {
      quota.settle(matches ? "givenBack" : "kept");
    }
    if (matches) return;
  }
  const replaces = task.replaces?.archiveId;
  await uploadFile({ ...task.file, replaces }, partSize, context);
}

/** Whether a file's tree hash is that of the archive that it would replace. */
async function isUnchanged(
  { file, replaces }: SyncTask,
  { hashPool, emit, signal }: UploadContext,
): Promise<boolean> {
  const { name, path, size } = file;
  const hash = await hashPool.treeHash(file, { signal });
  const matches = encodeHex(hash) === replaces?.treeHash;
  emit({ type: "compared", name, path, matches });
  if (matches) emit({ type: "transferred", bytes: size });
  return matches;
}

/** Ends the unfinished uploads whose files are gone, or in the journal by now; others are named. */
async function endUseless(
  unfinished: UnfinishedUploads,
  { dir, maxFiles }: SyncOptions,
  { platform, emit }: StoreContext,
  journal: Journal,
): Promise<void> {
  for (const { name, replaces } of unfinished.intents) {
    // What would replace an archive that is still there has not been recorded.
    const recorded = replaces === undefined
      ? journal.state.latest(name) !== undefined
      : journal.state.archive(replaces) === undefined;
    const gone = recorded ||
      await platform.files.lstat(childPath(dir, name)).then(
        (info) => info === undefined,
        () => false,
      );
    if (gone) await unfinished.drop(name);
    // With a limit, the turn of some files has not come yet.
    else if (maxFiles === undefined) {
      emit({
        type: "warning",
        message: `An unfinished upload of ${
          printable(name)
        } is left as it is: the file was not among those of this run`,
      });
    }
  }
}
