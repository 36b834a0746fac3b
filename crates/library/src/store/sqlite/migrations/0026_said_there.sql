-- What is kept as the value of there where the thing was deleted there was written like a text that says so.
UPDATE conflict SET theirs = 'deleted' WHERE theirs = '"deleted"';

-- What went out last for a field, as long as no answer was kept: the server may say it as its own.
ALTER TABLE outbox ADD COLUMN sent TEXT;
