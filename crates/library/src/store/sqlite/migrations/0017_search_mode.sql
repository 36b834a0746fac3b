-- How an upstream is followed: 0 by its stream, 1 by searching it.
ALTER TABLE upstream ADD COLUMN mode INTEGER NOT NULL DEFAULT 0;
