-- Why a folder could not be looked at, and when that was noticed; null once it could be again.
ALTER TABLE folder ADD COLUMN failed_at INTEGER;
ALTER TABLE folder ADD COLUMN failure TEXT;

-- Whether a file was on another file system than its folder: one that is mounted below it, and may be missing the next time.
ALTER TABLE folder_file ADD COLUMN on_mount INTEGER NOT NULL DEFAULT 0;
-- Why the file cannot go into the library as it is now; null where nobody has found that.
ALTER TABLE folder_file ADD COLUMN refused TEXT;
