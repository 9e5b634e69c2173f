/**
 * The ports that a host provides: everything that the core needs of the
 * machine it runs on. `src/platform/` holds the implementations; nothing else
 * names a runtime.
 *
 * Paths are strings in the host's own form. Where a method fails, it rejects
 * with the host's own error, which carries a `code` such as `ENOENT` or
 * `EACCES`; callers wrap it in a typed error that names the thing.
 *
 * @module
 */

/** What kind of thing a folder holds under a name. */
export type FileKind = "file" | "directory" | "symlink" | "other";

/** What the host knows of a file. */
export interface FileInfo {
  kind: FileKind;
  /** Size in bytes. */
  size: number;
  /** Time of last modification in milliseconds since 1970, with fraction; may be negative. */
  mtimeMs: number;
  /** Inode number and device: together they tell whether this is the same file. 0 where unknown. */
  ino: number;
  dev: number;
  /** Permission bits, such as `0o644`; absent where the system has none. */
  mode?: number;
}

/** A name in a folder, and what it stands for. */
export interface DirectoryEntry {
  name: string;
  kind: FileKind;
  /**
   * Set where the name only stands for one that is no text: its bytes are not
   * UTF-8, and U+FFFD is in their place. Under it nothing can be reached, or
   * something else.
   */
  lossy?: boolean;
}

/** How a file is opened. */
export type OpenMode =
  /** Must exist. */
  | "read"
  /** Every write goes to the end; made if absent. */
  | "append"
  /** Must exist; read and written in place. */
  | "update"
  /** Must not exist: fails with `EEXIST`, also on a dangling symlink. Read and written by its owner alone. */
  | "create";

