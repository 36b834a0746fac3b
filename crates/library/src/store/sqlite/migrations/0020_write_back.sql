-- Runs that wrote what is known into files. wish: what was asked for, as JSON; undoes: the run that this one took back.
CREATE TABLE write_back_run (
  id INTEGER PRIMARY KEY AUTOINCREMENT, wish TEXT NOT NULL, began_at INTEGER NOT NULL, ended_at INTEGER,
  undoes INTEGER
) STRICT;
-- Every changed tag, on disk before the file is touched. before and after are JSON; null: the tag was not there, or goes.
CREATE TABLE write_back_change (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL REFERENCES write_back_run (id) ON DELETE CASCADE,
  asset_id BLOB NOT NULL, target TEXT NOT NULL, tag TEXT NOT NULL, before TEXT, after TEXT
) STRICT;
CREATE INDEX write_back_change_run ON write_back_change (run, id);
-- The checkpoint: what a run is done with.
CREATE TABLE write_back_done (
  run INTEGER NOT NULL REFERENCES write_back_run (id) ON DELETE CASCADE, asset_id BLOB NOT NULL,
  PRIMARY KEY (run, asset_id)
) STRICT, WITHOUT ROWID;
-- What each file was given, and what it looked like then. wishes: digest of what was wished; entries: what was written, as
-- JSON.
CREATE TABLE written_file (
  asset_id BLOB NOT NULL REFERENCES asset (id) ON DELETE CASCADE, target TEXT NOT NULL, size_bytes INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL, wishes BLOB NOT NULL, entries TEXT NOT NULL,
  PRIMARY KEY (asset_id, target)
) STRICT, WITHOUT ROWID;
