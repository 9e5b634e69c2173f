/**
 * `upload-file`: uploads one file, or a stream.
 *
 * @module
 */

import { encodeDescription } from "../files/names.ts";
import { childPath } from "../files/safe_path.ts";
import type { WalkedFile } from "../files/walk.ts";
import type { Files } from "../platform.ts";
import { planUpload, uploadFile as uploadOneFile } from "../transfer/upload.ts";
import type { Sizing } from "../transfer/sizing.ts";
import { nowInSeconds } from "../transfer/record.ts";
import { type StreamWords, uploadStream } from "../transfer/upload_stream.ts";
import { openBoundJournal } from "./bound_journal.ts";
import type { StoreContext } from "./context.ts";
import { previewDeletions } from "./deletions.ts";
import { expectFolder } from "./folder.ts";
import { fileAt, nameBelow } from "./one_file.ts";
import {
  openUploadSession,
  previewSession,
  type UploadSession,
} from "./upload_session.ts";

/** What is uploaded. */
export type UploadSource =
  /** A file below a folder; its name is its path relative to that. */
  | { kind: "below"; path: string; dir: string }
  /** A file under a name that is given. */
  | { kind: "named"; path: string; name: string }
  /** A stream; `maxSize` in bytes, where it is known how much may come. */
  | { kind: "stream"; name: string; maxSize?: number };

/** Options of {@linkcode uploadFile}. */
export interface UploadFileOptions extends Sizing {
  source: UploadSource;
  /** Opens the stream, where the source is one, and how errors speak of it. */
  input(): AsyncIterable<Uint8Array>;
  inputWords: StreamWords;
  journal: string;
  dryRun?: boolean;
}

type StreamSource = Extract<UploadSource, { kind: "stream" }>;
type FileSource = Exclude<UploadSource, StreamSource>;

/**
 * Uploads the source and records it, also where the journal has that name
 * already. Unfinished uploads of other files are left to `sync`.
 *
 * @throws where it can't be uploaded, for whatever reason.
 */
export async function uploadFile(
  context: StoreContext,
  options: UploadFileOptions,
): Promise<void> {
  const { source } = options;
  const upload = source.kind === "stream"
    ? prepareStream(source, context, options)
    : await prepareFile(source, context, options);
  if (options.dryRun) {
    // A journal that is of no use is to be told of as well.
    await using journal = await openBoundJournal(context, options.journal, {
      mode: "read",
    });
    upload.preview();
    const { emit, platform: { clock } } = context;
    const due = await previewSession(context, journal);
    return previewDeletions(due, { emit, clock });
  }
  await using session = await openUploadSession(context, {
    ...options,
    signal: context.signal,
  });
  await upload.run(session);
  context.emit({ type: "fileEnded" });
}

/** An upload that is known to be possible, as far as can be told beforehand. */
interface PreparedUpload {
  /** Says what would be uploaded. */
  preview(): void;
  run(session: UploadSession): Promise<void>;
}

async function prepareFile(
  source: FileSource,
  { platform, store, emit }: StoreContext,
  { partSize }: UploadFileOptions,
): Promise<PreparedUpload> {
  const file = await findFile(source, platform.files);
  planUpload(file, partSize, store.limits);
  const { name, path, size } = file;
  return {
    preview: () => emit({ type: "willUpload", name, path, size }),
    async run(session) {
      emit({ type: "planned", files: 1, bytes: size });
      await uploadOneFile(file, partSize, session);
    },
  };
}

async function findFile(source: FileSource, files: Files): Promise<WalkedFile> {
  const { path } = source;
  if (source.kind === "named") return await fileAt(path, source.name, files);
  const { dir } = source;
  await expectFolder(dir, files);
  const name = await nameBelow(path, dir, files);
  return await fileAt(childPath(dir, name), name, files);
}

function prepareStream(
  { name, maxSize }: StreamSource,
  { platform, emit }: StoreContext,
  { input, inputWords, partSize, concurrency, memory }: UploadFileOptions,
): PreparedUpload {
  const createSha256 = () => platform.createSha256();
  // Refuses a name that is too long, before anything is begun.
  encodeDescription({ name, mtime: nowInSeconds(platform.clock) });
  return {
    preview: () => emit({ type: "willUploadStream", name }),
    run: (session) =>
      uploadStream(
        { name, content: input(), words: inputWords, maxSize, partSize },
        { ...session, concurrency, memory, createSha256 },
      ),
  };
}
