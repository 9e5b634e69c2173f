/**
 * SQLite by `node:sqlite`, for databases and for locks.
 *
 * @module
 */

import process from "node:process";
import { messageOf } from "../errors.ts";
import type { Database, SqlStatement, SqlValue } from "../platform.ts";

/**
 * Loads `node:sqlite` without Node's warning that it is experimental: users
 * can't act on it, and cron would mail it. Loaded on first use, because most
 * commands need none of it.
 */
function loadSqlite(): typeof import("node:sqlite") {
  const emitWarning = process.emitWarning;
  process.emitWarning = () => {};
  try {
    const sqlite = process.getBuiltinModule?.("node:sqlite");
    if (sqlite !== undefined) return sqlite;
    throw new Error("This runtime has no SQLite: Node has it from 22.13 on");
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** SQLite's own number for "another connection has it locked". */
const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  const { errcode, message } = error as { errcode?: number; message?: string };
  return errcode === SQLITE_BUSY || message === "database is locked";
}

/** SQLite's own number for "the file can't be opened". */
const SQLITE_CANTOPEN = 14;

function isOpening(error: unknown): boolean {
  const { errcode, message } = error as { errcode?: number; message?: string };
  // Deno has no number, and names the file behind these words.
  return errcode === SQLITE_CANTOPEN ||
    message?.startsWith("unable to open database file") === true;
}

/** Opens the database at `path`, made if absent. */
export function openDatabase(
  path: string,
  options: { exclusive?: boolean } = {},
): Database {
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(path);
  if (options.exclusive) {
    try {
      // In this mode the first write takes the lock and never gives it back
      // before the connection, or the process, ends.
      database.exec(
        "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;",
      );
    } catch (error) {
      database.close();
      if (!isBusy(error)) throw error;
      throw Object.assign(
        new Error(`Database is in use: ${path}`, { cause: error }),
        { code: "SQLITE_BUSY" },
      );
    }
  }
  let open = true;
  const close = () => {
    if (open) database.close();
    open = false;
  };
  return {
    exec: (sql) => database.exec(sql),
    prepare(sql): SqlStatement {
      const statement = database.prepare(sql);
      const bound = binding(sql);
      return {
        run: (...values) => ({
          changes: Number(statement.run(...bound(values)).changes),
        }),
        get: (...values) =>
          statement.get(...bound(values)) as
            | Record<string, SqlValue>
            | undefined,
        all: (...values) =>
          statement.all(...bound(values)) as Record<string, SqlValue>[],
      };
    },
    close,
    [Symbol.dispose]: close,
  };
}

/** What a statement's parameters are bound to: those with names first. */
type Bound = [names: Record<string, SqlValue>, ...SqlValue[]];

/**
 * How values go to the parameters of a statement: those of `?` in order, those
 * of `?1` by their numbers, which before Node 22.20 are names.
 */
function binding(sql: string): (values: SqlValue[]) => Bound {
  const numbers = [...sql.matchAll(/\?(\d+)/g)].map(([, n]) => Number(n));
  if (numbers.length === 0) return (values) => [{}, ...values];
  const known = [...new Set(numbers)];
  return (values) => [
    Object.fromEntries(known.map((number) => [number, values[number - 1]])),
  ];
}

function openLockFile(path: string): Database {
  try {
    return openDatabase(path);
  } catch (cause) {
    const why = isOpening(cause)
      ? "it cannot be made or opened for writing (its folder must be writable)"
      : messageOf(cause);
    throw new Error(why, { cause });
  }
}

/**
 * Takes the lock file at `path`; `undefined` where it is taken.
 *
 * SQLite is used for this because its locks are the operating system's: they
 * exclude processes of any runtime and vanish with the process, however it
 * ends, so that a lock is never stale. The file stays, empty: removing it
 * would let two processes lock two files of the same name.
 */
export function takeLock(path: string): AsyncDisposable | undefined {
  const database = openLockFile(path);
  try {
    // In memory: nothing is written, and no second file must appear.
    database.exec(
      "PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;",
    );
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return {
    [Symbol.asyncDispose]() {
      database.close();
      return Promise.resolve();
    },
  };
}
