-- Edits that leave the original as it is, in their order. `edit` is JSON as the API has it; `width` and `height` are those
-- of the upright picture before any edit.
CREATE TABLE edit (
  id BLOB PRIMARY KEY, asset_id BLOB NOT NULL REFERENCES asset (id) ON DELETE CASCADE, owner_id BLOB NOT NULL,
  sequence INTEGER NOT NULL, edit TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
  update_id BLOB NOT NULL, UNIQUE (asset_id, sequence)
) STRICT;
CREATE UNIQUE INDEX edit_feed ON edit (owner_id, update_id);
