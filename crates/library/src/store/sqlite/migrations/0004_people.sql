-- People, and their faces on assets. A face belongs to the owner of its asset, as does its person.
CREATE TABLE person (
  id BLOB PRIMARY KEY, owner_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE, name TEXT NOT NULL,
  birth_date INTEGER, is_hidden INTEGER NOT NULL, is_favorite INTEGER NOT NULL, color TEXT, feature_face_id BLOB,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, update_id BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX person_feed ON person (owner_id, update_id);
CREATE INDEX person_name ON person (owner_id, name) WHERE name <> '';
CREATE INDEX person_feature ON person (feature_face_id) WHERE feature_face_id IS NOT NULL;

-- The box is in pixels of an image of the given size: displayed upright, before edits.
CREATE TABLE face (
  id BLOB PRIMARY KEY, asset_id BLOB NOT NULL REFERENCES asset (id) ON DELETE CASCADE, owner_id BLOB NOT NULL,
  person_id BLOB REFERENCES person (id) ON DELETE SET NULL, image_width INTEGER NOT NULL, image_height INTEGER NOT NULL,
  x1 INTEGER NOT NULL, y1 INTEGER NOT NULL, x2 INTEGER NOT NULL, y2 INTEGER NOT NULL, source TEXT NOT NULL,
  is_visible INTEGER NOT NULL, deleted_at INTEGER, update_id BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX face_feed ON face (owner_id, update_id);
CREATE INDEX face_asset ON face (asset_id);
CREATE INDEX face_person ON face (person_id, asset_id) WHERE person_id IS NOT NULL;
