-- Which ids stand in lines in quarantine: those that name a row are found without reading all of them.
CREATE TABLE quarantine_id (
  upstream_id INTEGER NOT NULL, external BLOB NOT NULL,
  quarantine_id INTEGER NOT NULL REFERENCES quarantine (id) ON DELETE CASCADE,
  PRIMARY KEY (upstream_id, external, quarantine_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_id_line ON quarantine_id (quarantine_id);
INSERT OR IGNORE INTO quarantine_id (upstream_id, external, quarantine_id)
  SELECT q.upstream_id, unhex(value.atom, '-'), q.id
  FROM quarantine q, json_each(CASE WHEN json_valid(q.data) THEN q.data ELSE '{}' END) value
  WHERE value.type = 'text' AND length(value.atom) = 36 AND length(unhex(value.atom, '-')) = 16;
