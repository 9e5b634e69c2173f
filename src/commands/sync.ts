/**
 * `sync`: uploads the local files that the journal doesn't have.
 *
 * @module
 */

import { forEachBounded } from "../async/bounded.ts";
import type { NameFilter } from "../files/filter.ts";
import { childPath } from "../files/safe_path.ts";
import { walk, type WalkedFile } from "../files/walk.ts";
import type { Journal } from "../journal/journal.ts";
import { isOfJournal } from "../journal/paths.ts";
import { printable } from "../relative_name.ts";
import { FileFailures } from "../transfer/failures.ts";
import type { UnfinishedUploads } from "../transfer/unfinished.ts";
import { planUpload, uploadFile } from "../transfer/upload.ts";
import { openJournalFor, type StoreContext } from "./context.ts";
import { expectFolder } from "./folder.ts";
import { decideSync, type SyncModes } from "./plan.ts";
import { openUploadSession } from "./upload_session.ts";

/** Options of {@linkcode sync}. */
export interface SyncOptions {
  dir: string;
  journal: string;
  /** Which names to take, of local files and of the journal's. */
  filter: NameFilter;
  modes: SyncModes;
  /** Whether to take links for what they lead to. */
  follow?: boolean;
  /** Requests under way at a time, at least 1. */
  concurrency: number;
  /** Size of a part in bytes, 1 MiB times a power of two. */
  partSize: number;
  /** How many files to upload at most. */
  maxFiles?: number;
  dryRun?: boolean;
  /** Whether to go through the folder once more beforehand, so that progress has an end to show. */
  countFirst?: boolean;
}

/**
 * Uploads each file below `dir` whose name is not in the journal. Files that
 * fail are reported, and the others go on.
 *
 * @throws where the run can't go on: journal, folder or service out of reach.
 */
export async function sync(
  context: StoreContext,
  options: SyncOptions,
): Promise<void> {
  await expectFolder(options.dir, context.platform.files);
  if (options.dryRun) return await preview(context, options);
  const { emit } = context;
  const failures = new FileFailures(emit, context.signal);
  const { signal } = failures;
  await using upload = await openUploadSession(context, {
    journal: options.journal,
    concurrency: options.concurrency,
    signal,
  });
  const { journal, unfinished } = upload;
  if (options.countFirst) await count(context, options, journal);
  await forEachBounded(
    filesToUpload(context, options, journal, {
      onProblem: (problem) => failures.report(problem.path, problem),
      onEmpty: (name) => emit({ type: "skipped", name, reason: "empty" }),
    }),
    options.concurrency,
    (file) =>
      failures.guard(
        file.name,
        () => uploadFile(file, options.partSize, upload),
      ),
    { signal },
  );
  await endUseless(unfinished, options, context, journal);
}

/** Ends the unfinished uploads whose files are gone, or in the journal by now; others are named. */
async function endUseless(
  unfinished: UnfinishedUploads,
  { dir, maxFiles }: SyncOptions,
  { platform, emit }: StoreContext,
  journal: Journal,
): Promise<void> {
  for (const name of unfinished.names) {
    const gone = journal.state.latest(name) !== undefined ||
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

/** Says what would be uploaded; changes nothing, also not on disk. */
async function preview(
  context: StoreContext,
  options: SyncOptions,
): Promise<void> {
  const { emit } = context;
  const failures = new FileFailures(emit, context.signal);
  await using journal = await openJournalFor(context, options.journal, {
    mode: "read",
  });
  const planned = filesToUpload(context, options, journal, {
    onProblem: (problem) => failures.report(problem.path, problem),
    onEmpty: (name) => emit({ type: "skipped", name, reason: "empty" }),
  });
  for await (const file of planned) {
    const { name, path, size } = file;
    try {
      planUpload(file, options.partSize, context.store.limits);
      emit({ type: "willUpload", name, path, size });
    } catch (error) {
      failures.report(name, error);
    }
  }
}

async function count(
  context: StoreContext,
  options: SyncOptions,
  journal: Journal,
): Promise<void> {
  const planned = { files: 0, bytes: 0 };
  for await (const { size } of filesToUpload(context, options, journal, {})) {
    planned.files++;
    planned.bytes += size;
  }
  context.emit({ type: "planned", ...planned });
}

/** The files to upload, found as they are asked for. */
async function* filesToUpload(
  { platform, signal }: StoreContext,
  { dir, maxFiles = Infinity }: SyncOptions,
  journal: Journal,
  tell: {
    onProblem?: (problem: Error & { path: string }) => void;
    onEmpty?: (name: string) => void;
  },
): AsyncGenerator<WalkedFile> {
  const { files } = platform;
  const { onProblem } = tell;
  let taken = 0;
  let root: string | undefined;
  for await (const file of walk(dir, { files, signal, onProblem })) {
    // (The walk has been in it, so that it can be looked up.)
    root ??= await files.realPath(dir);
    const { name, size } = file;
    const ours = isOfJournal(childPath(root, name), journal.path);
    const decision = decideSync(
      { name, size, ours },
      journal.state.latest(name),
    );
    if (decision.action === "skip") {
      if (decision.reason === "empty") tell.onEmpty?.(file.name);
      continue;
    }
    if (taken >= maxFiles) return;
    taken++;
    yield file;
  }
}
