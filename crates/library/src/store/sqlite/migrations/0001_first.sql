-- Times are milliseconds since 1970 UTC, ids are 16 bytes, update_id is the position in the change feed.

CREATE TABLE server_metadata (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE feed_position (only INTEGER PRIMARY KEY CHECK (only = 1), last_update_id BLOB NOT NULL) STRICT;
INSERT INTO feed_position VALUES (1, x'00000000000000000000000000000000');

CREATE TABLE user (
  id BLOB PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password_hash TEXT NOT NULL, pin_hash TEXT,
  is_admin INTEGER NOT NULL, avatar_color TEXT, profile_image_path TEXT NOT NULL, profile_changed_at INTEGER NOT NULL,
  storage_label TEXT UNIQUE, quota_bytes INTEGER, usage_bytes INTEGER NOT NULL, should_change_password INTEGER NOT NULL,
  oauth_id TEXT NOT NULL, status TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  deleted_at INTEGER, update_id BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE user_metadata (
  user_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE, key TEXT NOT NULL, value TEXT NOT NULL,
  update_id BLOB NOT NULL UNIQUE, PRIMARY KEY (user_id, key)
) STRICT;

CREATE TABLE session (
  id BLOB PRIMARY KEY, user_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  parent_id BLOB REFERENCES session (id) ON DELETE CASCADE, token_hash BLOB NOT NULL UNIQUE,
  device_type TEXT NOT NULL, device_os TEXT NOT NULL, app_version TEXT, created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL, expires_at INTEGER, pin_expires_at INTEGER, is_pending_sync_reset INTEGER NOT NULL
) STRICT;
CREATE INDEX session_user ON session (user_id);
CREATE INDEX session_parent ON session (parent_id);

CREATE TABLE sync_position (
  session_id BLOB NOT NULL REFERENCES session (id) ON DELETE CASCADE, entity TEXT NOT NULL, ack TEXT NOT NULL,
  PRIMARY KEY (session_id, entity)
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
  id BLOB PRIMARY KEY, user_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE, name TEXT NOT NULL,
  secret_hash BLOB NOT NULL UNIQUE, permissions TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX api_key_user ON api_key (user_id);

-- The ledger of content identity: everything ever seen, what stands for what, what was deleted on purpose.
CREATE TABLE content (
  sha1 BLOB PRIMARY KEY, size_bytes INTEGER NOT NULL, media_type TEXT NOT NULL, first_seen INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE derivation (
  original BLOB NOT NULL, derived BLOB NOT NULL, recipe TEXT NOT NULL, lossless INTEGER NOT NULL,
  verified_at INTEGER NOT NULL, PRIMARY KEY (original, derived)
) STRICT, WITHOUT ROWID;
CREATE INDEX derivation_derived ON derivation (derived);
CREATE TABLE deleted_content (
  owner_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE, sha1 BLOB NOT NULL, deleted_at INTEGER NOT NULL,
  deleted_by BLOB NOT NULL, PRIMARY KEY (owner_id, sha1)
) STRICT, WITHOUT ROWID;

CREATE TABLE asset (
  id BLOB PRIMARY KEY, owner_id BLOB NOT NULL REFERENCES user (id), library_id BLOB, checksum BLOB NOT NULL,
  type TEXT NOT NULL, device_asset_id TEXT NOT NULL, device_id TEXT NOT NULL, original_name TEXT NOT NULL,
  original_path TEXT NOT NULL COLLATE NOCASE UNIQUE, sidecar_path TEXT, media_type TEXT NOT NULL,
  size_bytes INTEGER NOT NULL, file_created_at INTEGER NOT NULL, file_modified_at INTEGER NOT NULL,
  local_date_time INTEGER NOT NULL, month INTEGER NOT NULL, duration_ms INTEGER, is_favorite INTEGER NOT NULL,
  visibility TEXT NOT NULL, live_photo_video_id BLOB REFERENCES asset (id) ON DELETE SET NULL, stack_id BLOB,
  width INTEGER, height INTEGER, thumbhash BLOB, is_rendered INTEGER NOT NULL, is_encoded INTEGER NOT NULL,
  is_edited INTEGER NOT NULL, is_offline INTEGER NOT NULL, status TEXT NOT NULL, deleted_at INTEGER,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, update_id BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX asset_feed ON asset (owner_id, update_id);
CREATE UNIQUE INDEX asset_content ON asset (owner_id, checksum) WHERE library_id IS NULL;
CREATE INDEX asset_timeline ON asset (owner_id, visibility, month, is_favorite, deleted_at);
CREATE INDEX asset_taken ON asset (owner_id, file_created_at);
CREATE INDEX asset_motion ON asset (live_photo_video_id) WHERE live_photo_video_id IS NOT NULL;
CREATE INDEX asset_device ON asset (owner_id, device_id);
CREATE INDEX asset_status ON asset (owner_id, status) WHERE status <> 'active';

CREATE TABLE exif (
  asset_id BLOB PRIMARY KEY REFERENCES asset (id) ON DELETE CASCADE, owner_id BLOB NOT NULL,
  description TEXT NOT NULL, image_width INTEGER, image_height INTEGER, file_size_bytes INTEGER, orientation INTEGER,
  date_time_original INTEGER, modify_date INTEGER, time_zone TEXT, latitude REAL, longitude REAL, projection_type TEXT,
  city TEXT, state TEXT, country TEXT, make TEXT, model TEXT, lens_model TEXT, f_number REAL, focal_length REAL,
  iso INTEGER, exposure_time TEXT, profile_description TEXT, rating INTEGER, fps REAL, live_photo_cid TEXT,
  auto_stack_id TEXT, locked INTEGER NOT NULL, update_id BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX exif_feed ON exif (owner_id, update_id);
CREATE INDEX exif_live_photo ON exif (owner_id, live_photo_cid) WHERE live_photo_cid IS NOT NULL;

CREATE TABLE asset_metadata (
  asset_id BLOB NOT NULL REFERENCES asset (id) ON DELETE CASCADE, owner_id BLOB NOT NULL, key TEXT NOT NULL,
  value TEXT NOT NULL, updated_at INTEGER NOT NULL, update_id BLOB NOT NULL UNIQUE, PRIMARY KEY (asset_id, key)
) STRICT;
CREATE INDEX asset_metadata_feed ON asset_metadata (owner_id, update_id);

-- Tags form a tree through their values: a/b/c has the parent a/b.
CREATE TABLE tag (
  id BLOB PRIMARY KEY, owner_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE, value TEXT NOT NULL, color TEXT,
  parent_id BLOB REFERENCES tag (id) ON DELETE CASCADE, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  UNIQUE (owner_id, value)
) STRICT;
CREATE INDEX tag_parent ON tag (parent_id);
CREATE TABLE asset_tag (
  asset_id BLOB NOT NULL REFERENCES asset (id) ON DELETE CASCADE, tag_id BLOB NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
  PRIMARY KEY (asset_id, tag_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX asset_tag_tag ON asset_tag (tag_id);

CREATE TABLE album (
  id BLOB PRIMARY KEY, owner_id BLOB NOT NULL REFERENCES user (id), name TEXT NOT NULL, description TEXT NOT NULL,
  thumbnail_asset_id BLOB REFERENCES asset (id) ON DELETE SET NULL, is_activity_enabled INTEGER NOT NULL,
  sort_order TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, deleted_at INTEGER,
  update_id BLOB NOT NULL UNIQUE
) STRICT;
CREATE INDEX album_thumbnail ON album (thumbnail_asset_id) WHERE thumbnail_asset_id IS NOT NULL;

-- Every album has a row of role owner. create_id tells when access began; it never changes.
CREATE TABLE album_user (
  album_id BLOB NOT NULL REFERENCES album (id) ON DELETE CASCADE,
  user_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  role TEXT NOT NULL, create_id BLOB NOT NULL UNIQUE, update_id BLOB NOT NULL UNIQUE, PRIMARY KEY (album_id, user_id)
) STRICT;
CREATE INDEX album_user_user ON album_user (user_id);

CREATE TABLE album_asset (
  album_id BLOB NOT NULL REFERENCES album (id) ON DELETE CASCADE,
  asset_id BLOB NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL, update_id BLOB NOT NULL UNIQUE, PRIMARY KEY (album_id, asset_id)
) STRICT;
CREATE INDEX album_asset_asset ON album_asset (asset_id);

-- What is gone: kind of row, whom it concerns (a user or an album; null for everybody), and its key.
CREATE TABLE tombstone (
  update_id BLOB PRIMARY KEY, kind TEXT NOT NULL, scope BLOB, key1 BLOB, key2 BLOB, key3 TEXT, deleted_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstone_feed ON tombstone (kind, update_id, scope);
CREATE INDEX tombstone_age ON tombstone (deleted_at);

CREATE TABLE job (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, asset_id BLOB NOT NULL, state TEXT NOT NULL,
  attempts INTEGER NOT NULL, not_before INTEGER NOT NULL, again INTEGER NOT NULL, error TEXT, changed_at INTEGER NOT NULL,
  UNIQUE (kind, asset_id)
) STRICT;
CREATE INDEX job_due ON job (state, kind, not_before);
CREATE TABLE paused_queue (kind TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Keys under which bytes may lie without a row: put there before the row, or left behind after it.
CREATE TABLE reserved_key (key TEXT NOT NULL COLLATE NOCASE PRIMARY KEY, reserved_at INTEGER NOT NULL) STRICT;
CREATE TABLE orphaned_key (key TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
