-- The epoch in which a server began to be followed. Names of an earlier one are from an earlier time of following it.
ALTER TABLE upstream ADD COLUMN first_epoch INTEGER NOT NULL DEFAULT 0;
