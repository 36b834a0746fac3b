-- Servers that users of this library follow.
CREATE TABLE upstream_server (id INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE, version TEXT NOT NULL) STRICT;

-- Who follows one: a user here is a user there. An epoch is one cycle of a reset; the
-- position is that of this library's own feed when a stream was last applied to its end; held
-- counts rows that a reset no longer showed and that wait for a person before they go.
CREATE TABLE upstream (
  id INTEGER PRIMARY KEY, server_id INTEGER NOT NULL REFERENCES upstream_server (id),
  user_id BLOB NOT NULL UNIQUE REFERENCES user (id) ON DELETE CASCADE, external_user_id BLOB NOT NULL,
  email TEXT NOT NULL, epoch INTEGER NOT NULL, is_resetting INTEGER NOT NULL, linked_at INTEGER NOT NULL,
  synced_at INTEGER, position BLOB NOT NULL, held INTEGER NOT NULL, UNIQUE (server_id, external_user_id)
) STRICT;

-- The last ack of each type that was applied.
CREATE TABLE upstream_cursor (
  upstream_id INTEGER NOT NULL REFERENCES upstream (id) ON DELETE CASCADE, entity TEXT NOT NULL, ack TEXT NOT NULL,
  PRIMARY KEY (upstream_id, entity)
) STRICT, WITHOUT ROWID;

-- What rows are called on a server, by whom and in which epoch they were shown last. Rows that came from there have the
-- same id here, as a rule.
CREATE TABLE external_id (
  server_id INTEGER NOT NULL REFERENCES upstream_server (id) ON DELETE CASCADE, kind INTEGER NOT NULL,
  external BLOB NOT NULL, local BLOB NOT NULL, upstream_id INTEGER NOT NULL, epoch INTEGER NOT NULL,
  PRIMARY KEY (server_id, kind, external)
) STRICT, WITHOUT ROWID;
CREATE INDEX external_id_other ON external_id (local, kind) WHERE local <> external;

-- Stills whose motion part has not arrived yet.
CREATE TABLE awaited_motion (
  server_id INTEGER NOT NULL, video BLOB NOT NULL, still_id BLOB NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
  PRIMARY KEY (server_id, video, still_id)
) STRICT, WITHOUT ROWID;

-- Lines that could not be applied, in the order they came.
CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY AUTOINCREMENT, upstream_id INTEGER NOT NULL REFERENCES upstream (id) ON DELETE CASCADE,
  entity TEXT NOT NULL, data TEXT NOT NULL, ack TEXT NOT NULL, reason TEXT NOT NULL, first_seen INTEGER NOT NULL,
  attempts INTEGER NOT NULL
) STRICT;
CREATE INDEX quarantine_upstream ON quarantine (upstream_id, id);

-- Assets whose bytes are on an upstream only.
ALTER TABLE asset ADD COLUMN is_remote INTEGER NOT NULL DEFAULT 0;
