-- Lists of places and cameras walk these instead of the rows; photos without either take no room in them.
CREATE INDEX exif_place ON exif (owner_id, country, state, city) WHERE country IS NOT NULL;
CREATE INDEX exif_camera ON exif (owner_id, make, model, lens_model)
  WHERE make IS NOT NULL OR model IS NOT NULL OR lens_model IS NOT NULL;
-- What is on the map.
CREATE INDEX exif_position ON exif (owner_id) WHERE latitude IS NOT NULL AND longitude IS NOT NULL;
-- The largest files.
CREATE INDEX asset_size ON asset (owner_id, size_bytes);
