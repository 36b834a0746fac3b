-- Changes that wait to reach an upstream: one row for each field of each subject. What is sent is what the field is then.
-- The rank is the order of sending, what others hang on first.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT, upstream_id INTEGER NOT NULL REFERENCES upstream (id) ON DELETE CASCADE,
  kind INTEGER NOT NULL, subject BLOB NOT NULL, other BLOB NOT NULL, field TEXT NOT NULL, rank INTEGER NOT NULL,
  base TEXT, detail TEXT, revision INTEGER NOT NULL, is_sent INTEGER NOT NULL, attempts INTEGER NOT NULL,
  not_before INTEGER NOT NULL, error TEXT, is_dead INTEGER NOT NULL, created_at INTEGER NOT NULL,
  UNIQUE (upstream_id, kind, subject, other, field)
) STRICT;
CREATE INDEX outbox_due ON outbox (upstream_id, is_dead, rank, id);
CREATE INDEX outbox_subject ON outbox (subject);
CREATE INDEX outbox_other ON outbox (other);

-- What both sides changed: the value of here went up, the other one is kept until somebody has looked at it.
CREATE TABLE conflict (
  id INTEGER PRIMARY KEY AUTOINCREMENT, upstream_id INTEGER NOT NULL REFERENCES upstream (id) ON DELETE CASCADE,
  kind INTEGER NOT NULL, subject BLOB NOT NULL, other BLOB NOT NULL, field TEXT NOT NULL,
  base TEXT, mine TEXT NOT NULL, theirs TEXT NOT NULL, at INTEGER NOT NULL
) STRICT;
CREATE INDEX conflict_upstream ON conflict (upstream_id, id);

-- What a line in quarantine is about: a newer line about the same takes its place.
ALTER TABLE quarantine ADD COLUMN subject TEXT NOT NULL DEFAULT '';
CREATE INDEX quarantine_subject ON quarantine (upstream_id, subject);
