-- What has no name of its own on a server because it joins two rows: an asset in an album, a partner, a value of an asset.
-- By the names that these have there (that of a value is its key), by whom and in which epoch it was shown last. Rows
-- that nobody there has shown are not here: they are this library's own.
CREATE TABLE external_link (
  server_id INTEGER NOT NULL REFERENCES upstream_server (id) ON DELETE CASCADE, kind INTEGER NOT NULL,
  parent BLOB NOT NULL, child BLOB NOT NULL, upstream_id INTEGER NOT NULL, epoch INTEGER NOT NULL,
  PRIMARY KEY (server_id, kind, parent, child)
) STRICT, WITHOUT ROWID;

-- Users and assets that somebody who follows the server may have been able to see and cannot see any more, until a
-- stream is complete; of a user's assets, those up to the position have been looked at.
CREATE TABLE ended_access (
  server_id INTEGER NOT NULL REFERENCES upstream_server (id) ON DELETE CASCADE, kind INTEGER NOT NULL,
  local BLOB NOT NULL, position BLOB NOT NULL, PRIMARY KEY (server_id, kind, local)
) STRICT, WITHOUT ROWID;
