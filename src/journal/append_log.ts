/**
 * A text file that only grows, and whose lines are on the device when their
 * writer is told so.
 *
 * @module
 */

import { JournalError, messageOf } from "../errors.ts";
import type { Files, OpenFile } from "../platform.ts";
import { printable } from "../relative_name.ts";
import { folderOf } from "./paths.ts";

/** How {@linkcode AppendLog.append} works. */
export interface AppendOptions {
  /**
   * Whether to wait until the text is on the device. Otherwise it is only
   * handed to the system, and a power failure may lose it.
   * @default true
   */
  durable?: boolean;
  /**
   * Whether it need not even be handed to the system before something else is:
   * for what is of use to the next run, and can be found out by it. Resolves at
   * once; what ends this program without a close may lose it.
   * @default false
   */
  lazy?: boolean;
}

/** One call of `append`, waiting for its write. */
interface Waiter {
  text: string;
  durable: boolean;
  resolve: () => void;
  reject: (error: JournalError) => void;
}

const encoder = new TextEncoder();

/**
 * How much is written at a time, in characters. A write is one system call
 * and one wait for the device, whatever number of lines it carries.
 */
const MAX_BATCH = 1024 * 1024;

/**
 * Appends lines with group commit: lines that come while the device is busy
 * share the next write, so that a thousand concurrent writers cost little
 * more than one.
 *
 * The first failure breaks the log: what was written only in part is taken
 * back, and from then on every call is rejected. Carrying on after a failed
 * sync could report lines as stored that the system has dropped.
 */
export class AppendLog implements AsyncDisposable {
  readonly #path: string;
  readonly #file: OpenFile;
  /** Length in bytes of what is known to be whole. */
  #length: number;
  /** Length in bytes of what is on the device. */
  #durable: number;
  #waiters: Waiter[] = [];
  /** The loop that writes; `undefined` while there is nothing to write. */
  #writing: Promise<void> | undefined;
  #failure: JournalError | undefined;
  #closed = false;

  private constructor(path: string, file: OpenFile, length: number) {
    this.#path = path;
    this.#file = file;
    this.#length = length;
    this.#durable = length;
  }

  /**
   * Opens the file, made if absent; then its name too is on the device.
   *
   * @param options `permissions` of a file that is made, those of any new file
   * where left out.
   * @throws {JournalError} where the file cannot be opened for appending.
   */
  static async open(
    path: string,
    files: Files,
    options: { permissions?: number } = {},
  ): Promise<AppendLog> {
    let file: OpenFile | undefined;
    try {
      file = await files.open(path, "append", options);
      // Also where it was there: whoever made it may not have come this far.
      await files.syncDirectory(folderOf(path));
      const { size } = await file.stat();
      return new AppendLog(path, file, size);
    } catch (error) {
      await file?.close().catch(() => {});
      throw new JournalError(
        `Cannot write ${printable(path)}: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  /** Length of the file in bytes, lines that wait to be written left out. */
  get size(): number {
    return this.#length;
  }

  /** Whether a write has failed. */
  get broken(): boolean {
    return this.#failure !== undefined;
  }

  /**
   * Appends text: whole lines, each with its LF. Texts of several calls stand
   * in the file in the order of the calls.
   *
   * @throws {JournalError} where the text is not safely stored. A part of it
   * is not left behind, unless the device fails at that too.
   */
  append(text: string, options: AppendOptions = {}): Promise<void> {
    const { lazy = false, durable = !lazy } = options;
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#closed) {
      return Promise.reject(
        new JournalError(`Cannot write ${printable(this.#path)}: it is closed`),
      );
    }
    if (lazy) {
      const nobody = () => {};
      this.#waiters.push({ text, durable, resolve: nobody, reject: nobody });
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ text, durable, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  /**
   * Waits for all that was appended, brings it onto the device, and closes
   * the file.
   *
   * @throws {JournalError} where lines appended as not durable could not be
   * brought onto the device. What broke the log earlier is not repeated.
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#writing;
    const broken = this.#failure !== undefined;
    // What was lazy until now.
    if (this.#waiters.length > 0 && !broken) await this.#write();
    try {
      if (!broken && this.#failure) throw this.#failure;
      if (!this.#failure && this.#durable < this.#length) {
        await this.#file.sync();
      }
    } catch (error) {
      if (error === this.#failure) throw error;
      throw await this.#break(error, 0);
    } finally {
      await this.#file.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #write(): Promise<void> {
    // Lets everything that is appended in the same turn into the first batch.
    await Promise.resolve();
    while (this.#waiters.length > 0) {
      const batch = this.#takeBatch();
      const bytes = encoder.encode(batch.map(({ text }) => text).join(""));
      try {
        await this.#file.write(bytes);
        if (batch.some(({ durable }) => durable)) {
          await this.#file.sync();
          this.#durable = this.#length + bytes.length;
        }
        this.#length += bytes.length;
        for (const { resolve } of batch) resolve();
      } catch (error) {
        const failure = await this.#break(error, bytes.length);
        for (const { reject } of [...batch, ...this.#waiters]) reject(failure);
        this.#waiters = [];
      }
    }
    this.#writing = undefined;
  }

  /** The calls whose texts go into one write: at least one, up to `MAX_BATCH`. */
  #takeBatch(): Waiter[] {
    let length = 0;
    let count = 0;
    for (const { text } of this.#waiters) {
      length += text.length;
      if (count > 0 && length > MAX_BATCH) break;
      count++;
    }
    return this.#waiters.splice(0, count);
  }

  /** Takes back what may be there in part, and refuses all work from now on. */
  async #break(cause: unknown, attempted: number): Promise<JournalError> {
    this.#failure = new JournalError(
      `Cannot write ${printable(this.#path)}: ${messageOf(cause)}`,
      { cause },
    );
    try {
      const { size } = await this.#file.stat();
      // Where there is more than we wrote, somebody who knows nothing of our
      // lock has appended too, and cutting would take their lines.
      if (size > this.#durable && size <= this.#length + attempted) {
        await this.#file.truncate(this.#durable);
        await this.#file.sync();
        this.#length = this.#durable;
      }
    } catch {
      // The device is failing: the next run finds the torn line instead.
    }
    return this.#failure;
  }
}
