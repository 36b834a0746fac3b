-- Why a folder could not be looked at, and when that was noticed; null once it could be again.
ALTER TABLE folder ADD COLUMN failed_at INTEGER;
ALTER TABLE folder ADD COLUMN failure TEXT;

-- How many other file systems, mounted inside of each other, a file was in below its folder: they may be missing the next time.
ALTER TABLE folder_file ADD COLUMN mounts INTEGER NOT NULL DEFAULT 0;
-- Why the file cannot go into the library as it is now; null where nobody has found that.
ALTER TABLE folder_file ADD COLUMN refused TEXT;
