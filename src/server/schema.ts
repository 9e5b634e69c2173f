/**
 * The server's database: what there is, and where its bytes lie.
 *
 * @module
 */

import { MoraineError } from "../errors.ts";
import type { Database, Platform } from "../platform.ts";

/** SQL, or what makes it, given the time. */
type Migration = string | ((now: number) => string);

/**
 * Each entry takes the database one version further; the version is SQLite's
 * `user_version`. Entries are never changed once released, only added.
 *
 * All times are milliseconds since 1970, all sizes bytes, all tree hashes
 * lower-case hexadecimal; ranges run from `start` up to but not including
 * `end`.
 */
const MIGRATIONS: readonly Migration[] = [
  `
  CREATE TABLE vaults (
    name TEXT PRIMARY KEY,
    created INTEGER NOT NULL,
    changed INTEGER,                      -- last archive added or deleted
    archives INTEGER NOT NULL DEFAULT 0,  -- counted here: there may be millions
    bytes INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE blobs (
    id TEXT PRIMARY KEY,
    leaves BLOB NOT NULL                  -- 32 bytes for each 1 MiB
  ) STRICT;

  CREATE TABLE doomed_blobs (             -- nothing refers to them; files still to be removed
    id TEXT PRIMARY KEY
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE archives (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    vault TEXT NOT NULL,
    description TEXT NOT NULL,
    size INTEGER NOT NULL,
    tree_hash TEXT NOT NULL,
    created INTEGER NOT NULL,
    deleted INTEGER                       -- kept while a job can still deliver it
  ) STRICT;
  CREATE INDEX archives_of_vault ON archives (vault, number);

  CREATE TABLE segments (                 -- the blobs of an archive in their order
    archive INTEGER NOT NULL,
    start INTEGER NOT NULL,
    size INTEGER NOT NULL,
    tree_hash TEXT NOT NULL,
    blob TEXT NOT NULL,
    PRIMARY KEY (archive, start)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE uploads (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    vault TEXT NOT NULL,
    description TEXT NOT NULL,
    part_size INTEGER NOT NULL,
    created INTEGER NOT NULL,
    ended INTEGER,                        -- completed or aborted; kept for a day
    archive TEXT,                         -- what it became
    archive_size INTEGER,
    archive_tree_hash TEXT
  ) STRICT;
  CREATE INDEX open_uploads ON uploads (vault, number) WHERE ended IS NULL;
  CREATE INDEX ended_uploads ON uploads (ended) WHERE ended IS NOT NULL;

  CREATE TABLE parts (
    upload INTEGER NOT NULL,
    start INTEGER NOT NULL,
    size INTEGER NOT NULL,
    tree_hash TEXT NOT NULL,
    blob TEXT NOT NULL,
    PRIMARY KEY (upload, start)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    vault TEXT NOT NULL,
    action TEXT NOT NULL,
    description TEXT,
    sns_topic TEXT,
    tier TEXT,
    created INTEGER NOT NULL,
    completes INTEGER NOT NULL,           -- may lie in the future
    failure TEXT,                         -- why it fails when it completes
    archive TEXT,
    start INTEGER,
    end INTEGER,
    tree_hash TEXT                        -- of the range, where it is aligned
  ) STRICT;
  CREATE INDEX jobs_of_vault ON jobs (vault, number);
  CREATE INDEX jobs_of_archive ON jobs (archive);
  CREATE INDEX jobs_by_completion ON jobs (completes);
  `,
  `
  CREATE TABLE tags (
    vault TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (vault, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE notifications (
    vault TEXT PRIMARY KEY,
    topic TEXT NOT NULL,
    events TEXT NOT NULL                  -- names with blanks between them
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE access_policies (
    vault TEXT PRIMARY KEY,
    policy TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE vault_locks (
    vault TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    policy TEXT NOT NULL,
    created INTEGER NOT NULL,
    locked INTEGER                        -- completed; never changed afterwards
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- The last inventory of a vault; it changes at most once for each change.
  ALTER TABLE vaults ADD COLUMN inventory INTEGER NOT NULL DEFAULT 0; -- how many there were
  ALTER TABLE vaults ADD COLUMN inventory_date INTEGER;
  ALTER TABLE vaults ADD COLUMN inventory_last INTEGER NOT NULL DEFAULT 0; -- no archive in it has a higher number
  ALTER TABLE vaults ADD COLUMN inventory_archives INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE vaults ADD COLUMN inventory_bytes INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE vaults ADD COLUMN pending INTEGER;   -- first change that is not in it
  UPDATE vaults SET pending = changed;

  ALTER TABLE archives ADD COLUMN shown INTEGER;   -- once deleted: the last inventory that may show it
  UPDATE archives SET shown = 0 WHERE deleted IS NOT NULL;
  CREATE INDEX shown_archives ON archives (vault, shown) WHERE shown IS NOT NULL;

  CREATE TABLE inventory_jobs (
    job INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
    vault TEXT NOT NULL,
    inventory INTEGER NOT NULL,
    date INTEGER NOT NULL,
    format TEXT NOT NULL,
    start_date TEXT,                      -- as they were written
    end_date TEXT,
    created_from INTEGER NOT NULL,
    created_before INTEGER NOT NULL,
    item_limit INTEGER,
    after INTEGER NOT NULL,               -- its archives have higher numbers,
    last INTEGER NOT NULL,                -- but none higher than this
    size INTEGER,                         -- of the output, once measured
    next INTEGER                          -- the page after this one has higher numbers
  ) STRICT;
  CREATE INDEX inventory_jobs_of_vault ON inventory_jobs (vault, inventory);

  CREATE TABLE inventory_pages (          -- places from which an output can be read
    job INTEGER NOT NULL REFERENCES inventory_jobs (job) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    after INTEGER NOT NULL,
    PRIMARY KEY (job, start)
  ) STRICT, WITHOUT ROWID;

  ALTER TABLE uploads ADD COLUMN active INTEGER NOT NULL DEFAULT 0; -- when it was last written to
  UPDATE uploads SET active = 1000 * unixepoch();
  CREATE INDEX idle_uploads ON uploads (active) WHERE ended IS NULL;
  `,
  `
  CREATE TABLE data_retrieval_policy (    -- one row at most
    only INTEGER PRIMARY KEY CHECK (only = 1),
    strategy TEXT NOT NULL,
    bytes_per_hour TEXT                   -- in decimal: it may have 63 bits
  ) STRICT;

  CREATE TABLE retrievals (               -- of the Standard tier; kept for a day
    number INTEGER PRIMARY KEY,
    time INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX retrievals_by_time ON retrievals (time, bytes);
  INSERT INTO retrievals (time, bytes)
    SELECT created, end - start FROM jobs
    WHERE action = 'ArchiveRetrieval' AND tier = 'Standard';

  CREATE TABLE provisioned_capacity (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    start INTEGER NOT NULL,
    expiration INTEGER NOT NULL
  ) STRICT;
  `,
  (now) => `
  ALTER TABLE jobs ADD COLUMN published INTEGER NOT NULL DEFAULT 0; -- whether topics were told of its end
  UPDATE jobs SET published = 1 WHERE completes <= ${now};
  CREATE INDEX unpublished_jobs ON jobs (completes) WHERE published = 0;

  CREATE TABLE messages (                 -- of queues
    number INTEGER PRIMARY KEY AUTOINCREMENT, -- receipts name it, so it never comes again
    id TEXT NOT NULL,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    sent INTEGER NOT NULL,
    visible INTEGER NOT NULL,             -- nobody receives it before
    receives INTEGER NOT NULL DEFAULT 0,
    first_received INTEGER,
    received INTEGER,                     -- last
    receipt TEXT                          -- of the last time
  ) STRICT;
  CREATE INDEX messages_of_queue ON messages (queue, visible);
  CREATE INDEX messages_by_age ON messages (sent);

  CREATE TABLE purges (                   -- of queues; kept for a minute
    queue TEXT PRIMARY KEY,
    time INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE deliveries (               -- still to be sent to a URL
    number INTEGER PRIMARY KEY,
    message TEXT NOT NULL,
    topic TEXT NOT NULL,
    body TEXT NOT NULL,
    created INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX deliveries_by_time ON deliveries (next_attempt);
  CREATE INDEX deliveries_by_age ON deliveries (created);
    `,
  `
  CREATE TABLE service_clock (            -- one row at most
    only INTEGER PRIMARY KEY CHECK (only = 1),
    ahead INTEGER NOT NULL                -- of the machine's clock
  ) STRICT;
  `,
];

function migrate(database: Database, path: string, now: number): void {
  const row = database.prepare("PRAGMA user_version").get();
  const version = Number(row?.user_version);
  if (version > MIGRATIONS.length) {
    throw new MoraineError(
      `Cannot use ${path}: it was written by a newer version of this program`,
    );
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    const migration = MIGRATIONS[next];
    const sql = typeof migration === "string" ? migration : migration(now);
    database.exec(
      `BEGIN; ${sql} PRAGMA user_version = ${next + 1}; COMMIT;`,
    );
  }
}

/**
 * Opens the database of a server and brings it to the current version.
 *
 * @throws {MoraineError} where another server has it.
 */
export function openMetadata(platform: Platform, path: string): Database {
  let database: Database;
  try {
    database = platform.openDatabase(path, { exclusive: true });
  } catch (cause) {
    const busy = (cause as { code?: unknown }).code === "SQLITE_BUSY";
    throw new MoraineError(
      busy
        ? `Cannot use ${path}: another server is using it`
        : `Cannot open ${path}`,
      { cause },
    );
  }
  try {
    // FULL: a commit is on the device before the answer leaves.
    database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
    );
    migrate(database, path, platform.clock.now());
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}