/** An open file. Closing twice is harmless. */
export interface OpenFile extends AsyncDisposable {
  /** Reads into `buffer` from `position` in bytes; resolves to the number of bytes read, 0 at the end. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** Writes all of `bytes`, at `position` where given, otherwise where the mode says. */
  write(bytes: Uint8Array, position?: number): Promise<void>;
  stat(): Promise<FileInfo>;
  /** Cuts the file to `size` bytes. */
  truncate(size: number): Promise<void>;
  /** Resolves when everything written is on the device. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The file system. */
export interface Files {
  /** What is at `path`, a symlink followed; `undefined` where nothing is. */
  stat(path: string): Promise<FileInfo | undefined>;
  /** What is at `path`, a symlink described and not followed; `undefined` where nothing is. */
  lstat(path: string): Promise<FileInfo | undefined>;
  /** The names in a folder, in no particular order, a few at a time. */
  readDirectory(path: string): AsyncIterable<DirectoryEntry>;
  /** `permissions`: those of a file that is made, less the user's mask, instead of what `mode` says; such as `0o640`. */
  open(
    path: string,
    mode: OpenMode,
    options?: { permissions?: number },
  ): Promise<OpenFile>;
  /** The whole file as UTF-8. */
  readText(path: string): Promise<string>;
  /** Makes a folder and those above it that are missing. */
  makeDirectory(path: string): Promise<void>;
  /** Gives an existing file a second name; fails with `EEXIST` where the name is taken. Atomic. */
  link(existing: string, path: string): Promise<void>;
  /** Moves a file; replaces a file of that name. Atomic. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; nothing happens where there is none. */
  remove(path: string): Promise<void>;
  /** Removes a folder with all in it; nothing happens where there is none. */
  removeTree(path: string): Promise<void>;
  /** Sets the time of last modification, in seconds since 1970; may be negative. */
  setModifiedTime(path: string, seconds: number): Promise<void>;
  /** Gives a file that was made for its owner alone the permissions that new files have by default. */
  publish(path: string): Promise<void>;
  /** Resolves when the names in a folder are on the device. Does nothing where the system has no such thing. */
  syncDirectory(path: string): Promise<void>;
  /** A new empty folder for temporary files. */
  makeTemporaryDirectory(prefix: string): Promise<string>;
  /** The real path, symlinks resolved; must exist. */
  realPath(path: string): Promise<string>;
}

/** Time, so that tests can move it. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

/** A statement prepared once and run many times. */
export interface SqlStatement {
  run(...values: SqlValue[]): { changes: number };
  get(...values: SqlValue[]): Record<string, SqlValue> | undefined;
  all(...values: SqlValue[]): Record<string, SqlValue>[];
}

/** What a column holds. */
export type SqlValue = null | number | string | Uint8Array;

/** An SQLite database. Its calls block; keep transactions short. */
export interface Database extends Disposable {
  exec(sql: string): void;
  prepare(sql: string): SqlStatement;
  close(): void;
}

/** SHA-256 of content that comes in pieces. */
export interface IncrementalSha256 {
  update(bytes: Uint8Array): void;
  /** Ends the computation; may be called once. */
  digest(): Uint8Array<ArrayBuffer>;
}

/** A file open in a worker thread, where calls may block. */
export interface BlockingFile extends Disposable {
  stat(): FileInfo;
  /** Reads into `buffer` from `position` in bytes; returns the number of bytes read, 0 at the end. */
  read(buffer: Uint8Array, position: number): number;
}

/** The same, to be written in place. */
export interface BlockingWriter extends Disposable {
  stat(): FileInfo;
  /** Writes some of `bytes` at `position` in bytes; returns how many. */
  write(bytes: Uint8Array, position: number): number;
}

/** What a hash worker needs of the thread that it runs in. */
export interface HashWorkerHost {
  openFile(path: string): BlockingFile;
  /** Opens a file that exists; refuses a link where the system can. */
  openWriter(path: string): BlockingWriter;
  createSha256(): IncrementalSha256;
}

/** What a worker says, or why it died. */
export type WorkerEvent = { message: unknown } | { error: Error };

/** One worker thread, seen from the main thread. */
export interface WorkerHandle {
  /** Sends a message; the buffers in `transfer` change hands. */
  post(message: unknown, transfer: ArrayBuffer[]): void;
  /** Called with every message of the worker, and with `error` where it died; with what came before too. */
  listen(listener: (event: WorkerEvent) => void): void;
  /** Ends the thread at once; resolves when it is gone. */
  terminate(): Promise<void>;
}

/** A host: the runtime and the machine. */
export interface Platform {
  readonly files: Files;
  readonly clock: Clock;
  /** How many threads can run at a time, at least 1. */
  readonly cores: number;
  /** Starts a thread that answers the messages of `treehash/worker.ts`. */
  startHashWorker(): Promise<WorkerHandle>;
  /** What such a thread works with, for this one. */
  readonly hashWorkerHost: HashWorkerHost;
  /** SHA-256 of content that comes in pieces, which Web Crypto doesn't offer. */
  createSha256(): IncrementalSha256;
  /** SHA-256, at once. */
  readonly sha256: (bytes: Uint8Array) => Uint8Array<ArrayBuffer>;
  /** HMAC with SHA-256, at once. */
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /**
   * The bytes as a body for `fetch`, without a copy where the runtime can do
   * without. It is sent once: where a connection breaks, nothing sends it again
   * unasked. The bytes must stay as they are until the answer has come.
   */
  bodyOf(bytes: Uint8Array<ArrayBuffer>): Blob;
  /** MD5, which Web Crypto doesn't offer and some protocols ask for. */
  md5(bytes: Uint8Array): Uint8Array<ArrayBuffer>;
  /**
   * Takes the lock file at `path` for this process, until disposed of or until
   * the process ends in whatever way. Resolves to `undefined` where another
   * process or another holder in this one has it.
   */
  lock(path: string): Promise<AsyncDisposable | undefined>;
  /** Opens the SQLite database at `path`, made if absent. `exclusive`: no other process may open it meanwhile; fails with code `SQLITE_BUSY` otherwise. */
  openDatabase(path: string, options?: { exclusive?: boolean }): Database;
}
