-- Whether what the server does not show in this epoch stays: nobody is known to have deleted it.
ALTER TABLE upstream ADD COLUMN keeps_unshown INTEGER NOT NULL DEFAULT 0;
-- Names in external_id that the server has lost are of the epoch -1.

-- The end of a stream was noted before the server had it: that says nothing about what the server knows.
DELETE FROM upstream_cursor WHERE entity = 'SyncCompleteV1';
