-- Partners: one user lets another see their library. create_id tells when that began; it never changes.
CREATE TABLE partner (
  shared_by_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  shared_with_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  in_timeline INTEGER NOT NULL, create_id BLOB NOT NULL UNIQUE, update_id BLOB NOT NULL UNIQUE,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (shared_by_id, shared_with_id)
) STRICT;
CREATE INDEX partner_with ON partner (shared_with_id);

-- What a member who comes later is sent of an album, in the order of positions.
CREATE INDEX album_asset_feed ON album_asset (album_id, update_id);
