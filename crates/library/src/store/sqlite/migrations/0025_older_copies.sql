-- Whether what the server does not show in this epoch stays: nobody is known to have deleted it.
ALTER TABLE upstream ADD COLUMN keeps_unshown INTEGER NOT NULL DEFAULT 0;
