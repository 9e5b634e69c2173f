CREATE TABLE vaults (
    name TEXT PRIMARY KEY,
    created INTEGER NOT NULL,
    changed INTEGER,                      -- last archive added or deleted
    archives INTEGER NOT NULL DEFAULT 0,  -- counted here: there may be millions
    bytes INTEGER NOT NULL DEFAULT 0
  , inventory INTEGER NOT NULL DEFAULT 0, inventory_date INTEGER, inventory_last INTEGER NOT NULL DEFAULT 0, inventory_archives INTEGER NOT NULL DEFAULT 0, inventory_bytes INTEGER NOT NULL DEFAULT 0, pending INTEGER) STRICT, WITHOUT ROWID;
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
  , shown INTEGER) STRICT;
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
  , active INTEGER NOT NULL DEFAULT 0) STRICT;
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
CREATE INDEX idle_uploads ON uploads (active) WHERE ended IS NULL;
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
CREATE TABLE provisioned_capacity (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    start INTEGER NOT NULL,
    expiration INTEGER NOT NULL
  ) STRICT;
INSERT INTO vaults (name, created, changed, archives, bytes, inventory, inventory_date, inventory_last, inventory_archives, inventory_bytes, pending) VALUES ('v', 1795348800000, 1795348800000, 1, 10, 1, 1795348800000, 1, 1, 10, NULL);
INSERT INTO blobs (id, leaves) VALUES ('8d5e8cb22f6a4149a1f6641d695845f3', x'49e62c55d4996b5c5092f67f3ca52e954e37310cd3e07a25be69d3f1b8d2fd98');
INSERT INTO archives (number, id, vault, description, size, tree_hash, created, deleted, shown) VALUES (1, '2wiyEQ1vh-Q9daFXibIA0lNiqbv6yGxydR9R45m2wh3qstEjXgzWHRGemBSKK3_h-wuYokl2cbGenUvY27LK5SO22QT2z9o3mVkzHZb1HOEXg3b66LE2HlQFlXPJQIDeq9m8n3OdpA', 'v', '', 10, '49e62c55d4996b5c5092f67f3ca52e954e37310cd3e07a25be69d3f1b8d2fd98', 1795348800000, NULL, NULL);
INSERT INTO segments (archive, start, size, tree_hash, blob) VALUES (1, 0, 10, '49e62c55d4996b5c5092f67f3ca52e954e37310cd3e07a25be69d3f1b8d2fd98', '8d5e8cb22f6a4149a1f6641d695845f3');
INSERT INTO jobs (number, id, vault, action, description, sns_topic, tier, created, completes, failure, archive, start, end, tree_hash) VALUES (1, '0vmLfwRpmW4udlYrPQoz537kLxJY8Ica5uaX-eomTP4s7cXYBhnPLJG5Gb660kptJZeBuyGnQbaSzd4gxttTXg6s5GTN', 'v', 'ArchiveRetrieval', 'completed', 'arn:aws:sns:us-east-1:000000000000:own', 'Standard', 1795348800000, 1795352400000, NULL, '2wiyEQ1vh-Q9daFXibIA0lNiqbv6yGxydR9R45m2wh3qstEjXgzWHRGemBSKK3_h-wuYokl2cbGenUvY27LK5SO22QT2z9o3mVkzHZb1HOEXg3b66LE2HlQFlXPJQIDeq9m8n3OdpA', 0, 10, '49e62c55d4996b5c5092f67f3ca52e954e37310cd3e07a25be69d3f1b8d2fd98');
INSERT INTO jobs (number, id, vault, action, description, sns_topic, tier, created, completes, failure, archive, start, end, tree_hash) VALUES (2, '15-7oDM-UNU1atTIbF-A-oLP-hBeB3uLzZnKt0p-7oYi14VDXVg8Uo54sY0045zcpKnhCZ9-yGhyswxIbN34IVqSE9xg', 'v', 'ArchiveRetrieval', 'pending', 'arn:aws:sns:us-east-1:000000000000:own', 'Standard', 1795352400000, 1795356000000, NULL, '2wiyEQ1vh-Q9daFXibIA0lNiqbv6yGxydR9R45m2wh3qstEjXgzWHRGemBSKK3_h-wuYokl2cbGenUvY27LK5SO22QT2z9o3mVkzHZb1HOEXg3b66LE2HlQFlXPJQIDeq9m8n3OdpA', 0, 10, '49e62c55d4996b5c5092f67f3ca52e954e37310cd3e07a25be69d3f1b8d2fd98');
INSERT INTO jobs (number, id, vault, action, description, sns_topic, tier, created, completes, failure, archive, start, end, tree_hash) VALUES (3, 'ZEO7Evt37uMZbYLUtsiARy8-dW1jx6XPHZRevcCuMLycymbeo13RwbNL6AwVZ4s-k5OwbBmeJCmnyVlNLUFp9VMnCNxN', 'v', 'ArchiveRetrieval', 'to no topic', 'no topic', 'Standard', 1795352400000, 1795356000000, NULL, '2wiyEQ1vh-Q9daFXibIA0lNiqbv6yGxydR9R45m2wh3qstEjXgzWHRGemBSKK3_h-wuYokl2cbGenUvY27LK5SO22QT2z9o3mVkzHZb1HOEXg3b66LE2HlQFlXPJQIDeq9m8n3OdpA', 0, 10, '49e62c55d4996b5c5092f67f3ca52e954e37310cd3e07a25be69d3f1b8d2fd98');
INSERT INTO jobs (number, id, vault, action, description, sns_topic, tier, created, completes, failure, archive, start, end, tree_hash) VALUES (4, 'Fl55cBeTEBwrvyLi_mA-94fgts4kOpxhoYwriJC5m_ZuxIh34tjA3N5gV9o0SA19JTv2NkXa8A7nhzpIwdQoHaSncm53', 'v', 'InventoryRetrieval', 'inventory', NULL, NULL, 1795352400000, 1795356000000, NULL, NULL, NULL, NULL, NULL);
INSERT INTO notifications (vault, topic, events) VALUES ('v', 'arn:aws:sns:us-east-1:000000000000:done', 'ArchiveRetrievalCompleted InventoryRetrievalCompleted');
INSERT INTO inventory_jobs (job, vault, inventory, date, format, start_date, end_date, created_from, created_before, item_limit, after, last, size, next) VALUES (4, 'v', 1, 1795348800000, 'JSON', NULL, NULL, 0, 9007199254740991, NULL, 0, 1, NULL, NULL);
INSERT INTO retrievals (number, time, bytes) VALUES (1, 1795348800000, 10);
INSERT INTO retrievals (number, time, bytes) VALUES (2, 1795352400000, 10);
INSERT INTO retrievals (number, time, bytes) VALUES (3, 1795352400000, 10);
PRAGMA user_version = 4;
