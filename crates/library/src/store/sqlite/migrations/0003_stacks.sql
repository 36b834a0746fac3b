-- Stacks: assets of one owner that belong together, one of them in front. Members name their stack (asset.stack_id).
CREATE TABLE stack (
  id BLOB PRIMARY KEY, owner_id BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE, primary_asset_id BLOB NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, update_id BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX stack_feed ON stack (owner_id, update_id);
CREATE INDEX asset_stack ON asset (stack_id) WHERE stack_id IS NOT NULL;
