-- Lines of text that were recognised on assets; corners are parts of width and height, clockwise from the top left.
CREATE TABLE ocr (
  id BLOB PRIMARY KEY, asset_id BLOB NOT NULL REFERENCES asset (id) ON DELETE CASCADE, owner_id BLOB NOT NULL,
  x1 REAL NOT NULL, y1 REAL NOT NULL, x2 REAL NOT NULL, y2 REAL NOT NULL, x3 REAL NOT NULL, y3 REAL NOT NULL,
  x4 REAL NOT NULL, y4 REAL NOT NULL, box_score REAL NOT NULL, text_score REAL NOT NULL, text TEXT NOT NULL,
  is_visible INTEGER NOT NULL, update_id BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX ocr_feed ON ocr (owner_id, update_id);
CREATE INDEX ocr_asset ON ocr (asset_id);
