-- Memories: photos of one day of an earlier year, shown for a while. Their assets belong to the same owner.
CREATE TABLE memory (
  id BLOB PRIMARY KEY, owner_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE, year INTEGER NOT NULL,
  memory_at INTEGER NOT NULL, show_at INTEGER, hide_at INTEGER, seen_at INTEGER, is_saved INTEGER NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, update_id BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX memory_feed ON memory (owner_id, update_id);

CREATE TABLE memory_asset (
  memory_id BLOB NOT NULL REFERENCES memory (id) ON DELETE CASCADE,
  asset_id BLOB NOT NULL REFERENCES asset (id) ON DELETE CASCADE, owner_id BLOB NOT NULL, update_id BLOB NOT NULL,
  PRIMARY KEY (memory_id, asset_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX memory_asset_feed ON memory_asset (owner_id, update_id);
CREATE INDEX memory_asset_asset ON memory_asset (asset_id);

-- What the node made by itself, so that a memory which somebody deleted does not come again.
CREATE TABLE made_memory (
  owner_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE, day INTEGER NOT NULL, year INTEGER NOT NULL,
  PRIMARY KEY (owner_id, day, year)
) STRICT, WITHOUT ROWID;
