/**
 * Uploads in parts that an earlier run began and did not finish.
 *
 * @module
 */

import { ItemNotFoundError } from "../errors.ts";
import type { WalkedFile } from "../files/walk.ts";
import type { MultipartIntent } from "../journal/intent_record.ts";
import type { Intents } from "../journal/intents.ts";
import type { ArchiveStore } from "../store.ts";
import { endUpload } from "./complete.ts";
import type { PartsUpload } from "./upload.ts";

/** What going on works with. */
export interface UnfinishedContext {
  store: ArchiveStore;
  intents: Intents;
  signal: AbortSignal;
}

/** An intent and its ID. */
interface Unfinished {
  id: string;
  intent: MultipartIntent;
}

/** Uploads to go on with, by the name of their file. */
export class UnfinishedUploads {
  readonly #byName = new Map<string, Unfinished>();
  readonly #context: UnfinishedContext;

  constructor(context: UnfinishedContext) {
    this.#context = context;
  }

  /** Takes in an upload. Of two of the same file the earlier one is ended. */
  async add(id: string, intent: MultipartIntent): Promise<void> {
    await this.drop(intent.name);
    this.#byName.set(intent.name, { id, intent });
  }

  /**
   * The upload of a file, with the parts that it has, where the file looks as
   * it did then; whether each part is the same is for the caller to compare.
   * Otherwise that upload is ended, and `undefined` returned.
   */
  async take(file: WalkedFile): Promise<PartsUpload | undefined> {
    const { name, size, mtime } = file;
    const found = this.#byName.get(name);
    if (found === undefined) return undefined;
    const { id, intent } = found;
    const { uploadId, partSize, replaces } = intent;
    if (intent.size !== size || intent.mtime !== mtime) {
      await this.drop(name);
      return undefined;
    }
    const { store, intents, signal } = this.#context;
    const stored = new Map<number, string>();
    try {
      for await (const part of store.listParts(uploadId, { signal })) {
        stored.set(part.offset, part.treeHash);
      }
    } catch (error) {
      // Either way it is no matter for this run any more.
      this.#byName.delete(name);
      if (!(error instanceof ItemNotFoundError)) throw error;
      // It expired, and was never completed: nothing came of it.
      await intents.settle(id, "abandoned");
      return undefined;
    }
    this.#byName.delete(name);
    return { id, uploadId, partSize, replaces, stored };
  }

  /** Ends the upload of a file, if there is one. */
  async drop(name: string): Promise<void> {
    const found = this.#byName.get(name);
    if (found === undefined) return;
    this.#byName.delete(name);
    const { store, intents, signal } = this.#context;
    const { id, intent } = found;
    await endUpload(id, intent.uploadId, { store, intents, stop: signal });
  }

  /** Uploads that nobody took. */
  get intents(): MultipartIntent[] {
    return Array.from(this.#byName.values(), ({ intent }) => intent);
  }
}
