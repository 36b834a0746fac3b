-- Assets whose bytes lie here as something made from their original. asset.original_path points at it; checksum, name, type
-- and size of the asset stay those of the original. is_exact: the original's bytes can be rebuilt from it.
CREATE TABLE stored_form (
  asset_id BLOB PRIMARY KEY REFERENCES asset (id) ON DELETE CASCADE, sha1 BLOB NOT NULL, size_bytes INTEGER NOT NULL,
  media_type TEXT NOT NULL, recipe TEXT NOT NULL, is_exact INTEGER NOT NULL, stored_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX stored_form_sha1 ON stored_form (sha1);
