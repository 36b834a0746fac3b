-- Folders that are kept in agreement with the library. The path is bytes; settings are JSON; the marker is what a file in the
-- folder says, by which it is told from an empty place where nothing is mounted (null: nothing may be written there);
-- reported_at is when a plan for it was first shown, planned_at when one was last made; summary: its numbers, as JSON.
CREATE TABLE folder (
  id INTEGER PRIMARY KEY AUTOINCREMENT, path BLOB NOT NULL UNIQUE,
  owner_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE, policy TEXT NOT NULL, settings TEXT NOT NULL,
  marker TEXT, added_at INTEGER NOT NULL, scanned_at INTEGER, reported_at INTEGER, planned_at INTEGER, summary TEXT
) STRICT;

-- Files that are in a folder, and those that were. first_seen: since when it is there; last_seen and absent_since: null while
-- it is; replaced_by: the content that took its place. agreed_since: when the library was first found to have its content;
-- held_last and unheld_since: when it was last found to have it, and since when it is found not to, null while it has. placed:
-- where it was put from the library, null for files of others.
CREATE TABLE folder_file (
  id INTEGER PRIMARY KEY AUTOINCREMENT, folder_id INTEGER NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
  path BLOB NOT NULL, size_bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL, inode INTEGER NOT NULL, sha1 BLOB NOT NULL,
  first_seen INTEGER NOT NULL, last_seen INTEGER, absent_since INTEGER, replaced_by BLOB, agreed_since INTEGER,
  held_last INTEGER, unheld_since INTEGER, placed BLOB
) STRICT;
CREATE UNIQUE INDEX folder_file_place ON folder_file (folder_id, path) WHERE absent_since IS NULL;
CREATE INDEX folder_file_folder ON folder_file (folder_id);
CREATE INDEX folder_file_content ON folder_file (sha1);

-- Runs that brought a folder and the library together, by which plan, and the run that one took back. They outlive their
-- folders: root is where the folder was.
CREATE TABLE folder_run (
  id INTEGER PRIMARY KEY AUTOINCREMENT, plan TEXT NOT NULL, folder_id INTEGER NOT NULL, root BLOB NOT NULL,
  owner_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE, began_at INTEGER NOT NULL, ended_at INTEGER,
  restores INTEGER
) STRICT;
CREATE UNIQUE INDEX folder_run_plan ON folder_run (plan, folder_id) WHERE restores IS NULL;

-- What a run was to do, one row each. kind and action are the plan's; action is JSON.
CREATE TABLE folder_action (
  run INTEGER NOT NULL REFERENCES folder_run (id) ON DELETE CASCADE, number INTEGER NOT NULL, kind TEXT NOT NULL,
  name TEXT NOT NULL, path BLOB, asset BLOB, sha1 BLOB NOT NULL, action TEXT NOT NULL, PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX folder_action_asset ON folder_action (asset) WHERE asset IS NOT NULL;

-- The journal: rows are added before and after each action, and never changed.
CREATE TABLE folder_journal (
  id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL,
  text TEXT NOT NULL, at INTEGER NOT NULL,
  FOREIGN KEY (run, number) REFERENCES folder_action (run, number) ON DELETE CASCADE
) STRICT;
CREATE INDEX folder_journal_action ON folder_journal (run, number, id);
