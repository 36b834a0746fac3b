-- What members leave in albums: a comment, or (without one) a like; on an asset of the album, or on the album itself.
CREATE TABLE activity (
  id BLOB PRIMARY KEY, album_id BLOB NOT NULL REFERENCES album (id) ON DELETE CASCADE,
  user_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE, asset_id BLOB, comment TEXT, created_at INTEGER NOT NULL,
  FOREIGN KEY (album_id, asset_id) REFERENCES album_asset (album_id, asset_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX activity_place ON activity (album_id, asset_id);
CREATE INDEX activity_user ON activity (user_id);
