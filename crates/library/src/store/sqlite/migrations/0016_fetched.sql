-- Bytes that were fetched from an upstream and may go when room is needed. The key says of which asset, and of which
-- state of it.
CREATE TABLE fetched (
  key TEXT PRIMARY KEY, asset_id BLOB NOT NULL, size_bytes INTEGER NOT NULL, used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX fetched_used ON fetched (used_at, size_bytes);
CREATE INDEX fetched_asset ON fetched (asset_id);

-- When the SHA-1 of an original that lies here was computed from its bytes and found to be the asset's.
ALTER TABLE asset ADD COLUMN verified_at INTEGER;
UPDATE asset SET verified_at = created_at WHERE is_remote = 0;

-- Up to where in this library's feed thumbnails have been fetched before anybody asked for them.
ALTER TABLE upstream ADD COLUMN pictured BLOB;
