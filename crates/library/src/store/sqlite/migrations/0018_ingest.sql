-- Files in landing zones. The path is below the zone's folder, as bytes; derivation is what goes up in the place of the
-- file; came_as is where it was before it was moved; files that belong together have the same grp; pack_recipe is by
-- what the asset is still to be made smaller.
CREATE TABLE ingest_file (
  id INTEGER PRIMARY KEY AUTOINCREMENT, zone TEXT NOT NULL, path BLOB NOT NULL, size_bytes INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL, inode INTEGER NOT NULL, state TEXT NOT NULL, sha1 BLOB,
  leader INTEGER, role TEXT, derived_sha1 BLOB, derived_bytes INTEGER, derived_file TEXT, derived_name TEXT,
  derived_type TEXT, recipe TEXT, is_lossless INTEGER, asset BLOB, is_duplicate INTEGER NOT NULL,
  attempts INTEGER NOT NULL, due_at INTEGER NOT NULL, reason TEXT, came_as BLOB, is_gone INTEGER NOT NULL,
  is_wanted INTEGER NOT NULL, first_seen INTEGER NOT NULL, changed_at INTEGER NOT NULL, grp BLOB NOT NULL,
  pack_recipe TEXT
) STRICT;
-- What the zone deleted is remembered for a while, and another file may take its place.
CREATE UNIQUE INDEX ingest_file_place ON ingest_file (zone, path) WHERE is_gone = 0;
-- What is to be done: only files on their way are in it.
CREATE INDEX ingest_file_due ON ingest_file (zone, due_at)
  WHERE state IN ('settled', 'hashed', 'paired', 'optimised', 'verified', 'delivered', 'confirmed');
CREATE INDEX ingest_file_pack ON ingest_file (zone, due_at) WHERE pack_recipe IS NOT NULL;
CREATE INDEX ingest_file_group ON ingest_file (zone, grp);
CREATE INDEX ingest_file_state ON ingest_file (zone, state, id);
