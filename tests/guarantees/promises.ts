/**
 * All that docs/guarantees.md promises.
 *
 * @module
 */

import type { Promised } from "./mechanism.ts";

export const PROMISES: readonly Promised[] = [
  {
    title: "Recorded means stored",
    mechanisms: [
      {
        title: "the tree hash that the service computed is compared with ours",
        file: "src/glacier/answer.ts",
        code: "if (theirs === undefined || theirs === ours) return;",
        off: "return;",
        test: [
          "transfer/upload_test.ts",
          "an upload in parts, when the service stores other bytes",
        ],
      },
      {
        title: "the line is on the device before the upload is reported",
        file: "src/journal/append_log.ts",
        code: "if (batch.some(({ durable }) => durable)) {",
        off: "if (Math.random() > 1) {",
        test: [
          "journal/append_log_test.ts",
          "an append resolves only after the sync that follows its write",
        ],
      },
      {
        title: "a file is the one that was found, before and after it is read",
        file: "src/treehash/worker.ts",
        code:
          "return now.size === then.size && now.mtimeMs === then.mtimeMs &&",
        off: "return true || now.size === then.size &&",
        test: [
          "e2e/bad_input_test.ts",
          "a file that changes while it is read fails alone, and its upload is ended",
        ],
      },
      {
        title: "it is looked at once more when all of its parts were sent",
        file: "src/transfer/upload.ts",
        code:
          "if (now !== undefined && isSameFile(now, file.identity)) return;",
        off: "return;",
        test: [
          "transfer/upload_test.ts",
          "a file that changes after its last part was read is not recorded as good",
        ],
      },
      {
        title: "records have the service's time where the clock is wrong",
        file: "src/library/connect.ts",
        code: "corrected.correct(ahead);",
        off: "void corrected;",
        test: [
          "e2e/bad_input_test.ts",
          "where the clock is wrong, what is recorded has the service's time, and the user is told",
        ],
      },
      {
        title: "a record that would make the journal unreadable is not written",
        file: "src/journal/journal.ts",
        code: "if (problem) throw refusal(record, problem);",
        off: "",
        test: [
          "journal/journal_test.ts",
          "a record that the original would refuse the journal for is not appended",
        ],
      },
    ],
  },
  {
    title: "Stored means recorded",
    mechanisms: [
      {
        title: "the intent is on the device before the request is sent",
        file: "src/journal/intents.ts",
        code: "await this.#append({ id, ...intent });",
        off: "await this.#append({ id, ...intent }, { lazy: true });",
        test: [
          "journal/intents_test.ts",
          "an intent is on the device before begin() and completing() resolve",
        ],
      },
      {
        title: "a run goes first through what the last one left",
        file: "src/commands/upload_session.ts",
        code: "await recoverUploads(session);",
        off: "",
        test: [
          "e2e/crash_test.ts",
          "kill -9 after Complete took effect: the next run records that archive and sends nothing again",
        ],
      },
      {
        title: "an upload whose answer is lost is a doubt, and told",
        file: "src/transfer/upload.ts",
        code: "await doubt(id, file.name, error, context);",
        off: "",
        test: [
          "e2e/crash_test.ts",
          "a lost answer to a single upload is told, and the file is recorded once",
        ],
      },
      {
        title: "so is one that the program was killed in",
        file: "src/transfer/recover.ts",
        code: "await doubt(id, intent.name, reason, context);",
        off: "await intents.settle(id, 'abandoned');",
        test: [
          "e2e/crash_test.ts",
          "kill -9 while a single upload is under way: the next run tells of it and uploads",
        ],
      },
      {
        title: "what makes an archive is sent once",
        file: "src/aws/http.ts",
        code: "if (once) return new Blob(body === undefined ? [] : [body]);",
        off: "return (body ?? null) as unknown as Blob;",
        test: [
          "e2e/sent_once_test.ts",
          "A request that makes something is sent once, also on a connection that was used before",
        ],
      },
      {
        title: "what makes an archive is sent once, from where its bytes lie",
        file: "src/platform/host.ts",
        code: "bodyOf: bodyInPlace,",
        off: "bodyOf: (bytes) => bytes as unknown as Blob,",
        test: [
          "e2e/sent_once_test.ts",
          "A request that makes something is sent once, also on a connection that was used before, from where its bytes lie",
        ],
      },
      {
        title: "an upload in parts is gone on with, part by part by its hash",
        file: "src/transfer/upload.ts",
        code: "if (stored.get(offset) !== treeHash) {",
        off: "if (!stored.has(offset)) {",
        test: [
          "transfer/upload_test.ts",
          "of an upload that is gone on with, a part that differs is sent again",
        ],
      },
      {
        title: "an archive that was there before is not taken for the new one",
        file: "src/journal/intents.ts",
        code: "!intent.others?.includes(entry.archiveId)",
        off: "true",
        test: [
          "e2e/crash_test.ts",
          "kill -9 while a file is uploaded once more: the archive that it has already is not taken for the new one",
        ],
      },
      {
        title:
          "an archive that came of a doubt is adopted, and replaces what it was to",
        file: "src/commands/journal_reconcile.ts",
        code: "await intents.replacing(id, { vault, name, replaces });",
        off: 'await intents.settle(id, "created");',
        test: [
          "e2e/reconcile_test.ts",
          "what an adopted archive replaces is deleted by the next sync",
        ],
      },
      {
        title: "uploads that are left are listed, and told from foreign ones",
        file: "src/commands/uploads_plan.ts",
        code: "if (intents !== undefined) uploads.push(",
        off: "if (intents === before) uploads.push(",
        test: [
          "e2e/uploads_test.ts",
          "own and foreign uploads are told apart, and what becomes of them",
        ],
      },
    ],
  },
  {
    title: "Old goes last",
    mechanisms: [
      {
        title: "the old archive is deleted when the new one's line is on disk",
        file: "src/transfer/upload.ts",
        code:
          "await recordCreated({ archiveId, size, mtime, treeHash, name }, context);\n  if (replaces",
        off:
          "if (replaces) await context.store.deleteArchive(replaces);\n  await recordCreated({ archiveId, size, mtime, treeHash, name }, context);\n  if (replaces",
        test: [
          "e2e/sync_modes_test.ts",
          "a modified file goes up anew, then the old archive is deleted",
        ],
      },
      {
        title: "the only version that the journal has is kept",
        file: "src/transfer/delete.ts",
        code: "const last = journal.state.versions(name).length === 1;",
        off: "const last = Math.random() > 1;",
        test: [
          "e2e/crash_test.ts",
          "a replaced archive is kept where the journal, brought back from a copy, has no other version",
        ],
      },
      {
        title: "nothing is deleted for being gone where a file failed",
        file: "src/commands/sync.ts",
        code: "if (failures.count > 0) return emit(nothingDeleted(failures));",
        off: "",
        test: [
          "e2e/sync_modes_test.ts",
          "where a file failed, nothing is deleted for being gone: it may have been renamed",
        ],
      },
    ],
  },
  {
    title: "A restored name is a verified file",
    mechanisms: [
      {
        title: "the tree hash of the whole file is compared with the journal's",
        file: "src/transfer/download.ts",
        code: "if (same && size === entry.size) return;",
        off: "return;",
        test: [
          "e2e/crash_test.ts",
          "bytes that are not those of the journal never get a name",
        ],
      },
      {
        title: "a name that was taken meanwhile stays as it is",
        file: "src/transfer/download.ts",
        code: "await files.link(temporary, target);",
        off: "await files.rename(temporary, target);",
        test: [
          "e2e/main_job_test.ts",
          "a file that exists is never overwritten",
        ],
      },
      {
        title: "a segment's tree hash is compared with the service's",
        file: "src/transfer/segments.ts",
        code: "if (announced === undefined || announced === encodeHex(hash)) {",
        off: "if (Math.random() < 2) {",
        test: [
          "e2e/segments_test.ts",
          "a segment that was damaged on its way is fetched again, and only that",
        ],
      },
      {
        title: "what an earlier run left is believed by its hash only",
        file: "src/transfer/partial_file.ts",
        code: "if (hash && encodeHex(hash) === expected)",
        off: "if (hash)",
        test: [
          "e2e/download_resume_test.ts",
          "what is on disk is believed only as far as its tree hash goes",
        ],
      },
      {
        title: "bytes behind the end of what was left are cut off",
        file: "src/transfer/partial_file.ts",
        code: "await file.truncate(left.size);",
        off: "void 0;",
        test: [
          "e2e/download_resume_test.ts",
          "bytes behind the end of what was left are no part of the file",
        ],
      },
      {
        title: "an interrupted download is gone on with",
        file: "src/transfer/partial_file.ts",
        code: "if (!goneOnWith) await this.discard();",
        off: "if (goneOnWith || !goneOnWith) await this.discard();",
        test: [
          "e2e/download_resume_test.ts",
          "an interrupted download goes on with the segments that are missing",
        ],
      },
    ],
  },
  {
    title: "The journal outlives crashes",
    mechanisms: [
      {
        title: "a torn last line is set aside",
        file: "src/journal/repair.ts",
        code: "await update.truncate(tail.offset);",
        off: "",
        test: [
          "journal/torn_line_test.ts",
          "a last line that no journal may have is set aside and never blocks",
        ],
      },
      {
        title: "one process at a time writes to it",
        file: "src/journal/lock.ts",
        code: "lock = await takeLock(path);",
        off:
          "lock = { [Symbol.asyncDispose]: () => Promise.resolve(void takeLock) };",
        test: [
          "e2e/main_job_test.ts",
          "two runs at once never share a journal",
        ],
      },
      {
        title: "a disk that takes nothing is an error before anything is sent",
        file: "src/journal/journal.ts",
        code: "await checkSideFiles(path, files);",
        off: "void checkSideFiles;",
        test: [
          "journal/journal_test.ts",
          "a journal that cannot be appended to, or has no room beside it, is refused at once",
        ],
      },
      {
        title: "the same on a real full disk",
        file: "src/journal/repair.ts",
        code: "await file.write(new Uint8Array(SPARE_SPACE));",
        off: "void SPARE_SPACE;",
        test: [
          "e2e/disk_full_test.ts",
          "on the files port: a full disk is an error before anything is uploaded",
        ],
      },
      {
        title: "what a full disk wrote in part is taken back",
        file: "src/journal/append_log.ts",
        code: "await this.#file.truncate(this.#durable);",
        off: "",
        test: [
          "journal/append_log_test.ts",
          "what a full disk wrote in part is taken back, and nobody is told it is stored",
        ],
      },
      {
        title: "a journal that can't be written to ends the run",
        file: "src/transfer/failures.ts",
        code:
          'throw new JournalError("Stopped: the journal cannot be written to", {',
        off: "void ({",
        test: [
          "transfer/upload_test.ts",
          "a journal that can't be written ends what else is under way",
        ],
      },
      {
        title: "a journal is of one vault",
        file: "src/vault_identity.ts",
        code: 'return known.account === null ? "learned" : "different";',
        off: 'return "same";',
        test: [
          "e2e/bound_journal_test.ts",
          "a vault of the same name in another account or region is another one",
        ],
      },
    ],
  },
  {
    title: "Interrupting is safe",
    mechanisms: [
      {
        title: "a request that makes an archive is seen through",
        file: "src/transfer/upload.ts",
        code: "return { stop: signal, name };",
        off: "return { signal, name };",
        test: [
          "e2e/crash_test.ts",
          "an interrupted sync sees an upload through, begins no other, and exits with 130",
        ],
      },
      {
        title: "half a stream is not taken for a whole one",
        file: "src/transfer/upload_stream.ts",
        code: "const SIGNAL_TIME = 100;",
        off: "const SIGNAL_TIME = 0;",
        test: [
          "e2e/upload_file_test.ts",
          "an interruption that also ends the program that writes the stream makes no archive of half of it",
        ],
      },
      {
        title: "an interrupted run says so by its exit status",
        file: "src/cli/run_reported.ts",
        code: "return EXIT.interrupted;",
        off: "return EXIT.done;",
        test: [
          "e2e/crash_test.ts",
          "Ctrl-C ends the process with 130, and the next run goes on",
        ],
      },
    ],
  },
  {
    title: "No surprise costs",
    mechanisms: [
      {
        title: "--dry-run of sync does nothing",
        file: "src/commands/sync.ts",
        code: "if (options.dryRun) return await previewSync(context, options);",
        off: "void previewSync;",
        test: [
          "e2e/main_job_test.ts",
          "a dry run says what would be done, and changes nothing",
        ],
      },
      {
        title: "--dry-run of purge-vault does nothing",
        file: "src/commands/purge_vault.ts",
        code:
          "if (options.dryRun) return previewDeletions(archives, { emit, clock });",
        off: "void previewDeletions;",
        test: [
          "e2e/purge_vault_test.ts",
          "a purge deletes every version of every file, once looked at with --dry-run",
        ],
      },
      {
        title: "what the service is bringing already is not asked for again",
        file: "src/commands/restore.ts",
        code: "if (retrieval) underWay.push(retrieval);",
        off: "if (retrieval && Math.random() > 1) underWay.push(retrieval);",
        test: [
          "e2e/crash_test.ts",
          "a retrieval that a killed run asked for is recorded by the next, not asked for again",
        ],
      },
      {
        title: "a job whose answer is lost is looked for",
        file: "src/glacier/store.ts",
        code: "if (job !== undefined) return job;",
        off: "",
        test: [
          "e2e/crash_test.ts",
          "a lost answer to InitiateJob makes no second, billed job",
        ],
      },
      {
        title: "an empty folder is taken for a disk that isn't mounted",
        file: "src/commands/removed.ts",
        code: "const MOST_FOR_EMPTY_FOLDER = 10;",
        off: "const MOST_FOR_EMPTY_FOLDER = 1e9;",
        test: [
          "e2e/sync_modes_test.ts",
          "an empty folder is taken for a disk that isn't mounted where more than 10 archives would go",
        ],
      },
      {
        title: "an inventory of another vault marks nothing",
        file: "src/commands/journal_reconcile.ts",
        code: "if (adopt || mark) expectSameVault(comparison, options);",
        off: "void expectSameVault;",
        test: [
          "e2e/reconcile_test.ts",
          "the inventory of another vault changes nothing, unless the user knows better",
        ],
      },
    ],
  },
  {
    title: "Names are data",
    mechanisms: [
      {
        title: "a name that leads out of the folder is refused",
        file: "src/files/safe_path.ts",
        code: "if (problem) throw unsafe(name, problem);",
        off: "",
        test: [
          "files/safe_path_test.ts",
          "a name that leads out of the folder is refused and makes nothing",
        ],
      },
      {
        title: "nothing is written through links",
        file: "src/files/safe_path.ts",
        code: "const look = () => attempt(path, () => files.lstat(path));",
        off: "const look = () => attempt(path, () => files.stat(path));",
        test: [
          "files/safe_path_test.ts",
          "a link on the way is refused, wherever it leads",
        ],
      },
      {
        title: "control characters don't reach the terminal",
        file: "src/relative_name.ts",
        code: "return name.replace(UNPRINTABLE, (character) => {",
        off: "return name.replace(/(?!)/g, (character) => {",
        test: [
          "e2e/uploads_test.ts",
          "names of foreign uploads can't drive the terminal",
        ],
      },
      {
        title: "secrets that the service quotes are not shown",
        file: "src/aws/secrets.ts",
        code:
          'for (const form of forms) text = text.replaceAll(form, "[secret]");',
        off: "void forms;",
        test: [
          "aws/http_test.ts",
          "common refusals say what to do, and never quote a signature or a secret",
        ],
      },
      {
        title: "names from an inventory go through the same checks",
        file: "src/files/safe_path.ts",
        code: 'if (info?.kind === "symlink") {',
        off: "if (info === undefined) {",
        test: [
          "e2e/hostile_test.ts",
          "an inventory full of traps becomes a journal that restores into the folder only",
        ],
      },
      {
        title: "JSON has no control characters either",
        file: "src/cli/output.ts",
        code: "return escapeUnprintable(JSON.stringify(event));",
        off: "return JSON.stringify(event) + escapeUnprintable('');",
        test: [
          "e2e/hostile_test.ts",
          "no command shows a name raw, as text or JSON, in what it tells or what it complains of",
        ],
      },
      {
        title: "nor are they in what any command shows or writes",
        file: "src/aws/secrets.ts",
        code:
          'for (const form of forms) text = text.replaceAll(form, "[secret]");',
        off: "void forms;",
        test: [
          "e2e/secrets_test.ts",
          "no command shows a secret, whatever happens",
        ],
      },
      {
        title:
          "a configuration file with keys that others may read is warned of",
        file: "src/cli/settings.ts",
        code: "if (exposed && holdsSecret(text)) {",
        off: "if (exposed && holdsSecret(text) && Math.random() > 1) {",
        test: [
          "cli/exposed_test.ts",
          "a configuration file with a secret that others may read is warned of, with what to do",
        ],
      },
      {
        title: "a file that is being downloaded is its owner's alone",
        file: "src/platform/node_files.ts",
        code: "const OWNER_ONLY = 0o600;",
        off: "const OWNER_ONLY = 0o666;",
        test: [
          "e2e/permissions_test.ts",
          "a file that is being downloaded is its owner's alone until it has its name",
        ],
      },
      {
        title: "files beside the journal are no more open than that",
        file: "src/journal/intents.ts",
        code: "const permissions = (await files.stat(journalPath))?.mode;",
        off: "const permissions = undefined;",
        test: [
          "e2e/permissions_test.ts",
          "what is beside the journal is no more open than the journal",
        ],
      },
      {
        title: "redirects are not followed",
        file: "src/aws/http.ts",
        code: '{ ...signed, signal, redirect: "manual" },',
        off: '{ ...signed, signal, redirect: "follow" },',
        test: [
          "e2e/endpoint_test.ts",
          "no redirect is followed, of whatever kind and request: nothing reaches the other address",
        ],
      },
      {
        title:
          "a server that nobody vouches for is sent nothing, and not tried again",
        file: "src/aws/network_failure.ts",
        code: "if (CERTIFICATE.test(trace)) {",
        off: "if (CERTIFICATE.test(trace) && Math.random() > 1) {",
        test: [
          "e2e/endpoint_test.ts",
          "Deno: to a server that nobody vouches for nothing is sent",
        ],
      },
    ],
  },
  {
    title: "A bad line costs time, and no data",
    mechanisms: [
      {
        title: "what failed and may succeed is sent again, and told of",
        file: "src/glacier/sender.ts",
        code: "isWorthRepeating(error, idempotent) && this.#budget.isLeft,",
        off: "Math.random() > 1,",
        test: [
          "e2e/retries_test.ts",
          "only the part that failed is sent again, and --verbose tells which and why",
        ],
      },
      {
        title: "waits are random parts of a growing bound",
        file: "src/async/retry.ts",
        code: "random() * bound",
        off: "bound",
        test: [
          "async/retry_test.ts",
          "retry() waits a random part of a bound that doubles up to the cap",
        ],
      },
      {
        title: "where nothing succeeds for long, nothing is repeated",
        file: "src/glacier/sender.ts",
        code: "if (isTransient(error)) this.#budget.failed();",
        off: "if (isTransient(error)) this.#budget.succeeded();",
        test: [
          "glacier/sender_test.ts",
          "where nothing succeeds for long, requests are tried once, until one succeeds",
        ],
      },
      {
        title: "requests are fewer where the service has too much to do",
        file: "src/async/adaptive_limit.ts",
        code: "this.#limit = Math.max(1, Math.floor(used / 2));",
        off: "",
        test: [
          "e2e/retries_test.ts",
          "where the service throttles, the program sends less at a time, tells so, and comes back",
        ],
      },
      {
        title: "and as many as before when that is over",
        file: "src/async/adaptive_limit.ts",
        code: "this.#limit++;",
        off: "",
        test: [
          "glacier/sender_test.ts",
          "when throttling is over, there are as many requests at a time as before",
        ],
      },
      {
        title: "a line that is dead is noticed by the pace of earlier uploads",
        file: "src/aws/upload_pace.ts",
        code: "return Math.max(SLOWEST, (this.#rate ?? 0) / MARGIN);",
        off: "return SLOWEST;",
        test: [
          "e2e/line_and_clock_test.ts",
          "deno: a part on a dead line is noticed soon, and only that is sent again",
        ],
      },
      {
        title: "a download goes on where the connection broke",
        file: "src/async/resume.ts",
        code: "const opened = await open(position);",
        off: "const opened = await open(0);",
        test: [
          "async/resume_test.ts",
          "bytes come through once, whether connections break or end early",
        ],
      },
      {
        title: "a wrong clock is corrected by the service's",
        file: "src/aws/http.ts",
        code: "this.#offset = ahead;",
        off: "",
        test: [
          "e2e/line_and_clock_test.ts",
          "deno: a clock 3 hours off costs one request more",
        ],
      },
      {
        title: "credentials that have ended are renewed",
        file: "src/aws/http.ts",
        code: "return await this.#credentials(request, true);",
        off: "return current;",
        test: [
          "e2e/line_and_clock_test.ts",
          "deno: credentials that end in mid-run are renewed",
        ],
      },
      {
        title: "one file fails, and the others go on",
        file: "src/transfer/failures.ts",
        code: "if (endsRun(error)) throw error;",
        off: "throw error;",
        test: [
          "e2e/retries_test.ts",
          "a file whose part fails each time fails alone, and the next run sends what is missing",
        ],
      },
    ],
  },
];
