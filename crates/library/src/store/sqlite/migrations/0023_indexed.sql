-- Folders whose files stay in place: the external library that each is on the wire, null for others.
ALTER TABLE folder ADD COLUMN library_id BLOB;

-- Which asset a file of such a folder is, and the content that it was made of. An asset that is not there any more was deleted on
-- purpose: the file is not taken again. Originals of such assets have absolute paths, which no key is.
ALTER TABLE folder_file ADD COLUMN asset_id BLOB;
ALTER TABLE folder_file ADD COLUMN asset_sha1 BLOB;
CREATE INDEX folder_file_asset ON folder_file (asset_id) WHERE asset_id IS NOT NULL;
CREATE INDEX asset_library ON asset (library_id) WHERE library_id IS NOT NULL;
