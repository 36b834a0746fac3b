-- Photos of other servers, in folders here: where each lies, the content that the server knows it by (original), the one that
-- was proven to lie there (sha1), and what the file looked like then. server: where its API is.
CREATE TABLE foreign_photo (
  server TEXT NOT NULL, asset_id BLOB NOT NULL, path TEXT NOT NULL, original BLOB NOT NULL,
  sha1 BLOB NOT NULL, size_bytes INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
  PRIMARY KEY (server, asset_id)
) STRICT, WITHOUT ROWID;
-- What each of their files was given, as in written_file.
CREATE TABLE foreign_file (
  server TEXT NOT NULL, asset_id BLOB NOT NULL, target TEXT NOT NULL, size_bytes INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL, wishes BLOB NOT NULL, entries TEXT NOT NULL,
  PRIMARY KEY (server, asset_id, target)
) STRICT, WITHOUT ROWID;
