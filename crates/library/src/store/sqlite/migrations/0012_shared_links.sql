-- Links by which guests see an album, or assets that were chosen one by one. A link to an album goes when its user
-- leaves the album.
CREATE TABLE shared_link (
  id BLOB PRIMARY KEY, user_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE, key BLOB NOT NULL UNIQUE,
  slug TEXT UNIQUE, album_id BLOB, description TEXT, password_hash TEXT, expires_at INTEGER,
  allow_upload INTEGER NOT NULL, allow_download INTEGER NOT NULL, show_metadata INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  FOREIGN KEY (album_id, user_id) REFERENCES album_user (album_id, user_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX shared_link_user ON shared_link (user_id, created_at);
CREATE INDEX shared_link_album ON shared_link (album_id, user_id) WHERE album_id IS NOT NULL;

CREATE TABLE shared_link_asset (
  link_id BLOB NOT NULL REFERENCES shared_link (id) ON DELETE CASCADE,
  asset_id BLOB NOT NULL REFERENCES asset (id) ON DELETE CASCADE, PRIMARY KEY (link_id, asset_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX shared_link_asset_asset ON shared_link_asset (asset_id);
